"""Fixes, the way out and the tornado as the command line draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from regplan.cli.advice import cheapest_lines, fixes_table, tornado_table, way_out_lines
from regplan.cli.output import Answer, emit, text_table
from regplan.report.document import plan_document
from unit.report.samples import make_advised

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture(scope="module")
def document() -> Any:
    return plan_document(make_advised())


def swing(key: str, low: int, now: int, high: int, verdict: str = "PASS") -> Mapping[str, Any]:
    ends = {
        name: {"value": 0.1, "required_bytes": size, "verdict": told}
        for name, size, told in (("low", low, "PASS"), ("now", now, "PASS"), ("high", high, verdict))
    }
    return {"key": key, "unit": "ratio", "need_bytes": high - low, "moves_verdict": verdict != "PASS", **ends}


def test_a_fix_is_told_with_what_it_asks_for_changes_and_removes(document: Any) -> None:
    assert text_table(fixes_table(document["fixes"])).splitlines() == [
        "ASKS FOR  THEN          BOUND BY          FIX",
        "hardware  ? INCOMPLETE  image.unresolved  Give node-3 8GiB of memory",
        "    hosts.node-3.memory: 7.8GB -> 8GiB",
        "    removes host.memory (node-3)",
    ]


def test_a_fix_after_which_the_plan_passes_is_bound_by_nothing(document: Any) -> None:
    (fix,) = document["fixes"]
    passing = {**fix, "verdict": "PASS", "binding_constraint": "host.cpu"}

    row = text_table(fixes_table([passing])).splitlines()[1]

    assert row.split()[:4] == ["hardware", "✓", "PASS", "-"]


def test_the_way_out_and_the_cheapest_fix_are_a_line_each(document: Any) -> None:
    assert way_out_lines(document["way_out"]) == (
        "way out, to INCOMPLETE, bound by image.unresolved: Give node-3 8GiB of memory; these stay: image.unresolved (images)",
    )
    assert cheapest_lines(document["fixes"]) == (
        "cheapest fix: Give node-3 8GiB of memory (hosts.node-3.memory: 7.8GB -> 8GiB), then INCOMPLETE, bound by image.unresolved",
    )


@pytest.mark.parametrize("nothing", [None, []])
def test_where_there_is_no_advice_nothing_is_shown(nothing: Any) -> None:
    assert text_table(fixes_table(nothing)) == text_table(tornado_table(nothing)) == ""
    assert (cheapest_lines(nothing), way_out_lines(None)) == ((), ())


def test_the_tornado_draws_each_assumption_on_one_scale_with_a_bar_at_the_need_of_now() -> None:
    table = tornado_table([swing("wide", 0, 120, 240, "FAIL"), swing("narrow", 110, 120, 180), swing("still", 5, 5, 5)])

    head, *rows = text_table(table).splitlines()

    # 24 steps from 0 to 240 bytes: 10 bytes a step.
    assert table.title == "What each assumption moves by itself (1 others move nothing):"
    assert head.split() == ["ASSUMPTION", "FROM,", "TO", "NEED", "TO", "VERDICT"]
    assert rows[0].endswith("PASS to FAIL  " + "=" * 12 + "|" + "=" * 12)
    assert rows[1].endswith("PASS          " + " " * 11 + "=|" + "=" * 6)
    assert len(rows) == 2


def test_a_tornado_in_which_nothing_moves_says_so() -> None:
    said = text_table(tornado_table([swing("still", 5, 5, 5)]))

    assert said == "No assumption moves the need or the verdict within its range.\n"


def test_fixes_in_csv_hold_no_formula(document: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (fix,) = document["fixes"]
    hostile = {**fix, "title": "=cmd|' /C calc'!A0", "binding_constraint": "@SUM(1)"}

    emit(Answer({}, (fixes_table([hostile]),)), "csv")

    assert capsys.readouterr().out.splitlines()[1].split(",")[2:] == ["'@SUM(1)", "'=cmd|' /C calc'!A0"]
