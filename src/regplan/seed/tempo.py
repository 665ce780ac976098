"""How long one request may take, and so how large a chunk of a blob is; pure: what was measured is an argument.

Zot reads a request with its body for 60 s (`http.readTimeout`) and then forgets all of the upload, and proxies have such
limits too. What would take half of that or more goes in chunks, each planned for a quarter, so that a link may become four
times slower before a chunk is cut. Where something was cut earlier, that is the measure from then on.
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LONGEST_S", "Tempo"]

LONGEST_S: Final = 30.0
_SHARE: Final = 0.5
_BREAKS_AFTER: Final = 2 / 3  # of the longest: what breaks sooner broke for another reason
_SHORTEST_S: Final = 1.0
_LEAST_BYTES: Final = 2**20
_MOST_BYTES: Final = 2**26
_TELLING_BYTES: Final = 2**22  # what is smaller ends while the link still speeds up
_MEMORY: Final = 5


class Tempo:
    """What is known of one stream's rate; `expected_bps`, of all streams together, holds until one was measured."""

    def __init__(self, longest_s: float, expected_bps: int | None, streams: Callable[[], int]) -> None:
        """Know nothing yet but what a whole link or cap carries, and how many streams share it."""
        self._longest_s, self._expected_bps, self._streams = longest_s, expected_bps, streams
        self._rates: deque[float] = deque(maxlen=_MEMORY)
        self._lock = Lock()

    @property
    def stream_bps(self) -> float | None:
        """Bits per second of one stream, None while nothing is known."""
        with self._lock:
            if self._rates:
                return sorted(self._rates)[len(self._rates) // 2]
        return None if self._expected_bps is None else self._expected_bps / max(1, self._streams())

    def capped(self, max_bps: int) -> None:
        """Forget what was measured: another cap holds, of all streams together."""
        with self._lock:
            self._rates.clear()
        self._expected_bps = max_bps

    def is_slow(self, size: int) -> bool:
        """Tell whether so many bytes take longer than one request should."""
        rate_bps = self.stream_bps
        return rate_bps is not None and size * 8 > rate_bps * self._longest_s

    def chunk_bytes(self) -> int:
        """Tell how large the next chunk should be."""
        rate_bps = self.stream_bps
        if rate_bps is None:
            return _MOST_BYTES
        return max(_LEAST_BYTES, min(_MOST_BYTES, int(rate_bps * self._longest_s * _SHARE / 8)))

    def took(self, size: int, taken_s: float) -> None:
        """Note how long so many bytes of one request took."""
        if size >= min(_TELLING_BYTES, self.chunk_bytes()) and taken_s > 0:
            with self._lock:
                self._rates.append(size * 8 / taken_s)

    def gauged(self, size: int, taken_s: float) -> None:
        """Note how long so many bytes took alone: what the link carries, which all streams share."""
        if taken_s > 0:
            self._expected_bps = int(size * 8 / taken_s)

    def broke(self, size: int, after_s: float) -> bool:
        """Note that a request broke after so many bytes; tells whether it took so long that this may be why."""
        if after_s < self._longest_s * _BREAKS_AFTER:
            return False
        with self._lock:
            self._longest_s = min(self._longest_s, max(_SHORTEST_S, after_s / 2))
            self._rates.clear()
            self._rates.append(max(1.0, size * 8 / after_s))
        return True
