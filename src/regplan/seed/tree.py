"""A tree of image layouts on a disk as a target, which holds what a registry would hold and refuses what one refuses."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import anyio
from anyio.to_thread import run_sync

from regplan.errors import ContentError, ErrorInfo, InputError, InvalidManifest, RegistryError
from regplan.loops import in_thread
from regplan.model.preflight import NameFound, TargetFound
from regplan.model.source import Content
from regplan.model.verifying import BlobLength
from regplan.oci.digest import Digest
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.mediatype import is_foreign
from regplan.store.files import free_bytes, makes_links
from regplan.store.piped import WholePipe
from regplan.store.tree import LayoutFolder, NewBlob, abandoned, read_chunks
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from regplan.oci.descriptor import Descriptor
    from regplan.registry.inspection import Inspection
    from regplan.seed.passing import Passing

__all__ = ["TreeTarget"]


@dataclass(frozen=True, slots=True)
class _NoCounts:
    requests: int = 0
    overhead: int = 0
    throttled: int = 0


class TreeTarget:
    """`oci:DIR`: one layout per repository below `path`; a blob is written once and shared by hard links.

    What is there counts only while its blobs' files have the right sizes, so that a disk that was pulled out too early
    is mended by seeding again.
    """

    counts = _NoCounts()
    has_wire = False
    takes_single = may_be_zot = False

    def __init__(self, path: Path) -> None:
        """Stand for the tree below `path`, which need not exist; raises `InputError` where a single layout is there."""
        if (path / "oci-layout").is_file():
            raise InputError(f"oci:{path} is a single image layout, and a tree of them is wanted; name another folder")
        self.name = f"oci:{path}"
        self._path = path
        self._writing = anyio.Lock()
        self._abandoned: dict[Path, int] = {}

    async def inspect(self, wish: Inspection) -> TargetFound:
        """Tell the room on the disk, and whether it makes hard links."""
        return await run_sync(self._inspect, wish)

    def _inspect(self, wish: Inspection) -> TargetFound:
        """Count what a killed run has left half-written as free: the first write removes it."""
        folders = (self._folder(repository) for repository in wish.folders)
        halves = (path for folder in folders for path in folder.path.glob("blobs/*/.*.tmp"))
        self._abandoned = {path: size for path in halves if (size := abandoned(path))}
        free = free_bytes(self._path)
        room = None if free is None else free + sum(self._abandoned.values())
        has_links = not wish.shares_blobs or makes_links(self._path) is not False
        return TargetFound(self.name, kind="tree", free_bytes=room, has_links=has_links)

    def _clear(self) -> None:
        while self._abandoned:
            path, _ = self._abandoned.popitem()
            with suppress(OSError):
                if abandoned(path):
                    path.unlink()

    async def create_project(self, name: str) -> None:
        """Do nothing: folders are made as they are needed."""

    async def repositories_of(self, project: str) -> tuple[str, ...]:  # noqa: ARG002
        """Tell nothing: a folder is no project."""
        return ()

    async def look(self, repository: str, reference: str) -> Digest | None:
        """Tell which digest a tag or digest has here; None where it is not here, or not whole."""
        return await run_sync(_whole, self._folder(repository), reference)

    async def find_name(self, repository: str, reference: str) -> NameFound:
        """Look; a disk is looked at whole, so that nothing more need be told."""
        return NameFound(await self.look(repository, reference))

    async def copy_blob(self, repository: str, mount_from: str, passing: Passing) -> bool:
        """Link a blob in from another repository, or write its file; nothing is done where it is there.

        Without `mount_from` its file is written, whatever is there.
        """
        await run_sync(self._clear)
        descriptor = passing.descriptor
        folder, other = self._folder(repository), self._folder(mount_from or repository)
        if mount_from and await run_sync(folder.blob_size, descriptor.digest) == descriptor.size:
            return False
        if other.path != folder.path and await run_sync(other.blob_size, descriptor.digest) == descriptor.size:
            await run_sync(folder.link, descriptor.digest, other)
            return False
        if passing.is_small:
            await run_sync(_write, folder, descriptor.digest, WholePipe(await passing.whole()))
            return True
        async with passing.open() as body:
            await in_thread(partial(_write, folder, descriptor.digest, body), body.cut)
        return True

    async def put_manifest(self, repository: str, reference: str, media_type: str, raw: bytes) -> None:
        """Write a manifest and its tag, if all that it names is here."""
        folder = self._folder(repository)
        missing = await run_sync(_missing, folder, Content(media_type, Digest.of(raw), raw))
        if missing:
            raise RegistryError(
                f"{folder.path} lacks {missing}", status=400, errors=(ErrorInfo("MANIFEST_BLOB_UNKNOWN", missing),)
            )
        async with self._writing:
            await run_sync(folder.put, reference, media_type, raw)

    async def fetch_manifest(self, repository: str, reference: str) -> Content | None:
        """Read a manifest."""
        return await run_sync(self._folder(repository).content, reference)

    async def blob_size(self, repository: str, digest: Digest) -> int | None:
        """Tell the size of a blob's file."""
        return await run_sync(self._folder(repository).blob_size, digest)

    async def blob_length(self, repository: str, descriptor: Descriptor) -> BlobLength | None:
        """Tell the length of a blob's file."""
        size = await self.blob_size(repository, descriptor.digest)
        return None if size is None else BlobLength(size)

    def read_blob(self, repository: str, descriptor: Descriptor) -> AsyncIterator[bytes]:
        """Stream a blob's file."""
        return read_chunks(self._folder(repository).blob_path(descriptor.digest))

    def _folder(self, repository: str) -> LayoutFolder:
        return LayoutFolder(self._path / repository)


def _write(folder: LayoutFolder, digest: Digest, pieces: Iterable[bytes]) -> None:
    """Write a blob's file under another name first, so that it is there whole or not at all."""
    new = NewBlob(folder, digest)
    try:
        for piece in pieces:
            new.write(piece)
        new.keep()
    finally:
        new.discard()


def _whole(folder: LayoutFolder, reference: str) -> Digest | None:
    try:
        content = folder.content(reference)
        return None if content is None or _missing(folder, content) else content.digest
    except (ContentError, InvalidManifest):
        return None


def _missing(folder: LayoutFolder, content: Content) -> str:
    """Name the first thing that a manifest needs and the folder lacks, or nothing."""
    document = parse_manifest(content.data, content.media_type, where=str(folder.path))
    if isinstance(document, Index):
        for child in document.manifests:
            inner = folder.content(str(child.digest))
            if inner is None or (lacking := _missing(folder, inner)):
                return str(child.digest) if inner is None else lacking
        return ""
    needed = [document.config, *(layer for layer in document.layers if not is_foreign(layer.media_type))]
    return next((str(blob.digest) for blob in needed if folder.blob_size(blob.digest) != blob.size), "")
