"""A small HTTP server on loopback whose answers a test makes up: a registry of any kind, a proxy's target, a web page."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from support.listening import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Asked", "Reply", "Served", "serve"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came; header names are in lower case, `path` has its query.

    `client` is the certificate that the client showed, as `getpeercert` tells it, None where it showed none.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    client: object = None
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; a HEAD gets the headers alone."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Served:
    """Where the server listens, and what it was asked."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self.port}"


@contextmanager
def serve(answer: Callable[[Asked], Reply], context: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Serve until the end of the block, on a port of its own; over TLS with a `context`."""
    served = Served()
    with listening(_handler(answer, served), context) as served.port:
        yield served


def _handler(answer: Callable[[Asked], Reply], served: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            client = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
            body = self.rfile.read(int(headers.get("content-length", 0)))
            asked = Asked(self.command, self.path, headers, client, body)
            served.asked.append(asked)
            reply = answer(asked)
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

        def do_PUT(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's name)
            """Say nothing."""

    return Handler
