"""One HTTP client per origin for the whole run; what it raises stays here, and what it logs is redacted."""

from __future__ import annotations

import logging
import random
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import anyio
import httpx
from anyio import lowlevel

from regplan.errors import InputError, Unreachable
from regplan.loops import is_looping
from regplan.registry.bodies import Sending, Watched, WatchedBody, in_steps
from regplan.registry.bulk import send_in_thread
from regplan.registry.exchanges import exchange_of
from regplan.registry.faults import (
    CONNECT_S,
    READ_S,
    SEND_S,
    SMALL_ANSWER_S,
    TRANSPORT_ERRORS,
    Failure,
    explain_failure,
    slow_answer,
)
from regplan.registry.lines import BulkTransport, Line
from regplan.registry.options import is_loopback
from regplan.registry.proxies import has_proxies
from regplan.registry.redact import redact_text
from regplan.registry.small import NoWay, Patience, Question, Reply, SmallLines, TooSlow
from regplan.registry.tls import make_context, pin_check
from regplan.registry.wire import origin_of, without_user
from regplan.values import dataclass

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from regplan.model.exchange import Exchange
    from regplan.registry.bulk import Body
    from regplan.registry.options import ConnectionOptions
    from regplan.registry.pulls import Pulls

__all__ = ["Pool", "Surroundings"]

