"""What workers say to the app; `attempt` tells a late word of a cancelled worker from a fresh one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.plan import Study
    from regplan.model.progress import Progress
    from regplan.tui.failures import Failure
    from regplan.tui.work import Newest
    from regplan.verbs.drafting import Base

__all__ = ["JobEnded", "JobFailed", "JobProgressed", "Progressed", "ResolveFailed", "Resolved"]


@dataclass
class Progressed(Message):
    """Resolving has come further: `news` holds how far; a flood of progress waits as one message."""

    attempt: int
    news: Newest[Progress]


@dataclass
class Resolved(Message):
    """The site was resolved and planned; `base` is its file, None where there is none to edit."""

    attempt: int
    study: Study
    base: Base | None = None


@dataclass
class ResolveFailed(Message):
    """The site could not be read, resolved or planned."""

    attempt: int
    failure: Failure


@dataclass
class JobProgressed(Message):
    """A job has come further: `news` holds how far."""

    name: str
    attempt: int
    news: Newest[object]


@dataclass
class JobEnded(Message):
    """A job came to its end."""

    name: str
    attempt: int
    result: object


@dataclass
class JobFailed(Message):
    """A job came to nothing."""

    name: str
    attempt: int
    failure: Failure
