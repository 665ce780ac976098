"""Bytes that come one after another and never all at once: what archives are read through, with every bound kept."""

from __future__ import annotations

import gzip
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol, cast

from regplan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

__all__ = ["CUT_SHORT", "Budget", "Damaged", "Forward", "Readable", "damage", "unpacked"]

CUT_SHORT: Final = "it is cut short"
_CHUNK: Final = 64 * 1024
_STEP: Final = 2**28
# Deflate reaches a ratio of 1,032; texts that anyone wrote stay far below a hundred.
_MOST_RATIO: Final = 500
_LEAST_BYTES: Final = 2**20
_MOST_BYTES: Final = 2**29


class Damaged(Exception):  # it never leaves this layer
    """An archive that cannot be read to its end; the message says why, and not which."""


class Readable(Protocol):
    """What can be read from, at most `size` bytes at a time."""

    def read(self, size: int, /) -> bytes:
        """Read some bytes; none at the end."""
        ...


class Budget:
    """How much one archive may unpack to, by itself and together with the archives around it; raises `InputError`."""

    def __init__(self, name: str, packed_bytes: int, above: Budget | None = None) -> None:
        """Allow for an archive of so many bytes; `name` is what errors call it."""
        self._name = name
        self._most = max(_LEAST_BYTES, _MOST_RATIO * packed_bytes)
        self._above = above
        self._taken = 0

    def take(self, size: int) -> None:
        """Note bytes that were unpacked."""
        self._taken += size
        if self._taken > self._most:
            raise InputError(f"{self._name}: unpacks to more than {_MOST_RATIO} times its size, as no text does")
        if self._above is not None:
            self._above.take(size)
        elif self._taken > _MOST_BYTES:
            raise InputError(
                f"{self._name}: unpacks to more than {_MOST_BYTES:,} bytes; hand over a part of it as a folder"
            )


class Forward:
    """A reader that only goes forward, over all of its source or the next `left` bytes of it."""

    def __init__(self, source: Readable, left: int | None = None, budget: Budget | None = None) -> None:
        """Read from `source`; every byte is taken from `budget`."""
        self._source = source
        self._pass_over = getattr(source, "pass_over", None)
        self._budget = budget
        self._ahead = b""
        self.left = left

    def peek(self, size: int) -> bytes:
        """Tell the next bytes, fewer at the end, and leave them to be read."""
        if len(self._ahead) < size:
            self._ahead += self._exactly(size - len(self._ahead))
        return self._ahead[:size]

    def read(self, size: int, /) -> bytes:
        """Read so many bytes, fewer only at the end."""
        ahead, self._ahead = self._ahead[:size], self._ahead[size:]
        return ahead + self._exactly(size - len(ahead)) if len(ahead) < size else ahead

    def pass_over(self, size: int, /) -> int:
        """Leave so many bytes unread, fewer only at the end, and copy none where the source can do so; tells how many."""
        passed = min(size, len(self._ahead))
        self._ahead = self._ahead[passed:]
        left = size - passed if self.left is None else min(size - passed, self.left)
        while left > 0 and (more := self._leave(left)):
            left -= more
            passed += more
            if self.left is not None:
                self.left -= more
            if self._budget is not None:
                self._budget.take(more)
        return passed

    def skip(self) -> int:
        """Read to the end and keep nothing; tells how many bytes there were."""
        total = 0
        while passed := self.pass_over(_STEP):
            total += passed
        return total

    def _leave(self, size: int) -> int:
        if self._pass_over is None:
            return len(self._source.read(min(size, _CHUNK)))
        passed: int = self._pass_over(size)
        return passed

    def _exactly(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0:
            wanted = min(size, _CHUNK) if self.left is None else min(size, _CHUNK, self.left)
            chunk = self._source.read(wanted) if wanted else b""
            if not chunk:
                break
            if self._budget is not None:
                self._budget.take(len(chunk))
            if self.left is not None:
                self.left -= len(chunk)
            size -= len(chunk)
            parts.append(chunk)
        return b"".join(parts)


def unpacked(packed: Readable, budget: Budget) -> Forward:
    """Read what a gzip stream holds."""
    return Forward(cast("Readable", gzip.GzipFile(fileobj=cast("BinaryIO", packed), mode="rb")), budget=budget)


@contextmanager
def damage() -> Iterator[None]:
    """Turn what the standard library raises at broken archives into `Damaged`."""
    try:
        yield
    except EOFError:
        raise Damaged(CUT_SHORT) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Damaged(f"it is damaged ({error})") from None
