"""A registry's blob, read in a worker thread, going on where a connection breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anyio import from_thread

from regplan.errors import RegistryError, SizeMismatch, Unreachable
from regplan.registry.ask import Ask
from regplan.registry.auth import repository_scope
from regplan.registry.bulk import Handed
from regplan.registry.faults import TRANSPORT_ERRORS, explain_failure
from regplan.registry.wire import blob_path, check_range, range_header

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from regplan.oci.descriptor import Descriptor
    from regplan.registry.bodies import Sending
    from regplan.registry.session import Session

__all__ = ["BlobPipe"]

_MOST_RESUMES: Final = 4
_MUCH_BYTES: Final = 2**20  # a connection that brought as much before it broke is worth another, however often


class BlobPipe:
    """One blob of one repository, opened in the event loop and read in a worker thread of it.

    Raises `SizeMismatch` where fewer or more bytes come than the descriptor tells.
    """

    def __init__(self, session: Session, path: str, descriptor: Descriptor) -> None:
        """Ask for nothing yet; `path` is the repository without its host."""
        self._session, self._path, self._descriptor = session, path, descriptor
        self._what = f"blob {descriptor.digest} of {path}"
        self._body: Handed | None = None
        self._sending: Sending | None = None
        self._is_cut = False

    async def open(self, first: int = 0) -> None:
        """Ask for the bytes from `first` on, and leave the answer's body unread."""
        await self.aclose()
        size = self._descriptor.size
        headers = {} if first == 0 else {"Range": range_header(first, size - 1)}
        scopes = frozenset({repository_scope(self._path, "pull")})
        url, good = blob_path(self._path, self._descriptor.digest), frozenset({200, 206})
        ask = Ask("GET", url, self._what, self._path, scopes, headers, good=good, bulk=True)
        response, self._sending = await self._session.begin(ask)
        self._body = _handed(response)
        if response.status_code == 206:
            check_range(response.headers, first, f"{self._session.host}: {self._what}")
        elif first:
            raise RegistryError(
                f"{self._session.host} sends whole blobs only: {self._what} must start over", status=200
            )

    async def aclose(self) -> None:
        """Give up what is still to come."""
        body, self._body = self._body, None
        if body is not None:
            await body.aclose()

    def cut(self) -> None:
        """Cut the connection, so that whoever reads from it reads no longer."""
        self._is_cut = True
        if self._body is not None:
            self._body.line.cut()

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces; a connection that breaks after some is asked for again, for what is left alone."""
        place, resumes = 0, 0
        while True:
            before = place
            try:
                for piece in self._read():
                    place += len(piece)
                    if place > self._descriptor.size:
                        raise SizeMismatch(self._told(f"has more than {self._descriptor.size} bytes"))
                    yield piece
                break
            except Unreachable as error:
                resumes = 0 if place - before >= _MUCH_BYTES else resumes
                if self._is_cut or not error.retryable or resumes >= _MOST_RESUMES or place == before:
                    raise
            resumes += 1
            from_thread.run(self.open, place)
        if place < self._descriptor.size:
            raise SizeMismatch(self._told(f"ended after {place} of {self._descriptor.size} bytes"))

    def _read(self) -> Iterator[bytes]:
        assert self._body is not None  # noqa: S101  for the type checker
        assert self._sending is not None  # noqa: S101  the same
        try:
            yield from self._body
        except TRANSPORT_ERRORS as error:
            sending = self._sending
            raise explain_failure(error, sending.host, sending.shown, sending.read_s).error from None

    def _told(self, words: str) -> str:
        return f"{self._session.host}: {self._what} {words}"


def _handed(response: httpx.Response) -> Handed:
    assert isinstance(response.stream, Handed)  # noqa: S101  (a good answer to a bulk GET)
    return response.stream
