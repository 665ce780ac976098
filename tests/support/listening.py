"""An HTTP server of the standard library on a loopback port of its own, for as long as a block lasts."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler

__all__ = ["listening"]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    context: ssl.SSLContext | None = None

    def finish_request(self, request: object, client_address: object) -> None:
        """Make the handshake in the connection's own thread, so that a client that makes none holds nobody up."""
        if self.context is None:
            super().finish_request(request, client_address)  # type: ignore[arg-type]
            return
        request.settimeout(20)  # type: ignore[attr-defined]
        with self.context.wrap_socket(request, server_side=True) as wrapped:  # type: ignore[arg-type]
            super().finish_request(wrapped, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of those who hung up or shook no hands; anything else is a fault of the test."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Answer by `handler` until the end of the block, over TLS with a `context`; tells the port."""
    server = _Server(("127.0.0.1", 0), handler)
    server.context = context
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
