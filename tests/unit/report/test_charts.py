from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import MissingExtra
from regplan.model.image import Inventory
from regplan.model.plan import StorageNeed
from regplan.model.profile import Declarations
from regplan.report.charts import CHARTS, CONFIG, Curve, held_against, internet_bytes, storage_waterfall
from regplan.report.contents import contents
from regplan.report.figures.plotly_figure import figure_of
from regplan.report.figures.svg import chart_svg
from regplan.report.fleet_contents import fleet_contents
from regplan.report.front import Front
from regplan.report.sections import charts_of
from regplan.verbs.demo import demo_fleet, demo_options, demo_site
from regplan.verbs.fleet import plan_fleet
from regplan.verbs.study import plan_site

if TYPE_CHECKING:
    from regplan.model.plan import Study

# Okabe and Ito, "Color Universal Design", 2008.
PALETTE = {"#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"}
GALLERY = Path(__file__).parents[3] / "docs" / "gallery"
# What units and colours the others have, test_figures tells.
IN_GB = ("growth", "internet", "sensitivity", "storage")


def spec(figure: Any) -> Any:
    return json.loads(figure.to_json())


def test_the_waterfall_shows_every_step_in_gigabytes(study: Study) -> None:
    drawn = spec(storage_waterfall(study))
    first = [trace for trace in drawn["data"] if trace.get("yaxis") != "y2"]
    ends = {
        label: x + base for trace in first for label, x, base in zip(trace["y"], trace["x"], trace["base"], strict=True)
    }
    assert ends["images one by one"] == pytest.approx(0.302654045)
    assert ends["shared layers"] == pytest.approx(ends["each blob once"])
    assert ends["required"] == pytest.approx(1.529184054)
    assert drawn["layout"]["yaxis"]["categoryarray"][-1] == "images one by one"


def test_the_need_stands_against_the_minimum_and_the_pvc(study: Study) -> None:
    drawn = spec(storage_waterfall(study))
    assert [shape["x0"] for shape in drawn["layout"]["shapes"]] == [300.0, 343.59738368]
    assert [each["text"].strip() for each in drawn["layout"]["annotations"]] == ["minimum 300 GB", "PVC 344 GB"]
    second = next(trace for trace in drawn["data"] if trace.get("yaxis") == "y2")
    assert second["x"] == pytest.approx([1.529184054])
    assert drawn["layout"]["xaxis2"]["range"][1] > 343.6


def test_the_labels_of_both_lines_stand_apart_and_inside_the_chart(study: Study) -> None:
    low, high = spec(storage_waterfall(study))["layout"]["annotations"]
    assert low["xanchor"] == high["xanchor"] == "right"
    assert high["y"] > low["y"]
    small = replace(study.plan, storage=replace(study.plan.storage, claimed_bytes=10**9))
    low, high = spec(storage_waterfall(replace(study, plan=small)))["layout"]["annotations"]
    assert (low["text"].strip(), low["xanchor"], high["xanchor"]) == ("PVC 1.00 GB", "left", "right")


def test_a_need_without_lines_is_drawn_all_the_same(study: Study) -> None:
    bare = replace(study.plan, findings=(), storage=StorageNeed(study.plan.storage.terms, None))
    drawn = spec(storage_waterfall(replace(study, plan=bare)))
    assert "shapes" not in drawn["layout"]


def test_the_internet_chart_has_the_range_as_error_bars(study: Study) -> None:
    without, with_registry, saved = spec(internet_bytes(study))["data"]
    assert [bar["x"] for bar in (without, with_registry, saved)] == [
        pytest.approx([gigabytes]) for gigabytes in (0.822960135, 0.274320045, 0.54864009)
    ]
    for bar in (without, saved):
        assert bar["error_x"]["array"] == pytest.approx([0.09])
        assert bar["error_x"]["arrayminus"] == pytest.approx([0])
        assert bar["error_x"]["symmetric"] is False
    assert "error_x" not in with_registry


def test_a_label_stands_behind_its_bars_range_and_not_across_it(study: Study) -> None:
    drawn = spec(internet_bytes(study))
    labelled = {each["y"]: each["x"] for each in drawn["layout"]["annotations"]}
    for bars in drawn["data"]:
        ends = {
            name: start + length + beyond
            for name, start, length, beyond in zip(
                bars["y"],
                bars["base"],
                bars["x"],
                bars.get("error_x", {}).get("array", [0] * len(bars["y"])),
                strict=True,
            )
            if beyond
        }
        assert {name: labelled[name] for name in ends} == pytest.approx(ends)
        assert [text == "" for text in bars["text"]] == [name in ends for name in bars["y"]]
    assert labelled


def test_an_internet_link_that_was_not_worked_out_is_said_to_be_so(study: Study) -> None:
    drawn = spec(internet_bytes(replace(study, plan=replace(study.plan, wire=None))))
    assert drawn["data"] == []
    assert drawn["layout"]["annotations"][0]["text"] == "not worked out"


