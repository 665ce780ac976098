"""HTTP/1.1 for what is large: blocking sockets and the standard library, behind the HTTP library's own interface.

Of the ways to stream blobs that were measured (ADR 0015) this takes the least of the processor: bytes go from the socket
into one buffer and from there to the next socket. It is a transport and no more: whom to ask, as whom, how often and
where a redirect may lead is told elsewhere, once, for all requests.
"""

from __future__ import annotations

import hashlib
import http.client
import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import httpx

from regplan.registry.tls import PinMismatch, parse_fingerprint

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

__all__ = ["PIECE_BYTES", "BulkTransport", "Line"]

PIECE_BYTES: Final = 2**18
_KEEP_S: Final = 20.0
_MOST_IDLE: Final = 32


class Line:
    """The sockets of one request, so that somebody else can cut them: whoever waits for them then waits no longer.

    They take at most `ahead_bytes` of an answer before it is read, and pieces of it are no larger; None: as the system
    likes it.
    """

    def __init__(self, ahead_bytes: int | None = None) -> None:
        """Hold nothing yet."""
        self._ahead_bytes = ahead_bytes
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self.is_cut = False

    def hold(self, held: socket.socket) -> None:
        """Hold a socket; of a line that is cut it is cut at once."""
        if self._ahead_bytes is not None:
            with suppress(OSError):
                held.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._ahead_bytes)
        with self._lock:
            self._sockets.append(held)
            is_cut = self.is_cut
        if is_cut:
            _cut(held)

    @property
    def piece_bytes(self) -> int:
        """How many bytes to read at once."""
        return PIECE_BYTES if self._ahead_bytes is None else min(PIECE_BYTES, self._ahead_bytes)

    def cut(self) -> None:
        """End whatever goes over this line, from any thread."""
        with self._lock:
            self.is_cut, sockets = True, list(self._sockets)
        for held in sockets:
            _cut(held)


class BulkTransport(httpx.BaseTransport):
    """Connections to one origin, each for one request at a time; as a rule the one that was left last is taken.

    The extension `line` of a request holds its sockets. With a `fingerprint` the certificate is held to it before
    anything is sent.
    """

    def __init__(self, context: ssl.SSLContext | None = None, fingerprint: str | None = None) -> None:
        """Speak TLS with `context`, which must tell how certificates are checked."""
        self._context = context
        self._fingerprint = None if fingerprint is None else parse_fingerprint(fingerprint)
        self._idle: list[tuple[float, _Connection]] = []
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and read the head of its answer; raises what the HTTP library raises."""
        line = request.extensions.get("line") or Line()
        limits = request.extensions.get("timeout", {})
        connection = self._take(request.url, line, limits.get("connect"))
        try:
            connection.send(request, limits.get("write"))
            answer = connection.answer(limits.get("read"))
        except BaseException:
            connection.close()
            raise
        body = _Answer(self, connection, answer, line.piece_bytes)
        extensions = {"network_stream": _Ends(connection.peer), "http_version": b"HTTP/1.1"}
        # As bytes: the HTTP library takes text for ASCII, and the standard library gives what came as Latin-1.
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.getheaders()]
        return httpx.Response(answer.status, headers=headers, stream=body, extensions=extensions)

    def give_back(self, connection: _Connection) -> None:
        """Keep a connection whose last answer was read to its end."""
        with self._lock:
            self._idle.append((time.monotonic(), connection))
            surplus = [each for _, each in self._idle[:-_MOST_IDLE]]
            self._idle = self._idle[-_MOST_IDLE:]
        for each in surplus:
            each.close()

    def close(self) -> None:
        """Close every connection that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _take(self, url: httpx.URL, line: Line, connect_s: float | None) -> _Connection:
        while True:
            with self._lock:
                since, connection = self._idle.pop() if self._idle else (0.0, None)
            if connection is None:
                connection = _Connection(url, self._context, self._fingerprint)
                connection.open(line, connect_s)
                return connection
            if time.monotonic() - since < _KEEP_S and connection.is_alive:
                line.hold(connection.socket)
                return connection
            connection.close()


