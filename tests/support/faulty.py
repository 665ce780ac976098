"""A proxy on loopback between a client and a registry, which does to single requests what networks and servers do.

It speaks HTTP/1.1 as little as it must, so that what it passes on is byte for byte what it got. It keeps every exchange
and every piece of bytes with its time: how much was sent, and when, is read here and not from the client's own counters.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final
from urllib.parse import unquote

from support.faults import Fault, Rule
from support.link import Link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Self

__all__ = ["Exchange", "FaultyProxy", "Piece"]

_PIECE: Final = 16_384
_PATIENCE_S: Final = 60.0
_MOST_HEAD: Final = 64 * 1024
_NONE: Final = Fault()


@dataclass(slots=True)
class Exchange:
    """One request and what came back; bodies alone are counted. `status` is 0 until there is an answer.

    `ended_s` is 0.0 while it is under way; `fault` is what happened to it, if anything.
    """

    method: str
    target: str
    headers: dict[str, str] = field(repr=False)
    length: int
    began_s: float
    fault: Fault | None = None
    up_bytes: int = 0
    down_bytes: int = 0
    status: int = 0
    ended_s: float = 0.0

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def is_upload(self) -> bool:
        """Tell whether it carries a blob, or a piece of one."""
        return self.method in {"POST", "PUT", "PATCH"} and "/blobs/uploads/" in self.target and self.length > 0

    @property
    def is_open(self) -> bool:
        """Tell whether it is under way."""
        return not self.ended_s


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a body that passed at one moment, "up" to the registry or "down" from it."""

    at_s: float
    direction: str
    size: int


class _CutError(Exception):
    """Both connections are to be broken now."""


