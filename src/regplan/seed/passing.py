"""A blob on its way from a source to a target: counted, hashed, held to a rate, and never whole there if it is wrong."""

from __future__ import annotations

import hashlib
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from threading import Event as Flag
from typing import TYPE_CHECKING

from regplan.errors import DigestMismatch, RegplanError, SizeMismatch
from regplan.plan.seeding import WHOLE_BYTES
from regplan.seed.stream import CheckedStream
from regplan.store.piped import open_pipe

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from regplan.model.source import ImageSource, Pipe
    from regplan.oci.descriptor import Descriptor
    from regplan.seed.flow import Flow

__all__ = ["CheckedBody", "Passing"]


class Passing:
    """One blob and where it comes from; a target asks for it `whole` where it is small, and else opens it.

    It can be opened more than once, and is read from its source each time. `error` is what the source did wrong, which
    tells it from what the target did. `is_new`: nothing is known to be at the target, so that nothing need be asked; `is_trial`: with this one it may be tried how
    the target takes blobs, since it is known to be absent.
    """

    def __init__(self, source: ImageSource, place: str, descriptor: Descriptor, flow: Flow) -> None:
        """Read nothing yet; `place` is the full name of the repository to read from."""
        self.descriptor = descriptor
        self.is_new = self.is_trial = False
        self.error: RegplanError | None = None
        self._source, self._place, self._flow = source, place, flow
        self._whole: bytes | None = None

    @property
    def is_small(self) -> bool:
        """Whether it may be held in memory."""
        return self.descriptor.size <= WHOLE_BYTES

    @property
    def where(self) -> str:
        """What errors call the source."""
        return f"{self._source.name}: {self._place}"

    async def whole(self) -> bytes:
        """Read a small blob and check it before anything of it is sent; asked for again, it is at hand."""
        if self._whole is None:
            self._whole = await self._read()
        await self._flow.admit_whole(len(self._whole))
        return self._whole

    async def _read(self) -> bytes:
        chunks = self._source.blob(self._place, self.descriptor)
        try:
            async with aclosing(CheckedStream(chunks, self.descriptor, self.where)) as stream:
                return b"".join([chunk async for chunk in stream.open()])
        except RegplanError as error:
            self.error = error
            raise

    @asynccontextmanager
    async def open(self) -> AsyncIterator[CheckedBody]:
        """Open a blob for a worker thread, in which it is read, checked and sent."""
        async with AsyncExitStack() as stack:
            try:
                pipe = await stack.enter_async_context(open_pipe(self._source, self._place, self.descriptor))
            except RegplanError as error:
                self.error = error
                raise
            yield CheckedBody(self, pipe, self._flow)


class CheckedBody:
    """A blob's bytes in a worker thread, the last of them only if size and digest are right."""

    def __init__(self, passing: Passing, pipe: Pipe, flow: Flow) -> None:
        """Check what `pipe` gives; `flow` tells when it may go on and hears how far it is."""
        self._passing, self._pipe, self._flow = passing, pipe, flow
        self._cut = Flag()

    def cut(self) -> None:
        """End it, from any thread."""
        self._cut.set()
        self._pipe.cut()

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces; each holds until the next is asked for."""
        passed = 0
        for piece in self._checked():
            for part in self._flow.parts(piece):
                self._flow.admit(len(part), self._cut)
                yield part
                passed += len(part)
                self._flow.passed(passed)
        self._flow.rests()

    def _checked(self) -> Iterator[bytes]:
        wanted = self._passing.descriptor
        hasher, size, last = hashlib.new(wanted.digest.algorithm), 0, b""
        try:
            for piece in self._pipe:
                hasher.update(piece)
                size += len(piece)
                if size > wanted.size:
                    break
                if size == wanted.size:
                    # A copy, since there may be more to come, which would be too much.
                    last = bytes(piece)
                else:
                    yield piece
            self._check(size, hasher.hexdigest())
        except RegplanError as error:
            self._passing.error = error
            raise
        if last:
            yield last

    def _check(self, size: int, encoded: str) -> None:
        wanted, where = self._passing.descriptor, self._passing.where
        if size != wanted.size:
            given = f"{size} of the" if size < wanted.size else "more than the"
            raise SizeMismatch(f"{where} gives {given} {wanted.size} bytes of {wanted.digest}")
        if encoded != wanted.digest.encoded:
            raise DigestMismatch(f"{where} gives other bytes than those of {wanted.digest}")
