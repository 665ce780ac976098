"""The pages of sites that differ, in one browser that has no network: nothing fails, each row is drawn, and all can read it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from acceptance.sites import VERDICTS, some_site
from notebooks.browsing import CHROMIUM, needs_chromium
from regplan.report.contents import contents
from regplan.report.figures.chart import marks_of
from regplan.report.render import render
from regplan.report.sections import charts_of
from regplan.verbs.demo import demo_options
from regplan.verbs.study import plan_site
from support.axe import axe_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from regplan.model.plan import Study

pytestmark = [pytest.mark.slow, needs_chromium]

# A bar, tile or dot is a point to plotly; a line is one path, and its first is the line itself.
_DRAWN: Final = """() => Object.fromEntries([...document.querySelectorAll('.chart')].map(each => [
    each.id.slice('chart-'.length),
    each.querySelectorAll('[class="point"]').length
        + each.querySelectorAll('g[class="lines"] > path[class="js-line"]:first-child').length,
]))"""
_DRAWINGS: Final = """() => [...document.querySelectorAll('.chart > svg.static')].map(
    each => [each.querySelectorAll('.mark').length, each.getBoundingClientRect().width])"""
_WIDTHS: Final = """() => Object.fromEntries([...document.querySelectorAll('.chart')].map(each => [
    each.id, each.getBoundingClientRect().width]))"""
_BARRIERS: Final = """async more => (await axe.run({resultTypes: ['violations'], ...more})).violations
    .filter(each => ['serious', 'critical'].includes(each.impact))
    .map(each => [each.id, each.nodes.slice(0, 3).map(node => node.html.slice(0, 200))])"""
_GROUND: Final = "() => getComputedStyle(document.body).backgroundColor"


@dataclass(frozen=True)
class Shown:
    """A site's study, its page as opened, and what the page asked for in vain or elsewhere, or complained of."""

    study: Study
    page: Any
    file: Path
    complaints: list[str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def shown(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Shown]:
    """Open the page of each site once."""
    known: dict[str, Shown] = {}

    def once(name: str) -> Shown:
        if name not in known:
            known[name] = _opened(browser, name, tmp_path_factory.mktemp(name))
        return known[name]

    return once


def _opened(browser: Any, name: str, folder: Path) -> Shown:
    site = some_site(name, folder / "site")
    study = plan_site(site, replace(demo_options(), fixes=True, sensitivity=True, life=True))
    file = folder / "plan.html"
    file.write_bytes(render(study, "html"))
    page = browser.new_context(offline=True, viewport={"width": 1200, "height": 1600}).new_page()
    page.set_default_timeout(120_000)
    complaints: list[str] = []
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url[:200]}"))
    page.on("request", lambda request: complaints.extend(_elsewhere(request.url, file)))
    page.on("console", lambda said: complaints.extend([said.text] if said.type in {"error", "warning"} else []))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    return Shown(study, page, file, complaints)


def _elsewhere(url: str, file: Path) -> list[str]:
    return [] if url == file.as_uri() or url.startswith(("data:", "blob:")) else [f"asked: {url[:200]}"]


@pytest.mark.parametrize("name", VERDICTS)
def test_each_chart_has_a_mark_for_each_of_its_rows_and_nothing_is_asked_or_complained_of(
    shown: Callable[[str], Shown], name: str
) -> None:
    seen = shown(name)

    expected = {block.key: marks_of(block.chart) for block in charts_of(contents(seen.study))}
    assert len(expected) >= (3 if name == "bare" else 8)
    assert seen.page.evaluate(_DRAWN) == expected
    assert seen.complaints == []
    # Beside a wide table a chart is not pressed together: the table goes below it.
    assert [key for key, width in seen.page.evaluate(_WIDTHS).items() if width < 600] == []


@pytest.mark.installs
@pytest.mark.parametrize("name", VERDICTS)
def test_axe_finds_no_serious_barrier_in_light_or_dark(shown: Callable[[str], Shown], axe: str, name: str) -> None:
    page = shown(name).page
    page.evaluate(axe)
    grounds, barriers = {}, {}

    # What is dark has the same parts: only its colours are looked at again.
    for scheme, more in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme)
        grounds[scheme] = sum(map(int, re.findall(r"\d+", page.evaluate(_GROUND))[:3]))
        barriers[scheme] = page.evaluate(_BARRIERS, more)

    assert barriers == {"light": [], "dark": []}
    assert grounds["light"] > 3 * 200
    assert grounds["dark"] < 3 * 60


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_source(tmp_path_factory.mktemp("axe"))


@pytest.mark.parametrize("name", VERDICTS)
def test_without_scripts_each_chart_stands_there_as_a_drawing(
    browser: Any, shown: Callable[[str], Shown], name: str
) -> None:
    seen = shown(name)
    page = browser.new_context(offline=True, java_script_enabled=False).new_page()
    page.goto(seen.file.as_uri())

    drawings = page.evaluate(_DRAWINGS)
    assert [marks for marks, _ in drawings] == [marks_of(block.chart) for block in charts_of(contents(seen.study))]
    assert [width for _, width in drawings if width < 600] == []
    assert page.locator(".js-plotly-plot").count() == 0
    page.context.close()


def test_a_page_that_asks_somebody_or_complains_is_noticed(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "leak.html"
    file.write_text('<!DOCTYPE html><script src="http://cdn.example/x.js"></script>', encoding="utf-8")
    page = browser.new_context(offline=True).new_page()
    asked: list[str] = []
    page.on("requestfailed", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.context.close()

    assert asked == ["http://cdn.example/x.js"]
