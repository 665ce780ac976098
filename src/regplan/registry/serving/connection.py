"""One client: its requests one after the other on a kept connection, each answered whole or the connection closed."""

from __future__ import annotations

import io
import logging
import socket
import ssl
import time
from typing import TYPE_CHECKING, Final

from regplan.errors import RegplanError
from regplan.registry.serving.body import Body
from regplan.registry.serving.head import MOST_HEAD_BYTES, BadHead, Head, parse_head
from regplan.registry.serving.incoming import Incoming
from regplan.registry.serving.reply import Refused, refusal
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.registry.serving.incoming import Patience
    from regplan.registry.serving.reply import Reply
    from regplan.registry.serving.service import Service

__all__ = ["Access", "Connection", "Setting"]

_log = logging.getLogger(__name__)
_READ_AHEAD: Final = 64 * 2**10
_SEND_BYTES: Final = 2**18
_TLS_HELLO: Final = 0x16
_MOST_DRAINED: Final = 64 * 2**20
_DRAIN_S: Final = 5.0
_NOT_TLS: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"  # fmt: skip


@dataclass(frozen=True, slots=True)
class Access:
    """One answered request: `target` as the client wrote it, sizes are the bytes of the bodies."""

    peer: str
    method: str
    target: str
    status: int
    received: int
    sent: int
    agent: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What all connections share; `heard` is told how many bytes of bodies have come, as they come."""

    service: Service
    patience: Patience
    tls: ssl.SSLContext | None
    record: Callable[[Access], None]
    heard: Callable[[int], None] = lambda _: None


class Connection:
    """One accepted socket; `run` serves it to its end, `hang_up` ends it from another thread."""

    def __init__(self, accepted: socket.socket, peer: str, setting: Setting) -> None:
        """Read nothing yet."""
        self._socket = accepted
        self._peer = peer
        self._setting = setting
        self.is_busy = False
        self.is_last = False

    def run(self) -> None:
        """Serve requests until one side ends it."""
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not self._secure():
                return
            incoming = Incoming(self._socket, self._setting.patience)
            reader = io.BufferedReader(incoming, _READ_AHEAD)
            while self._serve_one(incoming, reader):
                self.is_busy = False
        except (OSError, ssl.SSLError, ValueError) as error:
            _log.debug("%s: %s", self._peer, error)
        finally:
            self.is_busy = False
            self._socket.close()

    def hang_up(self) -> None:
        """Have both directions end."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            _log.debug("%s had gone", self._peer)

    def _secure(self) -> bool:
        """Agree on TLS; a client that speaks plain HTTP is told so."""
        if self._setting.tls is None:
            return True
        self._socket.settimeout(self._setting.patience.head_s)
        first = self._socket.recv(1, socket.MSG_PEEK)
        if not first or first[0] != _TLS_HELLO:
            self._socket.sendall(_NOT_TLS)
            self._linger()
            return False
        self._socket = self._setting.tls.wrap_socket(self._socket, server_side=True)
        return True

    def _serve_one(self, incoming: Incoming, reader: io.BufferedReader[Incoming]) -> bool:
        """Serve one request; tell whether another may follow."""
        incoming.wait_for_request()
        if not reader.peek(1):
            return False
        self.is_busy = True
        incoming.wait_for_head()
        try:
            head = parse_head(_read_head(reader))
        except BadHead as error:
            self._send(Head("GET", "", "", "", {}), refusal(error.status, "UNSUPPORTED", str(error)), is_last=True)
            self._linger()
            return False
        body = Body(reader, head, lambda: self._begin(incoming, head), self._setting.heard)
        reply = self._setting.service.answer(head, body)
        is_last = head.is_last or self.is_last or not _drained(body)
        sent = self._send(head, reply, is_last=is_last)
        agent = head.get("user-agent")
        self._setting.record(Access(self._peer, head.method, head.target, reply.status, body.received, sent, agent))
        if is_last and not body.is_spent:
            self._linger()
        return not is_last

    def _begin(self, incoming: Incoming, head: Head) -> None:
        incoming.wait_for_body()
        if head.get("expect").lower() == "100-continue":
            self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _send(self, head: Head, reply: Reply, *, is_last: bool) -> int:
        """Send an answer and tell how many bytes its body had; a blob is let go of."""
        self._socket.settimeout(self._setting.patience.stall_s)
        start = reply.head(is_last=is_last)
        try:
            if head.method == "HEAD":
                self._socket.sendall(start)
                return 0
            if reply.blob is None or reply.span is None:
                self._send_all(start + reply.body)
                return len(reply.body)
            self._socket.sendall(start)
            self._send_blob(reply)
            return reply.span.size
        finally:
            if reply.blob is not None:
                reply.blob.close()

    def _send_all(self, data: bytes) -> None:
        # Piece by piece, so that patience is with each of them.
        for place in range(0, len(data), _SEND_BYTES):
            self._socket.sendall(memoryview(data)[place : place + _SEND_BYTES])

    def _send_blob(self, reply: Reply) -> None:
        blob, span = reply.blob, reply.span
        if blob is None or span is None or not span.size:
            return
        if blob.file is not None and self._setting.tls is None:
            if self._socket.sendfile(blob.file, span.first, span.size) != span.size:
                raise ConnectionError("a blob's file became shorter while it was sent")
            return
        left = span.size
        try:
            for chunk in blob.chunks(span.first, span.last):
                left -= len(chunk)
                self._send_all(chunk)
        except RegplanError as error:
            # Half an answer is sent, and no other can take its place.
            self._setting.service.trouble(str(error))
            raise ConnectionError(str(error)) from error
        if left:
            raise ConnectionError("a blob ended before its size")

    def _linger(self) -> None:
        """Let an answer reach a client that is still sending: what it sends is taken and thrown away, for a while."""
        until_s, left = time.monotonic() + _DRAIN_S, _MOST_DRAINED
        self._socket.shutdown(socket.SHUT_WR)
        while left > 0 and (wait_s := until_s - time.monotonic()) > 0:
            self._socket.settimeout(wait_s)
            count = len(self._socket.recv(_SEND_BYTES))
            if not count:
                return
            left -= count


def _read_head(reader: io.BufferedReader[Incoming]) -> bytes:
    lines: list[bytes] = []
    left = MOST_HEAD_BYTES
    if reader.peek(1)[0] == _TLS_HELLO:
        # A client that tries TLS first waits for an answer before it tries plain HTTP.
        raise BadHead(400, "this registry speaks plain HTTP")
    while True:
        line = reader.readline(left + 1)
        left -= len(line)
        if left < 0:
            raise BadHead(431, f"the head of a request has at most {MOST_HEAD_BYTES} bytes")
        if not line.endswith(b"\n"):
            raise ConnectionError("the client went away within a head")
        if line in {b"\r\n", b"\n"}:
            if lines:
                return b"".join(lines)
            continue  # an empty line before a request is passed over
        lines.append(line)


def _drained(body: Body) -> bool:
    """Take what is left of a small body, so that the connection can be kept."""
    if body.is_spent:
        return True
    if body.length is None or body.length - body.received > _SEND_BYTES:
        return False
    try:
        for _ in body.pieces():
            pass
    except Refused:
        return False
    return True
