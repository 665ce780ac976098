"""Runs the app over a loader that tests hold in their hands, and waits until the screen is still."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from textual.widgets import Input

from regplan.model.progress import Progress
from regplan.tui.app import RegplanApp
from tui.screen_text import screen_text
from tui.studies import site_study

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot

    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.tui.session import Flags

__all__ = ["Source", "enter_filter", "press", "run_app", "seen", "settle"]


class Source:
    """Stands where `verbs` stand: answers every target in turn from a list, and remembers what it was asked.

    An answer is a study, an error to raise, or progress to report before hanging until it is cancelled.
    """

    def __init__(self, *answers: Study | BaseException | Progress) -> None:
        self.answers = list(answers) or [site_study()]
        self.targets: list[str] = []
        self.cancelled = 0
        self.report: Report | None = None

    async def __call__(self, target: str, report: Report) -> Study:
        self.targets.append(target)
        self.report = report
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        await asyncio.sleep(0)
        if isinstance(answer, BaseException):
            raise answer
        if not isinstance(answer, Progress):
            return answer
        report(answer)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        raise AssertionError


@asynccontextmanager
async def run_app(
    load: Callable[..., object] | None = None,
    target: str | None = None,
    size: tuple[int, int] = (80, 24),
    flags: Flags | None = None,
) -> AsyncIterator[Pilot[None]]:
    """Run the app in a terminal of `size` columns and rows."""
    app = RegplanApp(load or Source(), target, flags)  # type: ignore[arg-type]
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        yield pilot


async def settle(pilot: Pilot[None]) -> None:
    """Wait until every message is handled and no table is being filled."""
    await pilot.pause()
    while any(worker.group == "fill" and worker.is_running for worker in pilot.app.workers):
        await pilot.pause(0.01)
    await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> str:
    """Press keys one after the other, and tell what is then on the screen."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)
    return seen(pilot)


async def enter_filter(pilot: Pilot[None], text: str) -> str:
    """Open the focused pane's filter, paste `text` into it, keep it, and tell what is then on the screen."""
    await press(pilot, "slash")
    focused = pilot.app.focused
    assert isinstance(focused, Input)
    focused.value = text
    return await press(pilot, "enter")


def seen(pilot: Pilot[None]) -> str:
    """Tell what is on the screen."""
    return screen_text(pilot.app)
