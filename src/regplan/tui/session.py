"""What the app knows, as one frozen value that is replaced whole; every step from one to the next is a pure function."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.tui.jobs import Jobs
from regplan.tui.places import Trail
from regplan.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from regplan.model.plan import Study
    from regplan.model.progress import Progress
    from regplan.profile.site_edit import SiteEdit
    from regplan.tui.failures import Failure
    from regplan.tui.jobs import Job
    from regplan.verbs.drafting import Base

__all__ = ["DEMO", "Flags", "Scenario", "Session"]

DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Flags:
    """How the app was started; each flag is always in view."""

    offline: bool = False
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """A plan that was kept under a name, for comparing."""

    name: str
    study: Study


@dataclass(frozen=True, slots=True)
class Session:
    """The open site and how far it has come.

    `study` is what is on the screens; after a reload that failed or was cancelled it is the one from before. `attempt`
    counts the resolves, so that words of an older one are known for what they are. `trail` is where the user has been,
    and `now` is when that was looked at last, for ages. `jobs` are the other long works.
    `base` is the file that `study` is of, None where there is none to edit, and `read` the study of that file as it was read;
    `edits` are what a draft has beside it. `scenarios` are plans that were kept.
    """

    flags: Flags = Flags()
    target: str | None = None
    study: Study | None = None
    progress: Progress | None = None
    error: Failure | None = None
    busy: bool = False
    cancelled: bool = False
    binary: bool = False
    attempt: int = 0
    trail: Trail = Trail()
    now: datetime | None = None
    jobs: Jobs = Jobs()
    base: Base | None = None
    read: Study | None = None
    edits: tuple[SiteEdit, ...] = ()
    scenarios: tuple[Scenario, ...] = ()

    def opening(self, target: str) -> Session:
        """Tell the session while `target` is being resolved; another target's plan is put away, and so are its jobs."""
        study = self.study if target == self.target else None
        fresh = Session(self.flags, target, study, busy=True, attempt=self.attempt + 1)
        jobs = self.jobs if target == self.target else self.jobs.of_another_site()
        fresh = replace(fresh, binary=self.binary, trail=self.trail, now=self.now, jobs=jobs, scenarios=self.scenarios)
        return replace(fresh, base=self.base, read=self.read, edits=self.edits) if target == self.target else fresh

    def progressed(self, progress: Progress) -> Session:
        """Tell the session after a step."""
        return replace(self, progress=progress)

    def resolved(self, study: Study, base: Base | None = None) -> Session:
        """Tell the session once the plan is there; jobs about the one before are forgotten."""
        jobs = self.jobs.of_another_site()
        return replace(self, study=study, read=study, base=base, progress=None, error=None, busy=False, jobs=jobs)

    def edited(self, edits: tuple[SiteEdit, ...]) -> Session:
        """Tell the session with other edits; the plan is still the one before."""
        return replace(self, edits=edits)

    def drafted(self, study: Study, draft: Job) -> Session:
        """Tell the session once a draft is planned; jobs about the plan before are forgotten, but for the one that planned it."""
        return replace(self, study=study, jobs=self.jobs.of_another_site().having(draft))

    def saved(self, base: Base) -> Session:
        """Tell the session once a draft is the file."""
        jobs = self.jobs.having(replace(self.jobs["draft"], result=None))
        return replace(self, base=base, read=self.study, edits=(), jobs=jobs)

    def keeping(self, scenarios: tuple[Scenario, ...]) -> Session:
        """Tell the session with other plans kept."""
        return replace(self, scenarios=scenarios)

    def failed(self, failure: Failure) -> Session:
        """Tell the session after a failure."""
        return replace(self, progress=None, error=failure, busy=False)

    def stopped(self) -> Session:
        """Tell the session after a resolve was cancelled; whatever that one still says counts no more."""
        return replace(self, progress=None, busy=False, cancelled=True, attempt=self.attempt + 1)

    def having(self, job: Job) -> Session:
        """Tell the session with a job in the place of its former self."""
        return replace(self, jobs=self.jobs.having(job))

    def at(self, trail: Trail) -> Session:
        """Tell the session at another place."""
        return replace(self, trail=trail)

    def seen_at(self, now: datetime) -> Session:
        """Tell the session at a later time."""
        return replace(self, now=now)

    def in_other_units(self) -> Session:
        """Tell the session with sizes in the other units."""
        return replace(self, binary=not self.binary)
