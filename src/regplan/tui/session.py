"""What the app knows, as one frozen value that is replaced whole; every step from one to the next is a pure function."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.errors import InputError, RegistryError, RegplanError
from regplan.report.words import tidy
from regplan.tui.places import Trail
from regplan.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from regplan.model.plan import Study
    from regplan.model.progress import Progress

__all__ = ["DEMO", "Failure", "Flags", "Session", "failure_of"]

DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Flags:
    """How the app was started; each flag is always in view."""

    offline: bool = False
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no plan: the message, one line for each problem, and what to do next."""

    message: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Session:
    """The open site and how far it has come.

    `study` is what is on the screens; after a reload that failed or was cancelled it is the one from before. `attempt`
    counts the resolves, so that words of an older one are known for what they are. `trail` is where the user has been,
    and `now` is when that was looked at last, for ages.
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

    def opening(self, target: str) -> Session:
        """Tell the session while `target` is being resolved; another target's plan is put away."""
        study = self.study if target == self.target else None
        fresh = Session(self.flags, target, study, busy=True, attempt=self.attempt + 1)
        return replace(fresh, binary=self.binary, trail=self.trail, now=self.now)

    def progressed(self, progress: Progress) -> Session:
        """Tell the session after a step."""
        return replace(self, progress=progress)

    def resolved(self, study: Study) -> Session:
        """Tell the session once the plan is there."""
        return replace(self, study=study, progress=None, error=None, busy=False)

    def failed(self, failure: Failure) -> Session:
        """Tell the session after a failure."""
        return replace(self, progress=None, error=failure, busy=False)

    def stopped(self) -> Session:
        """Tell the session after a resolve was cancelled; whatever that one still says counts no more."""
        return replace(self, progress=None, busy=False, cancelled=True, attempt=self.attempt + 1)

    def at(self, trail: Trail) -> Session:
        """Tell the session at another place."""
        return replace(self, trail=trail)

    def seen_at(self, now: datetime) -> Session:
        """Tell the session at a later time."""
        return replace(self, now=now)

    def in_other_units(self) -> Session:
        """Tell the session with sizes in the other units."""
        return replace(self, binary=not self.binary)


def failure_of(error: BaseException) -> Failure:
    """Turn an error into what a user reads; an error that is not regplan's own is a defect, and is said to be one."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if not isinstance(error, RegplanError):
        what = tidy(f"{type(error).__name__}: {error}")
        return Failure(
            f"regplan met an error that it does not know: {what}", "This is a defect of regplan: please report it."
        )
    lines = [line[: len(line) - len(line.lstrip())] + tidy(line) for line in error.message.splitlines()]
    return Failure("\n".join(lines), _next_step(error))


def _next_step(error: RegplanError) -> str:
    if isinstance(error, InputError):
        return "Mend it, then press r to read it again, or o to open another file."
    if isinstance(error, RegistryError):
        return "Press r to try again, or plan from a recording: name one under from: in the site file."
    return "Press r to try again."
