"""Charts as values, and their drawing without a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from regplan.model.clock import Boot, Clock
from regplan.model.image import Inventory
from regplan.model.life import ExpectedWay, LifeExpected
from regplan.report.contents import contents
from regplan.report.figures.chart import (
    Axis,
    Bar,
    Bars,
    Chart,
    Dots,
    Line,
    Panel,
    Rule,
    Tile,
    Tiles,
    distinct,
    elided,
    marks_of,
)
from regplan.report.figures.of_link import bootstrap_chart, carried_chart
from regplan.report.figures.of_parts import icicle_chart
from regplan.report.figures.of_sharing import pack_names, pareto_chart, sharing_chart, upset_chart
from regplan.report.figures.plotly_figure import figure_of
from regplan.report.figures.svg import WIDTH, chart_svg
from regplan.report.figures.svg_tags import wide_of
from regplan.report.render import render
from regplan.report.sections import charts_of
from regplan.report.shares import shares_of
from unit.report.samples import LAYERS

if TYPE_CHECKING:
    from regplan.model.plan import Study

NASTY = "<script>alert(1)</script>\x00\ufffe\u202e\n\"'&" + "x" * 300
SVG = "{http://www.w3.org/2000/svg}"
LETTER = 5.2  # points: the mean of Liberation Sans at 12 points


def drawn(chart: Chart, *, titled: bool = False) -> ET.Element:
    return ET.fromstring(chart_svg(chart, titled=titled))  # noqa: S314  what we have just drawn


def marked(root: ET.Element) -> list[ET.Element]:
    return [each for each in root.iter() if each.get("class") == "mark"]


def everything() -> Chart:
    """One chart with every kind of mark, and names that mean no good."""
    bars = Bars("a", "orange", (Bar(NASTY, -1, 2, NASTY, "2 GB", 1, 3), Bar("b", 0, 0, "")))
    above = Panel(Axis("GB"), Axis("", (NASTY, "b")), (bars,), (Rule(1, NASTY, "purple"),), rows=2)
    line = Line("b", "blue", ((0, 1), (1, 3), (2, 2)), ("1", "3", "2"), stepped=True, filled=True)
    dots = Dots("c", "green", ((0, 1), (2, 2)), (NASTY, "2"))
    middle = Panel(Axis("months"), Axis("GB"), (line, dots), (Rule(2, "full", "vermillion", "y"),))
    tiles = Tiles("d", (Tile(0, 0, 1, 1, 0, NASTY, NASTY), Tile(1, 0, 2, 1, 1, "b", "b")), "few", "many")
    below = Panel(Axis("GB"), Axis("", high=1, ticks=((0.5, "image"),)), (tiles,), rows=2)
    return Chart("all", NASTY, "Everything.", (above, middle, below))


def test_every_mark_is_drawn_once_by_both_renderers() -> None:
    chart = everything()
    assert marks_of(chart) == 2 + 1 + 2 + 2 == len(marked(drawn(chart)))
    traces = [len(trace.x) if trace.type == "bar" or trace.mode == "markers" else 1 for trace in figure_of(chart).data]
    assert sum(traces) == marks_of(chart)


def test_a_stepped_line_keeps_its_height_up_to_the_next_point() -> None:
    line = next(each for each in marked(drawn(everything())) if each.tag == f"{SVG}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert len(points) == 5
    assert points[0][1] == points[1][1]
    assert points[1][0] == points[2][0]


def test_hostile_names_are_words_and_nothing_else() -> None:
    text = chart_svg(everything())
    root = ET.fromstring(text)  # noqa: S314
    kinds = {"circle", "defs", "line", "path", "pattern", "polygon", "polyline", "rect", "svg", "text", "title"}
    assert {each.tag.removeprefix(SVG) for each in root.iter()} == kinds
    assert not [name for each in root.iter() for name in each.attrib if name.startswith("on") or "href" in name]
    assert "\u202e" not in text
    assert "<script>" in "".join(root.itertext())
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert set(re.findall(r"url\((.)", text)) == {"#"}


def test_no_word_of_a_drawing_leaves_it() -> None:
    for text in drawn(everything(), titled=True).iter(f"{SVG}text"):
        if "rotate" in text.get("transform", ""):
            continue
        wide = len(text.text or "") * LETTER * float(text.attrib["font-size"]) / 12
        x, anchor = float(text.attrib["x"]), text.get("text-anchor", "start")
        start = {"start": x, "middle": x - wide / 2, "end": x - wide}[anchor]
        assert start >= -1, text.text
        assert start + wide <= WIDTH + 1, text.text


def test_the_same_values_give_the_same_drawing() -> None:
    assert chart_svg(everything()) == chart_svg(everything())


def test_a_chart_without_panels_says_that_it_was_not_worked_out() -> None:
    assert "not worked out" in "".join(drawn(Chart("none", "nothing", "Nothing.", ())).itertext())


def test_bars_are_as_long_as_their_numbers() -> None:
    chart = Chart("b", "t", "a", (Panel(Axis("GB", high=100), Axis("", ("a", "b")), (Bars("", "blue", (Bar("a", 0, 50, ""), Bar("b", 25, 50, ""))),), rows=2),))  # fmt: skip
    first, second = (each.attrib for each in marked(drawn(chart)))
    assert float(second["width"]) * 2 == pytest.approx(float(first["width"]), abs=0.02)
    assert float(second["x"]) == pytest.approx(float(first["x"]) + float(first["width"]) / 2, abs=0.02)


def test_names_on_one_axis_stay_short_and_different() -> None:
    long = "r.example/" + "x" * 300
    first, second = distinct((f"{long}:1", f"{long}:1"))
    assert first != second
    assert max(len(first), len(second)) < 60
    assert first.endswith(":1")
    assert elided("a\nb") == "a b"


@pytest.mark.parametrize(("word", "widths"), [
    ("MARGINAL", (833, 667, 722, 778, 278, 722, 667, 556)),
    ("INCOMPLETE", (278, 722, 722, 778, 833, 667, 556, 667, 611, 667)),
    ("images one by one", (222, 833, 556, 556, 556, 500, 278, 556, 556, 556, 278, 556, 500, 278, 556, 556, 556)),
])  # fmt: skip
def test_a_name_beside_an_axis_has_the_room_that_helvetica_takes(word: str, widths: tuple[int, ...]) -> None:
    """The widths are those of Adobe's Helvetica, in thousandths of its size."""
    assert len(word) == len(widths)
    assert wide_of(word, 12) >= 12 * sum(widths) / 1000


