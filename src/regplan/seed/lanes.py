"""Two lanes: large blobs, largest first, and everything small, so that a manifest never waits behind a layer."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from regplan.seed.steps import Step

__all__ = ["SMALL_BYTES", "Lanes", "Widths"]

SMALL_BYTES: Final = 2**18


@dataclass(frozen=True, slots=True)
class Widths:
    """How many steps of each lane are under way at once.

    The measured optimum at 80 ms of latency is about 8 (small requests); 2 to 4 large blobs fill a link.
    """

    large: int = 4
    small: int = 8


@dataclass(slots=True)
class Lanes:
    """Queues of steps, and what is under way; `take` hands out what there is room for."""

    widths: Widths
    _large: list[tuple[int, int, Step]] = field(default_factory=list)
    _small: deque[Step] = field(default_factory=deque)
    _flying: dict[Step, bool] = field(default_factory=dict)
    _pushed: int = 0

    def push(self, step: Step, size: int = 0, *, soon: bool = False) -> None:
        """Queue a step that moves `size` bytes; `soon` is for a small one that finishes something."""
        self._pushed += 1
        if size > SMALL_BYTES:
            heappush(self._large, (-size, self._pushed, step))
        elif soon:
            self._small.appendleft(step)
        else:
            self._small.append(step)

    def take(self) -> list[Step]:
        """Take the steps that there is room for, and count them as under way."""
        taken = []
        large = sum(self._flying.values())
        while self._large and large < self.widths.large:
            step = heappop(self._large)[2]
            self._flying[step] = True
            large += 1
            taken.append(step)
        while self._small and len(self._flying) - large < self.widths.small:
            step = self._small.popleft()
            self._flying[step] = False
            taken.append(step)
        return taken

    def landed(self, step: Step) -> None:
        """Count a step as done."""
        del self._flying[step]

    @property
    def flying(self) -> int:
        """How many steps are under way."""
        return len(self._flying)
