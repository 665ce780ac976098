"""Sources with a memory, and several sources as one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import anyio

from regplan.errors import ContentError, DigestMismatch, NotFound, RegistryError, SizeMismatch, Unreachable
from regplan.model.source import Content
from regplan.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

    from regplan.errors import RegplanError
    from regplan.model.source import ImageSource
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.reference import Reference
    from regplan.store.cache import DigestCache

__all__ = ["CachedSource", "FirstOf"]

_MOST_CONFIG_BYTES: Final = 8 * 2**20
_LONGEST_CONFIG_S: Final = 60.0


class CachedSource:
    """A source whose manifests and configs are kept by digest, so that each is fetched once."""

    def __init__(self, source: ImageSource, cache: DigestCache | None = None) -> None:
        """Keep what `source` answers in memory for this run, and in `cache` for the next."""
        self.source = source
        self._cache = cache
        self._memory: dict[Digest, Content] = {}
        self._fetching: dict[Digest, anyio.Lock] = {}

    @property
    def name(self) -> str:
        """The name of the source behind."""
        return self.source.name

    async def manifest(self, reference: Reference) -> Content:
        """Fetch a manifest and check its digest; one that is named by digest is asked for once."""
        if reference.digest is None:
            return self._keep(_checked(await self.source.manifest(reference), reference, self.name))
        async with self._one_at_a_time(reference.digest):
            known = self._known(reference.digest)
            if known is not None:
                return known
            return self._keep(_checked(await self.source.manifest(reference), reference, self.name))

    def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncIterator[bytes]:
        """Stream a blob; a config that was read while resolving is not fetched again."""
        known = self._known(descriptor.digest)
        if known is None:
            return self.source.blob(repository, descriptor, first, last)
        return _piece(known.data[first : None if last is None else last + 1])

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """Ask the source behind."""
        return await self.source.referrers(repository, digest)

    async def config(self, repository: str, descriptor: Descriptor) -> bytes:
        """Fetch a config whole and check its size and digest."""
        what = f"{repository}: config {descriptor.digest}"
        if descriptor.size > _MOST_CONFIG_BYTES:
            raise SizeMismatch(f"{what} claims {descriptor.size} bytes; 8 MiB is allowed")
        async with self._one_at_a_time(descriptor.digest):
            known = self._known(descriptor.digest)
            data = known.data if known else await self._read_config(repository, descriptor)
            if len(data) != descriptor.size:
                raise SizeMismatch(f"{what} has {_count(data, descriptor.size)} bytes and not {descriptor.size}")
            if known is None:
                if Digest.of(data, descriptor.digest.algorithm) != descriptor.digest:
                    raise DigestMismatch(f"{what} has other content in {self.name}")
                self._keep(Content(descriptor.media_type, descriptor.digest, data))
            return data

    async def _read_config(self, repository: str, descriptor: Descriptor) -> bytes:
        with anyio.move_on_after(_LONGEST_CONFIG_S):
            return await _read(self.source.blob(repository, descriptor), descriptor.size)
        what = f"config {descriptor.digest} of {repository}"
        raise Unreachable(f"{self.name} takes more than {_LONGEST_CONFIG_S:.0f} s for {what}; try again later")

    def _one_at_a_time(self, digest: Digest) -> anyio.Lock:
        """Let two who want the same wait for one answer."""
        return self._fetching.setdefault(digest, anyio.Lock())

    def _known(self, digest: Digest) -> Content | None:
        content = self._memory.get(digest)
        if content is None and self._cache is not None:
            content = self._cache.get(digest)
        return content

    def _keep(self, content: Content) -> Content:
        self._memory[content.digest] = content
        if self._cache is not None:
            self._cache.put(content)
        return content


class FirstOf:
    """Several sources as one: each question goes to them in order until one answers it."""

    def __init__(self, sources: Sequence[CachedSource]) -> None:
        """Ask `sources` in order."""
        self._sources = tuple(sources)

    @property
    def name(self) -> str:
        """The names of the sources, in order."""
        return ", ".join(source.name for source in self._sources)

    async def manifest(self, reference: Reference) -> Content:
        """Fetch a manifest from the first source that has it."""
        failures: list[RegplanError] = []
        for source in self._sources:
            try:
                return await source.manifest(reference)
            except (RegistryError, ContentError) as error:
                failures.append(error)
        raise self._failure(failures, str(reference))

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncIterator[bytes]:
        """Stream a blob from the first source that has it; one that fails after its first bytes has failed."""
        failures: list[RegplanError] = []
        for source in self._sources:
            is_first = True
            try:
                async with _closing(chunks := source.blob(repository, descriptor, first, last)):
                    async for chunk in chunks:
                        is_first = False
                        yield chunk
            except (RegistryError, ContentError) as error:
                if not is_first:
                    raise
                failures.append(error)
            else:
                return
        raise self._failure(failures, f"{repository} {descriptor.digest}")

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List what refers to `digest`, as the first source that knows of any says."""
        failures: list[RegplanError] = []
        for source in self._sources:
            try:
                if found := await source.referrers(repository, digest):
                    return found
            except (RegistryError, ContentError) as error:
                failures.append(error)
        if (worse := _worse(failures)) is not None:
            raise worse
        return ()

    def _failure(self, failures: Sequence[RegplanError], what: str) -> RegplanError:
        return _worse(failures) or NotFound(f"{what} is in none of {self.name}")


def _worse(failures: Iterable[RegplanError]) -> RegplanError | None:
    """Find the first failure that says more than that a source does not have what was asked for."""
    return next((error for error in failures if not isinstance(error, NotFound)), None)


def _checked(content: Content, reference: Reference, name: str) -> Content:
    """Hold what a source answered to the digest that was asked for, which is what it is known by from here on."""
    wanted = reference.digest or content.digest
    found = Digest.of(content.data, wanted.algorithm)
    if found != wanted:
        raise DigestMismatch(f"{reference}: what {name} has is {found}")
    return replace(content, digest=wanted)


def _count(data: bytes, size: int) -> str:
    return f"more than {size}" if len(data) > size else str(len(data))


async def _read(chunks: AsyncIterator[bytes], size: int) -> bytes:
    """Read a blob of `size` bytes, and no more than the chunk that goes beyond it."""
    data = bytearray()
    async with _closing(chunks):
        async for chunk in chunks:
            data += chunk
            if len(data) > size:
                break
    return bytes(data)


def _closing(chunks: AsyncIterator[bytes]) -> AbstractAsyncContextManager[object]:
    """End a stream where its reader stops, and not when it is collected, which is in another task."""
    return aclosing(chunks) if isinstance(chunks, AsyncGenerator) else nullcontext()


async def _piece(data: bytes) -> AsyncIterator[bytes]:
    yield data
