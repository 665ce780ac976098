"""Uploads in chunks, where something on the way takes no body of a blob's size.

A chunk is never sent twice: distribution 2.8 would append it a second time. What an answer says it has is compared with
what was sent, and where the two differ, or the answer was lost, the blob starts over.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final

from regplan.errors import NotFound, RegistryError
from regplan.registry.ask import Ask
from regplan.registry.auth import repository_scope
from regplan.registry.faults import SEND_S
from regplan.registry.wire import resolve_location
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.oci.descriptor import Descriptor
    from regplan.registry.bulk import Body
    from regplan.registry.session import Session
    from regplan.registry.wire import Answer

__all__ = ["CHUNK_SIZES", "Upload", "chunk_least", "send_chunks", "smaller_chunk"]

CHUNK_SIZES: Final = (64 * 2**20, 16 * 2**20, 4 * 2**20, 2**20)
_SLOWEST_BPS: Final = 1_000_000
_RANGE = re.compile(r"(?:bytes[= ])?(\d+)-(\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload session: where its bytes go, which is not shown since it may hold the session's secret.

    `least_bytes` is how large the registry wants a chunk to be at least.
    """

    repository: str
    location: str = field(repr=False)
    least_bytes: int = 0


def chunk_least(headers: Mapping[str, str]) -> int:
    """Read OCI-Chunk-Min-Length; 0 where the registry wants nothing.

    >>> chunk_least({"oci-chunk-min-length": "5242880"}), chunk_least({})
    (5242880, 0)
    """
    value = headers.get("oci-chunk-min-length", "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else 0


def smaller_chunk(chunk_bytes: int | None, size: int) -> int | None:
    """Tell the next smaller chunk to try, after `chunk_bytes` or a whole blob of `size` was too much; None: there is none.

    >>> smaller_chunk(None, 100 * 2**20) // 2**20, smaller_chunk(None, 5 * 2**20) // 2**20, smaller_chunk(2**20, 10**9)
    (64, 4, None)
    """
    refused = size if chunk_bytes is None else min(size, chunk_bytes)
    return next((each for each in CHUNK_SIZES if each < refused), None)


async def send_chunks(session: Session, upload: Upload, descriptor: Descriptor, body: Body, chunk_bytes: int) -> str:
    """Send a blob's bytes by PATCH, chunk by chunk, and tell the location that closes the upload.

    Raises a retryable `RegistryError` where the registry has other bytes than were sent.
    """
    pieces, place, location = _Pieces(body), 0, upload.location
    most = max(chunk_bytes, upload.least_bytes)
    while place < descriptor.size:
        size = min(most, descriptor.size - place)
        part = _Part(pieces, size, body)
        answer = await session.fetch(_patch(upload.repository, location, descriptor, part, (place, size)))
        if answer.status == 416:
            answer = await _status(session, upload.repository, answer, location)
        place += size
        _check(session.host, answer, place, size)
        if answer.headers.get("location"):
            location = resolve_location(answer.url, answer.headers["location"], session.endpoint)
    return location


class _Pieces:
    """A body's pieces, of which what is left of one goes on in the next chunk."""

    def __init__(self, body: Body) -> None:
        self._pieces = iter(body)
        self._rest = memoryview(b"")

    def take(self, size: int) -> Iterator[bytes]:
        """Give the next bytes, so many of them or all that are left."""
        while size > 0:
            piece = self._rest
            if not piece:
                following = next(self._pieces, None)
                if following is None:
                    return
                piece = memoryview(following)
            part, self._rest = piece[:size], piece[size:]
            size -= len(part)
            yield part  # type: ignore[misc]  # all that takes bytes takes it


class _Part:
    """One chunk as a request's body."""

    def __init__(self, pieces: _Pieces, size: int, body: Body) -> None:
        self._pieces, self._size, self._body = pieces, size, body

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces.take(self._size)

    def cut(self) -> None:
        self._body.cut()


def _patch(repository: str, location: str, descriptor: Descriptor, part: _Part, span: tuple[int, int]) -> Ask:
    place, size = span
    headers = {
        "Content-Length": str(size),
        "Content-Range": f"{place}-{place + size - 1}",
        "Content-Type": "application/octet-stream",
    }
    scopes = frozenset({repository_scope(repository, "pull", "push")})
    what = f"a chunk of blob {descriptor.digest} of {repository}"
    good, life_s = frozenset({202, 201, 204, 416}), 30 + size / _SLOWEST_BPS
    return Ask("PATCH", location, what, repository, scopes, headers, part, good, life_s, SEND_S, bulk=True)


async def _status(session: Session, repository: str, answer: Answer, location: str) -> Answer:
    """Ask what a session has that refused a chunk's place."""
    here = answer.headers.get("location") or location
    url = resolve_location(answer.url, here, session.endpoint)
    scopes = frozenset({repository_scope(repository, "pull", "push")})
    ask = Ask("GET", url, f"upload to {repository}", repository, scopes, good=frozenset({204, 200, 202}))
    try:
        return await session.fetch(ask)
    except NotFound as error:
        error.retryable = True
        raise


def _check(host: str, answer: Answer, place: int, size: int) -> None:
    """Hold the Range that was answered to what was sent: all of it, or, as Zot once told it, the chunk alone."""
    told = _RANGE.search(answer.headers.get("range", ""))
    if told is None:
        return
    has = int(told[2]) + 1
    if has not in {place, size} and int(told[2]) != place:
        raise RegistryError(
            f"{host} has {has} bytes of an upload of which {place} were sent; it must start over",
            status=answer.status,
            retryable=True,
        )
