from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.model.fleet import Fleet
from regplan.tui.columns_fleet import BOUND, HARDWARE, PROBLEMS, SITES
from regplan.tui.fleets import bound_rows, totals_words
from regplan.tui.services import Services, options_at, site_at
from regplan.tui.table import facts_of
from regplan.tui.why_fleet import explain_fleet
from regplan.verbs.fleet_words import row_target
from support.fleets import write_fleet
from tui.driving import Source, job_when, jobs_at_rest, press, run_app, seen
from tui.services import Planning, made_fleet

if TYPE_CHECKING:
    from pathlib import Path


def test_rules_are_told_with_the_sites_that_they_bind_and_those_where_they_fail() -> None:
    rows = [(row.rule, row.sites, row.failing) for row in bound_rows(made_fleet())]

    assert rows == [("host.memory", 1, 1), ("image.unresolved", 1, 0), ("host.cpu", 0, 1)]
    assert [facts_of(row, BOUND)["sites"] for row in bound_rows(made_fleet())] == [1, 1, 0]


@pytest.mark.anyio
async def test_the_fleet_that_ships_is_planned_by_its_name_alone() -> None:
    fleet = await Services().fleet("demo", None, lambda _: None)

    assert (len(fleet.sites), fleet.problems) == (8, ())
    assert {site.unresolved for site in fleet.sites} == {0}


def test_totals_are_told_in_both_units() -> None:
    told, binary = (totals_words(made_fleet(), binary=each) for each in (False, True))

    assert "3 sites: 1 ✗ FAIL, 1 ? INCOMPLETE, 1 ✓ PASS · 1 row wrong · 6 hosts, 1 fail" in told
    assert "600 GB needed of 900 GB claimed" in told
    assert "7.00 GB without registries, 3.00 GB with, 4.00 GB saved" in told
    assert "559 GiB needed of 838 GiB claimed" in binary
    assert totals_words(Fleet(()), binary=False).startswith("0 sites: none planned")


def test_rows_of_a_fleet_export_exact_values_and_hostile_names_turn_nothing_round() -> None:
    berlin, paris, rome = made_fleet().sites
    cells = {column.key: column.cell for column in SITES}

    assert facts_of(berlin, SITES)["measured"] == 4 * 10**9
    assert facts_of(berlin, SITES)["saved_bytes"] == 2 * 10**9
    assert cells["required"](paris, False) == "≥200 GB"
    assert cells["bound"](rome, False) == "-"
    assert "\u202e" not in cells["site"](rome, False)
    assert facts_of(made_fleet().hardware[1], HARDWARE)["storage_bytes"] == 512 * 10**9
    assert HARDWARE[1].cell(made_fleet().hardware[1], False) == "-"
    assert facts_of(made_fleet().problems[0], PROBLEMS)["problem"] == "'many' is not a number of CPUs"


