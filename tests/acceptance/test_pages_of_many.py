"""The pages of fleets and of seedings, in one browser that has no network: nothing fails, each row is drawn, and all can read it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from cli.running import regplan
from notebooks.browsing import needs_chromium
from support import images
from support.axe import axe_source
from support.fleets import sites, write_fleet, write_table
from support.pages import Opened, barriers_in, drawn_marks, grounds_of, offline_browser, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, needs_chromium]

SITES: Final = 40
NAMES: Final = ("fleet", "nothing planned", "seeded", "broken off", "looked at")
# A step of a drawn rate is two corners: where it begins and where it ends.
_CORNERS: Final = (
    "() => [...document.querySelectorAll('figure.rate polyline')].map(each => each.points.numberOfItems / 2)"
)
_STATIC: Final = (
    "() => [...document.querySelectorAll('.chart > svg.static')].map(each => each.querySelectorAll('.mark').length)"
)
_ROWS: Final = "() => document.querySelectorAll('#claims tbody tr').length"


def _fleet(folder: Path) -> None:
    """Write the report of sites that all claim something but one, of which the claim is none."""
    rows = [dict(row) for row in sites(SITES)]
    rows[1]["registry.storage"] = "7GB"
    rows[3]["registry.storage"] = "nonsense"
    write_fleet(folder / "f", 1)
    write_table(folder / "f" / "few.csv", iter(rows))
    assert regplan("report", str(folder / "f" / "few.csv"), "-O", str(folder / "r.html")).code == 2


def _nothing(folder: Path) -> None:
    """Write the report of a table in which no row is a site."""
    write_fleet(folder / "f", 1)
    rows = [{**row, "registry.storage": "nonsense"} for row in sites(3)]
    write_table(folder / "f" / "few.csv", iter(rows))
    assert regplan("report", str(folder / "f" / "few.csv"), "-O", str(folder / "r.html")).code == 2


def _seed(folder: Path, *more: str) -> int:
    references = ("registry.example/shop/web:1.0", "registry.example/shop/till:1.0")
    base = images.layer(600_000, 5)
    trees = {name: images.image([base, images.layer(90_000, n)], label=name) for n, name in enumerate(references)}
    images.write_layout(folder / "source", trees)
    reports = [word for kind in ("html", "json") for word in ("--report", str(folder / f"r.{kind}"))]
    return regplan("seed", *references, "--from", f"oci:{folder / 'source'}", *reports, *more).code


def _seeded(folder: Path) -> None:
    assert _seed(folder, "--to", f"oci:{folder / 'disk'}", "--yes", "--max-rate", "2Mbit/s") == 0


def _broken(folder: Path) -> None:
    """Write the report of a seeding to an address at which nobody listens."""
    assert _seed(folder, "--to", "docker://127.0.0.1:1/p", "--plain-http", "--yes") == 3


def _looked(folder: Path) -> None:
    assert _seed(folder, "--to", f"oci:{folder / 'disk'}", "--dry-run") == 0


_MAKERS: Final[dict[str, Callable[[Path], None]]] = dict(
    zip(NAMES, (_fleet, _nothing, _seeded, _broken, _looked), strict=True)
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with offline_browser() as started:
        yield started


@pytest.fixture(scope="module")
def shown(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Opened]:
    """Write and open each report once."""
    known: dict[str, Opened] = {}

    def once(name: str) -> Opened:
        if name not in known:
            folder = tmp_path_factory.mktemp("report")
            _MAKERS[name](folder)
            known[name] = opened(browser, folder / "r.html")
        return known[name]

    return once


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_source(tmp_path_factory.mktemp("axe"))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_or_complained_of(shown: Callable[[str], Opened], name: str) -> None:
    assert shown(name).complaints == []


def test_each_site_that_claims_something_is_a_point_with_and_without_scripts(
    browser: Any, shown: Callable[[str], Opened]
) -> None:
    seen, bare = shown("fleet"), opened(browser, shown("fleet").file, scripts=False)

    # One row is none.
    assert drawn_marks(seen.page) == {"fleet-claims": SITES - 1}
    assert seen.page.evaluate(_ROWS) == SITES - 1
    assert bare.page.evaluate(_STATIC) == [SITES - 1]
    assert bare.page.locator(".js-plotly-plot").count() == 0
    bare.page.context.close()


def test_a_table_without_a_site_has_no_chart(shown: Callable[[str], Opened]) -> None:
    page = shown("nothing planned").page

    assert drawn_marks(page) == {}
    assert "3 rows could not be planned" in page.inner_text("main")


def test_the_rate_of_a_seeding_has_a_step_for_each_stretch_of_its_time(shown: Callable[[str], Opened]) -> None:
    seen = shown("seeded")
    steps = json.loads(seen.file.with_suffix(".json").read_text(encoding="utf-8"))["run"]["timeline"]["bytes"]

    # Three layers and more than 800 kB over a link that carries 250 kB a second.
    assert len(steps) >= 2
    assert seen.page.evaluate(_CORNERS) == [len(steps)]
    assert seen.page.locator("figure.rate line.cap").count() == 1
    # A page without scripts is the same to a browser that has none.
    assert "<script" not in seen.file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["broken off", "looked at"])
def test_what_sent_nothing_has_no_rate(shown: Callable[[str], Opened], name: str) -> None:
    assert shown(name).page.evaluate(_CORNERS) == []


@pytest.mark.installs
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_serious_barrier_in_light_or_dark(shown: Callable[[str], Opened], axe: str, name: str) -> None:
    page = shown(name).page

    assert barriers_in(page, axe) == []
    grounds = grounds_of(page)
    assert grounds["light"] > 3 * 200
    assert grounds["dark"] < 3 * 60
    assert barriers_in(page, axe, runOnly=["color-contrast"]) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_page_is_wider_than_its_window(shown: Callable[[str], Opened], name: str) -> None:
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

    assert shown(name).page.evaluate(wide) <= 0