class FaultyProxy:
    """Passes to `upstream` (HOST:PORT), which may be changed while it runs, as `rules` may. A context manager."""

    def __init__(self, upstream: str, *rules: Rule, link: Link | None = None) -> None:
        """Take a free port of loopback."""
        self.upstream, self.link = upstream, link or Link()
        self.exchanges: list[Exchange] = []
        self.pieces: list[Piece] = []
        self.hook: Callable[[Exchange], None] = lambda _: None
        self._rules: list[list[Rule | int]] = []
        self.rules = rules
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._sockets: set[socket.socket] = set()

    @property
    def url(self) -> str:
        """SCHEME://HOST:PORT."""
        return f"http://{self.address}"

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What goes wrong; setting it begins to count anew."""
        return tuple(rule for rule, _ in self._rules if isinstance(rule, Rule))

    @rules.setter
    def rules(self, rules: Sequence[Rule]) -> None:
        self._rules = [[rule, 0] for rule in rules]

    def __enter__(self) -> Self:
        """Start to pass on."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Break every connection and stop."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.break_all()

    def break_all(self) -> None:
        """Break every connection that is open."""
        for each in tuple(self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """Let `exchanges` and `pieces` begin here."""
        with self._changed:
            self.exchanges, self.pieces = [], []

    def asked(self, method: str = "", path: str = "") -> list[Exchange]:
        """List the exchanges of a method whose target holds `path`, in the order in which they began."""
        told = list(self.exchanges)
        return [each for each in told if method in {"", each.method} and path in each.target]

    def uploads(self) -> list[Exchange]:
        """List the uploads that are under way and have carried something, and not all."""
        return [each for each in self.asked() if each.is_upload and each.is_open and 0 < each.up_bytes < each.length]

    def stored(self) -> list[str]:
        """List the digests of the blobs that the registry has said it took, in order, repeats included."""
        said = [each for each in self.asked(path="digest=") if each.method in {"PUT", "POST"} and each.status == 201]
        return [unquote(each.target.rpartition("digest=")[2]) for each in said if "mount=" not in each.target]

    def wait_until(self, holds: Callable[[], object], timeout_s: float = 30.0) -> bool:
        """Wait until something holds of what has passed; False where it does not in time."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not holds():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, 0.05))
        return True

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, _CutError, ValueError):
            _Talk(self, client).run()
        _break(client)

    # What a conversation tells its proxy.

    def begin(self, exchange: Exchange) -> Fault:
        """Note a request, and tell what happens to it: the first rule that applies."""
        with self._changed:
            for entry in self._rules:
                rule, count = entry
                assert isinstance(rule, Rule)
                assert isinstance(count, int)
                if not rule.matches(exchange.method, exchange.target, exchange.length):
                    continue
                entry[1] = count + 1
                if exchange.fault is None and rule.happens(count + 1):
                    exchange.fault = rule.fault
            self.exchanges.append(exchange)
            self._changed.notify_all()
        self.hook(exchange)
        return exchange.fault or _NONE

    def note(self, exchange: Exchange, direction: str, size: int) -> None:
        """Note bytes of a body, once the link has carried them."""
        with self._changed:
            self.pieces.append(Piece(time.monotonic(), direction, size))
            if direction == "up":
                exchange.up_bytes += size
            else:
                exchange.down_bytes += size
            self._changed.notify_all()

    def answered(self, exchange: Exchange, status: int) -> None:
        """Note the first line of an answer."""
        with self._changed:
            exchange.status = status
            self._changed.notify_all()

    def end(self, exchange: Exchange) -> None:
        """Note that nothing more comes."""
        with self._changed:
            exchange.ended_s = time.monotonic()
            self._changed.notify_all()

    def keep(self, connection: socket.socket) -> None:
        """Keep a socket, so that it can be broken from outside."""
        self._sockets.add(connection)

    def drop(self, connection: socket.socket) -> None:
        """Keep it no longer."""
        self._sockets.discard(connection)


class _Talk:
    """One client's connection, and the one to the registry that belongs to it."""

    def __init__(self, proxy: FaultyProxy, client: socket.socket) -> None:
        self._proxy, self._client = proxy, client
        client.settimeout(_PATIENCE_S)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._from_client = client.makefile("rb")
        self._registry: socket.socket | None = None
        self._from_registry: BinaryIO | None = None
        self._upstream = ""

    def run(self) -> None:
        self._proxy.keep(self._client)
        try:
            while head := _read_head(self._from_client):
                if not self._exchange(head):
                    return
        finally:
            self._proxy.drop(self._client)
            self._leave()

    def _exchange(self, head: bytes) -> bool:
        """Pass one request on and its answer back; tell whether the connection is kept."""
        first, headers = _parse(head)
        method, target, _ = first.split(" ", 2)
        exchange = Exchange(method, target, headers, int(headers.get("content-length", "0")), time.monotonic())
        fault = self._proxy.begin(exchange)
        try:
            time.sleep(fault.wait_s)
            self._proxy.link.turn()
            if fault.status:
                return self._answer(exchange, fault)
            self._send(exchange, fault, head)
            return self._receive(exchange, fault)
        finally:
            self._proxy.end(exchange)

    def _answer(self, exchange: Exchange, fault: Fault) -> bool:
        """Answer in the registry's place."""
        if not fault.unread:
            for piece in self._body(exchange.headers):
                self._carry(exchange, "up", piece)
        told = {"Content-Length": str(len(fault.body)), **({"Connection": "close"} if fault.unread else {})}
        lines = {**told, **{name: value.format(target=exchange.target) for name, value in fault.headers.items()}}
        text = f"HTTP/1.1 {fault.status} Fault\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._proxy.answered(exchange, fault.status)
        self._client.sendall(text.encode() + b"\r\n" + (b"" if exchange.method == "HEAD" else fault.body))
        if fault.unread:
            self._linger()
        return not fault.unread

    def _send(self, exchange: Exchange, fault: Fault, head: bytes) -> None:
        if fault.drop_header:
            lines = head.split(b"\r\n")
            name = fault.drop_header.lower().encode() + b":"
            head = b"\r\n".join(line for line in lines if not line.lower().startswith(name))
        body = self._body(exchange.headers)
        if fault.shorten_request is not None and exchange.length > fault.shorten_request:
            head, body = _with_length(head, fault.shorten_request), self._first(body, fault.shorten_request)
        registry = self._connection()
        registry.sendall(head)
        flip, left = fault.flip_request, fault.cut_request
        for piece in body:
            told, flip = _flipped(piece, flip)
            if left is not None:
                told, left = told[:left], left - len(told)
            self._carry(exchange, "up", told)
            # A registry that has heard enough answers early and hangs up: its answer is still to be read.
            with contextlib.suppress(ConnectionError):
                registry.sendall(told)
            if left is not None and left <= 0:
                time.sleep(fault.hold_s)
                raise _CutError
        if left is not None:
            raise _CutError

    def _receive(self, exchange: Exchange, fault: Fault) -> bool:
        assert self._from_registry is not None
        head = _read_head(self._from_registry)
        if not head:
            raise _CutError
        first, headers = _parse(head)
        status = int(first.split(" ")[1])
        has_body = exchange.method != "HEAD" and status not in {204, 304}
        body = _body(self._from_registry, headers) if has_body else iter(())
        if fault.lose_answer:
            raise _CutError
        if (
            fault.shorten_answer is not None
            and int(headers.get("content-length", "0")) > fault.shorten_answer
            and has_body
        ):
            head = _with_length(head, fault.shorten_answer)
        self._proxy.link.turn()
        self._proxy.answered(exchange, status)
        passed = self._pass_back(exchange, fault, head, body)
        if fault.twice:
            self._client.sendall(head + passed)
        if fault.shorten_answer is not None:
            return False
        return "close" not in headers.get("connection", "").lower()

    def _pass_back(self, exchange: Exchange, fault: Fault, head: bytes, body: Iterator[bytes]) -> bytes:
        self._client.sendall(head)
        kept, flip, left = b"", fault.flip_answer, fault.cut_answer
        if fault.shorten_answer is not None:
            left = fault.shorten_answer
        if left == 0 and fault.cut_answer == 0:
            raise _CutError
        for piece in body:
            told, flip = _flipped(piece, flip)
            if left is not None:
                told, left = told[:left], left - len(told)
            self._carry(exchange, "down", told)
            self._client.sendall(told)
            kept += told if fault.twice else b""
            if left is not None and left <= 0:
                if fault.cut_answer is not None:
                    time.sleep(fault.hold_s)
                    raise _CutError
                break
        return kept

    def _carry(self, exchange: Exchange, direction: str, piece: bytes) -> None:
        if piece:
            self._proxy.link.carry(direction, len(piece))
            self._proxy.note(exchange, direction, len(piece))

    def _body(self, headers: dict[str, str]) -> Iterator[bytes]:
        return _body(self._from_client, headers) if _has_body(headers) else iter(())

    @staticmethod
    def _first(body: Iterator[bytes], size: int) -> Iterator[bytes]:
        """Yield the first bytes of a body, and read the rest of it."""
        for piece in body:
            yield piece[:size]
            size -= min(size, len(piece))

    def _connection(self) -> socket.socket:
        if self._registry is None or self._upstream != self._proxy.upstream:
            self._leave()
            self._upstream = self._proxy.upstream
            host, _, port = self._upstream.rpartition(":")
            self._registry = socket.create_connection((host, int(port)), _PATIENCE_S)
            self._registry.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._from_registry = self._registry.makefile("rb")
            self._proxy.keep(self._registry)
        return self._registry

    def _leave(self) -> None:
        if self._registry is not None:
            self._proxy.drop(self._registry)
            _break(self._registry)
        self._registry = self._from_registry = None

    def _linger(self) -> None:
        """Let the client read its answer: a close with its bytes unread would reset the connection before that."""
        self._client.settimeout(1.0)
        self._client.shutdown(socket.SHUT_WR)
        for _ in range(64):
            if not self._from_client.read1(_PIECE):
                return


def _read_head(reader: BinaryIO) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = reader.readline(_MOST_HEAD)
        if not line or len(head) > _MOST_HEAD:
            return b""
        head += line
    return head


def _parse(head: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first, {name.strip().lower(): value.strip() for name, _, value in pairs}


def _has_body(headers: dict[str, str]) -> bool:
    return "content-length" in headers or "transfer-encoding" in headers


def _body(reader: BinaryIO, headers: dict[str, str]) -> Iterator[bytes]:
    """Yield a body as it stands on the wire, its chunk lines included."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        while True:
            line = reader.readline(_MOST_HEAD)
            size = int(line.split(b";")[0], 16)
            yield line + _exactly(reader, size + 2)
            if not size:
                return
    left = int(headers.get("content-length", "0"))
    while left:
        piece = _exactly(reader, min(left, _PIECE))
        left -= len(piece)
        yield piece


def _exactly(reader: BinaryIO, size: int) -> bytes:
    data = reader.read(size)
    if len(data) < size:
        raise _CutError
    return data


def _flipped(piece: bytes, offset: int | None) -> tuple[bytes, int | None]:
    """Flip the byte at an offset where this piece has it; tell the offset from the next piece's beginning."""
    if offset is None or offset < 0:
        return piece, None
    if offset >= len(piece):
        return piece, offset - len(piece)
    return piece[:offset] + bytes([piece[offset] ^ 1]) + piece[offset + 1 :], None


def _with_length(head: bytes, length: int) -> bytes:
    lines = [line for line in head[:-4].split(b"\r\n") if not line.lower().startswith(b"content-length:")]
    return b"\r\n".join([*lines, b"Content-Length: %d" % length]) + b"\r\n\r\n"


def _break(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
