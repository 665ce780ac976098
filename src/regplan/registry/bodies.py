"""Bodies on their way: what is sent keeps its own errors apart, what is answered is read within bounds."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import field
from typing import TYPE_CHECKING, cast

import anyio
import httpx
from anyio import to_thread

from regplan.errors import RegistryError
from regplan.registry.certificates import read_chain
from regplan.registry.faults import READ_S, SMALL_ANSWER_S, TRANSPORT_ERRORS, Failure, explain_failure, slow_answer
from regplan.registry.redact import redact_url
from regplan.registry.small import Reply, TooSlow
from regplan.registry.surplus import close_after
from regplan.registry.wire import Answer
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
    from datetime import datetime

    from regplan.model.probe import Certificate
    from regplan.registry.bulk import Body

__all__ = ["Sending", "Watched", "WatchedBody", "certificate_of", "in_steps", "peer_of", "read_bounded", "stream_body"]


@dataclass(frozen=True, slots=True)
class Sending:
    """One HTTP request; `body` is bytes or a stream of known length, `host` the name for messages.

    Requests of one `lane` to one origin follow each other on a connection of their own; those without share a pool.
    `bulk` ones are sent in a worker thread: their body is read there, and so must be what a good answer brings.
    Where `most_bytes` is given, the answer is read at once up to that, and not at all where its status is in `unread`.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    host: str
    body: bytes | AsyncIterator[bytes] | Body | None = field(default=None, repr=False)
    read_s: float = READ_S
    lane: int | None = None
    bulk: bool = False
    most_bytes: int = 0
    unread: frozenset[int] = frozenset()

    @property
    def shown(self) -> str:
        """The request as logs and errors show it."""
        return f"{self.method} {redact_url(self.url)}"


class Watched(httpx.AsyncByteStream):
    """A body stream that keeps what it raised itself, so that it is not taken for a fault of the connection.

    No generator, and none of the HTTP library's around it: where a connection breaks they are left suspended, and the
    event loop would close them in a task of its own, while whoever reads and closes the source does so too.
    """

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        """Read nothing yet."""
        self._chunks = chunks
        self.error: Exception | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over itself."""
        return self

    async def __anext__(self) -> bytes:
        """Give the next chunk."""
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            raise
        except Exception as error:
            self.error = error
            raise


class WatchedBody(httpx.SyncByteStream):
    """A body that is read in a worker thread and keeps what it raised itself, as `Watched` does."""

    def __init__(self, body: Body) -> None:
        """Read nothing yet."""
        self._body = body
        self.error: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces."""
        try:
            yield from self._body
        except Exception as error:
            self.error = error
            raise

    def cut(self) -> None:
        """Make whoever waits for a piece wait no longer."""
        self._body.cut()


def in_steps(body: Body) -> AsyncIterator[bytes]:
    """Read a body that is for a worker thread piece by piece, where another network stands in for ours."""
    return _Steps(body)


class _Steps:
    def __init__(self, body: Body) -> None:
        self._pieces = iter(body)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        piece = await to_thread.run_sync(next, self._pieces, None)
        if piece is None:
            raise StopAsyncIteration
        return bytes(piece)


async def read_bounded(response: httpx.Response | Reply, sending: Sending, most_bytes: int) -> Answer | Failure:
    """Read a small answer's body up to `most_bytes`, whatever Content-Length says, and close it.

    One that is not whole after `SMALL_ANSWER_S` seconds is given up, however steadily it drips.

    An error's body is cut there; a longer body of an answer that is none raises `RegistryError`.
    """
    if isinstance(response, Reply):
        if isinstance(response.error, TooSlow):
            return slow_answer(sending.host, sending.shown)
        if response.error is not None:
            return explain_failure(response.error, sending.host, sending.shown, sending.read_s)
        return _bounded(response, response.headers, response.body, sending, most_bytes)
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
    headers = {name.lower(): value for name, value in response.headers.items()}
    return _bounded(response, headers, b"".join(chunks), sending, most_bytes)


def _bounded(
    response: httpx.Response | Reply, headers: Mapping[str, str], body: bytes, sending: Sending, most_bytes: int
) -> Answer:
    if len(body) > most_bytes and response.is_success:
        message = f"{sending.host} answered {sending.shown} with more than {most_bytes} bytes, which no such answer has"
        raise RegistryError(message, status=response.status_code, request=sending.shown)
    return Answer(sending.method, sending.url, response.status_code, headers, body[:most_bytes])


async def stream_body(response: httpx.Response, sending: Sending) -> AsyncGenerator[bytes, None]:
    """Stream an answer's body as it comes; raises `Unreachable` where the connection breaks."""
    try:
        async with aclosing(cast("AsyncGenerator[bytes]", response.aiter_raw())) as chunks:
            async for chunk in chunks:
                yield chunk
    except TRANSPORT_ERRORS as error:
        raise explain_failure(error, sending.host, sending.shown, sending.read_s).error from None


def peer_of(response: httpx.Response | Reply) -> str:
    """Tell the IP address that an answer came from, which is the proxy's where there is one; "" where nobody knows."""
    if isinstance(response, Reply):
        return str(response.peer[0]) if response.peer else ""
    stream = response.extensions.get("network_stream")
    address = None if stream is None else stream.get_extra_info("server_addr")
    return str(address[0]) if isinstance(address, tuple) and address else ""


def certificate_of(response: httpx.Response | Reply, now: datetime) -> Certificate | None:
    """Tell the certificate that an answer's connection was made with, None where it is plain HTTP."""
    if isinstance(response, Reply):
        connection = response.tls
    else:
        stream = response.extensions.get("network_stream")
        connection = None if stream is None else stream.get_extra_info("ssl_object")
    return None if connection is None else next(iter(read_chain(connection, now)), None)
