"""Long work beside the resolving of a site: begun by a screen, cancelled by a key, its outcome in the session."""

from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from regplan.errors import InputError
from regplan.model.progress import Progress
from regplan.tui.app import RegplanApp
from tui.driving import Source, job_when, press, run_app, seen, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

pytestmark = [pytest.mark.anyio, pytest.mark.tui]


class Work:
    """A job's work in a test's hands: it says what it is given to say, and ends once it is let go."""

    def __init__(self, *news: object, answer: object = "done") -> None:
        self.news, self.answer = news, answer
        self.begun, self.cancelled = threading.Event(), threading.Event()
        self.is_free = False

    def go(self) -> None:
        """Let it end, now or when it is begun."""
        self.is_free = True
        if self.begun.is_set():
            self.loop.call_soon_threadsafe(self.gate.set)

    async def __call__(self, tell: Callable[[object], None]) -> object:
        for each in self.news:
            tell(each)
        self.loop, self.gate = asyncio.get_running_loop(), asyncio.Event()
        if self.is_free:
            self.gate.set()
        self.begun.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def app_of(pilot: Pilot[None]) -> RegplanApp:
    assert isinstance(pilot.app, RegplanApp)
    return pilot.app


async def test_a_job_tells_its_newest_progress_and_its_result_stays_while_it_runs_again() -> None:
    first, again = Work(1, 2, 3), Work()
    async with run_app() as pilot:
        app_of(pilot).begin("diff", first, "a")
        assert (await job_when(pilot, "diff", lambda job: job.progress is not None)).progress == 3
        first.go()
        job = await job_when(pilot, "diff")
        assert (job.result, job.progress, job.error) == ("done", None, None)

        app_of(pilot).begin("diff", again, "a")
        assert app_of(pilot).session.jobs["diff"].result == "done"
        app_of(pilot).begin("diff", again, "b")
        assert app_of(pilot).session.jobs["diff"].result is None
        again.go()
        await job_when(pilot, "diff")


async def test_a_job_that_fails_leaves_the_app_up_with_the_next_step() -> None:
    work = Work(answer=InputError("sites.csv:3: no such column"))
    work.go()
    async with run_app() as pilot:
        app_of(pilot).begin("fleet", work, None)
        job = await job_when(pilot, "fleet")

        assert job.error is not None
        assert "sites.csv:3" in job.error.message
        assert job.error.next_step
        assert pilot.app.is_running


async def test_escape_cancels_the_job_of_the_screen_in_view_and_stays_there() -> None:
    work, late = Work(), Work(answer="late")
    async with run_app(target="site.yaml") as pilot:
        await press(pilot, "2")
        app_of(pilot).begin("layers", work, None)
        await asyncio.to_thread(work.begun.wait, 5)
        await press(pilot, "escape")

        job = app_of(pilot).session.jobs["layers"]
        assert (pilot.app.current_mode, job.busy, job.cancelled) == ("layers", False, True)
        assert await asyncio.to_thread(work.cancelled.wait, 5)

        late.go()
        app_of(pilot).begin("layers", late, None)
        assert (await job_when(pilot, "layers")).result == "late"


async def test_another_site_ends_the_jobs_about_the_one_before_and_no_others() -> None:
    about_site, about_none = Work(), Work()
    async with run_app(target="site.yaml") as pilot:
        app = app_of(pilot)
        app.begin("diff", about_site, app.session.study)
        app.begin("fleet", about_none, None, lasting=True)
        await asyncio.to_thread(about_site.begun.wait, 5)
        app.open_site("other.yaml")
        await settle(pilot)

        assert app.session.jobs.busy == ("fleet",)
        about_none.go()
        assert (await job_when(pilot, "fleet")).result == "done"


@pytest.mark.slow
async def test_a_days_messages_of_progress_leave_no_more_memory_taken_than_its_first_hours() -> None:
    source, an_hour = Source(Progress(0, 86_400, "images")), 3_600
    taken = []
    async with run_app(source, target="site.yaml") as pilot:
        assert source.report is not None
        # How wide words are is remembered of as many as these at most.
        for word in range(10_000):
            cell_len(f"{word}")
        tracemalloc.start()
        for done in range(24 * an_hour):
            source.report(Progress(done, 24 * an_hour, "images", f"r.example/shop/image-{done}:1"))
            if not done % 400:
                await pilot.pause()
            if not (done + 1) % an_hour:
                await settle(pilot)
                gc.collect()
                taken.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        assert "86,399 of 86,400 images" in seen(pilot)

    # A number for each message would be 2 MB; what was drawn stays in the caches of the toolkit, which hold so much and no more.
    assert max(taken[6:]) - max(taken[:6]) < 200_000
