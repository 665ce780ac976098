"""Real sites as text: a large one of 143 images, one that fails, one that is incomplete, an empty one. REGPLAN_WRITE_GOLDENS=1 writes them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from golden.planning import GOLDEN
from regplan.verbs.options import Options
from regplan.verbs.sites import read_site
from regplan.verbs.study import study_site
from tui.driving import jobs_at_rest, press, run_app
from tui.large_site import IMAGES, large_site

if TYPE_CHECKING:
    from regplan.model.plan import Study
    from regplan.model.progress import Report

pytestmark = [pytest.mark.slow, pytest.mark.anyio, pytest.mark.tui]

GOLDENS = Path(__file__).parent / "goldens"
WRITE = "REGPLAN_WRITE_GOLDENS" in os.environ
SCREENS = {"verdict": "1", "layers": "2", "capacity": "4", "images": "i", "hosts": "h"}
# What the top line says of each: whatever is drawn below, this is the site it is of.
SITES = {"large": "✓ PASS", "failing": "✗ FAIL", "incomplete": "? INCOMPLETE", "empty": "? INCOMPLETE"}
EMPTY = """metadata: {name: nothing-yet}
spec:
  version: 1.0.0
  template:
    type: add-on
    cloudType: edge-native
    packs: [{name: plans, layer: addon, type: manifest, tag: 1.0.0, version: 1.0.0, values: "pack: {namespace: plans}"}]
"""


def site_of(name: str, folder: Path) -> Path:
    if name == "large":
        return large_site(folder)
    if name != "empty":
        return GOLDEN / "sites" / f"{ {'failing': 'single', 'incomplete': 'unresolved'}[name] }.yaml"
    (folder / "nothing.yaml").write_text(EMPTY, encoding="utf-8")
    site = folder / "site.yaml"
    site.write_text(
        "name: new-store\nprofiles: [nothing.yaml]\nregistry: {kind: zot, storage: 400GB}\n", encoding="utf-8"
    )
    return site


@pytest.mark.parametrize("name", SITES)
async def test_the_site_reads_as_it_was_agreed_on_the_main_screens(name: str, tmp_path: Path) -> None:
    async def load(target: str, report: Report) -> Study:
        return await study_site(read_site(target), Options(), report)

    others = []
    async with run_app(load, str(site_of(name, tmp_path))) as pilot:
        for screen, key in SCREENS.items():
            await press(pilot, key)
            # There are more keys with every screen, and no other difference.
            text = re.sub(r"\w+ Places", "keys of Places", await jobs_at_rest(pilot))
            golden = GOLDENS / f"site-{name}-{screen}-80x24.txt"
            if WRITE:
                golden.write_bytes(text.encode())
            assert SITES[name] in text.splitlines()[0]
            assert len(text.splitlines()) == 24
            assert max(map(len, text.splitlines()[:-1])) <= 80
            if text != golden.read_text(encoding="utf-8"):
                others.append(golden.name)

    assert others == [], "look at them, and write them anew if they are right"


async def test_the_large_site_has_every_image_of_its_profile_resolved_and_listed(tmp_path: Path) -> None:
    study = await study_site(read_site(large_site(tmp_path)), Options())

    assert study.plan.counts.unique == study.plan.counts.resolved == len(study.plan.layers.images) == IMAGES == 143
