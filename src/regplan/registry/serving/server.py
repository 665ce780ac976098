"""The listener: a thread for each client, up to a number, and an end that lets answers finish."""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from contextlib import suppress
from dataclasses import field
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.registry.serving.connection import Access, Connection, Setting
from regplan.registry.serving.incoming import Patience
from regplan.registry.serving.reply import refusal
from regplan.values import dataclass

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from regplan.registry.serving.service import Service

__all__ = ["Counts", "Listening", "RegistryServer", "parse_listen"]

_log = logging.getLogger(__name__)
_BACKLOG: Final = 128
_MOST_CLIENTS: Final = 512


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to listen; port 0 asks for a free one. `record` hears of every answer."""

    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    patience: Patience = field(default_factory=Patience)
    record: Callable[[Access], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Counts:
    """What was answered so far, and the bytes of the bodies."""

    requests: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0


class RegistryServer:
    """A registry that listens from the moment it is made; as a context manager it is stopped at the end."""

    def __init__(self, service: Service, listening: Listening) -> None:
        """Listen, and answer in threads; raises `InputError` where the address cannot be had."""
        self._listening = listening
        self._socket = _listen(listening.host, listening.port)
        self.host, self.port = listening.host, int(self._socket.getsockname()[1])
        self._setting = Setting(service, listening.patience, listening.tls, self._record, self._hear)
        self._guard = threading.Lock()
        self._heard_bytes = 0
        self._connections: set[Connection] = set()
        self._counts = Counts()
        self._wake, self._woken = socket.socketpair()
        self._acceptor = threading.Thread(target=self._accept, name="regplan-serve", daemon=True)
        self._acceptor.start()

    def __enter__(self) -> Self:
        """Hand over the server itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop(0.0)

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """SCHEME://HOST:PORT."""
        return f"{'http' if self._listening.tls is None else 'https'}://{self.address}"

    @property
    def counts(self) -> Counts:
        """What was answered so far."""
        return self._counts

    @property
    def heard_bytes(self) -> int:
        """How many bytes of bodies have come so far: those of requests under way, and of broken ones, count too."""
        return self._heard_bytes

    def stop(self, grace_s: float = 10.0) -> bool:
        """Take no more requests, let those finish that are under way, and tell whether all could within `grace_s`."""
        with suppress(OSError):
            self._wake.send(b".")
        self._acceptor.join()
        until_s = time.monotonic() + grace_s
        while (busy := self._hang_up_idle()) and time.monotonic() < until_s:
            time.sleep(0.02)
        for connection in list(self._connections):
            connection.hang_up()
        return not busy

    def _hang_up_idle(self) -> bool:
        with self._guard:
            connections = list(self._connections)
        for connection in connections:
            connection.is_last = True
            if not connection.is_busy:
                connection.hang_up()
        return any(connection.is_busy for connection in connections)

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector, self._socket, self._wake, self._woken:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while all(key.fileobj is self._socket for key, _ in selector.select()):
                try:
                    accepted, peer = self._socket.accept()
                except BlockingIOError:
                    continue
                except OSError as error:
                    _log.debug("not accepted: %s", error)
                    time.sleep(0.05)  # too many open files, say: others end soon
                    continue
                self._take(accepted, str(peer[0]))

    def _take(self, accepted: socket.socket, peer: str) -> None:
        connection = Connection(accepted, peer, self._setting)
        with self._guard:
            is_full = len(self._connections) >= _MOST_CLIENTS
            if not is_full:
                self._connections.add(connection)
        if is_full:
            busy = refusal(503, "TOOMANYREQUESTS", "too many clients at once", {"Retry-After": "1"})
            with accepted, suppress(OSError):
                accepted.settimeout(1.0)
                if self._listening.tls is None:
                    accepted.sendall(busy.head(is_last=True) + busy.body)
            return
        threading.Thread(target=self._run, args=(connection,), name=f"regplan-serve {peer}", daemon=True).start()

    def _run(self, connection: Connection) -> None:
        try:
            connection.run()
        finally:
            with self._guard:
                self._connections.discard(connection)

    def _hear(self, size: int) -> None:
        with self._guard:
            self._heard_bytes += size

    def _record(self, access: Access) -> None:
        with self._guard:
            had = self._counts
            self._counts = Counts(
                had.requests + 1, had.received_bytes + access.received, had.sent_bytes + access.sent
            )  # fmt: skip
        _log.debug("%s %s %s: %d", access.peer, access.method, access.target, access.status)
        self._listening.record(access)


def parse_listen(text: str) -> tuple[str, int]:
    """Read HOST:PORT, with an IPv6 address in brackets; raises `InputError`.

    >>> parse_listen("127.0.0.1:5000"), parse_listen("[::1]:0")
    (('127.0.0.1', 5000), ('::1', 0))
    """
    host, colon, port = text.rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535 or (":" in host and not is_bracketed):
        raise InputError(
            f"--listen {text!r}: write HOST:PORT, such as 127.0.0.1:5000 or [::1]:5000; port 0 for a free one"
        )
    name = host[1:-1] if is_bracketed else host
    if not name:
        raise InputError(f"--listen {text!r}: write the host too; 0.0.0.0 is every address of this machine")
    return name, int(port)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise InputError(f"cannot listen on {host}:{port}: {error.strerror or error}; check --listen") from error
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
        # A client may have gone again before it is accepted, and that must not hold up the others.
        listener.settimeout(0.0)
    except OSError as error:
        listener.close()
        raise InputError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; name another address with --listen, or port 0"
        ) from error
    return listener
