from __future__ import annotations

import xml.etree.ElementTree as ET
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
