"""What a seeding may take: bytes per second of the whole process, hours, patience, pulls. No clock is read here.

The moment is an argument everywhere, so that laws can be held to; and everything that is shared takes its own lock,
because bytes pass in several threads.
"""

from __future__ import annotations

from collections import deque
from math import inf
from threading import Lock
from typing import TYPE_CHECKING, Final

from regplan.model.windows import Windows
from regplan.registry.pulls import HUB_WINDOW_S, HubBudget

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HUB_WINDOW_S", "REQUEST_BYTES", "HubBudget", "RateLimiter", "StallWatch", "Windows"]

# What a request and its answer put on the wire beside their bodies: a request line, headers, a token or an upload's
# state in its address. It is reserved like any bytes, so that a thousand small blobs keep to the cap too.
REQUEST_BYTES: Final = 1_500
# One part in a hundred of the cap is left for what cannot be counted from here: TLS records, an answer's headers that
# are longer than most, and the burst below. 100 % is the cap, and it is never passed over a minute.
_RESERVE: Final = 0.99
# How long a sleeper may oversleep and still catch up. A quarter of a second is 0.4 % of a minute, inside the reserve.
_BURST_S: Final = 0.25
_PIECES_EACH_S: Final = 20
_SMALLEST_PIECE: Final = 2**10
_LEAST_AHEAD: Final = 2**15
# With so little ahead, four streams no longer fill a cap above this one over 100 ms; and there a minute is so much that
# what a system keeps ahead by itself is within the reserve.
_LARGEST_HELD_BPS: Final = 100_000_000
_LARGEST_PIECE: Final = 2**18
_SLOTS: Final = 20
# How long a wait goes on before it is looked whether there is another cap by now.
_SLICE_S: Final = 0.5


class RateLimiter:
    """One bucket for the whole process: over a minute and more, never above `max_bps`, and at least 97 % of it used.

    A byte that comes from a source and goes on to a target counts once: both legs carry it at the same rate. While
    `max_bps` is None nothing is waited for.
    """

    def __init__(self, max_bps: int | None) -> None:
        """Begin with an empty bucket: what was not sent before the start is not made up for."""
        self.max_bps = max_bps
        self._bytes_each_s = _bytes_each_s(max_bps)
        self._free_s: float | None = None
        self._lock = Lock()

    @property
    def piece_bytes(self) -> int:
        """How many bytes to send at most between two reservations, so that a stream is even within a second."""
        return max(_SMALLEST_PIECE, int(min(_LARGEST_PIECE, self._bytes_each_s // _PIECES_EACH_S)))

    @property
    def ahead_bytes(self) -> int | None:
        """How many bytes a system may take from a source before they are read; None: as many as it likes."""
        return None if self.max_bps is None or self.max_bps > _LARGEST_HELD_BPS else max(_LEAST_AHEAD, self.piece_bytes)

    def reserve(self, size_bytes: int, now_s: float) -> float:
        """Take room for bytes that are about to be sent, and tell for how many seconds to wait before sending them.

        Whoever reserves first sends first. `now_s` is of any clock that only goes forward, the same for all.
        """
        with self._lock:
            free_s = now_s if self._free_s is None else max(self._free_s, now_s - _BURST_S)
            self._free_s = free_s + size_bytes / self._bytes_each_s
            return max(0.0, self._free_s - now_s)

    def change(self, max_bps: int | None, now_s: float) -> None:
        """Hold another cap from now on; what is reserved and not sent yet takes its time at the new one."""
        with self._lock:
            before, self.max_bps, self._bytes_each_s = self._bytes_each_s, max_bps, _bytes_each_s(max_bps)
            if self._free_s is not None and self._free_s > now_s:
                self._free_s = now_s + (self._free_s - now_s) * before / self._bytes_each_s

    def slices(self, wait_s: float) -> Iterator[float]:
        """Part a wait that was told by `reserve`, so that what is left of it goes by a cap that was changed meanwhile."""
        left_s, before = wait_s, self._bytes_each_s
        while left_s > 0:
            slice_s = min(left_s, _SLICE_S)
            yield slice_s
            now = self._bytes_each_s
            left_s, before = (left_s - slice_s) * before / now, now


def _bytes_each_s(max_bps: int | None) -> float:
    return inf if max_bps is None else max_bps * _RESERVE / 8


class StallWatch:
    """Tells a stream that has stalled: fewer than `min_bps` over the last `patience_s`, however long the whole takes."""

    def __init__(self, min_bps: int, patience_s: float) -> None:
        """Begin at the first `note`."""
        self.min_bps, self.patience_s = min_bps, patience_s
        self._slots: deque[tuple[float, int]] = deque()
        self._began_s: float | None = None
        self._excused_s = 0.0
        self._lock = Lock()

    def note(self, size_bytes: int, now_s: float) -> None:
        """Note bytes that passed; 0 bytes begin the watch."""
        with self._lock:
            at_s = now_s - self._excused_s
            self._began_s = at_s if self._began_s is None else self._began_s
            if self._slots and at_s - self._slots[-1][0] < self.patience_s / _SLOTS:
                began_s, size = self._slots[-1]
                self._slots[-1] = (began_s, size + size_bytes)
            else:
                self._slots.append((at_s, size_bytes))
            self._forget(at_s)

    def excuse(self, wait_s: float) -> None:
        """Leave out of the count a time in which we ourselves held the stream: for a cap, a window or a gate."""
        with self._lock:
            self._excused_s += wait_s

    def is_stalled(self, now_s: float) -> bool:
        """Tell whether fewer bytes passed than the least that is borne."""
        with self._lock:
            at_s = now_s - self._excused_s
            if self._began_s is None or at_s - self._began_s < self.patience_s:
                return False
            self._forget(at_s)
            passed = sum(size for _, size in self._slots)
            return passed * 8 < self.min_bps * self.patience_s

    def _forget(self, at_s: float) -> None:
        while self._slots and self._slots[0][0] <= at_s - self.patience_s:
            self._slots.popleft()
