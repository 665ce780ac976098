"""A seeding that is steered while it runs: held and let go, under another cap, in other hours."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

from regplan.seed.limits import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.windows import Windows

__all__ = ["Steering"]


class Steering:
    """What of a run may be changed under way, by any thread; the run looks at it several times a second.

    `changes` counts what was changed, `limiter` is the run's one bucket, whose rate `limit` sets. `clock` only goes forward
    and must be the run's own.
    """

    def __init__(
        self,
        max_bps: int | None = None,
        windows: Windows | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with these limits, not held; None is no limit."""
        self.limiter = RateLimiter(max_bps)
        self._clock, self._lock = clock, Lock()
        self._windows, self._held, self._changes = windows, False, 0

    @property
    def windows(self) -> Windows | None:
        """The hours in which something may be sent; None where these are all."""
        return self._windows

    @property
    def is_held(self) -> bool:
        """Whether nothing is to move."""
        return self._held

    @property
    def changes(self) -> int:
        """How often something was changed."""
        return self._changes

    def hold(self) -> None:
        """Let nothing move until `go_on`; what is under way stops where it is."""
        with self._lock:
            self._held, self._changes = True, self._changes + 1

    def go_on(self) -> None:
        """Let everything move again."""
        with self._lock:
            self._held, self._changes = False, self._changes + 1

    def limit(self, max_bps: int | None) -> None:
        """Send at most so many bits per second from now on; None: as many as go."""
        with self._lock:
            self.limiter.change(max_bps, self._clock())
            self._changes += 1

    def keep_to(self, windows: Windows | None) -> None:
        """Send only in these hours from now on; None: at any hour."""
        with self._lock:
            self._windows, self._changes = windows, self._changes + 1
