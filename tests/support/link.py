"""A thin link: so many bits per second each way, and a round trip."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

__all__ = ["Link"]


@dataclass(slots=True)
class Link:
    """What every connection through it shares; a rate of 0 is no limit."""

    rate_bps: int = 0
    round_trip_s: float = 0.0
    _free_at: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def turn(self) -> None:
        """Wait for the way to the other end."""
        if self.round_trip_s:
            time.sleep(self.round_trip_s / 2)

    def carry(self, direction: str, size: int) -> None:
        """Wait until so many bytes have passed in a direction, after those that came before them."""
        if not self.rate_bps:
            return
        with self._lock:
            now = time.monotonic()
            begins = max(self._free_at.get(direction, now), now)
            self._free_at[direction] = ends = begins + size * 8 / self.rate_bps
        time.sleep(max(0.0, ends - now))
