"""Sources with a memory, and several sources as one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import (
    ContentError,
    DigestMismatch,
    InvalidManifest,
    NotFound,
    RegistryError,
    SizeMismatch,
    Unreachable,
)
from regplan.loops import aside, lock, within
from regplan.model.source import Content, OrderedSource, PieceSource, TagSource
from regplan.oci.digest import Digest
from regplan.oci.manifest import parse_manifest
from regplan.oci.mediatype import is_image_config

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from regplan.errors import RegplanError
    from regplan.model.source import ImageSource, Pipe
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.reference import Reference
    from regplan.store.cache import DigestCache
    from regplan.store.tags import SeenTag, TagMemory

    _Blob = tuple[str, Digest]

__all__ = ["CachedSource", "FirstOf"]

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
                f"{what} is not known from an earlier run, and --offline allows no connection: run once without "
                "--offline, or give a recording that has it (--from recording:DIR)"
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


class FirstOf:
    """Several sources as one: each question goes to them in order until one answers it.

    One that gave other bytes than a blob's can be passed over for it, since only who reads the blob to its end can tell.
    """

    def __init__(self, sources: Sequence[CachedSource], *, tells_wrong: bool = False) -> None:
        """Ask `sources` in order; with `tells_wrong` what one has wrong is raised, for who tells it to `pass_over` it."""
        self._sources = tuple(sources)
        self._silent = (RegistryError,) if tells_wrong else (RegistryError, ContentError)
        # By repository and digest: who gave the bytes last, and who is asked for them no more.
        self._givers: dict[_Blob, CachedSource] = {}
        self._passed_over: dict[_Blob, list[CachedSource]] = {}

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
        for source in self._choose(repository, descriptor.digest):
            is_first = True
            try:
                async with _closing(chunks := source.blob(repository, descriptor, first, last)):
                    async for chunk in chunks:
                        is_first = False
                        yield chunk
            except (RegistryError, ContentError) as error:
                if not is_first or not isinstance(error, self._silent):
                    raise
                failures.append(error)
            else:
                return
        raise self._lacks(repository, descriptor.digest, failures)

    def pipe(self, repository: str, descriptor: Descriptor) -> AbstractAsyncContextManager[Pipe]:
        """Open a whole blob of the first source that has it, for a worker thread."""
        from regplan.store.piped import first_pipe

        chosen = self._choose(repository, descriptor.digest)
        doors = (source.pipe(repository, descriptor) for source in chosen)
        return first_pipe(doors, self._silent, lambda failures: self._lacks(repository, descriptor.digest, failures))

    def giver(self, repository: str, digest: Digest) -> str:
        """Name the source that gave a blob's bytes last; all of them where none did."""
        giver = self._givers.get((repository, digest))
        return self.name if giver is None else giver.name

    def pass_over(self, repository: str, digest: Digest) -> str:
        """Ask the source that gave a blob's bytes last no more for it; names those that are left, "" where none is."""
        giver = self._givers.pop((repository, digest), None)
        passed = [*self._passed_over.get((repository, digest), ()), *([] if giver is None else [giver])]
        left = [source.name for source in self._sources if source not in passed]
        if giver is None or not left:
            return ""
        self._passed_over[repository, digest] = passed
        return ", ".join(left)

    def _choose(self, repository: str, digest: Digest) -> Iterator[CachedSource]:
        """Yield the sources to ask for a blob, each noted as its giver until the next one is asked, or none is left."""
        passed = self._passed_over.get((repository, digest), ())
        for source in self._sources:
            if source not in passed:
                self._givers[repository, digest] = source
                yield source
        self._givers.pop((repository, digest), None)

    def _lacks(self, repository: str, digest: Digest, failures: Sequence[RegplanError]) -> RegplanError:
        what = f"{repository} {digest}"
        if passed := self._passed_over.get((repository, digest)):
            others = ", ".join(source.name for source in self._sources if source not in passed)
            liars = ", ".join(source.name for source in passed)
            return _worse(failures) or NotFound(f"{what}: {liars} gave other bytes, and it is in none of {others}")
        return self._failure(failures, what)

    def offset_of(self, digest: Digest) -> int | None:
        """Tell where the first source that is read forward has a blob."""
        offsets = (source.offset_of(digest) for source in self._sources)
        return next((offset for offset in offsets if offset is not None), None)

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
