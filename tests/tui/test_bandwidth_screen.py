from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.tui.bandwidth import bar_rows, bar_words, event_rows, lacks_words, pays_words, way_rows, year_rows
from regplan.tui.columns_bandwidth import EVENTS, NIGHTS, WAYS, YEARS
from regplan.tui.table import facts_of
from regplan.tui.why import explain
from regplan.tui.widgets.window_inputs import WindowInputs, WindowPlan, stepped, window_plan
from regplan.verbs.bandwidth import nights_needed, reckon_bandwidth
from tui.driving import Source, jobs_at_rest, press, run_app, seen, settle
from tui.studies import empty_study, site_study, wired_study

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

# All images together, each blob once: node-1 pulls them all, and the registry is seeded with them.
ALL_BYTES = 176_370_178
# On the wire, at 20 Mbit/s.
SEEDING_S = ALL_BYTES * 1.036 * 8 / 20_000_000


async def opened(pilot: Pilot[None]) -> str:
    await press(pilot, "5")
    return await jobs_at_rest(pilot)


def test_each_event_stands_once_with_what_every_topology_carries() -> None:
    found = reckon_bandwidth(wired_study())
    rows = {row.event: row for row in event_rows(found.life)}
    facts = facts_of(rows["bootstrap"], EVENTS)
    cells = {column.key: column.cell for column in EVENTS}

    assert facts["direct_wan_bytes"] == facts["primary_wan_bytes"] == facts["primary_lan_bytes"] == ALL_BYTES
    assert (facts["bundle_wan_bytes"], facts["bundle_media_bytes"]) == (0, ALL_BYTES)
    # One of two hosts has nothing to pull: set up anew, a host pulls half of it in the mean.
    assert cells["direct"](rows["reimage"], False) == "88.2 MB"
    assert cells["lan-bundle"](rows["reimage"], False) == "88.2 MB"


def test_a_course_is_told_in_words_and_its_seeding_takes_the_bytes_over_the_rate() -> None:
    found = reckon_bandwidth(wired_study())
    seeding, *pulls = bar_rows(found, "primary")

    assert seeding.bar.end_s == pytest.approx(SEEDING_S)
    assert bar_words(seeding) == "The registry is seeded from 0.0 s to 1 min 13 s."
    assert len(pulls) == 3
    assert bar_words(pulls[0]).startswith(
        "node-1 · docker.io/library/nginx:stable from registry: asked for after 1 min 13 s"
    )
    assert "never has it" in bar_words(replace(pulls[0], bar=replace(pulls[0].bar, end_s=None)))
    assert bar_rows(found, "by foot") == ()


def test_a_scenario_tells_months_savings_cost_and_from_how_many_hosts_on_a_registry_pays() -> None:
    found = reckon_bandwidth(wired_study())
    direct, primary, *_ = year_rows(found.life)
    facts = facts_of(direct, YEARS)

    # The bootstrap, and in half a year two hosts set up anew once each, of which one pulls everything.
    assert facts["wan_bytes"] == 2 * ALL_BYTES
    assert facts["wan_month_bytes"] == " ".join(map(str, (205_765_208, *[29_395_030] * 5)))
    assert facts["cost"] == pytest.approx(2 * ALL_BYTES / 10**9 * 0.5)
    assert facts_of(primary, YEARS)["saved_bytes"] == ALL_BYTES
    # Beside the busiest month under any topology, which is the cold cache's: 281 MB, six eighths.
    assert {column.key: column.cell for column in YEARS}["months"](primary, False) == "▆·····"
    assert pays_words(found.life).startswith(
        "A registry seeded over the internet carries less from 3 hosts on at the first bootstrap, from 2 hosts on over"
    )


def test_what_has_no_links_hosts_or_scenario_says_which_key_to_add() -> None:
    study = site_study()
    found = reckon_bandwidth(study)
    alone = replace(study.plan, site=replace(study.plan.site, hosts=()))
    nothing = reckon_bandwidth(replace(study, plan=alone))

    assert "add links.lan: {rate" in lacks_words(study, found)
    assert "1 image unresolved: all of this is a lower bound" in lacks_words(study, found)
    assert "no scenario: add scenario:" in pays_words(found.life)
    assert (nothing.life, nothing.clock, way_rows(nothing), event_rows(None), year_rows(None)) == (
        None,
        None,
        (),
        (),
        (),
    )
    assert "add them under hosts:" in lacks_words(replace(study, plan=alone), nothing)
    assert [{column.key: column.cell for column in WAYS}["ready-max"](row, False) for row in way_rows(found)][1:3] == [
        "-",
        "-",
    ]


