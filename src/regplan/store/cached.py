"""Sources with a memory."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import (
    DigestMismatch,
    InvalidManifest,
    SizeMismatch,
    Unreachable,
)
from regplan.loops import aside, closing_stream, lock, within
from regplan.model.source import Content, OrderedSource, PieceSource, TagSource
from regplan.oci.digest import Digest
from regplan.oci.manifest import parse_manifest
from regplan.oci.mediatype import is_image_config

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from regplan.model.source import ImageSource, Pipe
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.reference import Reference
    from regplan.store.cache import DigestCache
    from regplan.store.tags import SeenTag, TagMemory

__all__ = ["CachedSource"]

_MOST_CONFIG_BYTES: Final = 8 * 2**20
_LONGEST_CONFIG_S: Final = 60.0


class CachedSource:
    """A source whose manifests and configs are kept by digest, so that each is fetched once.

    With `tags` it also remembers what tags named: a source that tells a tag's digest without sending what it names is
    then asked for no more than that, and `offline` tags are as they were last seen.
    """

    def __init__(
        self,
        source: ImageSource,
        cache: DigestCache | None = None,
        tags: TagMemory | None = None,
        *,
        offline: bool = False,
    ) -> None:
        """Keep what `source` answers in memory for this run, and in `cache` and `tags` for the next."""
        self.source = source
        # Asking a source what it can takes longer than most that it is asked for.
        self._looker = source if isinstance(source, TagSource) else None
        self._cache = cache
        self._tags = tags
        self._offline = offline
        self._memory: dict[Digest, Content] = {}
        self._tagged: dict[Reference, Content] = {}
        self._fetching: dict[Digest | Reference, AbstractAsyncContextManager[object]] = {}

    @property
    def name(self) -> str:
        """The name of the source behind."""
        return self.source.name

    async def manifest(self, reference: Reference) -> Content:
        """Fetch a manifest and check its digest; each digest and each tag is asked for once.

        What a tag names holds for the run, so that one plan tells one thing. Raises `Unreachable` for what is not at
        hand offline.
        """
        digest = reference.digest
        async with self._one_at_a_time(reference if digest is None else digest):
            if digest is None:
                if reference not in self._tagged:
                    self._tagged[reference] = await self._by_tag(reference)
                return self._tagged[reference]
            known = await self._recall(digest)
            if known is None:
                self._check_online(f"manifest {digest} of {reference.name}")
                known = await self._fetch(reference)
            return known

    @property
    def is_kept(self) -> bool:
        """Tell whether what this source answers is kept for the next run."""
        return self._cache is not None

    async def piece(self, repository: str, descriptor: Descriptor, first: int, last: int) -> bytes:
        """Read a few bytes of a blob, from `first` to `last` inclusive, and no more than these over any wire."""
        self._check_online(f"{repository}: {descriptor.digest}")
        if isinstance(self.source, PieceSource):
            return await self.source.piece(repository, descriptor, first, last)
        wanted = last - first + 1
        data = await _read(self.source.blob(repository, descriptor, first, last), wanted)
        if len(data) != wanted:
            raise SizeMismatch(f"{self.name}: {descriptor.digest}: {len(data)} bytes came of a piece of {wanted}")
        return data

    def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncIterator[bytes]:
        """Stream a blob; a config that was read while resolving is not fetched again."""
        known = self._known(descriptor.digest)
        if known is None:
            return self.source.blob(repository, descriptor, first, last)
        return _piece(known.data[first : None if last is None else last + 1])

    @asynccontextmanager
    async def pipe(self, repository: str, descriptor: Descriptor) -> AsyncIterator[Pipe]:
        """Open a whole blob for a worker thread."""
        from regplan.store.piped import WholePipe, open_pipe

        known = self._known(descriptor.digest)
        if known is not None:
            yield WholePipe(known.data)
            return
        async with open_pipe(self.source, repository, descriptor) as pipe:
            yield pipe

    def offset_of(self, digest: Digest) -> int | None:
        """Tell where the source behind has a blob; None for what is kept in memory, and where any order costs the same."""
        source = self.source
        return source.offset_of(digest) if isinstance(source, OrderedSource) and digest not in self._memory else None

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """Ask the source behind."""
        return await self.source.referrers(repository, digest)

    async def config(self, repository: str, descriptor: Descriptor) -> bytes:
        """Fetch a config whole and check its size and digest."""
        what = f"{repository}: config {descriptor.digest}"
        if descriptor.size > _MOST_CONFIG_BYTES:
            raise SizeMismatch(f"{what} claims {descriptor.size} bytes; 8 MiB is allowed")
        async with self._one_at_a_time(descriptor.digest):
            known = await self._recall(descriptor.digest)
            data = known.data if known else await self._read_config(repository, descriptor)
            if len(data) != descriptor.size:
                raise SizeMismatch(f"{what} has {_count(data, descriptor.size)} bytes and not {descriptor.size}")
            if known is None:
                if Digest.of(data, descriptor.digest.algorithm) != descriptor.digest:
                    raise DigestMismatch(f"{what} has other content in {self.name}")
                await self._keep(Content(descriptor.media_type, descriptor.digest, data))
            return data

    async def _read_config(self, repository: str, descriptor: Descriptor) -> bytes:
        what = f"config {descriptor.digest} of {repository}"
        self._check_online(what)
        with within(_LONGEST_CONFIG_S):
            return await _read(self.source.blob(repository, descriptor), descriptor.size)
        raise Unreachable(f"{self.name} takes more than {_LONGEST_CONFIG_S:.0f} s for {what}; try again later")

    def _one_at_a_time(self, key: Digest | Reference) -> AbstractAsyncContextManager[object]:
        """Let two who want the same wait for one answer."""
        return self._fetching.setdefault(key, lock())

    async def _by_tag(self, reference: Reference) -> Content:
        """Tell what a tag names: as last seen where it still does, and offline; else fetched."""
        if self._tags is None:
            self._check_online(str(reference))
            return await self._fetch(reference)
        seen, kept = None, None
        if self._tags.holds(self.name, reference):
            seen, kept = await aside(self._last_seen, reference)
        if self._offline and seen is not None and kept is not None:
            self._memory[kept.digest] = kept
            return replace(kept, seen_at=seen.seen_at)
        self._check_online(str(reference))
        if seen is not None and kept is not None and await self._still_names(reference, seen):
            self._memory[kept.digest] = kept
            if not self._tags.is_fresh(seen):
                await self._remember(reference, kept)
            return kept
        return await self._fetch(reference)

    async def _still_names(self, reference: Reference, seen: SeenTag) -> bool:
        """Ask for the tag's digest alone; another than was seen here before is not looked for in the cache.

        What other registries answered is kept there too, and is none of this one's business.
        """
        return self._looker is not None and await self._looker.look(reference, place=seen.place) == seen.digest

    def _last_seen(self, reference: Reference) -> tuple[SeenTag | None, Content | None]:
        seen = None if self._tags is None else self._tags.recall(self.name, reference)
        kept = None if seen is None else self._known(seen.digest)
        # The type that this source gave, and not the one that came with the same bytes from elsewhere.
        return seen, None if seen is None or kept is None else replace(kept, media_type=seen.media_type)

    async def _fetch(self, reference: Reference) -> Content:
        content = _checked(await self.source.manifest(reference), reference, self.name)
        await self._keep(content)
        if reference.digest is None:
            await self._remember(reference, content)
        return content

    async def _remember(self, reference: Reference, content: Content) -> None:
        if self._tags is not None:
            place = "" if self._looker is None else self._looker.place_of(reference.name)
            told = (self.name, reference, content.digest, content.media_type, place)
            await aside(self._tags.remember, *told)

    def _check_online(self, what: str) -> None:
        """Raise `Unreachable` where only a connection would tell."""
        if self._offline:
            raise Unreachable(
                f"{what} is not known from an earlier run, and being offline allows no connection: run once "
                "online, or give a recording that has it, as the source recording:DIR"
            )

    async def _recall(self, digest: Digest) -> Content | None:
        # Looking is cheaper than handing over to a thread, which reading is worth.
        if self._cache is None or digest in self._memory or not self._cache.holds(digest):
            return self._memory.get(digest)
        content = await aside(self._cache.get, digest)
        if content is not None:
            self._memory[digest] = content
        return content

    def _known(self, digest: Digest) -> Content | None:
        content = self._memory.get(digest)
        if content is None and self._cache is not None:
            content = self._cache.get(digest)
        return content

    async def _keep(self, content: Content) -> None:
        self._memory[content.digest] = content
        if self._cache is not None:
            await aside(_store, self._cache, content)


def _checked(content: Content, reference: Reference, name: str) -> Content:
    """Hold what a source answered to the digest that was asked for, which is what it is known by from here on."""
    wanted = reference.digest or content.digest
    found = Digest.of(content.data, wanted.algorithm)
    if found != wanted:
        raise DigestMismatch(f"{reference}: what {name} has is {found}")
    return replace(content, digest=wanted)


def _store(cache: DigestCache, content: Content) -> None:
    """Keep a config as it is, and a manifest only where it is one, with the type that is told by its own bytes.

    All hosts share the cache: a type that one of them made up must not spoil what another serves.
    """
    if not is_image_config(content.media_type):
        try:
            document = parse_manifest(content.data, content.media_type)
        except InvalidManifest:
            return
        content = replace(content, media_type=document.media_type)
    cache.put(content)


def _count(data: bytes, size: int) -> str:
    return f"more than {size}" if len(data) > size else str(len(data))


async def _read(chunks: AsyncIterator[bytes], size: int) -> bytes:
    """Read a blob of `size` bytes, and no more than the chunk that goes beyond it."""
    data = bytearray()
    async with closing_stream(chunks):
        async for chunk in chunks:
            data += chunk
            if len(data) > size:
                break
    return bytes(data)


async def _piece(data: bytes) -> AsyncIterator[bytes]:
    yield data