class _Connection:
    """One connection, with the standard library's reader and writer of HTTP/1.1 on it."""

    def __init__(self, url: httpx.URL, context: ssl.SSLContext | None, fingerprint: str | None) -> None:
        self._host = url.raw_host.decode("ascii")
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._http = http.client.HTTPConnection(self._host, self._port)
        self._context = context if url.scheme == "https" else None
        self._fingerprint = fingerprint
        self.peer: tuple[Any, ...] = ()
        self.is_cut_short = False

    @property
    def socket(self) -> socket.socket:
        """The socket, which is open."""
        held: socket.socket = self._http.sock
        return held

    @property
    def is_alive(self) -> bool:
        """Whether nothing has come that nobody asked for, such as the other side's end."""
        try:
            self.socket.settimeout(0)
            socket.socket.recv(self.socket, 1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False
        return False

    def open(self, line: Line, connect_s: float | None) -> None:
        """Connect, by TLS where that is meant, and hold the certificate to what is pinned."""
        with _told(httpx.ConnectTimeout, httpx.ConnectError):
            plain = socket.create_connection((self._host, self._port), connect_s)
            line.hold(plain)
            self._http.sock = plain
            try:
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._context is not None:
                    self._context.set_alpn_protocols(["http/1.1"])
                    secured = self._context.wrap_socket(plain, server_hostname=self._host)
                    self._http.sock = secured
                    line.hold(secured)
                    self._check_pin(secured)
                self.peer = self.socket.getpeername()
            except BaseException:
                self.close()
                raise

    def send(self, request: httpx.Request, write_s: float | None) -> None:
        """Send a request; a server that answers before it has taken all may say why."""
        self.socket.settimeout(write_s)
        with suppress(httpx.WriteError), _told(httpx.WriteTimeout, httpx.WriteError):
            target = request.url.raw_path.decode("ascii")
            self._http.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers.raw:
                self._http.putheader(name, value)
            self._http.endheaders()
        left = int(request.headers.get("content-length", 0))
        assert isinstance(request.stream, httpx.SyncByteStream)  # noqa: S101  for the type checker
        for piece in request.stream:
            left -= len(piece)
            if left < 0:
                raise httpx.LocalProtocolError("Too much data for declared Content-Length")
            try:
                with _told(httpx.WriteTimeout, httpx.WriteError):
                    self._write(piece)
            except httpx.WriteError:
                self.is_cut_short = True
                return
        if left:
            raise httpx.LocalProtocolError("Too little data for declared Content-Length")

    def answer(self, read_s: float | None) -> http.client.HTTPResponse:
        """Read the head of the answer."""
        self.socket.settimeout(read_s)
        try:
            with _told(httpx.ReadTimeout, httpx.ReadError):
                return self._http.getresponse()
        except (http.client.HTTPException, ValueError) as error:
            raise httpx.RemoteProtocolError(_words(error)) from error

    def close(self) -> None:
        """Close it, whatever goes on."""
        with suppress(OSError):
            self._http.close()

    def _write(self, piece: bytes) -> None:
        # Each part has the whole time limit, which `sendall` has for all of them.
        view = memoryview(piece)
        while view:
            view = view[self.socket.send(view) :]

    def _check_pin(self, secured: ssl.SSLSocket) -> None:
        if self._fingerprint is None:
            return
        shown = hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()
        if shown != self._fingerprint:
            raise PinMismatch(shown)


class _Answer(httpx.SyncByteStream):
    """An answer under way on its connection, which goes back where it was read to its end."""

    def __init__(
        self, home: BulkTransport, connection: _Connection, answer: http.client.HTTPResponse, piece_bytes: int
    ) -> None:
        self._home, self._connection, self._answer, self._piece_bytes = home, connection, answer, piece_bytes
        # Once the body is read the answer forgets whether its connection may be kept.
        self._is_kept = not answer.will_close and not connection.is_cut_short
        self._is_left = False

    def __iter__(self) -> Iterator[bytes]:
        """Read the body into one buffer, over and over."""
        buffer = bytearray(self._piece_bytes)
        view, left = memoryview(buffer), self._answer.length
        while True:
            try:
                with _told(httpx.ReadTimeout, httpx.ReadError):
                    size = self._answer.readinto(buffer)
            except (http.client.HTTPException, ValueError) as error:
                raise httpx.RemoteProtocolError(_words(error)) from error
            if not size:
                break
            left = None if left is None else left - size
            yield view[:size]  # type: ignore[misc]  # all that takes bytes takes it
        if left:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")

    def close(self) -> None:
        """Give the connection back, or close it where something is still to come."""
        if self._is_left:
            return
        self._is_left = True
        if self._is_kept and self._answer.isclosed():
            self._home.give_back(self._connection)
        else:
            self._connection.close()


class _Ends:
    """What is asked of a connection's other end, as the HTTP library's streams tell it."""

    def __init__(self, peer: tuple[Any, ...]) -> None:
        self._peer = peer

    def get_extra_info(self, what: str) -> object:
        """Tell the address of the other end."""
        return self._peer if what == "server_addr" else None


@contextmanager
def _told(late: type[httpx.TimeoutException], broken: type[httpx.NetworkError]) -> Iterator[None]:
    """Tell a socket's errors as the HTTP library does."""
    try:
        yield
    except TimeoutError as error:
        raise late(_words(error)) from error
    except OSError as error:
        raise broken(_words(error)) from error


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _cut(held: socket.socket) -> None:
    # Not the TLS socket's own method, which would take the state away from who is reading.
    with suppress(OSError):
        socket.socket.shutdown(held, socket.SHUT_RDWR)