def test_rates_step_by_round_numbers_up_to_the_links_own_and_times_by_half_an_hour() -> None:
    plan = window_plan(wired_study().plan.site)

    assert plan == WindowPlan(None, (79_200, 18_000), 20_000_000)
    assert plan.hours == 7
    assert [stepped(plan, 0, -1).rate_bps, stepped(stepped(plan, 0, -1), 0, -1).rate_bps] == [15_000_000, 10_000_000]
    assert stepped(WindowPlan(100_000, (0, 0)), 0, -1).rate_bps == 100_000
    assert stepped(WindowPlan(None, (0, 0), 50_000), 0, -1).rate_bps is None
    assert stepped(plan, 1, 1).window == (81_000, 18_000)
    assert stepped(WindowPlan(None, (0, 0)), 2, -1).window == (0, 84_600)
    assert window_plan(empty_study().plan.site).hours == 8


def test_every_number_tells_why() -> None:
    study = wired_study()
    found = reckon_bandwidth(study)
    told = replace(study, life=found.life, clock=found.clock)
    way = dict(explain(way_rows(found)[1], told).lines)
    event = explain(event_rows(found.life)[0], told).lines
    year = dict(explain(year_rows(found.life)[1], told).lines)
    pull = dict(explain(bar_rows(found, "primary")[0], told).lines)
    assert found.life is not None
    night = explain(nights_needed(found.life, study.plan.site, (0, 3600), 100_000)[0], told).lines

    assert way["value"].endswith("76.56110161192169 s")
    assert ("primary", f"176 MB = 168 MiB = {ALL_BYTES:,} B over the internet") in event
    assert year["formula"] == "saved_bytes = direct_bytes - wan_bytes"
    assert pull["fetched"].startswith("1 min 13 s = 73.08")
    # 1.46 Gbit in windows of 360 Mbit.
    assert ("direct", f"176 MB = 168 MiB = {ALL_BYTES:,} B of content: 5 nights") in night


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_the_course_follows_the_way_and_the_planner_the_arrow_keys(tmp_path: Path) -> None:
    target = tmp_path / "nights.csv"
    async with run_app(Source(wired_study()), target="site.yaml", size=(120, 76)) as pilot:
        first = await opened(pilot)
        second = await press(pilot, "down")
        pilot.app.screen.query_one(WindowInputs).focus()
        # Less than all of the link twelve times is 100 kbit/s; then the time it shuts, from 05:00 back to 23:00.
        slow = await press(pilot, *["left"] * 12, "down", "down", *["left"] * 12)
        nights = pilot.app.screen.query_one("#nights")
        nights.focus()
        await settle(pilot)
        await press(pilot, "e")
        pilot.app.screen.query_one("Input").value = str(target)  # type: ignore[attr-defined]
        await press(pilot, "enter")
        await settle(pilot)
        binary = await press(pilot, "u")

    assert "direct, from 0 s to 1 min 16 s" in first
    assert "(seeding)" not in first
    assert "primary, from 0 s to 1 min 17 s" in second
    assert "(seeding)" in second
    assert "◂ 23:00 ▸" in slow
    assert "1 h a night, the link has 20.0 Mbit/s" in slow
    rows = list(csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines()))
    # 176,370,178 x 1.036 x 8 bits over 100 kbit/s for an hour: 4.06 windows.
    assert (rows[0]["event"], rows[0]["direct_nights"], rows[0]["bundle_nights"]) == ("bootstrap", "5", "0")
    assert "168 MiB" in binary
    assert {column.key for column in NIGHTS} >= set(rows[0]) - {
        f"{key}_nights" for key in ("direct", "primary", "bundle", "pull_through", "peer_to_peer")
    }


@pytest.mark.anyio
@pytest.mark.tui
async def test_a_byte_more_in_a_layer_shows() -> None:
    study = wired_study()
    more = site_study(nginx_layer_bytes=46_000_000)
    grown = replace(more, plan=replace(more.plan, site=study.plan.site, wire=study.plan.wire))
    async with run_app(Source(grown), target="site.yaml", size=(120, 40)) as pilot:
        await opened(pilot)
        text = seen(pilot)

    assert "177 MB" in text
