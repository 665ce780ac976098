"""A request's body as a worker thread reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

__all__ = ["Pieces"]


@dataclass
class Pieces:
    """Gives `data` in pieces once `released`, and then raises `error`, where these are given."""

    data: bytes
    size: int = 65_536
    error: Exception | None = None
    released: threading.Event | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces."""
        if self.released is not None:
            assert self.released.wait(20)
        for start in range(0, len(self.data), self.size):
            yield self.data[start : start + self.size]
        if self.error is not None:
            raise self.error

    def cut(self) -> None:
        """Have nobody wait."""
        if self.released is not None:
            self.released.set()