def test_titles_state_the_finding_with_its_numbers(advised: Study) -> None:
    titles = {block.key: block.title for block in charts_of(contents(advised))}
    assert titles["storage"].startswith("The registry of store-0421 must hold at least 1.53 GB, 0.445 % of its PVC")
    assert "28.3 MB" in titles["storage"]
    assert "80 % in month 3, full in month 4" in titles["growth"]
    assert "saves 549 MB of internet traffic, 66.7 %" in titles["internet"]
    assert titles["sensitivity"] == (
        "version_delta moves the need of store-0421 most: from 1.53 GB to 4.53 GB at 69 % (GB)"
    )


def test_a_registry_that_costs_more_than_it_saves_is_told_to_cost(study: Study) -> None:
    assert study.plan.wire is not None
    wire = replace(study.plan.wire, primary_bytes=study.plan.wire.direct_bytes + 10**9)
    changed = replace(study, plan=replace(study.plan, wire=wire))
    title = next(block.title for block in charts_of(contents(changed)) if block.key == "internet")
    assert "costs 1.00 GB" in title


def test_a_page_has_every_chart_drawn_for_readers_without_scripts(advised: Study) -> None:
    page = render(advised, "html").decode()
    charts = charts_of(contents(advised))
    parts = re.findall(r'<div class="chart" id="chart-([\w-]+)".*?>(<svg .*?</svg>)</div>', page, flags=re.DOTALL)
    assert [key for key, _ in parts] == [block.key for block in charts]
    for block, (_, svg) in zip(charts, parts, strict=True):
        assert svg.count('class="mark"') == marks_of(block.chart)


