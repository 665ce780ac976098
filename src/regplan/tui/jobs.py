"""Long work beside the resolving of a site, as values: what runs, how far it is, what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.tui.failures import Failure

__all__ = ["Job", "Jobs"]


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of long work; `subject` is what it is about, and is compared by identity.

    `result` is that of the last run that ended well, and stays while a newer one runs, fails or is cancelled. `attempt`
    counts the runs. A job that is `lasting` is about no site, and survives the opening of another one.
    """

    name: str
    attempt: int = 0
    subject: object = None
    busy: bool = False
    cancelled: bool = False
    lasting: bool = False
    progress: object = None
    result: object = None
    error: Failure | None = None

    def begun(self, subject: object, *, lasting: bool = False) -> Job:
        """Tell the job while it runs anew; what came of another subject is put away."""
        result = self.result if subject is self.subject else None
        return Job(self.name, self.attempt + 1, subject, busy=True, lasting=lasting, result=result)

    def progressed(self, progress: object) -> Job:
        """Tell the job after a step."""
        return replace(self, progress=progress)

    def ended(self, result: object) -> Job:
        """Tell the job once its result is there."""
        return replace(self, busy=False, progress=None, result=result)

    def failed(self, failure: Failure) -> Job:
        """Tell the job after a failure."""
        return replace(self, busy=False, progress=None, error=failure)

    def stopped(self) -> Job:
        """Tell the job after a cancel; whatever that run still says counts no more."""
        return replace(self, busy=False, cancelled=True, attempt=self.attempt + 1)


@dataclass(frozen=True, slots=True)
class Jobs:
    """All jobs by name; one that was never begun is there too, at rest.

    >>> jobs = Jobs().having(Job("fleet").begun("sites.csv"))
    >>> jobs["fleet"].busy, jobs["diff"].busy, jobs.busy
    (True, False, ('fleet',))
    """

    known: tuple[Job, ...] = ()

    def __getitem__(self, name: str) -> Job:
        """Give a job."""
        return next((job for job in self.known if job.name == name), Job(name))

    @property
    def busy(self) -> tuple[str, ...]:
        """The names of those that run."""
        return tuple(job.name for job in self.known if job.busy)

    def busy_for(self, mode: str) -> tuple[str, ...]:
        """The names of those that run for one place: its own, and those named after it, as seed-verify is.

        >>> Jobs().having(Job("seed-verify").begun(None)).busy_for("seed")
        ('seed-verify',)
        """
        return tuple(name for name in self.busy if name == mode or name.startswith(f"{mode}-"))

    def having(self, job: Job) -> Jobs:
        """Tell the jobs with one in the place of its former self."""
        return Jobs((*(each for each in self.known if each.name != job.name), job))

    def of_another_site(self) -> Jobs:
        """Tell the jobs once another site is opened: what was about the site before is forgotten, but for its count.

        A run that goes on says things that count no more.
        """
        return Jobs(tuple(job if job.lasting else Job(job.name, job.attempt + 1) for job in self.known))
