"""Drawn lives as a document and back, in frames, in a report, and explained number by number."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from independent.arithmetic import gives, numbers
from regplan.model.chance import Chance, ChanceWay, DrawnFrom, Estimate, PaysFrom, Spread
from regplan.report.cells import text_of
from regplan.report.chance import STATS, chance_document, chance_from, window_text
from regplan.report.document import json_text, plan_document
from regplan.report.explained.answers import answer
from regplan.report.explained.steps import Book
from regplan.report.frames import frame
from regplan.report.parts.chance import chance_blocks
from regplan.report.rebuilt import study_of
from regplan.report.schema import plan_schema
from regplan.report.sections import Paragraph, Table

if TYPE_CHECKING:
    from regplan.model.plan import Study


def spread(value: float, half: float = 0) -> Spread:
    sure = Estimate(value, value - half, value + half)
    return Spread(sure, Estimate(value + 1, None, value + 9), Estimate(value + 2), value + 5)


MB = 1_000_000
DIRECT = ChanceWay(
    "direct", spread(900 * MB, 90 * MB), (spread(600 * MB), spread(300 * MB)), spread(0), Estimate(0.0, 0.0, 0.0),
    spread(12.5), spread(0), spread(20 * MB), spread(60.5), spread(61.5, 0.5), spread(4.5, 0.25), spread(3), spread(1),
)  # fmt: skip
PRIMARY = replace(
    DIRECT,
    topology="primary",
    wan_bytes=spread(225 * MB),
    saved_bytes=spread(675 * MB),
    saved_ratio=Estimate(0.75, 0.7, 0.8),
)
PEERS = ChanceWay("peer-to-peer", spread(1), (spread(1), spread(0)), spread(900 * MB - 1), None, spread(0), spread(0))
CHANCE = Chance(
    7, 250, 1_000, True, 1.5, (DIRECT, PRIMARY, PEERS), PaysFrom(2, spread(1.5), 0.04),
    (DrawnFrom("upgrades_per_year", "4", "Poisson", "declared"),), (79_200, 18_000), 15 * MB, (11, 12),
)  # fmt: skip
BARE = replace(CHANCE, pays=PaysFrom(None, None, 1.0), window=None, window_bps=None, is_enough=False)


@pytest.mark.parametrize("chance", [CHANCE, BARE])
def test_what_lives_come_to_is_read_back_as_it_was_written(study: Study, chance: Chance) -> None:
    told = plan_document(replace(study, chance=chance))

    assert told["chance"] == chance_document(chance)
    jsonschema.validate(told, plan_schema())
    assert chance_from(told) == chance
    assert study_of(told).chance == chance
    assert chance_from({}) is None
    assert "chance" not in plan_document(study)


def test_windows_are_written_as_the_site_file_has_them() -> None:
    assert [window_text(each) for each in ((79_200, 18_000), (0, 86_400), (300, 660))] == [
        "22:00-05:00", "00:00-24:00", "00:05-00:11",
    ]  # fmt: skip


def test_a_topology_is_a_row_with_every_number_by_itself() -> None:
    rows = frame(CHANCE)

    assert list(rows["topology"]) == ["direct", "primary", "peer-to-peer"]
    assert list(rows["wan_mean_high_bytes"]) == [990 * MB, 225 * MB, 1]
    assert list(rows["ready_max_s"][:2]) == [66.5, 66.5]
    assert {f"visits_{stat}" for stat in STATS} < set(rows.columns)


def test_a_report_tells_every_way_with_between_what_it_is() -> None:
    said, carried, beside, months, drawn_from = chance_blocks(CHANCE)

    assert isinstance(said, Paragraph)
    assert "250 lives of 1.5 years were drawn with seed 7, at most 1,000: known to within 2 %" in str(said)
    assert "from 2 hosts on by the means, and in 4.0 % of the lives it never does" in str(said)
    assert "22:00-05:00 at 15.0 Mbit/s" in str(said)
    assert isinstance(carried, Table)
    assert [text_of(cell) for cell in carried.rows[0]] == [
        "No registry", "900 MB 810 MB to 990 MB", "900 MB", "900 MB", "900 MB", "0 B 0 B to 0 B", "0 % 0 % to 0 %",
    ]  # fmt: skip
    assert isinstance(beside, Table)
    assert [text_of(cell) for cell in beside.rows[1]][1:] == [
        "1 min 2 s", "1 min 4 s", "1 min 6 s", "20.0 Mbit/s", "12", "0", "4.50 4.25 to 4.75", "4 (95 %: 5)", "2 (95 %: 3)",
    ]  # fmt: skip
    assert [text_of(cell) for cell in beside.rows[2]] == ["Peers", "", "", "", "", "0", "0", "", "", ""]
    assert isinstance(months, Table)
    assert [text_of(cell) for cell in months.rows[1]] == ["2", "300 MB", "300 MB", "0 B"]
    assert isinstance(drawn_from, Table)
    assert drawn_from.rows == (("upgrades_per_year", "4", "Poisson", "declared"),)


def test_columns_that_nobody_can_fill_are_left_out() -> None:
    _, _, beside, _, _ = chance_blocks(replace(CHANCE, ways=(PEERS,)))

    assert isinstance(beside, Table)
    assert [column.title for column in beside.columns] == ["Way", "Minutes blocked, mean", "Visits, mean"]


def test_lives_of_a_site_of_which_not_every_size_is_known_are_told_as_lower_bounds() -> None:
    whole, least = (str(chance_blocks(CHANCE, low=low)[0]) for low in (False, True))

    assert "lower bound" not in whole
    assert "What they carry is a lower bound" in least


def test_what_is_not_known_yet_and_a_registry_that_never_pays_are_said_so() -> None:
    said, *_ = chance_blocks(BARE)

    assert "not known to within 2 % yet" in str(said)
    assert "never carries less than direct pulls" in str(said)
    assert "Nights" not in str(said)


def test_every_number_of_drawn_lives_is_explained_and_savings_have_formulas(study: Study) -> None:
    document: Any = json.loads(json_text(plan_document(replace(study, chance=CHANCE))))
    book = Book(document)
    formulas = 0
    for path, value in numbers({"chance": document["chance"]}):
        found = answer(book, path)
        assert found is not None, path
        told: Any = found.document
        assert told["value"] == value, path
        assert told["formulas"] or (told["means"] and told["provenance"] and told["source"]), path
        assert all(gives(each, each["value"]) for each in told["formulas"]), path
        formulas += bool(told["formulas"])
    # What direct and primary save, on average and as a share, and peers' mean.
    assert formulas == 5
    ratio: Any = answer(book, "chance.ways.primary.saved_ratio")
    assert ratio.document["formulas"][0]["expression"] == "1 - wan_bytes / direct_bytes"
