"""A server of bare sockets on loopback, which answers with whatever bytes a test wants: what no HTTP library would send."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from typing import Self

__all__ = ["Conversation", "RawServer", "answer"]

_MOST_HEAD = 64 * 1024


@dataclass(slots=True)
class Conversation:
    """One request, and the socket on which it may be answered with any bytes."""

    method: str
    path: str
    headers: dict[str, str]
    _socket: socket.socket = field(repr=False)
    sent_bytes: int = 0
    keeps: bool = True

    def send(self, data: bytes) -> None:
        """Send bytes; raises `OSError` where the client has gone."""
        self._socket.sendall(data)
        self.sent_bytes += len(data)

    def hang_up(self) -> None:
        """Close the connection after this answer."""
        self.keeps = False


class RawServer:
    """Answers every request by calling `handler`; each connection has a thread of its own. A context manager."""

    def __init__(self, handler: Callable[[Conversation], None], context: ssl.SSLContext | None = None) -> None:
        """Take a free port; `context` puts TLS before it."""
        self._handler = handler
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.conversations: list[Conversation] = []

    def __enter__(self) -> Self:
        """Start to answer."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self._listener.close()
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def asked(self, method: str = "") -> list[str]:
        """List the requests as "METHOD PATH", in order."""
        told = list(self.conversations)
        return [f"{each.method} {each.path}" for each in told if method in {"", each.method}]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        # A client that does not like what it gets goes away, which is what most tests are about.
        with contextlib.suppress(OSError), client:
            wire = client if self._context is None else self._context.wrap_socket(client, server_side=True)
            for conversation in _requests(wire):
                self.conversations.append(conversation)
                self._handler(conversation)
                if not conversation.keeps:
                    break
            # A plain `close` could reset the connection before the last bytes are read at the other end.
            wire.shutdown(socket.SHUT_WR)


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """An honest answer; `content_type="..."` becomes Content-Type, and Content-Length is the body's unless it is given."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in named.items())]
    if "Content-Length" not in named and "Transfer-Encoding" not in named:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _requests(wire: socket.socket) -> Iterator[Conversation]:
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            chunk = wire.recv(_MOST_HEAD)
            if not chunk or len(data) > _MOST_HEAD:
                return
            data += chunk
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines)
        yield Conversation(method, path, {name.lower(): value.strip() for name, _, value in pairs}, wire)
