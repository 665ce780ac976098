"""Uploads in chunks: where something on the way takes no body of a blob's size, or none that takes so long.

A chunk is never sent twice: distribution 2.8 would append it a second time. Where one breaks, the session is asked what it
has, and the blob goes on from there; a session that is gone, as Zot's and distribution's are after a chunk that was cut
in its midst, has the blob start over. What an answer says it has is compared with what was sent, and where the two differ
the blob starts over too.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final, Protocol

from regplan.errors import RegistryError
from regplan.registry.ask import Ask
from regplan.registry.auth import repository_scope
from regplan.registry.faults import SEND_S
from regplan.registry.wire import resolve_location
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractAsyncContextManager

    from regplan.errors import RegplanError
    from regplan.oci.descriptor import Descriptor
    from regplan.registry.bulk import Body
    from regplan.registry.session import Session
    from regplan.registry.wire import Answer

__all__ = ["CHUNK_SIZES", "Refill", "Upload", "chunk_least", "send_chunks", "smaller_chunk"]

CHUNK_SIZES: Final = (64 * 2**20, 16 * 2**20, 4 * 2**20, 2**20)
_SLOWEST_BPS: Final = 1_000_000
_MOST_BREAKS: Final = 5  # one after the other, without a chunk that got through
_FIRST_WAIT_S: Final = 0.25
_MOST_WAIT_S: Final = 90.0  # the retry policy's: who asks for more is not waited for
_RANGE = re.compile(r"(?:bytes[= ])?(\d+)-(\d{1,18})(?!\d)", re.ASCII)
_PLACE: Final = 416


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload session: where its bytes go, which is not shown since it may hold the session's secret.

    `least_bytes` is how large the registry wants a chunk to be at least, `most_bytes` how large something takes one at most;
    0: it does not matter.
    """

    repository: str
    location: str = field(repr=False)
    least_bytes: int = 0
    most_bytes: int = 0


class Refill(Protocol):
    """A blob that can be opened again at a place to which it was sent, and how large a chunk of it should be.

    `error` is what its source did wrong, which tells it from what the registry did.
    """

    error: RegplanError | None

    def open(self, place: int = 0) -> AbstractAsyncContextManager[Body]:
        """Open it from the byte number `place` on."""
        ...

    def chunk_bytes(self) -> int:
        """Tell how large the next chunk should be."""
        ...

    def took(self, size: int, taken_s: float) -> None:
        """Hear how long a chunk of so many bytes took."""
        ...

    def broke(self, size: int, after_s: float) -> None:
        """Hear that a request broke after so many bytes."""
        ...


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


async def send_chunks(session: Session, upload: Upload, descriptor: Descriptor, refill: Refill) -> str:
    """Send a blob's bytes by PATCH, chunk by chunk, and tell the location that closes the upload.

    Raises a retryable `RegistryError` where the registry has other bytes than were sent, or nothing of them any more.
    """
    sending = _Sending(session, upload, descriptor, refill)
    while sending.place < descriptor.size:
        try:
            async with refill.open(sending.place) as body:
                await sending.send(body)
        except RegistryError as error:
            if refill.error is not None or not error.retryable or sending.breaks >= _MOST_BREAKS:
                raise
            await sending.find_place(error)
    return sending.location


class _Sending:
    """One upload: `place` bytes are known to be there; `breaks` counts those since the last chunk that got through."""

    def __init__(self, session: Session, upload: Upload, descriptor: Descriptor, refill: Refill) -> None:
        self.place, self.location, self.breaks = 0, upload.location, 0
        self._session, self._upload, self._descriptor, self._refill = session, upload, descriptor, refill
        self._begun = 0

    async def send(self, body: Body) -> None:
        """Send what is left, which `body` gives."""
        session, pieces, clock = self._session, _Pieces(body), self._session.pool.surroundings.clock
        while self.place < self._descriptor.size:
            size = self._next_bytes()
            part, began_s, self._begun = _Part(pieces, size, body), clock(), self.place + size
            try:
                answer = await session.fetch(self._patch(part, size))
            except RegistryError as error:
                if error.retryable:
                    self._refill.broke(part.taken, clock() - began_s)
                raise
            if answer.status == _PLACE:
                answer = await self._status(answer.headers.get("location") or self.location)
            _check(session.host, answer, self._begun, size)
            self._refill.took(size, clock() - began_s)
            self.place, self.breaks = self._begun, 0
            self._follow(answer)

    async def find_place(self, broken: RegistryError) -> None:
        """Ask the session what it has after something broke; raises `broken` where it does not say, or has other bytes."""
        wait_s = getattr(broken, "retry_after_s", None) or _FIRST_WAIT_S * 2.0**self.breaks
        self.breaks += 1
        if wait_s > _MOST_WAIT_S:
            raise broken
        await self._session.pool.surroundings.sleep(wait_s)
        try:
            answer = await self._status(self.location)
        except RegistryError as error:
            raise broken from error
        told = _RANGE.search(answer.headers.get("range", ""))
        has = int(told[2]) + 1 if told and int(told[2]) else 0
        if told is None or not self.place <= has <= self._begun:
            raise broken
        self.place = has
        self._follow(answer)

    def _next_bytes(self) -> int:
        most = self._upload.most_bytes or self._descriptor.size
        wished = max(min(self._refill.chunk_bytes(), most), self._upload.least_bytes)
        return min(wished, self._descriptor.size - self.place)

    def _follow(self, answer: Answer) -> None:
        if answer.headers.get("location"):
            self.location = resolve_location(answer.url, answer.headers["location"], self._session.endpoint)

    def _patch(self, part: _Part, size: int) -> Ask:
        headers = {
            "Content-Length": str(size),
            "Content-Range": f"{self.place}-{self.place + size - 1}",
            "Content-Type": "application/octet-stream",
        }
        repository = self._upload.repository
        scopes = frozenset({repository_scope(repository, "pull", "push")})
        what = f"a chunk of blob {self._descriptor.digest} of {repository}"
        good, life_s = frozenset({202, 201, 204, _PLACE}), 30 + size / _SLOWEST_BPS
        return Ask("PATCH", self.location, what, repository, scopes, headers, part, good, life_s, SEND_S, bulk=True)

    async def _status(self, location: str) -> Answer:
        """Ask what a session has; one that is gone has the blob start over."""
        url = resolve_location(f"{self._session.endpoint}/", location, self._session.endpoint)
        repository = self._upload.repository
        scopes = frozenset({repository_scope(repository, "pull", "push")})
        ask = Ask("GET", url, f"upload to {repository}", repository, scopes, good=frozenset({204, 200, 202}))
        try:
            return await self._session.fetch(ask)
        except RegistryError as error:
            error.retryable = error.retryable or error.status in {400, 404}
            raise


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
    """One chunk as a request's body; `taken` counts the bytes that were sent of it."""

    def __init__(self, pieces: _Pieces, size: int, body: Body) -> None:
        self._pieces, self._size, self._body = pieces, size, body
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces.take(self._size):
            yield piece
            self.taken += len(piece)

    def cut(self) -> None:
        self._body.cut()


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
