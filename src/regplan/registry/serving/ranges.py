"""Parts of a blob: `Range` when it is read, `Content-Range` when it is sent; pure.

Source: RFC 9110, "Range Requests"; distribution-spec 1.1, "Pushing a blob in chunks".
"""

from __future__ import annotations

import re

from regplan.values import dataclass

__all__ = ["Span", "parse_chunk", "parse_range", "progress"]

_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})")
_CHUNK = re.compile(r"(?:bytes[ =])?(?P<first>[0-9]{1,18})-(?P<last>[0-9]{1,18})(?:/[0-9*]+)?")


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `first` to `last` inclusive; nothing where `last` is before `first`."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many bytes that are."""
        return max(0, self.last - self.first + 1)


def parse_range(header: str, size: int) -> Span | None:
    """Tell which bytes of `size` a Range asks for: None for all of them, an empty span for what cannot be.

    A header that is not understood, or asks for several parts, is passed over, as the RFC allows.

    >>> parse_range("bytes=-5", 100), parse_range("bytes=90-", 100), parse_range("bytes=5-2", 100).size
    (Span(first=95, last=99), Span(first=90, last=99), 0)
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or not (match["first"] or match["last"]):
        return None
    if not match["first"]:
        span = Span(max(0, size - int(match["last"])), size - 1)
    else:
        span = Span(int(match["first"]), min(int(match["last"] or size), size - 1))
    return span if span.size and span.first < size else Span(0, -1)


def parse_chunk(header: str) -> Span | None:
    """Tell which bytes of a blob a chunk is, as its Content-Range says; None for what cannot be read.

    >>> parse_chunk("0-9"), parse_chunk("9-0")
    (Span(first=0, last=9), None)
    """
    match = _CHUNK.fullmatch(header.strip())
    if match is None or int(match["last"]) < int(match["first"]):
        return None
    return Span(int(match["first"]), int(match["last"]))


def progress(size: int) -> str:
    """Tell how far an upload is, as the header Range does; nothing and one byte look the same, which is the custom.

    >>> progress(0), progress(10)
    ('0-0', '0-9')
    """
    return f"0-{max(0, size - 1)}"