def test_packs_share_what_their_images_share_counted_by_hand(study: Study) -> None:
    held = shares_of(study, {}).held
    # The pack web names nginx alone, which the pack nginx names too: its manifest, config and two layers.
    nginx = 1200 + 7200 + LAYERS["debian"] + LAYERS["nginx"]
    assert pack_names(held) == ("nginx", "web")
    assert held.pairs == {(0, 1): nginx}
    assert held.most_shared == ((0, 1), nginx)
    alone, together = held.sets
    assert (together.packs, together.size_bytes, together.blobs) == ((0, 1), nginx, 4)
    assert alone.size_bytes + together.size_bytes == held.packs[0].size_bytes == study.plan.layers.unique_bytes


def test_parts_are_as_wide_as_the_set_and_shared_bytes_are_divided(study: Study) -> None:
    (profile,) = shares_of(study, {}).parts
    assert profile.size_bytes == pytest.approx(study.plan.layers.unique_bytes)
    packs = {pack.name: pack for pack in profile.parts}
    # The base is held by nginx in both packs and by postgres.
    web = (1200 + 7200 + LAYERS["nginx"]) / 2 + LAYERS["debian"] / 3
    assert packs["web"].size_bytes == pytest.approx(web)
    chart = icicle_chart((profile,), "x")
    assert chart is not None
    tiles = next(each for each in chart.panels[0].series if isinstance(each, Tiles)).tiles
    for level in range(4):
        row = [tile for tile in tiles if tile.top == level]
        assert sum(tile.right - tile.left for tile in row) == pytest.approx(profile.size_bytes / 1e9)


def test_few_images_are_told_to_make_most_of_the_bytes(study: Study) -> None:
    chart = pareto_chart(study.plan)
    assert chart is not None
    # 128 + 59 + 56 of 274 MB are the first 80 %.
    assert chart.title == "3 of store-0421's 4 images make 80 % of 274 MB"
    (line,) = chart.panels[0].series
    assert isinstance(line, Line)
    assert [round(y, 1) for _, y in line.points] == [0.0, 46.5, 68.0, 88.4, 100.0]


def test_nothing_is_drawn_of_nothing(study: Study) -> None:
    bare = replace(study, inventory=Inventory((), (), ()))
    none = shares_of(bare, {})
    charts = (sharing_chart(none.held, "x"), upset_chart(none.held, "x"), icicle_chart(none.parts, "x"))
    assert charts == (None, None, None)
    assert pareto_chart(replace(study.plan, layers=replace(study.plan.layers, images=()))) is None
    assert bootstrap_chart(None, "x") is None
    assert carried_chart(None, "x") is None


def test_a_bootstrap_is_told_from_the_quickest_way_to_the_slowest() -> None:
    boots = (Boot("direct", 2, 600.0, 700.0, 815.0), Boot("primary", 2, 300.0, None, 533.0), Boot("bundle", 2))
    chart = bootstrap_chart(Clock(boots), "till")
    assert chart is not None
    assert chart.title == (
        "All hosts of till have their images after 8 min 53 s (Primary registry) to 13 min 35 s (No registry)"
    )
    ends = {
        (series.name, bar.at): (bar.start, bar.end)
        for series in chart.panels[0].series
        if isinstance(series, Bars)
        for bar in series.bars
    }
    assert ends["until half of the hosts are ready", "No registry"] == pytest.approx((0, 10))
    assert ends["until all are", "Primary registry"] == pytest.approx((5, 533 / 60))
    assert len(marked(drawn(chart))) == 5


def test_what_the_link_has_carried_only_rises_and_ends_at_the_sum() -> None:
    ways = (
        ExpectedWay("direct", 1000, 0, 0, (700, 0, 300), (), 0, 0.0, 0, 0, 0),
        ExpectedWay("primary", 600, 0, 0, (500, 50, 50), (), 0, 0.0, 400, 400, 400),
    )
    chart = carried_chart(LifeExpected(0.25, 1, 1, ways, None), "till")
    assert chart is not None
    for way, line in zip(ways, chart.panels[0].series, strict=True):
        assert isinstance(line, Line)
        heights = [round(y * 1e9) for _, y in line.points]
        assert heights == sorted(heights)
        assert (heights[0], heights[-1]) == (0, way.wan_bytes)
