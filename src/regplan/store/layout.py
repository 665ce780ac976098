"""OCI image layouts: `oci:DIR`, whole or sparse (image specification, image-layout.md)."""

from __future__ import annotations

from contextlib import aclosing
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from regplan.errors import DigestMismatch, InputError, NotFound, SizeMismatch
from regplan.loops import aside
from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.store.checked import held_to, span
from regplan.store.entries import (
    check_version,
    find_entry,
    home_reference,
    is_referring,
    named_entries,
    read_entries,
    subjects_of,
    tags_of,
)
from regplan.store.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from regplan.oci.descriptor import Descriptor
    from regplan.oci.reference import Reference

__all__ = ["ImageLayout"]

MOST_INDEX_BYTES: Final = 64 * 2**20
MOST_MANIFEST_BYTES: Final = 4 * 2**20
_CHUNK_BYTES: Final = 2**20


class ImageLayout:
    """An OCI image layout as an `ImageSource`; its index.json is read when it is opened, blobs when they are asked for.

    `ref` narrows it to the entries of that name, tag or number, as in `oci:DIR:REF` and `oci:DIR:@NUMBER`; what refers to
    them is found all the same. A sparse layout lacks blobs: they are `NotFound`. Raises `InputError` where the folder is no layout.
    """

    def __init__(self, path: Path | str, ref: str | None = None, *, transport: str = "oci") -> None:
        """Read `oci-layout` and `index.json`; `transport` is what the folder is named by in messages."""
        self.path = Path(path)
        self._name = f"{transport}:{self.path}" + (f":{ref}" if ref else "")
        _check_version(self.path / "oci-layout")
        index = self.path / "index.json"
        # What refers to an image stands beside it, under names of its own.
        self._listed = found = read_entries(read_bytes(index, MOST_INDEX_BYTES), str(index))
        if ref:
            found = named_entries(found, ref)
            if not found:
                raise InputError(f"{transport}:{self.path} holds no image {ref!r}: index.json does not name it")
        self.entries = found
        self._types: dict[Digest, str] = {each.descriptor.digest: each.descriptor.media_type for each in self._listed}
        self._subjects: dict[Digest, tuple[Descriptor, ...]] | None = None

    @property
    def name(self) -> str:
        """The layout as `--from` takes it."""
        return self._name

    def references(self) -> tuple[Reference, ...]:
        """Name every image; one whose name says no host is `localhost/FOLDER`, by its tag or its digest."""
        return tuple(dict.fromkeys(home_reference(entry, self.path.resolve().name) for entry in self.entries))

    async def manifest(self, reference: Reference) -> Content:
        """Read what `reference` names: by digest, else by full name, else by tag, else the one nameless image."""
        entries = self._listed if is_referring(reference.tag) else self.entries
        digest = reference.digest or find_entry(entries, reference, self.name).digest
        return await aside(self._content, digest, str(reference))

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Stream a blob's bytes from `first` to `last` inclusive; read whole, it is held to its digest."""
        del repository  # A layout keeps the blobs of all its images in one place.
        path = self._blob_path(descriptor.digest)
        where = f"{self.name}: blob {descriptor.digest}"
        size = await aside(_size, path, where)
        if size != descriptor.size:
            raise SizeMismatch(f"{where} has {size} bytes and not {descriptor.size}: {path}")
        left = span(descriptor, first, last)
        async with (
            aclosing(_chunks(path, first, left)) as read,
            aclosing(held_to(descriptor, read, left, (where, str(path)))) as chunks,
        ):
            async for chunk in chunks:
                yield chunk

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List the manifests of this layout whose subject is `digest`."""
        del repository
        if self._subjects is None:
            self._subjects = await aside(self._read_subjects)
        return self._subjects.get(digest, ())

    async def tags_among(self, repository: str, tags: frozenset[str]) -> frozenset[str]:
        """Tell which of `tags` stand in index.json: by the repository's name, or by themselves."""
        return tags & tags_of(self._listed, repository)

    def _content(self, digest: Digest, wanted: str = "") -> Content:
        path = self._blob_path(digest)
        _size(path, f"{self.name}: {wanted or digest}: manifest {digest}")
        data = _read_manifest(path)
        if Digest.of(data, digest.algorithm) != digest:
            raise DigestMismatch(f"{self.name}: manifest {digest} has other content: {path}")
        return Content(self._types.get(digest, ""), digest, data)

    def _blob_path(self, digest: Digest) -> Path:
        # A digest is parsed: algorithm and hex digits cannot lead out of the folder.
        return self.path / "blobs" / digest.algorithm / digest.encoded

    def _read_subjects(self) -> dict[Digest, tuple[Descriptor, ...]]:
        return subjects_of(self._content, [entry.descriptor for entry in self._listed], self.name)


def _check_version(path: Path) -> None:
    try:
        raw = read_bytes(path, 64 * 2**10)
    except InputError as error:
        raise InputError(f"{path.parent}: is not an OCI image layout: {error}") from error
    check_version(raw, str(path))


def _read_manifest(path: Path) -> bytes:
    limit = MOST_INDEX_BYTES if path.name == "index.json" else MOST_MANIFEST_BYTES
    return read_bytes(path, limit)


def _size(path: Path, where: str) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        raise NotFound(f"{where} is not there (a sparse layout leaves blobs out): {path}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


async def _chunks(path: Path, first: int, size: int) -> AsyncGenerator[bytes, None]:
    try:
        file = await aside(FileIO, path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    with file:
        await aside(file.seek, first)
        while size > 0:
            chunk = await aside(file.read, min(_CHUNK_BYTES, size))
            if not chunk:
                return
            size -= len(chunk)
            yield chunk