def test_a_site_a_class_a_rule_and_a_wrong_row_tell_why() -> None:
    fleet = made_fleet()
    site = dict(explain_fleet(fleet.sites[1]).lines)
    hardware = dict(explain_fleet(fleet.hardware[1]).lines)

    assert "a lower bound: 1 image unresolved" in site["registry"]
    assert site["have"] == "8.00 GB = 7.45 GiB = 8,000,000,000 B"
    assert hardware["memory"] == "not stated"
    assert dict(explain_fleet(fleet.problems[0]).lines)["column"] == "hosts.cpu"
    assert dict(explain_fleet(bound_rows(fleet)[0]).lines)["fails"].startswith("at 1 site")
    with pytest.raises(TypeError):
        explain_fleet(object())


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_a_fleet_needs_no_open_site_and_is_shown_worst_first() -> None:
    planning = Planning()
    async with run_app(size=(120, 40), services=Services(fleet=planning)) as pilot:
        empty = await press(pilot, "9")
        await press(pilot, "f", *"a.csv".replace(".", "_").split("_")[0], "full_stop", *"csv", "enter")
        told = await jobs_at_rest(pilot)
        why = await press(pilot, "w")
    assert "f opens a table of sites" in empty
    assert planning.asked == ["a.csv"]
    assert told.index("store-berlin") < told.index("store-paris") < told.index("rome")
    assert "line 5, hosts.cpu: 'many' is not a number of CPUs" in told
    assert "read as UTF-8" in told
    assert "host.memory of store-berlin." in why


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_enter_opens_the_sites_plan_and_the_trail_leads_back() -> None:
    source = Source()
    async with run_app(source, size=(120, 40), services=Services(fleet=Planning())) as pilot:
        await press(pilot, "9", "colon", *"fleet", "space", "b", "enter")
        await jobs_at_rest(pilot)
        opened = await press(pilot, "down", "enter")
        back = await press(pilot, "left_square_bracket")
    assert source.targets == [row_target("b", 2)]
    assert "Binding constraint" in opened
    assert "Sites of b" in back
    assert "store-paris · line 2" in back


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_escape_cancels_planning_the_fleet_and_r_plans_it_again() -> None:
    planning = Planning(hangs=True)
    async with run_app(size=(120, 40), services=Services(fleet=planning)) as pilot:
        await press(pilot, "9", "f", "b", "enter")
        await job_when(pilot, "fleet", lambda job: job.progress is not None)
        busy = seen(pilot)
        cancelled = await press(pilot, "escape")
        planning.hangs = False
        await press(pilot, "r")
        again = await jobs_at_rest(pilot)
    assert "esc cancels · Planning b: 100 of 10,000 sites · store-00100" in busy
    assert "Cancelled · r tries again" in cancelled
    assert planning.asked == ["b", "b"]
    assert planning.cancelled == 1
    assert "store-berlin" in again


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_a_table_that_cannot_be_read_is_told_and_the_one_before_stays_away() -> None:
    planning = Planning(InputError("b.csv: no such file"))
    async with run_app(size=(80, 24), services=Services(fleet=planning)) as pilot:
        await press(pilot, "9", "f", "b", "enter")
        failed = await jobs_at_rest(pilot)
    assert "✗ b.csv: no such file" in failed
    assert "f opens another table" in failed.replace("\n", " ").replace("  ", " ")


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_a_real_table_is_planned_and_a_row_of_it_opens_as_that_site(tmp_path: Path) -> None:
    from regplan.verbs.study import study_site

    table = write_fleet(tmp_path / "fleet", 12)

    async def load(target: str, report: object) -> object:
        return await study_site(site_at(target), options_at(target, None), report)  # type: ignore[arg-type]

    async with run_app(load, size=(120, 40)) as pilot:
        await press(pilot, "9")
        pilot.app.screen.take(str(table))  # type: ignore[attr-defined]
        job = await job_when(pilot, "fleet")
        assert isinstance(job.result, Fleet)
        worst = job.result.sites[0]
        await press(pilot, "enter")
        study = pilot.app.session.study  # type: ignore[attr-defined]
    assert (study.plan.site.name, study.plan.verdict) == (worst.name, worst.verdict)
    assert study.plan.storage.required_bytes == worst.required_bytes


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_of_ten_thousand_sites_all_are_sorted_filtered_and_counted() -> None:
    first = made_fleet().sites[0]
    sites = tuple(replace(first, line=number, name=f"store-{number:05d}", measured=number) for number in range(10_000))
    planning = Planning(replace(made_fleet(), sites=sites))
    async with run_app(size=(120, 40), services=Services(fleet=planning)) as pilot:
        await press(pilot, "9", "f", "b", "enter")
        await jobs_at_rest(pilot)
        told = await press(pilot, "colon", *"sort", "space", *"site", "space", *"desc", "enter")
    assert "8,000 more, filter with /" in told
    assert "store-09999 · line 9,999" in told
