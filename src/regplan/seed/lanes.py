"""Lanes: large blobs, largest first, and everything small, so that a manifest never waits behind a layer.

What a source gives forward only has a lane of its own, in the source's order and one at a time: so the source is read
once. What must be sent again waits until all else of that lane was sent once, and is read in a second round.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import field
from enum import Enum
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.seed.steps import Step

__all__ = ["SMALL_BYTES", "Lanes", "Widths"]

SMALL_BYTES: Final = 2**18
# What tells a link's rate: less ends while it still speeds up, more may be cut before anything is known. Where there is
# nothing else, the lesser ones tell of a quick link less than it has, which costs a few chunks, and of a slow one the truth.
_GAUGE_BYTES: Final = (2**22, 2**25)
_LESSER_BYTES: Final = (2**20, 2**22 - 1)


@dataclass(frozen=True, slots=True)
class Widths:
    """How many steps of each lane are under way at most; what is read forward is sent one by one.

    Two to four large blobs fill a link; small requests are bound by the round trip, and 16 and more of them go well.
    """

    large: int = 4
    small: int = 32


class _Lane(Enum):
    FORWARD = "in the source's order"
    LARGE = "largest first"
    SMALL = "as they come"


@dataclass(slots=True)
class Lanes:
    """Queues of steps, and what is under way; `take` hands out what there is room for.

    `scout` is a step that goes alone, before all others: what it learns of the target saves them requests. With `gauges`
    the smallest large blob that tells a rate, or the largest of those that tell less of it, goes before the other large ones, so that it is known how those must be sent.
    """

    widths: Widths
    scout: Step | None = None
    gauges: bool = False
    gauge: Step | None = None
    _large: list[tuple[int, int, Step]] = field(default_factory=list)
    _small: deque[Step] = field(default_factory=deque)
    _forward: list[tuple[int, int, int, Step]] = field(default_factory=list)
    _flying: dict[Step, _Lane] = field(default_factory=dict)
    _pushed: int = 0

    def push(self, step: Step, size: int = 0, *, soon: bool = False, offset: int | None = None) -> None:
        """Queue a step that moves `size` bytes; `soon` is for a small one that finishes something.

        `offset` is where the bytes stand in a source that is read forward.
        """
        self._pushed += 1
        if offset is not None:
            heappush(self._forward, (step.attempt, offset, self._pushed, step))
        elif size > SMALL_BYTES:
            heappush(self._large, (-size, self._pushed, step))
        elif soon:
            self._small.appendleft(step)
        else:
            self._small.append(step)

    def take(self, fits: Callable[[int], bool] = lambda _: True) -> list[Step]:
        """Take the steps that there is room for, and count them as under way.

        A blob of a size that does not fit now is passed over while smaller ones are left.
        """
        taken: list[Step] = []
        flying = Counter(self._flying.values())
        if self.scout is not None:
            if self.scout in self._small:
                self._small.remove(self.scout)
                self._send(self.scout, _Lane.SMALL, flying, taken)
            if self.scout in self._flying:
                return taken
        while self._forward and not flying[_Lane.FORWARD]:
            self._send(heappop(self._forward)[-1], _Lane.FORWARD, flying, taken)
        self._take_large(fits, flying, taken)
        while self._small and flying[_Lane.SMALL] < self.widths.small:
            self._send(self._small.popleft(), _Lane.SMALL, flying, taken)
        return taken

    def _take_large(self, fits: Callable[[int], bool], flying: Counter[_Lane], taken: list[Step]) -> None:
        if self.gauges and self._large:
            self._send_gauge(fits, flying, taken)
        passed_over: list[tuple[int, int, Step]] = []
        while self.gauge is None and self._large and flying[_Lane.LARGE] < self.widths.large:
            entry = heappop(self._large)
            if fits(-entry[0]):
                self._send(entry[-1], _Lane.LARGE, flying, taken)
            else:
                passed_over.append(entry)
        for entry in passed_over:
            heappush(self._large, entry)

    def _send_gauge(self, fits: Callable[[int], bool], flying: Counter[_Lane], taken: list[Step]) -> None:
        """Send the blob by which the rate is measured, where there is one and no large one is under way."""
        telling, lesser = (
            [entry for entry in self._large if least <= -entry[0] <= most and fits(-entry[0])]
            for least, most in (_GAUGE_BYTES, _LESSER_BYTES)
        )
        self.gauges = False
        entry = max(telling) if telling else min(lesser, default=self._large[0])
        if entry != self._large[0] and not flying[_Lane.LARGE]:
            self._large.remove(entry)
            heapify(self._large)
            self.gauge = entry[-1]
            self._send(self.gauge, _Lane.LARGE, flying, taken)

    def landed(self, step: Step) -> None:
        """Count a step as done."""
        del self._flying[step]
        if step == self.gauge:
            self.gauge = None
        if step == self.scout:
            self.scout = None

    @property
    def flying(self) -> int:
        """How many steps are under way."""
        return len(self._flying)

    @property
    def waiting(self) -> int:
        """How many steps are queued."""
        return len(self._forward) + len(self._large) + len(self._small)

    def find_small(self, is_wanted: Callable[[Step], bool]) -> Step | None:
        """Find the first queued small step of a kind."""
        return next((step for step in self._small if is_wanted(step)), None)

    def _send(self, step: Step, lane: _Lane, flying: Counter[_Lane], taken: list[Step]) -> None:
        self._flying[step] = lane
        flying[lane] += 1
        taken.append(step)
