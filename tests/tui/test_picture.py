from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.tui.picture import picture
from regplan.verbs.demo import demo_options, demo_site
from regplan.verbs.sites import read_site
from regplan.verbs.study import study_site
from tui.driving import Source

if TYPE_CHECKING:
    from regplan.model.plan import Study
    from regplan.model.progress import Report

pytestmark = [pytest.mark.anyio, pytest.mark.tui]


async def load_demo(_target: str, report: Report) -> Study:
    return await study_site(read_site(demo_site()), demo_options(), report)


async def test_the_picture_for_the_documentation_shows_the_demo() -> None:
    svg = await picture(load_demo, "demo", "layers", (100, 30))

    words = "".join(ET.fromstring(svg).itertext()).replace("\xa0", " ")  # noqa: S314  it was made right here
    assert "Images" in words
    assert "store-0421" in words
    assert "docker.io/library/postgres:17-alpine" in words


async def test_no_picture_is_drawn_of_a_site_without_a_plan() -> None:
    with pytest.raises(RuntimeError, match=r"site\.yaml has no plan to draw: .*no such file"):
        await picture(Source(InputError("no such file")), "site.yaml", "verdict")


ROOT = Path(__file__).parents[2]


def written(svg: str) -> str:
    """What is written in a picture, but for the keys of the places, of which there are more with every screen."""
    texts = [each.text or "" for each in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314  our own
    return re.sub(r"\b(?:\w\s+)+Places", "Places", " ".join(texts).replace("\xa0", " "))


@pytest.mark.slow
@pytest.mark.parametrize(("file", "mode"), [("docs/tui.svg", "verdict"), ("docs/tui-layers.svg", "layers")])
async def test_the_pictures_of_the_readme_are_those_that_the_script_draws_of_the_demo_today(
    file: str, mode: str
) -> None:
    assert f"]({file})" in (ROOT / "README.md").read_text(encoding="utf-8")

    drawn = await picture(load_demo, "demo", mode)

    assert written((ROOT / file).read_text(encoding="utf-8")) == written(drawn), "scripts/screenshot draws it anew"
