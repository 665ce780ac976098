"""The head of a request, read strictly: what two readers could take for two things is refused; pure.

Source: RFC 9112, "Message Parsing" and "Message Body Length".
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, unquote

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MOST_HEAD_BYTES", "BadHead", "Head", "parse_head"]

MOST_HEAD_BYTES: Final = 64 * 2**10
_MOST_HEADERS: Final = 100
_MOST_PARAMETERS: Final = 64
_LINE = re.compile(r"(?P<method>[A-Z]{1,20}) (?P<target>[!-~]+) HTTP/(?P<version>1\.[01])")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t -~\x80-\xff]*")
_ALONE: Final = frozenset({"content-length", "transfer-encoding", "host", "content-range", "range", "authorization"})


class BadHead(Exception):
    """A request that is not understood; `status` is what to answer before the connection is closed."""

    def __init__(self, status: int, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Head:
    """Method, decoded path, query, the target as it was written, and headers (names in lower case).

    `length` is None for a chunked body; `is_last` says that the client will send no more.
    """

    method: str
    path: str
    query: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    length: int | None = 0
    is_last: bool = False

    def get(self, name: str) -> str:
        """Tell a header, or ""."""
        return self.headers.get(name, "")

    def parameters(self, name: str) -> list[str]:
        """Tell what the query says of `name`, decoded."""
        try:
            return parse_qs(self.query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS).get(name, [])
        except ValueError:
            return []

    def parameter(self, name: str) -> str:
        """Tell the first of `parameters`, or ""."""
        return next(iter(self.parameters(name)), "")


def parse_head(raw: bytes) -> Head:
    r"""Read request line and headers, up to the empty line; raises `BadHead`.

    >>> parse_head(b"GET /v2/a%2Fb/tags/list?n=1 HTTP/1.1\r\nHost: x\r\n").path
    '/v2/a/b/tags/list'
    """
    lines = raw.decode("latin-1").replace("\r\n", "\n").rstrip("\n").split("\n")
    match = _LINE.fullmatch(lines[0])
    if match is None:
        raise BadHead(400, "this is no request of HTTP/1.1")
    headers = _headers(lines[1:])
    if match["version"] == "1.1" and "host" not in headers:
        raise BadHead(400, "a request of HTTP/1.1 names its Host")
    target = match["target"]
    if target.startswith(("http://", "https://")):
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    words = {word.strip().lower() for word in headers.get("connection", "").split(",")}
    is_last = "close" in words or (match["version"] == "1.0" and "keep-alive" not in words)
    length = _length(headers)
    return Head(match["method"], unquote(path), query.partition("#")[0], match["target"], headers, length, is_last)


def _headers(lines: list[str]) -> dict[str, str]:
    if len(lines) > _MOST_HEADERS:
        raise BadHead(431, f"a request has at most {_MOST_HEADERS} headers")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or _NAME.fullmatch(name) is None or _VALUE.fullmatch(value) is None:
            raise BadHead(400, "a header is no NAME: VALUE")
        key = name.lower()
        if key in headers and key in _ALONE:
            raise BadHead(400, f"the header {key} stands twice")
        headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    return headers


def _length(headers: Mapping[str, str]) -> int | None:
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None:
        if length is not None:
            raise BadHead(400, "a body has a Content-Length or a Transfer-Encoding, and not both")
        if coding.lower() != "chunked":
            raise BadHead(501, "the only transfer coding here is chunked")
        return None
    if length is None:
        return 0
    if not (length.isascii() and length.isdigit()) or len(length) > 18:
        raise BadHead(400, "Content-Length is no number of bytes")
    return int(length)
