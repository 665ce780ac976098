"""A few places for requests to one host, handed from one who leaves to the one who has waited longest."""

from __future__ import annotations

from collections import deque

import anyio

__all__ = ["Places"]


class Places:
    """Numbered places; the one that was left last is taken first, since its connection is warm.

    Where one is free nothing is waited for: the limiter of the async library goes through the event loop each time, which
    costs as much as the request.
    """

    def __init__(self, number: int) -> None:
        """Have so many."""
        self._number = number
        self._free = list(range(number))
        self._waiting: deque[tuple[anyio.Event, list[int]]] = deque()

    def widen(self, number: int) -> None:
        """Have at least so many."""
        for place in range(self._number, number):
            self.leave(place)
        self._number = max(self._number, number)

    async def take(self) -> int:
        """Wait for a place; whoever takes one leaves it again."""
        if self._free:
            return self._free.pop()
        waiter: tuple[anyio.Event, list[int]] = (anyio.Event(), [])
        self._waiting.append(waiter)
        try:
            await waiter[0].wait()
        except BaseException:
            # Cancelled: what was handed over just then is for the next.
            if waiter[1]:
                self.leave(waiter[1][0])
            else:
                self._waiting.remove(waiter)
            raise
        return waiter[1][0]

    def leave(self, place: int) -> None:
        """Hand a place to whoever has waited longest."""
        if not self._waiting:
            self._free.append(place)
            return
        event, given = self._waiting.popleft()
        given.append(place)
        event.set()
