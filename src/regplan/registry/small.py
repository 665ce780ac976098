"""HTTP/1.1 for what is small: whole requests and whole answers over the event loop, a connection for each under way.

The HTTP library takes 1.2 ms of the processor for a request of 27 kB, this a quarter of that (ADR 0015). As
`registry.lines` is for what is large, it is a transport and no more: whom to ask, as whom, how often and where a redirect
may lead is told elsewhere, once, for all requests. What it raises are the HTTP library's errors.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import re
import select
import ssl
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, cast

import anyio
import httpx

from regplan.registry.framing import BadAnswer, Framing
from regplan.registry.tls import PinMismatch, parse_fingerprint
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NoWay", "Patience", "Question", "Reply", "SmallLines", "TooSlow", "path_of"]

_RACE_S: Final = 0.25
_KEEP_S: Final = 30.0
_MOST_IDLE: Final = 64
_PLAIN = re.compile(r"/(?:[A-Za-z0-9_~!$&'()*+,;=:@/?.-]|%[0-9A-Fa-f]{2})*")
_DOTS = re.compile(r"/\.\.?(?:[/?]|$)")
_BAD = re.compile(r"[\x00-\x1f\x7f]")
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_NONE: Final[frozenset[int]] = frozenset()


class NoWay(Exception):
    """No connection came about, and why is better told by the HTTP library, which may know another way."""


class TooSlow(Exception):
    """An answer that is not whole in time, however steadily it comes."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds may pass: until there is a connection, in silence when sending and reading, and in all."""

    connect_s: float
    send_s: float
    read_s: float
    whole_s: float


@dataclass(frozen=True, slots=True)
class Question:
    """A request: `path` begins with a slash, and of the answer's body `most_bytes` are read, of `unread` ones none.

    What may hold a login or an upload's session is not shown.
    """

    method: str
    path: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    most_bytes: int
    unread: frozenset[int] = _NONE


class Reply:
    """An answer; of its body there is what was read, and `error` is why that is not all of it.

    `peer` is who gave it and `tls` what its connection was made with, None where it is plain.
    """

    __slots__ = ("_connection", "body", "error", "headers", "peer", "status_code", "tls")

    def __init__(self, framing: Framing, connection: _Connection, error: Exception | None) -> None:
        """Read it off `framing`."""
        self.status_code, self.headers, self.body = framing.status, framing.headers, framing.body
        self.peer, self.tls, self.error = connection.peer, connection.tls, error
        self._connection = connection

    @property
    def is_success(self) -> bool:
        """Whether the status says that it went well."""
        return 200 <= self.status_code < 300

    async def aclose(self) -> None:
        """Do nothing: all that is wanted of it was read."""

    def hang_up(self) -> None:
        """Close its connection: what comes next on it is no answer to what is asked next."""
        self._connection.close()


class SmallLines:
    """Connections to one origin, each for one request at a time; the one that was left last is taken.

    With a `fingerprint` the certificate is held to it before anything is sent.
    """

    def __init__(self, url: httpx.URL, context: ssl.SSLContext | None, fingerprint: str | None) -> None:
        """Open nothing yet; `context` must tell how certificates are checked."""
        self._host = url.raw_host.decode("ascii")
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._context = context if url.scheme == "https" else None
        # A race between addresses, when it is cancelled, may leave a socket that nobody closes; an address needs none.
        self._race_s = None if _is_address(self._host) else _RACE_S
        self._fingerprint = None if fingerprint is None else parse_fingerprint(fingerprint)
        self._common = (
            f"Host: {url.netloc.decode('ascii')}\r\nAccept-Encoding: identity\r\n"
            "Connection: keep-alive\r\nUser-Agent: regplan\r\n"
        )
        self._idle: list[tuple[float, _Connection]] = []

    async def ask(self, question: Question, patience: Patience) -> Reply:
        """Send a request and read its answer; raises `NoWay`, and what the HTTP library raises before there is a head."""
        loop = asyncio.get_running_loop()
        connection = self._take(loop.time()) or await self._open(patience.connect_s)
        framing = Framing(question.method, question.most_bytes, question.unread)
        error: Exception | None = None
        try:
            await connection.exchange(self._written(question), framing, patience)
        except (httpx.HTTPError, OSError, BadAnswer, TooSlow) as raised:
            error = _told(raised)
            if not framing.status:
                if error is raised:  # its own cause it must not be: whoever looks for what led to it came to no end
                    raise
                raise error from raised
        finally:
            if framing.is_usable and not connection.is_sending:
                self._give_back(connection, loop.time())
            else:
                connection.close()
        return Reply(framing, connection, error)

    def close(self) -> None:
        """Close every connection that nobody uses."""
        idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _written(self, question: Question) -> bytes:
        lines = [f"{question.method} {path_of(question.path)} HTTP/1.1\r\n", self._common]
        told = {"accept": "Accept: */*\r\n"}
        if question.body or question.method in _WITH_BODY:
            told["content-length"] = f"Content-Length: {len(question.body)}\r\n"
        for name, value in question.headers.items():
            if _BAD.search(value):
                raise httpx.LocalProtocolError("Illegal header value")
            told[name.lower()] = f"{name}: {value}\r\n"
        return "".join((*lines, *told.values(), "\r\n")).encode("ascii") + question.body

    def _take(self, now_s: float) -> _Connection | None:
        while self._idle:
            since_s, connection = self._idle.pop()
            if now_s - since_s < _KEEP_S and connection.is_quiet:
                return connection
            connection.close()
        return None

    def _give_back(self, connection: _Connection, now_s: float) -> None:
        self._idle.append((now_s, connection))
        if len(self._idle) > _MOST_IDLE:
            self._idle.pop(0)[1].close()

    async def _open(self, connect_s: float) -> _Connection:
        loop = asyncio.get_running_loop()
        made: tuple[Any, _Connection] | None = None
        name = self._host if self._context is not None else None
        try:
            with anyio.move_on_after(connect_s):
                made = await loop.create_connection(
                    lambda: _Connection(loop), self._host, self._port,
                    ssl=self._context, server_hostname=name, happy_eyeballs_delay=self._race_s,
                )  # fmt: skip
        except ssl.SSLError as error:
            raise httpx.ConnectError(str(error)) from error
        except OSError as error:
            raise NoWay from error
        if made is None:
            raise httpx.ConnectTimeout("no connection in time")
        connection = made[1]
        if self._fingerprint is not None and connection.tls is not None:
            shown = hashlib.sha256(connection.tls.getpeercert(binary_form=True) or b"").hexdigest()
            if shown != self._fingerprint:
                connection.close()
                raise PinMismatch(shown)
        return connection


