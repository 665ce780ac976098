"""Drawn years of a fleet as a document, and as rows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from regplan.report.fleet import drawn_cells, drawn_headings
from regplan.report.records import records
from regplan.report.years import SITE_KEYS, site_years_record, years_document
from regplan.sim.fleet.block import together
from unit.sim.fleet.test_block import SPEC, parts

if TYPE_CHECKING:
    from regplan.model.years import FleetYears

pytest.importorskip("numpy")


@pytest.fixture(scope="module")
def years() -> FleetYears:
    return together(parts(), SPEC)


def test_the_document_has_each_number_of_each_site_and_of_all_with_its_ends(years: FleetYears) -> None:
    document: Any = json.loads(json.dumps(years_document(years), allow_nan=False))
    way, told = years.sites[2].way("primary"), document["sites"][2]["ways"][1]

    assert (document["seed"], document["draws"], document["blocks"]) == (5, 400, 3)
    assert (document["sites"][2]["name"], told["name"]) == (years.sites[2].name, "primary")
    assert (told["wan_mean_bytes"], told["wan_mean_low_bytes"]) == (way.wan_mean.value, way.wan_mean.low)
    assert (told["saved_p05_bytes"], told["saved_p95_high_bytes"]) == (way.saved_p05.value, way.saved_p95.high)
    assert way.saved_ratio is not None
    assert told["saved_low_ratio"] == way.saved_ratio.low
    assert way.ready_p95_ms is not None
    assert told["ready_p95_s"] == way.ready_p95_ms.value / 1_000
    assert document["ways"][0]["release_max_bytes"] == years.ways[0].release_most
    assert document["ways"][2]["release_mean_bytes"] is None
    assert years.peak_p95_bps is not None
    assert document["head_office"]["peak_p95_low_bps"] == years.peak_p95_bps.low


def test_flat_records_have_the_same_keys_for_every_site_also_without_lines_or_draws(years: FleetYears) -> None:
    without = next(site for site in years.sites if site.way("direct").ready_p95_ms is None)

    assert tuple(site_years_record(years, years.sites[0])) == tuple(site_years_record(years, without)) == SITE_KEYS
    assert set(site_years_record(years, None).values()) == {None}
    told = site_years_record(years, years.sites[0])
    assert (told["drawn_seed"], told["drawn_draws"], told["drawn_years"]) == (5, 400, 1.0)
    assert told["drawn_peer_to_peer_wan_max_bytes"] == years.sites[0].ways[4].wan_most


def test_cells_have_whole_numbers_exactly_and_nothing_where_nothing_was_drawn(years: FleetYears) -> None:
    without = next(site for site in years.sites if site.way("direct").ready_p95_ms is None)
    cells, bare = (
        dict(zip(drawn_headings(), drawn_cells(replace(years, seed=2**60 + 1), site), strict=True))
        for site in (years.sites[0], without)
    )

    assert cells["regplan.drawn_seed"] == "1152921504606846977"
    assert cells["regplan.drawn_direct_wan_max_bytes"] == str(years.sites[0].ways[0].wan_most)
    assert cells["regplan.drawn_pull_through_ready_p95_s"]
    assert bare["regplan.drawn_pull_through_ready_p95_s"] == ""
    assert set(drawn_cells(years, None)) == {""}


def test_rows_are_sites_times_topologies(years: FleetYears) -> None:
    rows = records(years)

    assert len(rows) == 5 * len(years.sites)
    assert (rows[6]["site"], rows[6]["topology"]) == (years.sites[1].name, "primary")
    assert rows[6]["wan_p95_bytes"] == years.sites[1].ways[1].wan_p95.value