_log = logging.getLogger(__name__)
_TIMEOUT: Final = httpx.Timeout(READ_S, connect=CONNECT_S, pool=None)
_LIMITS: Final = httpx.Limits(max_connections=None, max_keepalive_connections=32, keepalive_expiry=30)
_HEADERS: Final = {"User-Agent": "regplan", "Accept-Encoding": "identity"}
_LIBRARY_LOGGERS: Final = (
    "httpx",
    *(f"httpcore.{name}" for name in ("connection", "http11", "http2", "proxy", "socks")),
)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a client takes from the world beside the network: clock, date, chance, sleep; tests hand over their own.

    `transport` stands in for the network, by URL of the origin; None is the network itself. `pulls` are what a run may
    take of registries that count them; None waits for nothing. `heard` is told every request once it is answered, or is not.
    """

    clock: Callable[[], float] = time.monotonic
    date: Callable[[], datetime] = _now
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    transport: Callable[[str], httpx.AsyncBaseTransport] | None = None
    pulls: Pulls | None = None
    heard: Callable[[Exchange], object] | None = None


class Pool:
    """HTTP/1.1 connections to every origin of a run; use it as an async context manager."""

    def __init__(self, options: ConnectionOptions, surroundings: Surroundings) -> None:
        """Open nothing yet."""
        self.options = options
        self.surroundings = surroundings
        self._clients: dict[tuple[tuple[str, str, int], int | None], httpx.AsyncClient] = {}
        self._contexts: dict[tuple[str, str, int], ssl.SSLContext] = {}
        self._bulk_clients: dict[tuple[str, str, int], httpx.Client] = {}
        self._small: dict[str, SmallLines | None] = {}
        self._nameless: dict[str, Exception | None] = {}

    @property
    def has_threads(self) -> bool:
        """Whether large bodies go through threads: not where another network stands in for ours."""
        return self.surroundings.transport is None

    async def aclose(self) -> None:
        """Close every connection."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()
        bulk, self._bulk_clients = self._bulk_clients, {}
        for one in bulk.values():
            one.close()
        small, self._small = self._small, {}
        for lines in filter(None, small.values()):
            lines.close()
        # What is closed in an event loop is so after its next turn.
        await lowlevel.checkpoint()

    def check_online(self, host: str) -> None:
        """Raise `Unreachable` where no connection may be made; also before a credential helper could make one."""
        if self.options.offline:
            raise Unreachable(f"{host} is not asked: being offline allows no connection")

    async def send(self, sending: Sending) -> httpx.Response | Reply | Failure:
        """Send as `_send` does, and tell whoever listens what came back."""
        world = self.surroundings
        if world.heard is None:
            return await self._send(sending)
        at_s, began_s = world.date().timestamp(), world.clock()
        said = await self._send(sending)
        world.heard(exchange_of(sending, said, at_s, world.clock() - began_s))
        return said

    async def _send(self, sending: Sending) -> httpx.Response | Reply | Failure:
        """Send one request once, follow nothing, and leave the body unread where `most_bytes` of it are not wanted at once.

        Raises `Unreachable` where we are offline, and `InputError` for unusable certificates or proxies; what the body
        stream itself raises comes through as it is.
        """
        self.check_online(sending.host)
        if (why := self.why_nameless(sending.url)) is not None:
            return explain_failure(why, sending.host, sending.shown, sending.read_s)
        if sending.bulk and self.has_threads:
            return await self._send_bulk(sending)
        if sending.most_bytes and (said := await self._send_small(sending)) is not None:
            return said
        client = self._client(sending.url, sending.lane)
        body = sending.body
        chunks = in_steps(cast("Body", body)) if sending.bulk and body is not None else body
        watched = None if chunks is None or isinstance(chunks, bytes) else Watched(cast("AsyncIterator[bytes]", chunks))
        try:
            request = self._request(client, sending, watched)
            with anyio.move_on_after(SMALL_ANSWER_S if watched is None else None):
                response = await client.send(request, stream=True)
                _log.debug("%s: HTTP %d", sending.shown, response.status_code)
                return response
        except TRANSPORT_ERRORS as error:
            if watched is not None and watched.error is not None:
                raise watched.error from None
            _log.debug("%s: %s", sending.shown, type(error).__name__)
            return explain_failure(error, sending.host, sending.shown, sending.read_s)
        return slow_answer(sending.host, sending.shown)

    async def _send_small(self, sending: Sending) -> httpx.Response | Reply | Failure | None:
        """Send a small request and read its answer; None where the HTTP library is to do it."""
        start, body = sending.url.find("/", len("https://")), sending.body
        lines = self._small_lines(sending.url[:start]) if start > 0 else None
        if lines is None or not (body is None or isinstance(body, bytes)):
            return None
        path, most_bytes = sending.url[start:], sending.most_bytes
        question = Question(sending.method, path, sending.headers, body or b"", most_bytes, sending.unread)
        try:
            reply = await lines.ask(question, Patience(CONNECT_S, SEND_S, sending.read_s, SMALL_ANSWER_S))
        except NoWay:
            return None
        except TooSlow:
            return slow_answer(sending.host, sending.shown)
        except TRANSPORT_ERRORS as error:
            _log.debug("%s: %s", sending.shown, type(error).__name__)
            return explain_failure(error, sending.host, sending.shown, sending.read_s)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("%s: HTTP %d", sending.shown, reply.status_code)
        is_whole = reply.error is None
        return (
            _encoded(reply) if is_whole and reply.headers.get("content-encoding", "identity") != "identity" else reply
        )

    async def _send_bulk(self, sending: Sending) -> httpx.Response | Failure:
        """Send in a worker thread; what the body raises comes through as it is."""
        body = sending.body
        watched = None if body is None or isinstance(body, bytes) else WatchedBody(cast("Body", body))
        client = self._bulk_client(sending.url)
        request = self._request(client, sending, watched)
        is_tls = sending.url.startswith("https:")
        pin = self.options.for_host(urlsplit(sending.url).netloc).tls_fingerprint if is_tls else None
        try:
            response = await send_in_thread(client, request, watched, pin, Line(self.options.ahead_bytes))
        except TRANSPORT_ERRORS as error:
            if watched is not None and watched.error is not None:
                raise watched.error from None
            _log.debug("%s: %s", sending.shown, type(error).__name__)
            return explain_failure(error, sending.host, sending.shown, sending.read_s)
        _log.debug("%s: HTTP %d", sending.shown, response.status_code)
        return response

    def _request(
        self, client: httpx.AsyncClient | httpx.Client, sending: Sending, stream: Watched | WatchedBody | None
    ) -> httpx.Request:
        url = without_user(sending.url)
        timeout = httpx.Timeout(SEND_S, connect=CONNECT_S, read=sending.read_s, pool=None)
        extensions = {**self._extensions(sending), "timeout": timeout.as_dict()}
        body = sending.body if isinstance(sending.body, bytes) else None
        headers = dict(sending.headers)
        request = client.build_request(sending.method, url, headers=headers, content=body, extensions=extensions)
        if stream is None:
            return request
        # As `stream` and not as `content`, around which the library would put a generator of its own.
        return httpx.Request(sending.method, url, headers=request.headers, stream=stream, extensions=extensions)

    def _small_lines(self, base: str) -> SmallLines | None:
        """Tell an origin's connections for small requests; none where another network or a proxy stands between."""
        if base not in self._small:
            common = None if self.surroundings.transport is not None or not is_looping() else self._common(base)
            if common is None or (common["trust_env"] and has_proxies()):
                self._small[base] = None
            else:
                context = self._context(base) if base.startswith("https:") else None
                pin = self.options.for_host(urlsplit(base).netloc).tls_fingerprint
                self._small[base] = SmallLines(httpx.URL(without_user(base)), context, pin)
        return self._small[base]

    def why_nameless(self, url: str) -> Exception | None:
        """Tell why nobody can look a URL's host up, None where one may: libraries raise all kinds of errors for such.

        A registry may send us on to what no reference may name.
        """
        base = url[: url.find("/", len("https://"))]
        if base not in self._nameless:
            self._nameless[base] = _why_no_name(base)
        return self._nameless[base]

    def _client(self, url: str, lane: int | None) -> httpx.AsyncClient:
        key = (origin_of(url), lane)
        client = self._clients.get(key)
        if client is None:
            client = self._clients[key] = self._open(url)
        return client

    def _context(self, url: str) -> ssl.SSLContext:
        origin = origin_of(url)
        if origin not in self._contexts:
            self._contexts[origin] = make_context(self.options.for_host(urlsplit(url).netloc))
        return self._contexts[origin]

    def _bulk_client(self, url: str) -> httpx.Client:
        """Tell an origin's client for worker threads.

        Where a proxy may stand between, its connections are the HTTP library's own, which knows the kinds of proxies
        there are.
        """
        key = origin_of(url)
        if key not in self._bulk_clients:
            common = self._common(url)
            context = self._context(url) if url.startswith("https:") else None
            is_direct = not (common["trust_env"] and has_proxies())
            pin = self.options.for_host(urlsplit(url).netloc).tls_fingerprint
            transport = BulkTransport(context, pin) if is_direct else None
            # Only of a connection that is new is the socket known, which must be if it is to be cut.
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
            with _usable_proxy():
                self._bulk_clients[key] = httpx.Client(**common, limits=limits, transport=transport)
        return self._bulk_clients[key]

    def _open(self, url: str) -> httpx.AsyncClient:
        parts = urlsplit(url)
        stand_in = self.surroundings.transport
        transport = None if stand_in is None else stand_in(f"{parts.scheme}://{parts.netloc}")
        with _usable_proxy():
            return httpx.AsyncClient(**self._common(url), limits=_LIMITS, transport=transport)

    def _common(self, url: str) -> dict[str, Any]:
        """Tell what every client of an origin is opened with."""
        parts = urlsplit(url)
        is_tls = parts.scheme == "https" and self.surroundings.transport is None
        return {
            "verify": self._context(url) if is_tls else False,
            "http2": False,
            "headers": _HEADERS,
            "timeout": _TIMEOUT,
            "cookies": _NoCookies(),
            # Like Go's clients: no proxy stands between us and this very machine.
            "trust_env": not is_loopback(parts.netloc),
        }

    def _extensions(self, sending: Sending) -> dict[str, Any]:
        fingerprint = self.options.for_host(urlsplit(sending.url).netloc).tls_fingerprint
        if sending.bulk or fingerprint is None or not sending.url.startswith("https:"):
            return {}
        return {"trace": pin_check(fingerprint)}


