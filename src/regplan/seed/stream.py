"""Bytes on their way from a source to a target, counted and hashed as they pass; nothing is kept but one chunk."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from regplan.errors import DigestMismatch, RegplanError, SizeMismatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from regplan.oci.descriptor import Descriptor

__all__ = ["CheckedStream", "check_blob", "paced"]


class CheckedStream:
    """A blob's bytes, of which `open` gives the last ones only if size and digest are right.

    So a target never gets a whole blob that is not the one that was asked for. `error` is what the source did wrong,
    which tells it from a target's error that ends the same iteration. Whoever made the stream closes it with `aclose`,
    in the task that read it and after the reading ended: left to the collector, it would be closed by another task.
    """

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        descriptor: Descriptor,
        where: str | Callable[[], str],
        passed: Callable[[int], None] | None = None,
    ) -> None:
        """Check `chunks` against `descriptor`; `where` names the source, by then at the latest, `passed` hears the bytes so far."""
        self.error: RegplanError | None = None
        self._opened: AsyncGenerator[bytes] | None = None
        self._chunks, self._descriptor, self._where, self._passed = chunks, descriptor, where, passed

    def open(self) -> AsyncGenerator[bytes]:
        """Give the bytes, once."""
        self._opened = self._watched()
        return self._opened

    async def aclose(self) -> None:
        """End the reading, and the source's stream with it; harmless where it has ended or never began."""
        if self._opened is not None:
            await self._opened.aclose()
        if isinstance(self._chunks, AsyncGenerator):
            await self._chunks.aclose()

    async def _watched(self) -> AsyncGenerator[bytes]:
        try:
            async with aclosing(self._checked()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except RegplanError as error:
            self.error = error
            raise

    async def _checked(self) -> AsyncGenerator[bytes]:
        wanted = self._descriptor
        hasher, size, held = hashlib.new(wanted.digest.algorithm), 0, b""
        async for chunk in self._chunks:
            hasher.update(chunk)
            size += len(chunk)
            if size > wanted.size:
                break
            if held:
                yield held
                self._tell(size - len(chunk))
            held = chunk
        if size != wanted.size:
            given = f"{size} of the" if size < wanted.size else "more than the"
            raise SizeMismatch(f"{self._source()} gives {given} {wanted.size} bytes of {wanted.digest}")
        if hasher.hexdigest() != wanted.digest.encoded:
            raise DigestMismatch(f"{self._source()} gives other bytes than those of {wanted.digest}")
        if held:
            yield held

    def _source(self) -> str:
        return self._where if isinstance(self._where, str) else self._where()

    def _tell(self, size: int) -> None:
        if self._passed is not None:
            self._passed(size)


async def check_blob(chunks: AsyncIterator[bytes], descriptor: Descriptor, where: str) -> None:
    """Read a blob to its end; raises `SizeMismatch` or `DigestMismatch` where it is not what it should be."""
    async with aclosing(CheckedStream(chunks, descriptor, where)) as stream:
        async for _ in stream.open():
            pass


async def paced(chunks: AsyncIterator[bytes], wait: Callable[[int], Awaitable[None]]) -> AsyncGenerator[bytes]:
    """Give the chunks, each after `wait` for its bytes; the stream is closed with this one."""
    try:
        async for chunk in chunks:
            await wait(len(chunk))
            yield chunk
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
