"""Who goes on when: the events of a run, as processes that wait for times, slots and gates.

A process is a generator that yields what it waits for: a callable that takes the process and sees to it that it goes on.
Nothing is drawn by lot, and what happens at one instant happens in the order in which it was begun.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Any

__all__ = ["Gate", "Process", "Slots", "Turns", "Wait"]

Process = Generator[Callable[[Any], None], None, None]
Wait = Callable[[Process], None]


class Turns:
    """The clock's time, and the processes that go on by it."""

    __slots__ = ("_count", "_ready", "_timers", "now_s")

    def __init__(self) -> None:
        self.now_s = 0.0
        self._ready: deque[Process] = deque()
        self._timers: list[tuple[float, int, Process]] = []
        self._count = 0

    def start(self, process: Process) -> None:
        """Let a process go on at this instant, after those that do already."""
        self._ready.append(process)

    def after(self, delay_s: float) -> Wait:
        """Wait for some seconds."""
        return self.at(self.now_s + delay_s)

    def at(self, time_s: float) -> Wait:
        """Wait until a time."""

        def wait(process: Process) -> None:
            self._count += 1
            heappush(self._timers, (time_s, self._count, process))

        return wait

    @property
    def next_s(self) -> float:
        """When the next process goes on by time alone."""
        return self._timers[0][0] if self._timers else float("inf")

    def reach(self, time_s: float) -> None:
        """Go to a time and make ready whoever waits for one until then."""
        self.now_s = time_s
        timers = self._timers
        while timers and timers[0][0] <= time_s:
            self._ready.append(heappop(timers)[2])

    def settle(self) -> None:
        """Let everybody go on who can at this instant."""
        ready = self._ready
        while ready:
            process = ready.popleft()
            wait = next(process, None)
            if wait is not None:
                wait(process)


class Gate:
    """What happens once: those who wait for it go on when it has."""

    __slots__ = ("_turns", "_waiting", "is_open")

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._waiting: list[Process] = []
        self.is_open = False

    def open(self) -> None:
        """Let all go on, in the order in which they came."""
        self.is_open = True
        for process in self._waiting:
            self._turns.start(process)
        self._waiting.clear()

    def wait(self, process: Process) -> None:
        """Wait until it is open."""
        if self.is_open:
            self._turns.start(process)
        else:
            self._waiting.append(process)


class Slots:
    """A number of places, None for any number; who comes first gets the first that is free."""

    __slots__ = ("_free", "_turns", "_waiting")

    def __init__(self, turns: Turns, count: int | None) -> None:
        self._turns = turns
        self._free = float("inf") if count is None else count
        self._waiting: deque[Process] = deque()

    def take_free(self) -> bool:
        """Take a place where one is free, and tell whether one was."""
        if self._free > 0:
            self._free -= 1
            return True
        return False

    def take(self, process: Process) -> None:
        """Wait for a place, and take it."""
        if self.take_free():
            self._turns.start(process)
        else:
            self._waiting.append(process)

    def give(self) -> None:
        """Give a place back."""
        if self._waiting:
            self._turns.start(self._waiting.popleft())
        else:
            self._free += 1
