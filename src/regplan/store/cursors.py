"""Readers of one packed file that stay open where they stopped, so that what follows is read without beginning again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from regplan.store.packed import Packed, Unpacked

__all__ = ["Cursors"]

_MOST_PARKED: Final = 2


class Cursors:
    """Opens readers and takes them back; `unpacked_bytes` counts what all of them together have gone over."""

    def __init__(self, packed: Packed) -> None:
        """Open nothing yet."""
        self.unpacked_bytes = 0
        self._packed = packed
        self._parked: list[Unpacked] = []

    def take(self, offset: int) -> Unpacked:
        """Give the reader that is nearest before `offset`, or a new one; it is the caller's until it is parked."""
        before = [cursor for cursor in self._parked if cursor.position <= offset]
        if not before:
            return self._packed.open()
        nearest = max(before, key=lambda cursor: cursor.position)
        self._parked.remove(nearest)
        return nearest

    def park(self, cursor: Unpacked, passed: int, *, keep: bool) -> None:
        """Take a reader back that has gone over `passed` bytes since it was taken; the foremost are kept open.

        One in the middle of a failure is not kept.
        """
        self.unpacked_bytes += passed
        if not keep:
            cursor.close()
            return
        self._parked.append(cursor)
        self._parked.sort(key=lambda each: each.position)
        while len(self._parked) > _MOST_PARKED:
            self._parked.pop(0).close()

    def close(self) -> None:
        """Close what is parked."""
        while self._parked:
            self._parked.pop().close()
