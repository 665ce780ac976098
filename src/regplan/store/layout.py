"""OCI image layouts: `oci:DIR`, whole or sparse (image specification, image-layout.md)."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio

from regplan.errors import DigestMismatch, InputError, InvalidManifest, InvalidReference, NotFound, SizeMismatch
from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.oci.manifest import Index, Manifest, parse_manifest
from regplan.oci.mediatype import OCI_INDEX
from regplan.oci.reference import Reference
from regplan.store.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from regplan.oci.descriptor import Descriptor

__all__ = ["ImageLayout", "LayoutEntry"]

REF_NAME: Final = "org.opencontainers.image.ref.name"
CONTAINERD_NAME: Final = "io.containerd.image.name"
MOST_INDEX_BYTES: Final = 64 * 2**20
MOST_MANIFEST_BYTES: Final = 4 * 2**20
_CHUNK_BYTES: Final = 2**20
_MOST_DEPTH: Final = 8


@dataclass(frozen=True, slots=True)
class LayoutEntry:
    """One entry of a layout's index.json: what it points to, and its name as written ("" for none).

    `reference` is the name in full, where the name says so much; a bare tag leaves it None.
    """

    descriptor: Descriptor
    name: str
    reference: Reference | None


class ImageLayout:
    """An OCI image layout as an `ImageSource`; its index.json is read when it is opened, blobs when they are asked for.

    `ref` narrows it to the entry of that name, as in `oci:DIR:REF`. A sparse layout lacks blobs: they are `NotFound`.
    Raises `InputError` where the folder is no layout.
    """

    def __init__(self, path: Path | str, ref: str | None = None) -> None:
        """Read `oci-layout` and `index.json`."""
        self.path = Path(path)
        self._name = f"oci:{self.path}" + (f":{ref}" if ref else "")
        _check_version(self.path / "oci-layout")
        found = _entries(self.path / "index.json")
        if ref:
            found = tuple(entry for entry in found if ref in {entry.name, str(entry.reference)})
            if not found:
                raise InputError(f"{self.path}: index.json has no image named {ref!r}")
        self.entries = found
        self._types: dict[Digest, str] = {entry.descriptor.digest: entry.descriptor.media_type for entry in found}
        self._subjects: dict[Digest, tuple[Descriptor, ...]] | None = None

    @property
    def name(self) -> str:
        """The layout as `--from` takes it."""
        return self._name

    def references(self) -> tuple[Reference, ...]:
        """Name every image; one whose name says no host is `localhost/FOLDER`, by its tag or its digest."""
        home = re.sub(r"[^a-z0-9]+", "-", self.path.resolve().name.lower()).strip("-") or "layout"
        named = (
            entry.reference
            or Reference("localhost", home, entry.name or None, None if entry.name else entry.descriptor.digest)
            for entry in self.entries
        )
        return tuple(dict.fromkeys(named))

    async def manifest(self, reference: Reference) -> Content:
        """Read what `reference` names: by digest, else by full name, else by tag, else the one nameless image."""
        digest = reference.digest or self._find(reference).digest
        return await anyio.to_thread.run_sync(self._content, digest, str(reference))

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Stream a blob's bytes from `first` to `last` inclusive; read whole, it is held to its digest."""
        del repository  # A layout keeps the blobs of all its images in one place.
        path = self._blob_path(descriptor.digest)
        where = f"{self.name}: blob {descriptor.digest}"
        size = await anyio.to_thread.run_sync(_size, path, where)
        if size != descriptor.size:
            raise SizeMismatch(f"{where} has {size} bytes and not {descriptor.size}: {path}")
        left = (descriptor.size if last is None else min(last + 1, descriptor.size)) - first
        hasher = hashlib.new(descriptor.digest.algorithm) if left == descriptor.size else None
        async with aclosing(_chunks(path, first, left)) as chunks:
            async for chunk in chunks:
                left -= len(chunk)
                if hasher is not None:
                    hasher.update(chunk)
                if hasher is not None and not left and hasher.hexdigest() != descriptor.digest.encoded:
                    # Before the last bytes go out, so that nobody takes them for a whole blob.
                    raise DigestMismatch(f"{where} has other content: {path}")
                yield chunk
        if left > 0:
            raise SizeMismatch(f"{where} lacks {left} bytes of {descriptor.size}: {path}")

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List the manifests of this layout whose subject is `digest`."""
        del repository
        if self._subjects is None:
            self._subjects = await anyio.to_thread.run_sync(self._read_subjects)
        return self._subjects.get(digest, ())

    def _find(self, reference: Reference) -> Descriptor:
        """Find the entry that `reference` names; the first way of naming that knows it decides."""
        ways = (
            lambda entry: entry.reference == reference,
            lambda entry: entry.reference is None and entry.name == reference.tag,
            lambda entry: not entry.name and len(self.entries) == 1,
        )
        for way in ways:
            found = {entry.descriptor.digest: entry.descriptor for entry in self.entries if way(entry)}
            if len(found) > 1:
                raise NotFound(f"{self.name} has {len(found)} images named {reference}: ask for one by its digest")
            if found:
                return next(iter(found.values()))
        raise NotFound(f"{self.name} has no {reference}")

    def _content(self, digest: Digest, wanted: str) -> Content:
        path = self._blob_path(digest)
        _size(path, f"{self.name}: {wanted}: manifest {digest}")
        data = _read_manifest(path)
        if Digest.of(data, digest.algorithm) != digest:
            raise DigestMismatch(f"{self.name}: manifest {digest} has other content: {path}")
        return Content(self._types.get(digest, ""), digest, data)

    def _blob_path(self, digest: Digest) -> Path:
        # A digest is parsed: algorithm and hex digits cannot lead out of the folder.
        return self.path / "blobs" / digest.algorithm / digest.encoded

    def _read_subjects(self) -> dict[Digest, tuple[Descriptor, ...]]:
        subjects: dict[Digest, dict[Digest, Descriptor]] = {}
        for descriptor, document in self._walk([entry.descriptor for entry in self.entries], _MOST_DEPTH):
            if document.subject is not None:
                subjects.setdefault(document.subject.digest, {})[descriptor.digest] = descriptor
        return {subject: tuple(found.values()) for subject, found in subjects.items()}

    def _walk(self, descriptors: list[Descriptor], depth: int) -> Iterator[tuple[Descriptor, Manifest | Index]]:
        """Yield every manifest and index that is here, nested ones included."""
        for descriptor in descriptors if depth else ():
            try:
                content = self._content(descriptor.digest, str(descriptor.digest))
                document = parse_manifest(
                    content.data, descriptor.media_type, where=f"{self.name}: {descriptor.digest}"
                )
            except (NotFound, InvalidManifest):
                continue
            yield descriptor, document
            if isinstance(document, Index):
                yield from self._walk(list(document.manifests), depth - 1)


def _check_version(path: Path) -> None:
    try:
        document = json.loads(read_bytes(path, 64 * 2**10))
        version = str(document["imageLayoutVersion"])
    except InputError as error:
        raise InputError(f"{path.parent}: is not an OCI image layout: {error}") from error
    except (ValueError, TypeError, KeyError):
        raise InputError(f"{path}: has no imageLayoutVersion, so this is not an OCI image layout") from None
    if version.partition(".")[0] != "1":
        raise InputError(f"{path}: imageLayoutVersion {version!r} is not one that regplan reads (1.0.0)")


def _entries(path: Path) -> tuple[LayoutEntry, ...]:
    index = parse_manifest(read_bytes(path, MOST_INDEX_BYTES), OCI_INDEX, where=str(path))
    if not isinstance(index, Index):
        raise InputError(f"{path}: is a manifest, and the list of a layout's images is wanted")
    return tuple(_entry(descriptor) for descriptor in index.manifests)


def _entry(descriptor: Descriptor) -> LayoutEntry:
    annotations = dict(descriptor.annotations)
    name = annotations.get(REF_NAME, "")
    # skopeo writes the tag alone, umoci and recordings the whole name; containerd keeps that under a key of its own.
    full = name if "/" in name or ":" in name else annotations.get(CONTAINERD_NAME, "")
    try:
        reference = Reference.parse(full) if full else None
    except InvalidReference:
        reference = None
    return LayoutEntry(descriptor, name or full, reference)


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
        file = await anyio.open_file(path, "rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    async with file:
        await file.seek(first)
        while size > 0:
            chunk = await file.read(min(_CHUNK_BYTES, size))
            if not chunk:
                return
            size -= len(chunk)
            yield chunk
