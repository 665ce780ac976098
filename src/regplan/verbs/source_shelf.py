"""Any source of the port as something that a registry serves: its async calls made from the server's threads."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import anyio

from regplan.errors import InputError, InvalidManifest, NotFound, RegplanError
from regplan.loops import closing_stream
from regplan.model.shelf import unknown_blob, unknown_manifest, unknown_name
from regplan.model.source import Content, NamedSource
from regplan.oci.digest import Digest
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.reference import Reference
from regplan.oci.referrer import referrer_of
from regplan.plan.serving import served_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from anyio.from_thread import BlockingPortal
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

    from regplan.model.source import ImageSource
    from regplan.oci.descriptor import Descriptor

__all__ = ["SourceShelf"]

_MOST_DEPTH: Final = 8
_AHEAD: Final = 4


class SourceShelf:
    """`source`, whose images are named by its references, as seen through `portal`; nothing can be written.

    An image is served under its name with its host, and without it where that is nobody else's. Raises `InputError`
    where the source does not know the names of its images.
    """

    def __init__(self, source: ImageSource, portal: BlockingPortal) -> None:
        """Look for every image that the source names; what it names without holding it is left out."""
        if not isinstance(source, NamedSource):
            raise InputError(f"{source.name} does not tell which images it has, so that it cannot be served")
        self.name = source.name
        self._source, self._portal = source, portal
        there = portal.call(_there, source, source.references())
        self._images: dict[str, list[Reference]] = {}
        for reference in there:
            self._images.setdefault(reference.name, []).append(reference)
        self._names: Mapping[str, str] = served_names((name, held[0]) for name, held in self._images.items())
        self._content: dict[str, dict[Digest, Descriptor]] = {}
        self._present: set[Digest] = set()

    def repositories(self) -> Sequence[str]:
        """List the names that the images go by."""
        return sorted(self._names)

    def tags(self, repository: str) -> Sequence[str]:
        """List the tags of a repository."""
        return sorted({reference.tag for reference in self._held(repository) if reference.tag is not None})

    def manifest(self, repository: str, target: str) -> Content:
        """Read a manifest by a tag that the source names, or by digest."""
        held = self._held(repository)
        if ":" in target:
            wanted = Reference(held[0].registry, held[0].repository, None, Digest.parse(target))
            if wanted.digest in self._blobs(held):
                raise unknown_manifest(repository, target)
        else:
            named = next((reference for reference in held if reference.tag == target), None)
            if named is None:
                raise unknown_manifest(repository, target)
            wanted = named
        try:
            content = self._portal.call(self._source.manifest, wanted)
            document = parse_manifest(content.data, content.media_type, where=str(wanted))
        except (NotFound, InvalidManifest) as error:
            raise unknown_manifest(repository, target) from error
        return Content(document.media_type, content.digest, content.data)

    def open_blob(self, repository: str, digest: Digest) -> _Stream:
        """Open a blob that a manifest of the repository names; what the source leaves out (a recording's layers) is unknown."""
        held = self._held(repository)
        descriptor = self._blobs(held).get(digest)
        if descriptor is None:
            raise unknown_blob(repository, digest)
        stream = _Stream(self._source, held[0].name, descriptor, self._portal)
        if digest not in self._present:
            try:
                stream.begin()
            except NotFound as error:
                raise unknown_blob(repository, digest) from error
            self._present.add(digest)
        return stream

    def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List what refers to `digest`, as the source tells, with what the manifests themselves say."""
        with suppress(NotFound):
            name = self._held(repository)[0].name
            return self._portal.call(_referrers, self._source, name, digest)
        return ()

    def _held(self, repository: str) -> list[Reference]:
        if repository not in self._names:
            raise unknown_name(repository)
        return self._images[self._names[repository]]

    def _blobs(self, held: list[Reference]) -> Mapping[Digest, Descriptor]:
        """Tell every config and layer of a repository, by digest; its manifests are read once."""
        name = held[0].name
        if name not in self._content:
            self._content[name] = self._portal.call(_blobs_of, self._source, held)
        return self._content[name]


class _Stream:
    """A blob that comes in pieces from an async source; the first one is asked for before anything is answered."""

    file = None

    def __init__(self, source: ImageSource, repository: str, descriptor: Descriptor, portal: BlockingPortal) -> None:
        self.size = descriptor.size
        self._asked = (source, repository, descriptor)
        self._portal = portal
        self._running: tuple[_Pipe, bytes] | None = None

    def begin(self) -> None:
        """Have the first piece of the whole blob come; raises what the source raises."""
        pipe = _Pipe(self._portal, self._asked, 0, self.size - 1)
        try:
            self._running = (pipe, pipe.next())
        except BaseException:
            pipe.close()
            raise

    def chunks(self, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes from `first` to `last` inclusive."""
        if self._running is None or (first, last) != (0, self.size - 1):
            self.close()
            self._running = (_Pipe(self._portal, self._asked, first, last), b"")
        pipe, piece = self._running
        if piece:
            yield piece
        while piece := pipe.next():
            yield piece

    def close(self) -> None:
        """Have the source stop."""
        if self._running is not None:
            self._running[0].close()
            self._running = None


class _Pipe:
    """Pieces on their way from a task in the portal to a thread, a few ahead."""

    def __init__(
        self, portal: BlockingPortal, asked: tuple[ImageSource, str, Descriptor], first: int, last: int
    ) -> None:
        self._portal = portal
        send, self._receive = portal.call(_channel)
        self._done = portal.start_task_soon(_pump, asked, first, last, send)

    def next(self) -> bytes:
        """Tell the next piece, or b"" at the end; raises what the source raises."""
        try:
            return self._portal.call(self._receive.receive)
        except anyio.EndOfStream:
            self._done.result()
            return b""

    def close(self) -> None:
        self._portal.call(self._receive.aclose)


async def _channel() -> tuple[MemoryObjectSendStream[bytes], MemoryObjectReceiveStream[bytes]]:
    return anyio.create_memory_object_stream[bytes](_AHEAD)


async def _pump(
    asked: tuple[ImageSource, str, Descriptor], first: int, last: int, send: MemoryObjectSendStream[bytes]
) -> None:
    source, repository, descriptor = asked
    chunks = source.blob(repository, descriptor, first, last)
    async with send, closing_stream(chunks):
        with suppress(anyio.BrokenResourceError):  # nobody listens any more
            async for chunk in chunks:
                if chunk:
                    await send.send(chunk)


async def _there(source: ImageSource, references: tuple[Reference, ...]) -> list[Reference]:
    found = []
    for reference in references:
        with suppress(NotFound):
            await source.manifest(reference)
            found.append(reference)
    return found


async def _blobs_of(source: ImageSource, references: list[Reference]) -> dict[Digest, Descriptor]:
    blobs: dict[Digest, Descriptor] = {}
    seen: set[Digest] = set()
    waiting = [(reference, _MOST_DEPTH) for reference in references]
    while waiting:
        reference, depth = waiting.pop()
        if depth == 0 or (reference.digest is not None and reference.digest in seen):
            continue
        try:
            content = await source.manifest(reference)
            document = parse_manifest(content.data, content.media_type, where=str(reference))
        except (NotFound, InvalidManifest):
            continue  # an index may name what is not here
        seen.add(content.digest)
        if isinstance(document, Index):
            plain = Reference(reference.registry, reference.repository)
            waiting += [(plain.pinned(child.digest), depth - 1) for child in document.manifests]
            continue
        blobs.update((each.digest, each) for each in (document.config, *document.layers))
    return blobs


async def _referrers(source: ImageSource, name: str, digest: Digest) -> tuple[Descriptor, ...]:
    host, _, path = name.partition("/")
    found = []
    for descriptor in await source.referrers(name, digest):
        told = descriptor
        with suppress(RegplanError):
            content = await source.manifest(Reference(host, path, None, descriptor.digest))
            document = parse_manifest(content.data, descriptor.media_type or content.media_type)
            told = referrer_of(document, descriptor.digest)
        found.append(told)
    return tuple(found)
