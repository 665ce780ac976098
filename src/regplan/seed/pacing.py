"""How many steps go at once, adapted to how the target and the link bear it; pure: what was measured is an argument.

Additive increase, multiplicative decrease, as TCP does it: each lane grows by one after as many good steps as it is wide,
and is halved, once for each width's worth of steps, when the target asks for patience. The lane of large blobs grows to its
most whatever its streams bring, since two to four fill a link. The lane of small requests stops growing where the round trip
grows with it, which tells that requests only queue, and shrinks back to what it began with.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.seed.lanes import SMALL_BYTES, Widths
from regplan.seed.steps import CopyBlob, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Pacing"]

_FIRST: Final = Widths(large=2, small=16)
_LEAST: Final = Widths(large=1, small=2)
_SLOWER: Final = 6.0
_MEMORY: Final = 32


class Pacing:
    """Widths between a floor and `most`; `rate_bps` is what large blobs have brought lately, None before the first."""

    def __init__(self, most: Widths) -> None:
        """Begin in the middle."""
        self._most = most
        self.widths = Widths(min(_FIRST.large, most.large), min(_FIRST.small, most.small))
        self.rate_bps: float | None = None
        self._throttled = 0
        self._good = self._good_large = self._spared = 0
        self._quick_s = float("inf")
        self._times: deque[float] = deque(maxlen=_MEMORY)
        self._rates: deque[float] = deque(maxlen=_MEMORY)

    def landed(self, step: Step, sent_bytes: int, taken_s: float, throttled: int) -> None:
        """Take note of a step that ended after `taken_s`; `throttled` counts all answers so far that asked for patience."""
        self._spared = max(0, self._spared - 1)
        if throttled > self._throttled:
            self._throttled = throttled
            self._slow_down()
            return
        if isinstance(step, CopyBlob) and sent_bytes > SMALL_BYTES:
            self._large(sent_bytes, taken_s)
        elif sent_bytes <= SMALL_BYTES:
            self._small(taken_s)

    def _slow_down(self) -> None:
        if self._spared > 0:
            return
        widths = self.widths
        self.widths = Widths(max(_LEAST.large, widths.large // 2), max(_LEAST.small, widths.small // 2))
        # What is under way was begun before: its complaints are of the same trouble.
        self._spared = widths.small
        self._good = self._good_large = 0

    def _large(self, sent_bytes: int, taken_s: float) -> None:
        self._rates.append(sent_bytes * 8 * self.widths.large / max(taken_s, 1e-6))
        self.rate_bps = _median(self._rates)
        self._good_large += 1
        if self._good_large >= self.widths.large:
            self._good_large = 0
            self.widths = replace(self.widths, large=min(self._most.large, self.widths.large + 1))

    def _small(self, taken_s: float) -> None:
        self._times.append(taken_s)
        self._quick_s = min(self._quick_s, taken_s)
        self._good += 1
        if self._good < self.widths.small:
            return
        self._good = 0
        is_queueing = _median(self._times) > _SLOWER * max(self._quick_s, 0.01)
        if is_queueing and self.widths.small > _FIRST.small:
            self.widths = replace(self.widths, small=self.widths.small - 1)
        elif not is_queueing:
            self.widths = replace(self.widths, small=min(self._most.small, self.widths.small + 1))


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
