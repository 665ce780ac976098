"""The lines that say more of a row: as much as there is room for, and told where that is not all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.app import App, ComposeResult

from regplan.tui.widgets.detail import Detail
from tui.screen_text import screen_text

if TYPE_CHECKING:
    from textual.pilot import Pilot

pytestmark = [pytest.mark.anyio, pytest.mark.tui]

WORDS = "The claim is too small for what the profiles need. Enlarge it to 300 GB, or keep one release fewer."


class Bench(App[None]):
    CSS = "Detail { height: 2; padding: 0 1; }"

    def compose(self) -> ComposeResult:
        yield Detail("more")


async def said(pilot: Pilot[None], words: str) -> list[str]:
    pilot.app.query_one(Detail).show(words)
    await pilot.pause()
    return [line.strip() for line in screen_text(pilot.app).splitlines()[:2]]


async def test_what_does_not_fit_ends_with_an_ellipsis_and_what_fits_is_whole() -> None:
    app = Bench()
    async with app.run_test(size=(40, 6)) as pilot:
        assert await said(pilot, WORDS) == [
            "The claim is too small for what the",
            "profiles need. Enlarge it to 300 GB,…",
        ]
        assert await said(pilot, "Nothing binds.") == ["Nothing binds.", ""]
        await pilot.resize_terminal(120, 6)
        assert await said(pilot, WORDS) == [WORDS, ""]
