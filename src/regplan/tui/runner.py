"""Runs long work for screens: each in a thread, newest progress only, cancelled by a key, its outcome in the session."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import on

from regplan.tui.failures import failure_of
from regplan.tui.messages import JobEnded, JobFailed, JobProgressed
from regplan.tui.shell import Shell
from regplan.tui.work import Newest, in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import TypeAlias

    from regplan.tui.jobs import Job

    Work: TypeAlias = Callable[[Callable[[Any], None]], Coroutine[Any, Any, object]]

__all__ = ["Runner"]

_log = logging.getLogger(__name__)


class Runner(Shell):
    """Begins and cancels jobs. A screen begins one by name, and reads in `session.jobs[name]` what became of it."""

    def __init__(self) -> None:
        """Run nothing yet."""
        super().__init__()
        self._halts: dict[str, Callable[[], bool]] = {}

    def begin(
        self,
        name: str,
        work: Work,
        subject: object,
        *,
        lasting: bool = False,
        halt: Callable[[], bool] = lambda: False,
    ) -> None:
        """Run `work`, which is given what to call with its progress, about `subject`; a run under that name is cancelled.

        Where it is to be cancelled `halt` is asked first: what it takes upon itself ends by itself, as a seeding that lets
        end what is under way.
        """
        self._halts[name] = halt
        job = self.session.jobs[name].begun(subject, lasting=lasting)
        self.session = self.session.having(job)
        run = partial(
            self._run, job, work
        )  # begun by the worker: what is cancelled before leaves nothing that nobody waits for
        self.run_worker(run, group=_group(name), exclusive=True)  # type: ignore[arg-type]  # mypy knows not which of three kinds it is

    async def _run(self, job: Job, work: Work) -> None:
        news: Newest[object] = Newest(lambda told: self.post_message(JobProgressed(job.name, job.attempt, told)))
        try:
            result = await in_thread(lambda: work(news.put))
        except Exception as error:  # noqa: BLE001  whatever work raises is shown: the app stays up
            _log.debug("%s failed", job.name, exc_info=True)
            self.post_message(JobFailed(job.name, job.attempt, failure_of(error)))
        else:
            self.post_message(JobEnded(job.name, job.attempt, result))

    def cancel_job(self, name: str) -> None:
        """Cancel a job that runs, or have it halt by itself."""
        if self._halts.get(name, lambda: False)():
            return
        self.workers.cancel_group(self, _group(name))
        self.session = self.session.having(self.session.jobs[name].stopped())

    def forget_jobs(self) -> None:
        """Cancel what runs about the site that was open."""
        for job in self.session.jobs.known:
            if job.busy and not job.lasting:
                self.workers.cancel_group(self, _group(job.name))

    def _current(self, name: str, attempt: int) -> Job | None:
        job = self.session.jobs[name]
        return job if job.attempt == attempt else None

    @on(JobProgressed)
    def _job_progressed(self, event: JobProgressed) -> None:
        job, progress = self._current(event.name, event.attempt), event.news.take()
        if job is not None and progress is not None:
            self.session = self.session.having(job.progressed(progress))

    @on(JobFailed)
    def _job_failed(self, event: JobFailed) -> None:
        if (job := self._current(event.name, event.attempt)) is not None:
            self.session = self.session.having(job.failed(event.failure))

    @on(JobEnded)
    def _job_ended(self, event: JobEnded) -> None:
        if (job := self._current(event.name, event.attempt)) is not None:
            self.session = self.session.having(job.ended(event.result))


def _group(name: str) -> str:
    return f"job-{name}"
