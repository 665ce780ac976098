"""How a seeding is run: how much at once, how patiently, how fast, in which hours, and who listens."""

from __future__ import annotations

import time
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

import anyio

from regplan.seed.lanes import Widths
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from regplan.seed.listening import Listener
    from regplan.seed.stopping import Stop

__all__ = ["Hours", "Limiter", "Settings"]


class Limiter(Protocol):
    """What holds the bytes of the whole process to a rate (`seed.limits.RateLimiter`)."""

    @property
    def piece_bytes(self) -> int:
        """How many bytes to send at most between two reservations."""
        ...

    def reserve(self, size_bytes: int, now_s: float) -> float:
        """Take room for bytes that are about to be sent, and tell for how many seconds to wait before; thread-safe."""
        ...


class Hours(Protocol):
    """In which hours something may be sent (`seed.windows.Windows`); moments are Unix times in seconds."""

    def closes_in_s(self, now_s: float) -> float:
        """Tell after how many seconds nothing may be sent any more."""
        ...

    def opens_in_s(self, now_s: float) -> float:
        """Tell after how many seconds something may be sent: 0 where that is so now."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """How a seeding is run; each step is taken up to `attempts` times.

    `clock` only goes forward and is what `limiter` is told, `date` is the Unix time that `windows` go by, both in
    seconds, as `sleep` is. `journal` is a listener that must be able to hear: the run ends where it cannot write. The
    other `listeners` may fail as they like.
    """

    widths: Widths = field(default_factory=Widths)
    attempts: int = 3
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    clock: Callable[[], float] = time.monotonic
    date: Callable[[], float] = time.time
    listeners: tuple[Listener, ...] = ()
    limiter: Limiter | None = None
    windows: Hours | None = None
    journal: Listener | None = None
    stop: Stop | None = None
