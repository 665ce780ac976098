"""Runs the app over a loader that tests hold in their hands, and waits until the screen is still."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from textual.widgets import Input

from regplan.model.progress import Progress
from regplan.tui.app import RegplanApp
from tui.screen_text import screen_text
from tui.studies import site_study

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot
    from textual.worker import Worker

    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.tui.jobs import Job
    from regplan.tui.services import Services
    from regplan.tui.session import Flags
    from regplan.verbs.drafting import Base

__all__ = [
    "NOW",
    "Source",
    "app_of",
    "enter_filter",
    "heard",
    "job_when",
    "jobs_at_rest",
    "press",
    "run_app",
    "seen",
    "settle",
    "type_in",
]

NOW: Final = datetime(2026, 9, 1, 8, 5, 30, tzinfo=UTC)  # the plans of `studies` are of 08:00


class Source:
    """Stands where `verbs` stand: answers every target in turn from a list, and remembers what it was asked.

    An answer is a study, an error to raise, or progress to report before hanging until it is cancelled. `base` is the
    file that studies are of, None where there is none to edit.
    """

    def __init__(self, *answers: Study | BaseException | Progress, base: Base | None = None) -> None:
        self.answers = list(answers) or [site_study()]
        self.base = base
        self.targets: list[str] = []
        self.cancelled = 0
        self.hanging = False
        self.report: Report | None = None

    async def __call__(self, target: str, report: Report) -> Study | tuple[Study, Base]:
        self.targets.append(target)
        self.report = report
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        await asyncio.sleep(0)
        if isinstance(answer, BaseException):
            raise answer
        if not isinstance(answer, Progress):
            return answer if self.base is None else (answer, self.base)
        report(answer)
        self.hanging = True
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.hanging = False
        raise AssertionError


@asynccontextmanager
async def run_app(
    load: Callable[..., object] | None = None,
    target: str | None = None,
    size: tuple[int, int] = (80, 24),
    flags: Flags | None = None,
    services: Services | None = None,
) -> AsyncIterator[Pilot[None]]:
    """Run the app in a terminal of `size` columns and rows."""
    app = RegplanApp(load or Source(), target, flags, lambda: NOW, services)  # type: ignore[arg-type]
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        yield pilot


async def settle(pilot: Pilot[None]) -> None:
    """Wait until every key and message is handled, no work runs but jobs and what hangs until it is cancelled, and no table is being filled."""
    await pilot.pause()
    while app_of(pilot).is_busy or any(worker.is_running and not _hangs(worker, pilot) for worker in pilot.app.workers):
        await pilot.pause(0.01)
    await pilot.pause()


def _hangs(worker: Worker[object], pilot: Pilot[None]) -> bool:
    app = pilot.app
    assert isinstance(app, RegplanApp)
    return worker.group.startswith("job-") or (worker.group == "resolve" and getattr(app._load, "hanging", False))


async def job_when(pilot: Pilot[None], name: str, check: Callable[[Job], bool] = lambda job: not job.busy) -> Job:
    """Wait, a minute at most, until a job is as `check` wants it, at rest unless it says otherwise, and tell it."""
    app = pilot.app
    assert isinstance(app, RegplanApp)
    for _ in range(6000):
        if check(job := app.session.jobs[name]):
            await settle(pilot)
            return job
        await pilot.pause(0.01)
    raise AssertionError(app.session.jobs[name])


async def jobs_at_rest(pilot: Pilot[None]) -> str:
    """Wait until no job runs, and tell what is then on the screen."""
    app = pilot.app
    assert isinstance(app, RegplanApp)
    for name in app.session.jobs.busy:
        await job_when(pilot, name)
    return seen(pilot)


def app_of(pilot: Pilot[None]) -> RegplanApp:
    """Tell the app that a pilot drives."""
    assert isinstance(pilot.app, RegplanApp)
    return pilot.app


async def type_in(pilot: Pilot[None], text: str) -> None:
    """Type a text into the line that has the focus, key by key."""
    for letter in text:
        await pilot.press("space" if letter == " " else letter)
    await settle(pilot)


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


def heard(pilot: Pilot[None]) -> str:
    """Tell what the app has said, however its lines are broken."""
    return " ".join(each.message for each in pilot.app._notifications)


def seen(pilot: Pilot[None]) -> str:
    """Tell what is on the screen."""
    return screen_text(pilot.app)