@pytest.mark.parametrize("key", IN_GB)
def test_colours_are_told_apart_by_everyone_and_patterns_say_the_same(advised: Study, key: str) -> None:
    drawn = spec(CHARTS[key](advised))
    seen: dict[str, str] = {}
    for trace in drawn["data"]:
        # A line is told apart by its dashes, as a bar is by its pattern.
        bar, line = trace.get("marker"), trace.get("line")
        colour, pattern = (bar["color"], bar["pattern"]["shape"]) if bar else (line["color"], line["dash"])
        assert colour in PALETTE
        assert seen.setdefault(colour, pattern) == pattern
    assert len(set(seen.values())) == len(seen) >= 3


@pytest.mark.parametrize("key", IN_GB)
def test_titles_and_axes_name_the_unit(advised: Study, key: str) -> None:
    layout = spec(CHARTS[key](advised))["layout"]
    assert "GB" in layout["title"]["text"]
    assert "store-0421" in layout["title"]["text"]
    titles = {axis["title"]["text"] for name, axis in layout.items() if "axis" in name and "title" in axis}
    assert titles - {"months from now"} == {"GB"}


@pytest.fixture(scope="module")
def demo() -> Study:
    return plan_site(demo_site(), replace(demo_options(), fixes=True, sensitivity=True, life=True))


def test_every_chart_of_a_report_is_a_figure_for_notebooks_too(demo: Study) -> None:
    blocks = charts_of(contents(demo))

    assert {block.key for block in blocks} == set(CHARTS)
    for block in blocks:
        assert CHARTS[block.key](demo).to_json() == figure_of(block.chart).to_json(), block.key


def test_the_gallery_shows_every_chart_as_it_is_drawn_now(demo: Study) -> None:
    fleet = plan_fleet(demo_fleet(), options=demo_options())
    blocks = (*charts_of(contents(demo)), *charts_of(fleet_contents(fleet, "sites.csv", "", Front())))

    shown = (GALLERY.with_suffix(".md")).read_text(encoding="utf-8")

    for block in blocks:
        assert f"![{block.alt}](gallery/{block.key}.svg)" in shown, "run scripts/gallery"
        drawn = (GALLERY / f"{block.key}.svg").read_text(encoding="utf-8")
        assert drawn == chart_svg(block.chart, titled=True), "run scripts/gallery"
    assert "(gallery/rate.svg)" in shown


@pytest.mark.parametrize("key", ["bootstrap", "carried", "icicle", "pareto", "sharing", "upset"])
def test_a_chart_of_what_is_not_known_is_empty_and_says_so(study: Study, key: str) -> None:
    layers = replace(study.plan.layers, images=())
    bare = replace(study, inventory=Inventory(()), declarations=Declarations(), plan=replace(study.plan, layers=layers))
    drawn = spec(CHARTS[key](bare))
    assert drawn["data"] == []
    assert drawn["layout"]["title"]["text"]


def test_a_name_with_markup_in_it_is_shown_and_not_obeyed(study: Study) -> None:
    site = replace(study.plan.site, name='<a href="javascript:alert(1)">x</a>')
    for draw in CHARTS.values():
        assert "<a" not in draw(replace(study, plan=replace(study.plan, site=site))).to_json().replace("\\u003c", "<")


def test_nothing_is_sent_to_a_cloud() -> None:
    assert CONFIG["showSendToCloud"] is False
    assert CONFIG["displaylogo"] is False


def test_a_chart_without_plotly_names_the_pip_line(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(MissingExtra, match=r"regplan\[report\]"):
        storage_waterfall(study)


def test_a_curve_names_the_measurements_outside_its_band() -> None:
    curve = Curve("pods", {50: 10.5, 100: 21.0, 200: 39.0}, {50: 10.0, 100: 20.0, 200: 40.0}, -0.01, 0.05)
    assert curve.outside() == ((200, 0.975),)


def test_measured_points_stand_beside_simulated_lines_with_their_bands_and_source() -> None:
    curve = Curve("<b>nginx", {50: 35.0}, {50: 33.8, 100: 67.5}, -0.04, 0.1)
    drawn = spec(
        held_against("until they run", ("pods", "s"), [curve], source="a page & its <chart>", logarithmic=True)
    )
    band, line, points = drawn["data"]
    assert band["y"] == pytest.approx([33.8 * 1.1, 67.5 * 1.1, 67.5 * 0.96, 33.8 * 0.96])
    assert (line["x"], line["y"], line["name"]) == ([50, 100], [33.8, 67.5], "&lt;b&gt;nginx, simulated")
    assert (points["x"], points["y"], points["mode"]) == ([50], [35.0], "markers")
    assert drawn["layout"]["title"]["text"] == "until they run<br><sub>a page &amp; its &lt;chart&gt;</sub>"
    assert drawn["layout"]["xaxis"]["tickvals"] == [50, 100]
    plain = spec(held_against("until they run", ("share", "s"), [Curve("all", {"p50": 1.0}, {"p50": 1.0})]))
    assert plain["layout"]["title"]["text"] == "until they run"
    assert "type" not in plain["layout"]["yaxis"]
