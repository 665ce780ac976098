"""Requests whose bodies are large, sent and answered in worker threads; everything else is told by who asks for them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, Protocol

import httpx

from regplan.loops import in_thread
from regplan.registry.tls import PinMismatch, parse_fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regplan.registry.lines import Line

__all__ = ["Body", "Handed", "send_in_thread"]

_MOST_ERROR_BYTES: Final = 64 * 2**10
_OF_A_FORM: Final = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


class Body(Protocol):
    """A request's body as it comes from elsewhere, read in a worker thread; a piece holds until the next is asked for."""

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces."""
        ...

    def cut(self) -> None:
        """Make whoever waits for a piece wait no longer, from any thread."""
        ...


class Handed(httpx.AsyncByteStream, httpx.SyncByteStream):
    """An answer's body that is yet to be read, in a worker thread; an event loop may close it."""

    def __init__(self, response: httpx.Response, line: Line) -> None:
        """Read nothing yet."""
        self._response, self.line = response, line

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces; each holds until the next is asked for."""
        return self._response.iter_raw()

    def close(self) -> None:
        """Give the connection back where all was read, else close it."""
        self._response.close()

    async def aclose(self) -> None:
        """Do the same from an event loop: nothing is waited for."""
        self._response.close()


async def send_in_thread(
    client: httpx.Client, request: httpx.Request, body: Body | None, pin: str | None, line: Line
) -> httpx.Response:
    """Send a request in a worker thread and hand over its answer: `Handed` where it is a good one of a GET, else read.

    Raises what the HTTP library raises. Cancelled, it ends at once: the connections, which `line` holds, are cut.
    """
    request.extensions = {**request.extensions, "line": line, "trace": _trace(pin, line)}
    cuts = (line.cut,) if body is None else (line.cut, body.cut)
    answers: list[httpx.Response] = []
    try:
        await in_thread(lambda: answers.append(_exchange(client, request, line)), *cuts)
    except BaseException:
        # Cancelled just when the answer was there: nobody else would close it.
        for answer in answers:
            answer.close()
        raise
    return answers[0]


def _trace(pin: str | None, line: Line) -> Callable[[str, dict[str, Any]], None]:
    """Make the hook that holds the HTTP library's own connections, and their certificates to what is pinned."""
    wanted = None if pin is None else parse_fingerprint(pin)

    def hear(event: str, info: dict[str, Any]) -> None:
        stream = info.get("return_value")
        if stream is None or not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        line.hold(stream.get_extra_info("socket"))
        if wanted is not None and event.endswith("start_tls.complete"):
            certificate = stream.get_extra_info("ssl_object").getpeercert(True)  # noqa: FBT003  (its own argument has no name)
            shown = hashlib.sha256(certificate or b"").hexdigest()
            if shown != wanted:
                stream.close()
                raise PinMismatch(shown)

    return hear


def _exchange(client: httpx.Client, request: httpx.Request, line: Line) -> httpx.Response:
    response = client.send(request, stream=True)
    if request.method == "GET" and response.is_success:
        return _as(response, stream=Handed(response, line))
    data = b""
    try:
        for piece in response.iter_bytes():
            data += piece
            if len(data) > _MOST_ERROR_BYTES:
                break
    finally:
        response.close()
    return _as(response, content=data)


def _as(response: httpx.Response, **body: Any) -> httpx.Response:  # noqa: ANN401  (the HTTP library's own arguments)
    """Tell the same answer with another body, which is no longer of the form that its headers tell."""
    headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _OF_A_FORM]
    return httpx.Response(response.status_code, headers=headers, extensions=response.extensions, **body)
