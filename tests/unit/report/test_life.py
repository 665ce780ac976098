"""A site's life as a document and back, in frames, and in a report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import jsonschema

from regplan.model.life import CarriedEvent, ExpectedWay, Life, LifeExpected, OutageEffect
from regplan.report.cells import text_of
from regplan.report.document import plan_document
from regplan.report.frames import frame
from regplan.report.life import life_document, life_from
from regplan.report.parts.life import life_blocks
from regplan.report.schema import plan_schema
from regplan.report.sections import ChartBlock, Paragraph, Table

if TYPE_CHECKING:
    from regplan.model.plan import Study

WAY = ExpectedWay(
    "primary", 600, 900, 0, (400, 200), (("bootstrap", 400), ("upgrade", 200)), 0, 0.25, 400, 390, 410, 1.5
)
DIRECT = replace(WAY, topology="direct", wan_bytes=1_000, wan_month_bytes=(500, 500), saved_bytes=0, cost=None)
LIFE = Life(
    3,
    "zot",
    "agent",
    (
        CarriedEvent("reimage", "direct", 500, 0, 0, 400, 700),
        CarriedEvent("reimage", "pull-through", 90, 500, 0, 90, 90, ("docker.io/shop/app:1",)),
    ),
    (
        OutageEffect("internet", "reimage", "direct", ("docker.io/shop/app:1",)),
        OutageEffect("registry", "reimage", "primary", (), ("docker.io/shop/app:1",)),
        OutageEffect("registry", "reimage", "direct"),
    ),
    2,
    ("docker.io/shop/huge:1",),
    LifeExpected(1.5, 2, 1, (DIRECT, WAY), None),
)


def test_a_life_is_read_back_as_it_was_written() -> None:
    assert life_from({"life": life_document(LIFE)}) == LIFE
    bare = replace(LIFE, expected=None, break_even_hosts=None, why="scenario.years: none")
    assert life_from({"life": life_document(bare)}) == bare
    assert life_from({}) is None


def test_the_saved_share_is_of_what_direct_pulls_carry() -> None:
    assert WAY.saved_ratio(1_000) == 0.4
    assert WAY.saved_ratio(0) is None


def test_a_plan_has_a_life_only_where_it_was_asked_for(study: Study) -> None:
    assert "life" not in plan_document(study)
    told = plan_document(replace(study, life=LIFE))
    assert told["life"] == life_document(LIFE)
    jsonschema.validate(told, plan_schema())


def test_events_and_months_have_frames() -> None:
    events, months = frame(LIFE), frame(LIFE.expected)

    assert list(events["wan_bytes"]) == [500, 90]
    assert list(months.columns) == ["topology", "month", "wan_bytes"]
    assert list(months["wan_bytes"]) == [500, 500, 400, 200]


def test_a_report_puts_topologies_side_by_side() -> None:
    events, outages, pays, expected, over = life_blocks(LIFE, "till")

    assert isinstance(events, Table)
    assert [text_of(cell) for cell in events.rows[0]] == ["a host is set up anew", "500 B", "", "", "at least 90 B", ""]
    assert isinstance(outages, Table)
    assert [text_of(cell) for cell in outages.rows[0]][2] == "1 image waits"
    assert [text_of(cell) for cell in outages.rows[1]][2:4] == ["runs", "1 image past it"]
    assert isinstance(pays, Paragraph)
    assert isinstance(expected, ChartBlock)
    assert expected.title.startswith(
        "In 2 months the internet link of till carries 600 B (Primary registry) to 1.00 kB"
    )
    expected = expected.numbers
    assert "1 of them taken to carry as much" in expected.caption
    assert [text_of(cell) for cell in expected.rows[1]][-1] == "1.50"
    assert "Over 1.5 years a registry that is seeded over the internet carries no less than direct pulls" in str(over)
    assert LIFE.expected is not None
    pays_from_four = life_blocks(replace(LIFE, expected=replace(LIFE.expected, break_even_hosts=4)))[4]
    assert "carries less than direct pulls from 4 hosts on" in str(pays_from_four)


def test_costs_of_a_scenario_without_prices_have_no_column() -> None:
    assert LIFE.expected is not None
    free = replace(LIFE.expected, ways=tuple(replace(way, cost=None) for way in LIFE.expected.ways))
    drawn, drawn_bare = life_blocks(LIFE)[3], life_blocks(replace(LIFE, expected=free))[3]

    assert isinstance(drawn, ChartBlock)
    assert isinstance(drawn_bare, ChartBlock)
    priced, bare = drawn.numbers, drawn_bare.numbers
    assert [column.title for column in priced.columns] == [*(column.title for column in bare.columns), "Cost"]
    assert {len(row) for row in bare.rows} == {len(bare.columns)}


def test_lower_bounds_and_scenarios_that_cannot_be_followed_are_said_so() -> None:
    events, _, pays, why = life_blocks(
        replace(LIFE, expected=None, break_even_hosts=None, why="name a version"), low=True
    )

    assert isinstance(events, Table)
    assert text_of(events.rows[0][1]) == "at least 500 B"
    assert isinstance(pays, Paragraph)
    assert "however many hosts there are" in str(pays)
    assert "name a version" in str(why)
