"""Archives as sources of images: `oci-archive:`, `docker-archive:` and `bundle:`, read where they lie."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from regplan.errors import DigestMismatch, InputError, NotFound, SizeMismatch
from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.store.checked import held_to, span
from regplan.store.cursors import Cursors
from regplan.store.entries import find_entry, is_referring, subjects_of
from regplan.store.forward import CUT_SHORT, Damaged
from regplan.store.packed import telling
from regplan.store.tree import rank_folders

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from regplan.oci.descriptor import Descriptor
    from regplan.oci.reference import Reference
    from regplan.store.archive import ArchiveIndex
    from regplan.store.found import Found
    from regplan.store.packed import Packed, Unpacked

__all__ = ["ArchivedImages"]

_MOST_MANIFEST_BYTES: Final = 4 * 2**20
_CHUNK_BYTES: Final = 2**20
# So much is passed over between two looks at whether anybody still waits.
_STEP_BYTES: Final = 2**28


class ArchivedImages:
    """The images of one archive as an `ImageSource` and an `OrderedSource`.

    A plain archive is read at any place; a compressed one forward, by a reader that goes on where the last one stopped
    and begins again for what stands before. Nothing is unpacked to the disk. `close` closes the file.
    """

    def __init__(self, name: str, packed: Packed, index: ArchiveIndex, found: Found) -> None:
        """Read from `packed` what `index` and `found` say of it."""
        self.packed, self.index, self.found = packed, index, found
        self._name = name
        self._cursors = Cursors(packed)
        self._types = {
            each.entry.descriptor.digest: each.entry.descriptor.media_type for each in (*found.entries, *found.beside)
        }
        self._subjects: dict[Digest, tuple[Descriptor, ...]] | None = None

    @property
    def name(self) -> str:
        """The archive as `--from` takes it."""
        return self._name

    @property
    def unpacked_bytes(self) -> int:
        """How many bytes of the unpacked archive have been gone over since it was indexed."""
        return self._cursors.unpacked_bytes

    def references(self) -> tuple[Reference, ...]:
        """Name every image; one whose name says no host is `localhost/NAME`, by its tag or its digest."""
        return tuple(dict.fromkeys([*(each.reference for each in self.found.entries), *self.found.broken]))

    def offset_of(self, digest: Digest) -> int | None:
        """Tell where a blob begins in the unpacked archive; None where any order costs the same."""
        path = None if self.packed.is_plain else self._path(digest)
        return None if path is None or path in self.index.kept else self.index.files[path].offset

    async def manifest(self, reference: Reference) -> Content:
        """Read what `reference` names: by digest, else by full name, else by the layout's folder and its bare tag."""
        digest = reference.digest or self._find(reference).digest
        return await to_thread.run_sync(self._content, digest, str(reference))

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Stream a blob's bytes from `first` to `last` inclusive; read whole, it is held to its digest."""
        del repository  # An archive keeps the blobs of all its images in one place.
        where = f"{self.name}: blob {descriptor.digest}"
        path = self._path(descriptor.digest)
        if path is None:
            raise NotFound(f"{where} is not there (a sparse layout leaves blobs out)")
        place = self.index.files[path]
        if place.size != descriptor.size:
            raise SizeMismatch(f"{where} has {place.size} bytes and not {descriptor.size}: {path}")
        left = span(descriptor, first, last)
        async with (
            aclosing(self._chunks(path, place.offset + first, left)) as read,
            aclosing(held_to(descriptor, read, left, (where, path))) as chunks,
        ):
            async for chunk in chunks:
                yield chunk

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List the manifests of this archive whose subject is `digest`."""
        del repository
        if self._subjects is None:
            self._subjects = await to_thread.run_sync(self._read_subjects)
        return self._subjects.get(digest, ())

    def read(self, path: str, most: int) -> bytes:
        """Read a file of at most `most` bytes whole; raises `InputError` naming it."""
        place = self.index.files[path]
        if place.size > most:
            raise InputError(f"{self.packed.name}: {path}: is larger than the {most:,} bytes that it may have")
        kept = self.index.kept.get(path)
        if kept is not None:
            return kept
        cursor = self.packed.open()
        try:
            _go_on(self.packed.name, cursor, place.offset)
            return _read(self.packed.name, cursor, place.size)
        finally:
            # It is not parked: this may be another thread than the one that hands readers out.
            cursor.close()
            self._cursors.unpacked_bytes += cursor.position

    def close(self) -> None:
        """Close the file."""
        self._cursors.close()

    def _find(self, reference: Reference) -> Descriptor:
        if (error := self.found.broken.get(reference)) is not None:
            raise error
        entries = (*self.found.entries, *self.found.beside) if is_referring(reference.tag) else self.found.entries
        named = {each.entry.descriptor.digest: each.entry.descriptor for each in entries if each.reference == reference}
        if len(named) == 1:
            return next(iter(named.values()))
        folders = {each.folder for each in entries}
        for folder in rank_folders(folders, reference) if len(folders) > 1 and not named else ():
            for each in entries:
                if (each.folder, each.entry.reference, each.entry.name) == (folder, None, reference.tag):
                    return each.entry.descriptor
        if len(folders) > 1 and not named:
            # A bare tag of another folder is another image's.
            raise NotFound(f"{self.name} has no {reference}")
        return find_entry([each.entry for each in entries], reference, self.name)

    def _content(self, digest: Digest, wanted: str = "") -> Content:
        made = self.found.made.get(digest)
        if made is not None:
            return made
        path = self._path(digest)
        if path is None:
            raise NotFound(f"{self.name}: {wanted or digest}: manifest {digest} is not there")
        data = self.read(path, _MOST_MANIFEST_BYTES)
        if Digest.of(data, digest.algorithm) != digest:
            raise DigestMismatch(f"{self.name}: manifest {digest} has other content: {path}")
        return Content(self._types.get(digest, ""), digest, data)

    def _path(self, digest: Digest) -> str | None:
        """Tell the file that holds a digest's bytes."""
        if (path := self.found.paths.get(digest)) is not None:
            return path
        # A digest is parsed: algorithm and hex digits cannot lead out of the folder.
        paths = [f"{folder}/blobs/{digest.algorithm}/{digest.encoded}".lstrip("/") for folder in self.found.folders]
        direct = next((path for path in paths if path in self.index.files), None)
        return direct or next((there for path in paths if (there := self.index.find(path)) is not None), None)

    def _in_memory(self, path: str, begin: int, size: int) -> bytes | None:
        """Tell a piece of a file that was kept when the archive was indexed: of a small file any, of a layer the edges."""
        if (kept := self.index.kept.get(path)) is not None:
            return kept[begin : begin + size]
        head, tail = self.index.edges.get(path, (b"", b""))
        from_tail = begin - (self.index.files[path].size - len(tail))
        if begin + size <= len(head):
            return head[begin : begin + size]
        return tail[from_tail : from_tail + size] if tail and from_tail >= 0 else None

    def _read_subjects(self) -> dict[Digest, tuple[Descriptor, ...]]:
        listed = (*self.found.entries, *self.found.beside)
        return subjects_of(self._content, [each.entry.descriptor for each in listed], self.name)

    async def _chunks(self, path: str, offset: int, left: int) -> AsyncGenerator[bytes, None]:
        begin = offset - self.index.files[path].offset
        if (kept := self._in_memory(path, begin, left)) is not None:
            yield kept
            return
        cursor = self._cursors.take(offset)
        begin, is_sound = cursor.position, False
        try:
            while cursor.position < offset:
                await to_thread.run_sync(_go_on, self.packed.name, cursor, min(offset - cursor.position, _STEP_BYTES))
            while left > 0:
                chunk = await to_thread.run_sync(_read, self.packed.name, cursor, min(left, _CHUNK_BYTES))
                left -= len(chunk)
                is_sound = True
                yield chunk
                is_sound = False
            is_sound = True
        finally:
            self._cursors.park(cursor, cursor.position - begin, keep=is_sound)


def _go_on(name: str, cursor: Unpacked, size: int) -> None:
    with telling(name):
        if cursor.pass_over(size) < size:
            raise Damaged(CUT_SHORT)


def _read(name: str, cursor: Unpacked, size: int) -> bytes:
    with telling(name):
        data = cursor.read(size)
        if len(data) < size:
            raise Damaged(CUT_SHORT)
    return data
