"""Flows that share lines: rates by max-min fairness, recomputed whenever a flow begins or ends.

Flows that take the same lines under the same cap have the same rate, so they are kept together in a channel, which counts
what each of its flows has been given; a flow ends when that reaches its mark. A run of ten hosts then has tens of
channels, however many layers there are.
"""

from __future__ import annotations

from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.sim.clock.turns import Process, Turns, Wait

__all__ = ["Channel", "Fluid"]

# A flow is over when half a byte is left: what is less than the precision of the time would keep it open for ever.
_OVER_BYTES: Final = 0.5


class Channel:
    """Flows over the same lines, none above `cap` bytes a second; without lines they share `total` alone."""

    __slots__ = ("_count", "cap", "ends_s", "lines", "marks", "rate", "served", "since_s", "total")

    def __init__(self, lines: tuple[int, ...], cap: float, total: float = inf) -> None:
        self.lines, self.cap, self.total = lines, cap, total
        self.marks: list[tuple[float, int, Process]] = []
        self.served, self.since_s, self.rate, self.ends_s = 0.0, 0.0, 0.0, inf
        self._count = 0

    def add(self, size_bytes: float, process: Process) -> None:
        """Put a flow in, beside those that are there."""
        self._count += 1
        heappush(self.marks, (self.served + size_bytes, self._count, process))

    def count_to(self, now_s: float) -> None:
        """Count what each flow was given until now."""
        if now_s > self.since_s:
            self.served += self.rate * (now_s - self.since_s) if self.rate < inf else 0.0
            self.since_s = now_s

    def go_at(self, rate: float) -> None:
        """Change the rate of each flow from now on, and tell by `ends_s` when the first of them is over."""
        self.rate = rate
        if not self.marks:
            self.ends_s = inf
        else:
            left = self.marks[0][0] - self.served
            # A rate without limit is over at once.
            self.ends_s = self.since_s + left / rate if rate else inf

    def pop_over(self) -> list[Process]:
        """Take out the flows that are over by now, or in the time that the last bit takes."""
        found = []
        # Its time has come: what is left may be more than half a byte where a line carries more within the clock's precision.
        self.served = max(self.served, self.marks[0][0]) if self.marks else self.served
        reached = inf if self.rate == inf else self.served + _OVER_BYTES
        while self.marks and self.marks[0][0] <= reached:
            found.append(heappop(self.marks)[2])
        if not self.marks:
            self.served = 0.0  # keeps sums small, and so exact
        return found


class Fluid:
    """The lines and the channels over them; rates are in bytes a second."""

    __slots__ = ("_busy", "_changed", "_turns", "_uses", "carried", "expected", "rates")

    def __init__(self, turns: Turns, rates: Sequence[float], told: int | None = None) -> None:
        """Begin with a rate for each line; what the first `told` carry is noted, None for all."""
        self._turns = turns
        self.rates = list(rates)
        self.expected = [0] * len(self.rates)
        self.carried = [0] * len(self.rates)
        self._busy: dict[Channel, None] = {}
        self._changed: dict[Channel, None] = {}
        self._uses: list[list[tuple[float, float]]] = [[] for _ in self.rates[:told]]

    def flow(self, channel: Channel, size_bytes: int) -> Wait:
        """Wait for so many bytes through a channel."""

        def wait(process: Process) -> None:
            channel.count_to(self._turns.now_s)
            channel.add(size_bytes, process)
            self._busy[channel] = None
            self._changed[channel] = None
            for line in channel.lines:
                self.carried[line] += size_bytes

        return wait

    def change(self, line: int, rate: float) -> None:
        """Give a line another rate from now on."""
        self.rates[line] = rate
        for channel in self._busy:
            if line in channel.lines:
                self._changed[channel] = None

    def share(self, channel: Channel) -> float:
        """Tell what a flow may expect where each line is shared evenly among the flows that are begun or about to."""
        even = (self.rates[line] / max(self.expected[line], 1) for line in channel.lines)
        return min(channel.cap, min(even, default=inf))

    def run(self) -> None:
        """Let everything happen until nothing more does."""
        turns = self._turns
        while True:
            turns.settle()
            self._allot()
            busy = self._busy
            ends_s = min([channel.ends_s for channel in busy], default=inf)
            time_s = min(ends_s, turns.next_s)
            if time_s == inf:
                return
            turns.reach(max(time_s, turns.now_s))
            for channel in [channel for channel in busy if channel.ends_s <= turns.now_s]:
                self._end(channel)

    def uses(self, line: int) -> tuple[tuple[float, float], ...]:
        """Tell the rate of a line whenever it changed."""
        return tuple(self._uses[line])

    def _end(self, channel: Channel) -> None:
        channel.count_to(self._turns.now_s)
        for process in channel.pop_over():
            self._turns.start(process)
        self._changed[channel] = None
        if not channel.marks:
            del self._busy[channel]

    def _allot(self) -> None:
        if not self._changed:
            return
        now_s, shared = self._turns.now_s, False
        for channel in self._changed:
            channel.count_to(now_s)
            if channel.lines:
                shared = True
            else:
                channel.go_at(min(channel.cap, channel.total / len(channel.marks)) if channel.marks else 0.0)
        self._changed.clear()
        if shared:
            self._fill([channel for channel in self._busy if channel.lines])

    def _fill(self, waiting: list[Channel]) -> None:
        """Raise all rates together; a flow stops at its cap, or when a line that it takes is full."""
        now_s = self._turns.now_s
        left = self.rates.copy()
        counts = [0] * len(left)
        for channel in waiting:
            channel.count_to(now_s)
            many = len(channel.marks)
            for line in channel.lines:
                counts[line] += many
        while waiting:
            level = min([room / many for room, many in zip(left, counts, strict=True) if many])
            fixed = [channel for channel in waiting if channel.cap <= level]
            if not fixed:
                full = {line for line, many in enumerate(counts) if many and left[line] / many <= level * (1 + 1e-12)}
                fixed = [channel for channel in waiting if not full.isdisjoint(channel.lines)]
            for channel in fixed:
                rate, many = min(channel.cap, level), len(channel.marks)
                channel.go_at(rate)
                for line in channel.lines:
                    counts[line] -= many
                    if rate < inf:
                        room = left[line] - rate * many
                        left[line] = room if room > 0 else 0.0
            if len(fixed) == len(waiting):
                break
            gone = set(fixed)
            waiting = [channel for channel in waiting if channel not in gone]
        self._note(now_s, left)

    def _note(self, now_s: float, left: Sequence[float]) -> None:
        for uses, rate, room in zip(self._uses, self.rates, left, strict=False):
            if rate == inf:
                continue
            used = rate - room
            if uses and uses[-1][0] == now_s:
                uses.pop()
            if not uses or uses[-1][1] != used:
                uses.append((now_s, used))
