"""A seeding that is run: what it may take, when it should end, and what became of every item, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.seed import SeedPlan, SeedResult

__all__ = ["Forecast", "RunItem", "RunRecord", "RunWait", "SeedLimits"]


@dataclass(frozen=True, slots=True)
class SeedLimits:
    """What a seeding may take; None and an empty tuple are no limit.

    `windows` are texts such as 22:00-05:00, by the clock of `zone` (None: this machine's). `most_pulls` is for registries
    that count pulls, in one of their own windows. A stream that gives less than `min_bps` for `patience_s` has stalled.
    """

    max_bps: int | None = None
    windows: tuple[str, ...] = ()
    zone: str | None = None
    most_pulls: int | None = None
    min_bps: int = 8_000
    patience_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a seeding should end: `moving_s` of sending at `rate_bps`, begun at `begins_at_s` and ended at `ends_at_s`.

    Moments are Unix times in seconds. `windows` is how many windows are used, 0 where there are none. `bound` is what the
    rate is: "cap", "link" or "measured".
    """

    left_bytes: int
    rate_bps: int
    moving_s: float
    begins_at_s: float
    ends_at_s: float
    windows: int = 0
    bound: str = "link"


@dataclass(frozen=True, slots=True)
class RunItem:
    """One blob or manifest for one repository, and what became of it.

    `state` is sent, mounted, present, skipped (known to be there before), put, failed, moving, retrying or waiting;
    `problem` is the class of what went wrong and `why` one sentence of it. `wire_bytes` counts every attempt.
    """

    kind: str
    repository: str
    name: str
    size_bytes: int
    state: str
    attempts: int = 0
    wire_bytes: int = 0
    seconds: float = 0.0
    problem: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class RunWait:
    """A time in which nothing was begun: why, from when and for how long, in seconds since the run began."""

    why: str
    at_s: float
    seconds: float


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A seeding's run from its first step to its last, or to now.

    `began_at_s` is a Unix time. `timeline` holds the bytes that left in each second of the run, from its first on.
    `error` is why nothing more was done, where the run did not come to its own end.
    """

    plan: SeedPlan | None = None
    result: SeedResult | None = None
    began_at_s: float = 0.0
    seconds: float = 0.0
    total_bytes: int = 0
    confirmed_bytes: int = 0
    wire_bytes: int = 0
    retries: int = 0
    items: tuple[RunItem, ...] = ()
    waits: tuple[RunWait, ...] = ()
    timeline: tuple[int, ...] = ()
    limits: SeedLimits | None = None
    forecast: Forecast | None = None
    error: str = ""