class _Connection(asyncio.Protocol):
    """One connection, and the answer that is waited for on it; a single timer of its own watches over all its requests."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.peer: tuple[Any, ...] = ()
        self.tls: ssl.SSLObject | None = None
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._poll: select.poll | None = None
        self._framing: Framing | None = None
        self._answered: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._patience = Patience(0.0, 0.0, 0.0, 0.0)
        self._ends_s = self._silent_s = 0.0
        self._unsent = 0

    @property
    def is_sending(self) -> bool:
        """Whether part of the request was not taken yet, though the answer is there."""
        return self._transport is not None and self._transport.get_write_buffer_size() > 0

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has come that nobody asked for, such as the other side's end."""
        if self._transport is None or self._transport.is_closing():
            return False
        return self._poll is None or not self._poll.poll(0)

    async def exchange(self, request: bytes, framing: Framing, patience: Patience) -> None:
        """Send a request, and feed its answer to `framing` until that is whole; raises what goes wrong on the way."""
        if self._transport is None or self._transport.is_closing():
            raise httpx.ReadError("the connection was closed")
        self._framing, self._patience = framing, patience
        self._answered = self._loop.create_future()
        now_s = self._loop.time()
        self._ends_s, self._silent_s = now_s + patience.whole_s, now_s + patience.read_s
        self._transport.write(request)
        self._unsent = self._transport.get_write_buffer_size()
        if self._unsent:
            self._silent_s = now_s + patience.send_s
        if self._timer is None or self._timer.when() > min(self._ends_s, self._silent_s):
            self._watch(min(self._ends_s, self._silent_s))
        try:
            await self._answered
        finally:
            self._framing = self._answered = None

    def close(self) -> None:
        """Close it at once, whatever goes on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note who is at the other end."""
        self._transport = cast("asyncio.Transport", transport)
        self.peer = transport.get_extra_info("peername") or ()
        self.tls = transport.get_extra_info("ssl_object")
        number = transport.get_extra_info("socket").fileno()
        if hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(number, select.POLLIN)

    def data_received(self, data: bytes) -> None:
        """Take what has come; what nobody asked for is the end of this connection."""
        framing, answered = self._framing, self._answered
        if framing is None or answered is None or answered.done():
            self.close()
            return
        had_head = framing.status
        try:
            framing.feed(data)
        except BadAnswer as error:
            answered.set_exception(error)
            return
        if framing.is_whole:
            answered.set_result(None)
            return
        now_s = self._loop.time()
        self._silent_s = now_s + self._patience.read_s
        if framing.status and not had_head:
            self._ends_s = now_s + self._patience.whole_s

    def eof_received(self) -> None:
        """Take note that no more comes; the connection is closed after it."""
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        self._end(exc)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self, error: Exception | None) -> None:
        if self._framing is None or self._answered is None or self._answered.done():
            return
        try:
            if error is None:
                self._framing.end()
        except BadAnswer as raised:
            error = raised
        if error is None:
            self._answered.set_result(None)
        else:
            self._answered.set_exception(error)

    def _watch(self, until_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(until_s, self._look)

    def _look(self) -> None:
        """See whether there is progress; one timer that looks late costs less than one for every request."""
        self._timer = None
        if self._answered is None or self._answered.done() or self._transport is None:
            return
        now_s, unsent = self._loop.time(), self._transport.get_write_buffer_size()
        if unsent != self._unsent:
            self._unsent = unsent
            self._silent_s = now_s + (self._patience.send_s if unsent else self._patience.read_s)
        if now_s >= self._ends_s:
            self._answered.set_exception(TooSlow())
        elif now_s >= self._silent_s:
            late = httpx.WriteTimeout if unsent else httpx.ReadTimeout
            self._answered.set_exception(late("silence"))
        else:
            self._watch(min(self._ends_s, self._silent_s))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def path_of(path: str) -> str:
    """Tell a path with its query as it is sent, which for all that we ask as a rule is as it stands.

    >>> path_of("/v2/a/manifests/1?x=sha256%3A0"), path_of("/v2/a b/../c#d")
    ('/v2/a/manifests/1?x=sha256%3A0', '/v2/c')
    """
    if _PLAIN.fullmatch(path) and not _DOTS.search(path):
        return path
    return httpx.URL(f"http://x{path}").raw_path.decode("ascii")


def _told(error: Exception) -> Exception:
    """Tell an error as the HTTP library does, which knows no time limit for the whole."""
    if isinstance(error, httpx.HTTPError | TooSlow):
        return error
    if isinstance(error, BadAnswer):
        return httpx.RemoteProtocolError(str(error))
    return httpx.ReadError(str(error) or type(error).__name__)
