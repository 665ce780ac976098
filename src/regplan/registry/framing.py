"""One answer of HTTP/1.1, cut out of the bytes of its connection; pure.

Source: RFC 9112, "Message Parsing" and "Message Body Length". What two readers could take for two things is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BadAnswer", "Framing"]

_MOST_HEAD_BYTES: Final = 100 * 2**10
_MOST_LINE_BYTES: Final = 2**10  # of a chunk's size with its extensions
_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(r"HTTP/1\.([01]) (\d{3})(?: .*)?")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
_BODILESS: Final = frozenset({204, 304})


class BadAnswer(Exception):
    """What came is no answer, or not all of one."""


class Framing:
    """The bytes of one answer as they come, to be asked after each `feed` whether it `is_whole`.

    Of a body that is longer than `most_bytes`, or whose status is in `unread`, no more is taken: `is_left` holds then, and
    the connection is of no use any more. Neither is it where `is_last`, or where bytes came that are none of this answer's.
    """

    def __init__(self, method: str, most_bytes: int, unread: frozenset[int] = frozenset()) -> None:
        """Expect the answer to a request of `method`."""
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.is_whole = self.is_left = self.is_last = False
        self._method, self._most_bytes, self._unread = method, most_bytes, unread
        self._rest = bytearray()
        self._body: list[bytes] = []
        self._size = 0
        self._left: int | None = 0  # bytes of the body or chunk that are to come; None: all until the end
        self._is_chunked = self._is_seam = self._is_trailer = False

    @property
    def body(self) -> bytes:
        """The body as far as it has come."""
        return self._body[0] if len(self._body) == 1 else b"".join(self._body)

    @property
    def is_usable(self) -> bool:
        """Whether the next answer on this connection is the one to the next request."""
        return self.is_whole and not (self.is_left or self.is_last or self._rest)

    def feed(self, data: bytes) -> None:
        """Take what has come next; raises `BadAnswer`."""
        self._rest += data
        while not self.is_whole and (self._take_head() if not self.status else self._take_body()):
            pass

    def end(self) -> None:
        """Take note that nothing more comes; raises `BadAnswer` where something had to."""
        if self.is_whole:
            return
        if not self.status:
            raise BadAnswer("Server disconnected without sending a response.")
        if self._left is not None:
            raise BadAnswer("peer closed connection without sending complete message body")
        self.is_whole = self.is_last = True

    def _take_head(self) -> bool:
        found = _END.search(self._rest)
        if found is None or found.start() > _MOST_HEAD_BYTES:
            if len(self._rest) > _MOST_HEAD_BYTES:
                raise BadAnswer("Receive buffer too long: the head of the answer does not end")
            return False
        lines = _text(bytes(self._rest[: found.start()])).replace("\r\n", "\n").split("\n")
        del self._rest[: found.end()]
        first = _STATUS.fullmatch(lines[0])
        if first is None:
            raise BadAnswer("this is no answer of HTTP/1.1")
        status = int(first[2])
        if status < 200:
            if status in {100, 102, 103}:
                return True
            raise BadAnswer(f"an answer of status {status} was not asked for")
        self.headers = headers = _headers(lines[1:])
        words = headers.get("connection", "").lower()
        self.is_last = "close" in words or (first[1] == "0" and "keep-alive" not in words)
        self.status = status
        self._measure()
        return True

    def _measure(self) -> None:
        """Tell how long the body is."""
        coding, length = self.headers.get("transfer-encoding"), self.headers.get("content-length")
        if self._method == "HEAD" or self.status in _BODILESS:
            self.is_whole = True
        elif self.status in self._unread:
            self.is_whole = self.is_left = True
        elif coding is not None:
            if coding.lower() != "chunked":
                raise BadAnswer("the only transfer coding here is chunked")
            # Who tells a length beside it may mean either, so that nobody knows where the next answer begins.
            self._is_chunked, self.is_last = True, self.is_last or length is not None
        elif length is not None:
            numbers = {each.strip() for each in length.split(",")}
            number = numbers.pop()
            if numbers or not (number.isascii() and number.isdigit()) or len(number) > 18:
                raise BadAnswer("bad Content-Length: it is no number of bytes")
            self._left = int(number)
            self.is_whole = self._left == 0
        else:
            self._left = None

    def _take_body(self) -> bool:
        if self._is_chunked and not self._left and not self._next_chunk():
            return False
        if self.is_whole or not self._rest:
            return False
        with memoryview(self._rest) as rest:
            taken = bytes(rest if self._left is None else rest[: self._left])
        del self._rest[: len(taken)]
        self._body.append(taken)
        self._size += len(taken)
        if self._left is not None:
            self._left -= len(taken)
        if self._size > self._most_bytes:
            self.is_whole = self.is_left = True
        elif not self._left:
            self._is_seam = self._is_chunked
            self.is_whole = self._left is not None and not self._is_chunked
        return True

    def _next_chunk(self) -> bool:
        """Read the line before the next chunk, and those after the last; tell whether it was there."""
        while (end := self._rest.find(b"\n")) >= 0:
            line = bytes(self._rest[:end]).rstrip(b"\r")
            del self._rest[: end + 1]
            if self._is_trailer:
                self.is_whole = not line
            elif self._is_seam:
                self._is_seam = False
                if line:
                    raise BadAnswer("a chunk is longer than it says")
            else:
                size = line.partition(b";")[0].strip()
                if _SIZE.fullmatch(size) is None:
                    raise BadAnswer("a chunk's size is no number")
                self._left = int(size, 16)
                self._is_trailer = not self._left
            if self.is_whole or self._left:
                return True
        if len(self._rest) > _MOST_LINE_BYTES:
            raise BadAnswer("the line before a chunk is too long")
        return False


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    key = ""
    for line in lines:
        if _CONTROL.search(line):
            raise BadAnswer("a header holds control characters")
        if line[:1] in {" ", "\t"} and key:
            headers[key] = f"{headers[key]} {line.strip()}"
            continue
        name, colon, value = line.partition(":")
        if not colon or _NAME.fullmatch(name) is None:
            raise BadAnswer("a header is no NAME: VALUE")
        key, value = name.lower(), value.strip()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers
