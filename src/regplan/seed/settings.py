"""How a seeding is run: how much at once, how patiently, how fast, in which hours, and who listens."""

from __future__ import annotations

import time
from dataclasses import field
from typing import TYPE_CHECKING

import anyio

from regplan.seed.lanes import Widths
from regplan.seed.tempo import LONGEST_S
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from regplan.model.windows import Windows
    from regplan.seed.limits import RateLimiter
    from regplan.seed.listening import Listener
    from regplan.seed.steering import Steering
    from regplan.seed.stopping import Stop

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a seeding is run; each step is taken up to `attempts` times, and thrice as often where nothing answers.

    A stream that gives less than `min_bps` for `patience_s` has stalled, and its step is taken again. A request with a blob
    should take no longer than `longest_s`; `link_bps` is what the way to the target is said to carry. What is under way when a
    window closes or the run is held stays for `grace_s`, in case it goes on soon, and is then cut and taken again later.

    `clock` only goes forward and is what `limiter` is told, `date` is the Unix time that `windows` go by, both in
    seconds, as `sleep` is. `journal` is a listener that must be able to hear: the run ends where it cannot write. The
    other `listeners` may fail as they like. `steering`, where there is one, has the hours, and its limiter is `limiter`. `tell` hears what is worth knowing at once, one sentence each.
    """

    widths: Widths = field(default_factory=Widths)
    attempts: int = 3
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    clock: Callable[[], float] = time.monotonic
    date: Callable[[], float] = time.time
    listeners: tuple[Listener, ...] = ()
    limiter: RateLimiter | None = None
    windows: Windows | None = None
    journal: Listener | None = None
    stop: Stop | None = None
    steering: Steering | None = None
    min_bps: int = 8_000
    patience_s: float = 60.0
    longest_s: float = LONGEST_S
    grace_s: float = 60.0
    link_bps: int | None = None
    tell: Callable[[str], None] = lambda _: None
