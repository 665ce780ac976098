"""A way to one server that notes every byte on the wire, headers included, with its time, and may be as slow as a link."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Final

from support.link import Link

if TYPE_CHECKING:
    from typing import Self

__all__ = ["MeteredWay"]

_PIECE: Final = 65_536


class MeteredWay:
    """Passes TCP connections on to `upstream` (HOST:PORT) and keeps what passed; a context manager.

    `up` and `down` hold (moment, bytes) of everything that went to the server and came from it, by `time.monotonic`.
    """

    def __init__(self, upstream: str, link: Link | None = None) -> None:
        """Take a free port of loopback."""
        self.upstream, self.link = upstream, link or Link()
        self.up: list[tuple[float, int]] = []
        self.down: list[tuple[float, int]] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        """Start to pass on."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def up_between(self, first_s: float, last_s: float) -> int:
        """Count the bytes that went to the server between two moments."""
        return sum(size for at, size in list(self.up) if first_s <= at < last_s)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                host, _, port = self.upstream.rpartition(":")
                server = socket.create_connection((host, int(port)))
                for wire in (client, server):
                    # What is noted as passed must not lie here for long.
                    wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _PIECE)
                for pair in ((client, server, "up", self.up), (server, client, "down", self.down)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, direction: str, log: list[tuple[float, int]]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_PIECE):
                log.append((time.monotonic(), len(data)))
                self.link.carry(direction, len(data))
                sink.sendall(data)
        for wire in (source, sink):
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
            wire.close()
