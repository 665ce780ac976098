"""One HTTP client per origin for the whole run; what it raises stays here, and what it logs is redacted."""

from __future__ import annotations

import logging
import random
import time
from contextlib import aclosing
from dataclasses import field
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import anyio
import httpx

from regplan.errors import InputError, RegistryError, Unreachable
from regplan.registry.certificates import read_chain
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
from regplan.registry.options import is_loopback
from regplan.registry.redact import redact_text, redact_url
from regplan.registry.surplus import close_after
from regplan.registry.tls import make_context, pin_check
from regplan.registry.wire import Answer, origin_of, without_user
from regplan.values import dataclass

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping

    from regplan.model.probe import Certificate
    from regplan.registry.options import ConnectionOptions
    from regplan.registry.pulls import Pulls

__all__ = ["Pool", "Sending", "Surroundings", "certificate_of", "peer_of", "read_bounded", "stream_body"]

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
    take of registries that count them; None waits for nothing.
    """

    clock: Callable[[], float] = time.monotonic
    date: Callable[[], datetime] = _now
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    transport: Callable[[str], httpx.AsyncBaseTransport] | None = None
    pulls: Pulls | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """One HTTP request; `body` is bytes or a stream of known length, `host` the name for messages.

    Requests of one `lane` to one origin follow each other on a connection of their own; those without share a pool.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    host: str
    body: bytes | AsyncIterator[bytes] | None = field(default=None, repr=False)
    read_s: float = READ_S
    lane: int | None = None

    @property
    def shown(self) -> str:
        """The request as logs and errors show it."""
        return f"{self.method} {redact_url(self.url)}"


class Pool:
    """HTTP/1.1 connections to every origin of a run; use it as an async context manager."""

    def __init__(self, options: ConnectionOptions, surroundings: Surroundings) -> None:
        """Open nothing yet."""
        self.options = options
        self.surroundings = surroundings
        self._clients: dict[tuple[tuple[str, str, int], int | None], httpx.AsyncClient] = {}
        self._contexts: dict[tuple[str, str, int], ssl.SSLContext] = {}

    async def aclose(self) -> None:
        """Close every connection."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    def check_online(self, host: str) -> None:
        """Raise `Unreachable` where no connection may be made; also before a credential helper could make one."""
        if self.options.offline:
            raise Unreachable(f"{host} is not asked: --offline allows no connection")

    async def send(self, sending: Sending) -> httpx.Response | Failure:
        """Send one request once, follow nothing, and leave the body unread.

        Raises `Unreachable` where we are offline, and `InputError` for unusable certificates or proxies; what the body
        stream itself raises comes through as it is.
        """
        self.check_online(sending.host)
        client = self._client(sending.url, sending.lane)
        body = sending.body
        watched = None if body is None or isinstance(body, bytes) else _Watched(body)
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

    def _request(self, client: httpx.AsyncClient, sending: Sending, stream: _Watched | None) -> httpx.Request:
        url = without_user(sending.url)
        timeout = httpx.Timeout(SEND_S, connect=CONNECT_S, read=sending.read_s, pool=None)
        extensions = {**self._extensions(sending.url), "timeout": timeout.as_dict()}
        body = sending.body if isinstance(sending.body, bytes) else None
        headers = dict(sending.headers)
        request = client.build_request(sending.method, url, headers=headers, content=body, extensions=extensions)
        if stream is None:
            return request
        # As `stream` and not as `content`, around which the library would put a generator of its own.
        return httpx.Request(sending.method, url, headers=request.headers, stream=stream, extensions=extensions)

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

    def _open(self, url: str) -> httpx.AsyncClient:
        parts = urlsplit(url)
        transport = self.surroundings.transport
        is_tls = parts.scheme == "https" and transport is None
        verify = self._context(url) if is_tls else False
        try:
            return httpx.AsyncClient(
                verify=verify,
                http2=False,
                headers=_HEADERS,
                timeout=_TIMEOUT,
                limits=_LIMITS,
                cookies=_NoCookies(),
                # Like Go's clients: no proxy stands between us and this very machine.
                trust_env=not is_loopback(parts.netloc),
                transport=transport(f"{parts.scheme}://{parts.netloc}") if transport is not None else None,
            )
        except (ValueError, ImportError) as error:
            raise InputError(
                f"the proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is not usable ({redact_text(str(error))})"
            ) from None

    def _extensions(self, url: str) -> dict[str, Any]:
        fingerprint = self.options.for_host(urlsplit(url).netloc).tls_fingerprint
        if fingerprint is None or not url.startswith("https:"):
            return {}
        return {"trace": pin_check(fingerprint)}


class _NoCookies(CookieJar):
    """Takes no cookie: Harbor takes one as a sign of a browser and then wants a CSRF token."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave them."""


class _Watched(httpx.AsyncByteStream):
    """A body stream that keeps what it raised itself, so that it is not taken for a fault of the connection.

    No generator, and none of the HTTP library's around it: where a connection breaks they are left suspended, and the
    event loop would close them in a task of its own, while whoever reads and closes the source does so too.
    """

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.error: Exception | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            raise
        except Exception as error:
            self.error = error
            raise


async def read_bounded(response: httpx.Response, sending: Sending, most_bytes: int) -> Answer | Failure:
    """Read a small answer's body up to `most_bytes`, whatever Content-Length says, and close it.

    One that is not whole after `SMALL_ANSWER_S` seconds is given up, however steadily it drips.

    An error's body is cut there; a longer body of an answer that is none raises `RegistryError`.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        with anyio.move_on_after(SMALL_ANSWER_S) as patience:
            async with aclosing(cast("AsyncGenerator[bytes]", response.aiter_bytes())) as body:
                async for chunk in body:
                    chunks.append(chunk)
                    size += len(chunk)
                    if size > most_bytes:
                        break
    except TRANSPORT_ERRORS as error:
        return explain_failure(error, sending.host, sending.shown, sending.read_s)
    finally:
        await close_after(response)
    if patience.cancelled_caught:
        return slow_answer(sending.host, sending.shown)
    if size > most_bytes and response.is_success:
        message = f"{sending.host} answered {sending.shown} with more than {most_bytes} bytes, which no such answer has"
        raise RegistryError(message, status=response.status_code, request=sending.shown)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(sending.method, sending.url, response.status_code, headers, b"".join(chunks)[:most_bytes])


async def stream_body(response: httpx.Response, sending: Sending) -> AsyncGenerator[bytes, None]:
    """Stream an answer's body as it comes; raises `Unreachable` where the connection breaks."""
    try:
        async with aclosing(cast("AsyncGenerator[bytes]", response.aiter_raw())) as chunks:
            async for chunk in chunks:
                yield chunk
    except TRANSPORT_ERRORS as error:
        raise explain_failure(error, sending.host, sending.shown, sending.read_s).error from None


def peer_of(response: httpx.Response) -> str:
    """Tell the IP address that an answer came from, which is the proxy's where there is one; "" where nobody knows."""
    stream = response.extensions.get("network_stream")
    address = None if stream is None else stream.get_extra_info("server_addr")
    return str(address[0]) if isinstance(address, tuple) and address else ""


def certificate_of(response: httpx.Response, now: datetime) -> Certificate | None:
    """Tell the certificate that an answer's connection was made with, None where it is plain HTTP."""
    stream = response.extensions.get("network_stream")
    connection = None if stream is None else stream.get_extra_info("ssl_object")
    return None if connection is None else next(iter(read_chain(connection, now)), None)


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
