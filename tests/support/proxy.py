"""A forward proxy on loopback: it tunnels with CONNECT, passes plain requests on, and may want a login."""

from __future__ import annotations

import base64
import http.client
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from support.listening import listening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Proxy", "serve_proxy"]


@dataclass(slots=True)
class Proxy:
    """Where it listens, the names that it leads to loopback ports, the login that it wants, and what it was asked."""

    ports: Mapping[str, int]
    login: str = ""
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self.port}"

    def admits(self, header: str) -> bool:
        """Tell whether a Proxy-Authorization header holds the login."""
        return not self.login or header == f"Basic {base64.b64encode(self.login.encode()).decode()}"


@contextmanager
def serve_proxy(proxy: Proxy) -> Iterator[Proxy]:
    """Serve until the end of the block, on a port of its own."""
    with listening(_handler(proxy)) as proxy.port:
        yield proxy


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_CONNECT(self) -> None:
            proxy.asked.append(f"CONNECT {self.path}")
            if not self._admitted():
                return
            with socket.create_connection(("127.0.0.1", proxy.ports[self.path.partition(":")[0]]), 20) as other:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=_copy, args=(other, self.connection), daemon=True)
                back.start()
                _copy(self.connection, other)
                back.join(20)
            self.close_connection = True

        def do_GET(self) -> None:
            proxy.asked.append(f"{self.command} {self.path}")
            if not self._admitted():
                return
            url = urlsplit(self.path)
            other = http.client.HTTPConnection("127.0.0.1", proxy.ports[url.hostname or ""], timeout=20)
            headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
            other.request(self.command, url.path + (f"?{url.query}" if url.query else ""), headers=headers)
            answer = other.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            other.close()

        def do_HEAD(self) -> None:
            self.do_GET()

        def _admitted(self) -> bool:
            if proxy.admits(self.headers.get("Proxy-Authorization", "")):
                return True
            self.send_response(407)
            self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return False

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's name)
            """Say nothing."""

    return Handler


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
