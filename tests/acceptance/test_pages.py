"""The pages of sites that differ, in one browser that has no network: nothing fails, each row is drawn, and all can read it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from acceptance.sites import VERDICTS, some_site
from notebooks.browsing import needs_chromium
from regplan.report.contents import contents
from regplan.report.figures.chart import marks_of
from regplan.report.render import render
from regplan.report.sections import charts_of
from regplan.verbs.demo import demo_options
from regplan.verbs.study import plan_site
from support.axe import axe_source
from support.pages import Opened, barriers_in, drawn_marks, grounds_of, offline_browser, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from regplan.model.plan import Study

pytestmark = [pytest.mark.slow, needs_chromium]

_DRAWINGS: Final = """() => [...document.querySelectorAll('.chart > svg.static')].map(
    each => [each.querySelectorAll('.mark').length, each.getBoundingClientRect().width])"""
_WIDTHS: Final = """() => Object.fromEntries([...document.querySelectorAll('.chart')].map(each => [
    each.id, each.getBoundingClientRect().width]))"""


@dataclass(frozen=True)
class Shown:
    """A site's study, and its page as opened."""

    study: Study
    opened: Opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with offline_browser() as started:
        yield started


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
    return Shown(study, opened(browser, file))


@pytest.mark.parametrize("name", VERDICTS)
def test_each_chart_has_a_mark_for_each_of_its_rows_and_nothing_is_asked_or_complained_of(
    shown: Callable[[str], Shown], name: str
) -> None:
    seen = shown(name)

    expected = {block.key: marks_of(block.chart) for block in charts_of(contents(seen.study))}
    assert len(expected) >= (3 if name == "bare" else 8)
    assert drawn_marks(seen.opened.page) == expected
    assert seen.opened.complaints == []
    # Beside a wide table a chart is not pressed together: the table goes below it.
    assert [key for key, width in seen.opened.page.evaluate(_WIDTHS).items() if width < 600] == []


@pytest.mark.installs
@pytest.mark.parametrize("name", VERDICTS)
def test_axe_finds_no_serious_barrier_in_light_or_dark(shown: Callable[[str], Shown], axe: str, name: str) -> None:
    page = shown(name).opened.page

    assert barriers_in(page, axe) == []
    grounds = grounds_of(page)
    assert grounds["light"] > 3 * 200
    assert grounds["dark"] < 3 * 60
    # What is dark has the same parts: only its colours are looked at again.
    assert barriers_in(page, axe, runOnly=["color-contrast"]) == []


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_source(tmp_path_factory.mktemp("axe"))


@pytest.mark.parametrize("name", VERDICTS)
def test_without_scripts_each_chart_stands_there_as_a_drawing(
    browser: Any, shown: Callable[[str], Shown], name: str
) -> None:
    seen = shown(name)
    page = opened(browser, seen.opened.file, scripts=False).page

    drawings = page.evaluate(_DRAWINGS)
    assert [marks for marks, _ in drawings] == [marks_of(block.chart) for block in charts_of(contents(seen.study))]
    assert [width for _, width in drawings if width < 600] == []
    assert page.locator(".js-plotly-plot").count() == 0
    page.context.close()


def test_a_page_that_asks_somebody_or_complains_is_noticed(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "leak.html"
    file.write_text('<!DOCTYPE html><script src="http://cdn.example/x.js"></script>', encoding="utf-8")
    seen = opened(browser, file)
    seen.page.context.close()

    assert "failed: http://cdn.example/x.js" in seen.complaints
    assert "asked: http://cdn.example/x.js" in seen.complaints
