"""Lanes: large blobs, largest first, and everything small, so that a manifest never waits behind a layer.

What a source gives forward only has a lane of its own, in the source's order and one at a time: so the source is read
once. What must be sent again waits until all else of that lane was sent once, and is read in a second round.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import field
from enum import Enum
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.seed.steps import Step

__all__ = ["SMALL_BYTES", "Lanes", "Widths"]

SMALL_BYTES: Final = 2**18


@dataclass(frozen=True, slots=True)
class Widths:
    """How many steps of each lane are under way at once; what is read forward is sent one by one.

    The measured optimum at 80 ms of latency is about 8 (small requests); 2 to 4 large blobs fill a link.
    """

    large: int = 4
    small: int = 8


class _Lane(Enum):
    FORWARD = "in the source's order"
    LARGE = "largest first"
    SMALL = "as they come"


@dataclass(slots=True)
class Lanes:
    """Queues of steps, and what is under way; `take` hands out what there is room for."""

    widths: Widths
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

    def take(self) -> list[Step]:
        """Take the steps that there is room for, and count them as under way."""
        taken: list[Step] = []
        flying = Counter(self._flying.values())
        while self._forward and not flying[_Lane.FORWARD]:
            self._send(heappop(self._forward)[-1], _Lane.FORWARD, flying, taken)
        while self._large and flying[_Lane.LARGE] < self.widths.large:
            self._send(heappop(self._large)[-1], _Lane.LARGE, flying, taken)
        while self._small and flying[_Lane.SMALL] < self.widths.small:
            self._send(self._small.popleft(), _Lane.SMALL, flying, taken)
        return taken

    def landed(self, step: Step) -> None:
        """Count a step as done."""
        del self._flying[step]

    @property
    def flying(self) -> int:
        """How many steps are under way."""
        return len(self._flying)

    def _send(self, step: Step, lane: _Lane, flying: Counter[_Lane], taken: list[Step]) -> None:
        self._flying[step] = lane
        flying[lane] += 1
        taken.append(step)
