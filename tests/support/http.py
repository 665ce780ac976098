"""One HTTP request with the standard library alone, so that a check does not rest on the client it checks."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Response", "request"]


@dataclass(frozen=True, slots=True)
class Response:
    """What came back; header names are in lower case."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str]


def request(
    method: str,
    url: str,
    *,
    body: bytes | Iterator[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
    ca_file: Path | None = None,
) -> Response:
    """Ask once, through no proxy, and give back the answer whatever its status; unreachable hosts raise URLError."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if ca_file:
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file)))
    asked = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)
    try:
        with urllib.request.build_opener(*handlers).open(asked, timeout=60) as answer:
            return _response(answer.status, answer.read(), answer.headers.items())
    except urllib.error.HTTPError as error:
        with error:
            return _response(error.code, error.read(), error.headers.items())


def _response(status: int, body: bytes, headers: list[tuple[str, str]]) -> Response:
    return Response(status, body, {name.lower(): value for name, value in headers})
