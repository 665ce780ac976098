"""Pages of ours in a browser that has no network: what is drawn, what they complain of, and what bars people from reading."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from notebooks.browsing import CHROMIUM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Opened", "barriers_in", "drawn_marks", "grounds_of", "offline_browser", "opened"]

# A bar, tile or dot is a point to plotly; a line is one path, and its first is the line itself.
_DRAWN: Final = """() => Object.fromEntries([...document.querySelectorAll('.chart')].map(each => [
    each.id.slice('chart-'.length),
    each.querySelectorAll('[class="point"]').length
        + each.querySelectorAll('g[class="lines"] > path[class="js-line"]:first-child').length,
]))"""
_BARRIERS: Final = """async more => (await axe.run({resultTypes: ['violations'], ...more})).violations
    .filter(each => ['serious', 'critical'].includes(each.impact))
    .map(each => [each.id, each.nodes.slice(0, 3).map(node => node.html.slice(0, 200))])"""
_GROUND: Final = "() => getComputedStyle(document.body).backgroundColor"


@dataclass(frozen=True)
class Opened:
    """A file as a page, and what it asked for in vain or elsewhere, or complained of."""

    page: Any
    file: Path
    complaints: list[str]


@contextmanager
def offline_browser() -> Iterator[Any]:
    """Start one browser for many pages."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def opened(browser: Any, file: Path, *, scripts: bool = True) -> Opened:
    """Open a file where there is no network, and listen to it from the start."""
    size = {"width": 1200, "height": 1600}
    page = browser.new_context(offline=True, java_script_enabled=scripts, viewport=size).new_page()
    page.set_default_timeout(120_000)
    complaints: list[str] = []
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url[:200]}"))
    page.on("request", lambda request: complaints.extend(_elsewhere(request.url, file)))
    page.on("console", lambda said: complaints.extend([said.text] if said.type in {"error", "warning"} else []))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    return Opened(page, file, complaints)


def drawn_marks(page: Any) -> dict[str, int]:
    """Count what plotly has drawn for each chart: bars and tiles, dots, and lines."""
    marks: dict[str, int] = page.evaluate(_DRAWN)
    return marks


def barriers_in(page: Any, axe: str, **more: Any) -> list[Any]:
    """Tell the serious barriers that axe finds: its rule, and the first parts of the page that break it."""
    page.evaluate(axe)
    found: list[Any] = page.evaluate(_BARRIERS, more)
    return found


def grounds_of(page: Any) -> dict[str, int]:
    """Tell how light the page's ground is in each scheme, from 0 (black) to 765; the page is left in the dark one."""
    grounds = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        grounds[scheme] = sum(map(int, re.findall(r"\d+", page.evaluate(_GROUND))[:3]))
    return grounds


def _elsewhere(url: str, file: Path) -> list[str]:
    return [] if url == file.as_uri() or url.startswith(("data:", "blob:")) else [f"asked: {url[:200]}"]
