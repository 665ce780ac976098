"""The screens on the demo, as text at three sizes, in one app: REGPLAN_WRITE_GOLDENS=1 pytest -m slow tests/tui/test_demo_screens.py."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from regplan.tui.services import Services
from regplan.verbs.demo import demo_options, demo_site
from regplan.verbs.drafting import open_base
from tui.driving import jobs_at_rest, press, run_app, settle
from tui.screen_text import drawn_in_colour

if TYPE_CHECKING:
    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.verbs.drafting import Base

pytestmark = [pytest.mark.slow, pytest.mark.anyio, pytest.mark.tui]

GOLDENS = Path(__file__).parent / "goldens"
WRITE = "REGPLAN_WRITE_GOLDENS" in os.environ
SCREENS = {
    "verdict": "1",
    "layers": "2",
    "sharing": "3",
    "images": "i",
    "hosts": "h",
    "capacity": "4",
    "bandwidth": "5",
    "diff": "6",
    "registry": "7",
    "seed": "8",
    "fleet": "9",
}
SIZES = ((80, 24), (120, 40), (200, 60))


async def load_demo(_target: str, report: Report) -> tuple[Study, Base]:
    return await open_base(demo_site(), demo_options(), report)


async def test_the_demo_reads_as_it_was_agreed_at_three_sizes() -> None:
    others = []
    async with run_app(load_demo, "demo", services=Services(demo_options())) as pilot:
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await settle(pilot)
            for screen, key in SCREENS.items():
                await press(pilot, key)
                text = await jobs_at_rest(pilot)
                golden = GOLDENS / f"demo-{screen}-{width}x{height}.txt"
                if WRITE:
                    golden.write_bytes(text.encode())
                assert len(text.splitlines()) == height
                assert max(map(len, text.splitlines())) <= width
                if text != golden.read_text(encoding="utf-8"):
                    others.append(golden.name)

    assert others == [], "look at them, and write them anew if they are right"


async def test_without_colour_every_screen_of_the_demo_says_the_same_in_greys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    others, coloured = [], []
    async with run_app(load_demo, "demo", services=Services(demo_options())) as pilot:
        for screen, key in SCREENS.items():
            await press(pilot, key)
            text = await jobs_at_rest(pilot)
            if text != (GOLDENS / f"demo-{screen}-80x24.txt").read_text(encoding="utf-8"):
                others.append(screen)
            if drawn_in_colour(pilot.app):
                coloured.append(screen)

    assert others == [], "another text than with colour"
    assert coloured == [], "drawn in colour"
