"""A blob on its way from a source to a target: counted, hashed, held to a rate, and never whole there if it is wrong."""

from __future__ import annotations

import hashlib
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from threading import Event as Flag
from typing import TYPE_CHECKING, Final

from regplan.errors import DigestMismatch, RegistryError, RegplanError, SizeMismatch
from regplan.model.source import ChoosingSource
from regplan.plan.seeding import WHOLE_BYTES
from regplan.seed.stream import CheckedStream
from regplan.store.piped import open_pipe
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from regplan.model.source import ImageSource, Pipe
    from regplan.oci.descriptor import Descriptor
    from regplan.seed.flow import Flow

__all__ = ["CheckedBody", "Passing"]


_MARK_BYTES: Final = 2**22


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place in a blob and the hash of all before it, from which reading and checking can go on."""

    place: int
    hasher: hashlib._Hash


class Passing:
    """One blob and where it comes from; a target asks for it `whole` where it is small, and else opens it.

    It can be opened more than once, from any place that it was sent to, and is read from its source each time. `error` is
    what the source did wrong, which tells it from what the target did. `is_new`: nothing is known to be at the target, so
    that nothing need be asked; `is_trial`: with this one it may be tried how the target takes blobs, since it is known to be
    absent. `was_slow`: a request broke off after so long that this may be why. `is_begun`: it was asked for.
    """

    def __init__(self, source: ImageSource, place: str, descriptor: Descriptor, flow: Flow) -> None:
        """Read nothing yet; `place` is the full name of the repository to read from."""
        self.descriptor = descriptor
        self.is_new = self.is_trial = self.was_slow = self.is_begun = False
        self.error: RegplanError | None = None
        self._source, self._place, self._flow = source, place, flow
        self._whole: bytes | None = None
        self._is_in_chunks = False
        self.marks = [_Mark(0, hashlib.new(descriptor.digest.algorithm))]

    @property
    def is_small(self) -> bool:
        """Whether it may be held in memory."""
        return self.descriptor.size <= WHOLE_BYTES

    @property
    def where(self) -> str:
        """What errors call the source: of several the one that gave the bytes."""
        source = self._source
        name = source.giver(self._place, self.descriptor.digest) if isinstance(source, ChoosingSource) else source.name
        return f"{name}: {self._place}"

    async def whole(self) -> bytes:
        """Read a small blob and check it before anything of it is sent; asked for again, it is at hand."""
        self.is_begun = True
        await self._flow.admit_whole(self.descriptor.size)
        if self._whole is None:
            self._whole = await self._read()
        return self._whole

    async def _read(self) -> bytes:
        chunks = self._source.blob(self._place, self.descriptor)
        try:
            async with aclosing(CheckedStream(chunks, self.descriptor, lambda: self.where)) as stream:
                return b"".join([chunk async for chunk in stream.open()])
        except RegplanError as error:
            self.error = error
            raise

    @asynccontextmanager
    async def open(self, place: int = 0) -> AsyncIterator[CheckedBody]:
        """Open a blob at `place` for a worker thread, in which it is read, checked and sent."""
        self.is_begun = True
        self.marks = [mark for mark in self.marks if mark.place <= place]
        await self._flow.admit_ahead(self.descriptor.size - place)
        async with AsyncExitStack() as stack:
            pipe = open_pipe(self._source, self._place, self.descriptor, self.marks[-1].place)
            try:
                opened = await stack.enter_async_context(pipe)
            except RegplanError as error:
                self.error = error
                raise
            body = CheckedBody(self, opened, self._flow, place)
            try:
                yield body
            except RegistryError as error:
                if self.error is None and error.retryable and not self._is_in_chunks:
                    self.broke(*self._flow.moved)
                raise

    @property
    def is_slow(self) -> bool:
        """Whether it takes longer than one request should, as far as is known."""
        return self._flow.tempo.is_slow(self.descriptor.size)

    def chunk_bytes(self) -> int:
        """Tell how large the next chunk should be, by how long those before it took."""
        self._is_in_chunks = True
        return self._flow.tempo.chunk_bytes()

    def took(self, size: int, taken_s: float) -> None:
        """Note how long a chunk of so many bytes took."""
        self._flow.tempo.took(size, taken_s)

    def broke(self, size: int, after_s: float) -> None:
        """Note that a request broke after so many bytes: the next ones may have to be smaller."""
        self.was_slow |= self._flow.tempo.broke(size, after_s)


class CheckedBody:
    """A blob's bytes in a worker thread, the last of them only if size and digest are right."""

    def __init__(self, passing: Passing, pipe: Pipe, flow: Flow, place: int) -> None:
        """Check what `pipe` gives from the last mark before `place` on; `flow` tells when it may go on, and how far it is."""
        self._passing, self._pipe, self._flow, self._place = passing, pipe, flow, place
        self._cut = Flag()

    def cut(self) -> None:
        """End it, from any thread."""
        self._cut.set()
        self._pipe.cut()

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces; each holds until the next is asked for."""
        passed = self._place
        self._flow.begins(passed)
        for piece in self._checked():
            for part in self._flow.parts(piece):
                self._flow.admit(len(part), self._cut)
                yield part
                passed += len(part)
                self._flow.passed(passed)
        self._flow.rests()

    def _checked(self) -> Iterator[bytes]:
        wanted, marks, last = self._passing.descriptor, self._passing.marks, b""
        size, hasher = marks[-1].place, marks[-1].hasher.copy()
        try:
            for piece in self._pipe:
                if size - marks[-1].place >= _MARK_BYTES:
                    marks.append(_Mark(size, hasher.copy()))
                hasher.update(piece)
                known = max(0, self._place - size)
                size += len(piece)
                if size > wanted.size:
                    break
                if size == wanted.size:
                    # A copy, since there may be more to come, which would be too much.
                    last = bytes(piece)[known:]
                elif known < len(piece):
                    yield memoryview(piece)[known:] if known else piece  # type: ignore[misc]  # as good as bytes
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
