"""A request's body, sized or chunked, read as it comes and never beyond its end (RFC 9112, "Chunked Transfer Coding")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from regplan.registry.serving.reply import Refused, refusal

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator

    from regplan.registry.serving.head import Head

__all__ = ["Body"]

_BUFFER_BYTES: Final = 2**20
_MOST_LINE: Final = 4096
_MOST_TRAILERS: Final = 64
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")


class Body:
    """What follows a head; `begin` is called before the first byte is read, for clients that wait to be asked.

    `heard` is told of each piece's size as it comes. A client that goes away raises `ConnectionError`, one that writes no chunks where it said so a 400.
    """

    def __init__(
        self,
        source: io.BufferedReader[Any],
        head: Head,
        begin: Callable[[], None],
        heard: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Read nothing yet."""
        self._source = source
        self._begin: Callable[[], None] | None = begin
        self._heard = heard
        self.length = head.length
        self.received = 0
        self.is_spent = self.length == 0

    def pieces(self) -> Iterator[memoryview]:
        """Yield the bytes as they come; a piece is good until the next one is asked for."""
        if self._begin is not None and not self.is_spent:
            self._begin()
        self._begin = None
        if self.length is None:
            yield from self._chunked()
        else:
            yield from self._sized(self.length - self.received)
        self.is_spent = True

    def read(self, most: int, what: str) -> bytes:
        """Read all of it, refusing more than `most` bytes with 413."""
        data = bytearray()
        if self.length is None or self.length <= most:
            for piece in self.pieces():
                data += piece
                if len(data) > most:
                    break
            else:
                return bytes(data)
        raise Refused(refusal(413, "SIZE_INVALID", f"{what} has at most {most} bytes here"))

    def _sized(self, left: int) -> Iterator[memoryview]:
        view = memoryview(bytearray(min(left, _BUFFER_BYTES)))
        while left:
            count = self._source.readinto1(view[: min(left, len(view))])
            if not count:
                raise ConnectionError("the client went away before its body was whole")
            left -= count
            self.received += count
            self._heard(count)
            yield view[:count]

    def _chunked(self) -> Iterator[memoryview]:
        while size := self._chunk_size():
            yield from self._sized(size)
            if self._line() not in {b"\r\n", b"\n"}:
                raise Refused(refusal(400, "SIZE_INVALID", "a chunk of the body is longer than it says"))
        for _ in range(_MOST_TRAILERS):
            if self._line() in {b"\r\n", b"\n"}:
                return
        raise Refused(refusal(400, "SIZE_INVALID", "the body has too many trailers"))

    def _chunk_size(self) -> int:
        match = _SIZE.fullmatch(self._line())
        if match is None:
            raise Refused(refusal(400, "SIZE_INVALID", "the body is not in chunks"))
        return int(match[1], 16)

    def _line(self) -> bytes:
        line = self._source.readline(_MOST_LINE)
        if not line:
            raise ConnectionError("the client went away before its body was whole")
        return line