def _why_no_name(base: str) -> Exception | None:
    try:
        url = httpx.URL(base)
        # The name as libraries look it up, and as the HTTP library reads it back.
        (url.raw_host.decode("ascii").encode("idna"), url.host)
    except httpx.InvalidURL as error:
        return error
    except UnicodeError as error:
        nameless = httpx.ConnectError("no name")
        nameless.__cause__ = error
        return nameless
    return None


def _encoded(reply: Reply) -> httpx.Response:
    """Tell an answer whose body is of another form as the HTTP library does, which reads them all; nobody asked for one."""
    body = httpx.ByteStream(reply.body)
    headers = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    return httpx.Response(reply.status_code, headers=headers, stream=body)


@contextmanager
def _usable_proxy() -> Iterator[None]:
    """Tell of a proxy in the environment that cannot be used; raises `InputError`."""
    try:
        yield
    except (ValueError, ImportError) as error:
        raise InputError(
            f"the proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is not usable ({redact_text(str(error))})"
        ) from None


class _NoCookies(CookieJar):
    """Takes no cookie: Harbor takes one as a sign of a browser and then wants a CSRF token."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave them."""


class _RedactingFilter(logging.Filter):
    """Takes secrets out of what the HTTP libraries log: signed URLs, sessions and answered headers."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "receive_response_headers.complete" in message:
            message = "receive_response_headers.complete"
        record.msg, record.args = redact_text(message), None
        return True


def _redact_library_logs() -> None:
    for name in _LIBRARY_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, _RedactingFilter) for known in logger.filters):
            logger.addFilter(_RedactingFilter())


_redact_library_logs()
