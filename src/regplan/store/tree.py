"""A tree of OCI image layouts, one folder per repository, as Zot keeps its storage: what travels on a disk.

Every layout is whole by itself, and a blob that several repositories share is one file with several names where the
disk has hard links. A tree and a single layout are told apart by the `oci-layout` file at the top.
"""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import threading
import time
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any, Final

import anyio

from regplan.errors import Denied, DigestMismatch, InputError, NotFound, QuotaExceeded, RegistryError
from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.oci.manifest import parse_manifest
from regplan.oci.mediatype import OCI_INDEX
from regplan.oci.reference import Reference
from regplan.store.filelock import is_free
from regplan.store.foldernames import rank_folders, source_of
from regplan.store.layout import ImageLayout
from regplan.store.locks import exclusive

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping

    from regplan.oci.descriptor import Descriptor

__all__ = [
    "LayoutFolder",
    "LayoutTree",
    "NewBlob",
    "abandoned",
    "layouts",
    "rank_folders",
    "read_chunks",
    "source_of",
    "telling",
]

REF_NAME: Final = "org.opencontainers.image.ref.name"
_LAYOUT: Final = b'{"imageLayoutVersion":"1.0.0"}'
_CHUNK_BYTES: Final = 2**20
FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_HALF: Final = re.compile(r"\.[0-9a-f]{32,}\.\d+\.tmp")
_MOMENT_S: Final = 60.0
_MOST_MANIFEST_BYTES: Final = 4 * 2**20


class LayoutFolder:
    """One layout of a tree: blobs by digest, and `index.json` with the tags; only writing makes the folder.

    A disk that refuses raises `QuotaExceeded` where it is full, `Denied` where it may not be touched, or another
    `RegistryError`, each naming the file.
    """

    def __init__(self, path: Path) -> None:
        """Stand for the layout in `path`, which need not exist."""
        self.path = path

    def blob_path(self, digest: Digest) -> Path:
        """Tell where a blob's file is, or would be."""
        return self.path / "blobs" / digest.algorithm / digest.encoded

    def blob_size(self, digest: Digest) -> int | None:
        """Tell the size in bytes of a blob's file, or None where there is none."""
        path = self.blob_path(digest)
        with telling("read", path):
            return path.stat().st_size if path.is_file() else None

    def content(self, reference: str) -> Content | None:
        """Read the manifest that a tag or digest names, its digest checked; None where it is not here."""
        entry = next((each for each in self._entries() if reference in {each.get("digest"), _tag_of(each)}), {})
        named = reference if ":" in reference else entry.get("digest")
        digest = None if named is None else Digest.parse(str(named))
        size = None if digest is None else self.blob_size(digest)
        # What is so large and stands in no index is a layer, whatever it is asked for as.
        if digest is None or size is None or (size > _MOST_MANIFEST_BYTES and not entry):
            return None
        if size > _MOST_MANIFEST_BYTES:
            most = f"{_MOST_MANIFEST_BYTES // 2**20} MiB"
            raise RegistryError(
                f"{self.blob_path(digest)} has {size:,} bytes: a manifest of more than {most} is not read"
            )
        with telling("read", self.blob_path(digest)):
            raw = self.blob_path(digest).read_bytes()
        if Digest.of(raw, digest.algorithm) != digest:
            raise DigestMismatch(f"{self.blob_path(digest)} holds other bytes than those of its name; remove it")
        return Content(
            parse_manifest(raw, str(entry.get("mediaType") or ""), where=str(self.blob_path(digest))).media_type,
            digest,
            raw,
        )

    def tags(self) -> tuple[str, ...]:
        """List the tags, in the order of `index.json`."""
        return tuple(str(tag) for each in self._entries() if (tag := _tag_of(each)) is not None)

    def link(self, digest: Digest, other: LayoutFolder) -> None:
        """Share a blob of another layout: as a second name of its file, or as a copy where the disk has no links."""
        new = NewBlob(self, digest, linked=other.blob_path(digest))
        try:
            new.keep()
        finally:
            new.discard()

    def digests(self) -> tuple[Digest, ...]:
        """List the manifests that `index.json` names, each once."""
        return tuple(dict.fromkeys(Digest.parse(str(each["digest"])) for each in self._entries()))

    def put(self, reference: str, media_type: str, raw: bytes, *, keep: Digest | None = None) -> None:
        """Write a manifest, and name it in `index.json` by its tag, or untagged by its digest.

        What had the tag before is forgotten, as where disks are filled. `keep` is the manifest's digest where it is
        tagged as a registry does it: what loses its last tag then stays, untagged.
        """
        digest = Digest.parse(reference) if ":" in reference else keep or Digest.of(raw)
        entry: dict[str, object] = {"mediaType": media_type, "digest": str(digest), "size": len(raw)}
        if ":" not in reference:
            entry["annotations"] = {REF_NAME: reference}
        with telling("write", self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        with telling("write", self.path), exclusive(self.path):
            _write(self.blob_path(digest), raw)
            entries = self._entries()
            kept = [each for each in entries if not _is_replaced(each, entry)]
            if ":" not in reference or all(each.get("digest") != str(digest) for each in kept):
                kept.append(entry)
            self._write_index(kept if keep is None else [*kept, *_untagged(entries, kept)])

    def remove(self, reference: str) -> bool:
        """Forget a tag, whose manifest stays, or a manifest with all its tags; tell whether it was there."""
        if not self.path.is_dir():
            return False
        with telling("write", self.path), exclusive(self.path):
            entries = self._entries()
            kept = [each for each in entries if reference not in {each.get("digest"), _tag_of(each)}]
            is_digest = ":" in reference
            if len(kept) < len(entries):
                self._write_index(kept if is_digest else [*kept, *_untagged(entries, kept)])
            path = self.blob_path(Digest.parse(reference)) if is_digest else None
            if path is None or not path.is_file():
                return len(kept) < len(entries)
            path.unlink()
            return True

    def mark(self) -> None:
        """Have the folder be known as a layout, before its first manifest."""
        if not (self.path / "oci-layout").is_file():
            _write(self.path / "oci-layout", _LAYOUT)

    def _write_index(self, entries: list[Mapping[str, Any]]) -> None:
        self.mark()
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
        _write(self.path / "index.json", json.dumps(index, indent=1).encode())

    def _entries(self) -> list[Mapping[str, Any]]:
        path = self.path / "index.json"
        with telling("read", path):
            if not path.is_file():
                return []
            raw = path.read_bytes()
        with suppress(ValueError, AttributeError):
            entries = json.loads(raw).get("manifests")
            if isinstance(entries, list) and all(isinstance(each, dict) and "digest" in each for each in entries):
                return entries
        raise InputError(f"{path} is not the index of an image layout; mend or remove it")


class NewBlob:
    """A blob's file while it is written, under a name of its own beside its place; `keep` puts it into its place.

    It is locked meanwhile, so that what a killed run has left is told from what another one writes.
    """

    def __init__(self, folder: LayoutFolder, digest: Digest, linked: Path | None = None) -> None:
        """Open the file empty, or as another name for `linked`."""
        self._target = folder.blob_path(digest)
        self._new = self._target.with_name(f".{digest.encoded}.{os.getpid()}.tmp")
        with telling("write", self._target):
            self._target.parent.mkdir(parents=True, exist_ok=True)
            # What a killed run has left of this blob would fill the disk for ever.
            for each in self._target.parent.glob(f".{digest.encoded}.*.tmp"):
                _remove_stale(each)
            if linked is not None:
                _link(linked, self._new)
            self._file = self._new.open("ab")
            if os.fstat(self._file.fileno()).st_nlink == 1:
                is_free(self._file)
            while linked is None and not self._new.exists():
                # Another one has taken it for left, before it was locked.
                self._file.close()
                self._file = self._new.open("ab")
                is_free(self._file)

    def write(self, chunk: bytes) -> None:
        """Add bytes."""
        with telling("write", self._target):
            self._file.write(chunk)

    def keep(self) -> None:
        """Have the bytes reach the disk, and give the file its name."""
        with telling("write", self._target):
            self._file.flush()
            os.fsync(self._file.fileno())
            if sys.platform == "win32":  # which renames no open file; elsewhere it is locked until it has its name
                self._file.close()
            self._new.replace(self._target)
            self._file.close()

    def discard(self) -> None:
        """Remove what was not kept."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._new.unlink(missing_ok=True)


def _remove_stale(path: Path) -> None:
    """Remove what a killed run has left, and not what another one writes just now."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        told = os.fstat(file.fileno())
        # A second name for a blob has no lock of its own, and is there for a moment only.
        is_left = time.time() - told.st_ctime > _MOMENT_S if told.st_nlink > 1 else is_free(file)
        if is_left:
            path.unlink()


def abandoned(path: Path) -> int:
    """Tell how many bytes removing a half-written blob frees: none where somebody writes it still, or where it is none."""
    with suppress(OSError), path.open("rb") as file:
        told = os.fstat(file.fileno())
        # A second name for a blob that is there takes no room.
        if _HALF.fullmatch(path.name) and told.st_nlink == 1 and is_free(file, unknown=False):
            return told.st_size
    return 0


class LayoutTree:
    """A tree of layouts as a source of images, whatever project they were seeded under.

    `docker.io/library/nginx` is looked for in the folder of that name, then in any `PROJECT/docker.io/library/nginx`,
    then by its path alone: `library/nginx` and `PROJECT/library/nginx`.
    """

    def __init__(self, path: Path) -> None:
        """Stand for the tree in `path`; its folders are looked at when the first image is asked for."""
        self.name = f"oci:{path}"
        self._path = path
        self._folders: dict[str, LayoutFolder] | None = None
        self._opened: dict[Path, ImageLayout] = {}

    def references(self) -> tuple[Reference, ...]:
        """Name every tagged image as it was named before it was seeded, where its folder tells."""
        return tuple(
            Reference(*source_of(name), tag) for name, folder in sorted(layouts(self._path)) for tag in folder.tags()
        )

    async def manifest(self, reference: Reference) -> Content:
        """Read the manifest that `reference` names; raises `NotFound`."""
        for folder in self._candidates(reference):
            if (content := folder.content(reference.target)) is not None:
                return content
        raise NotFound(f"{self.name} does not hold {reference}")

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncGenerator[bytes]:
        """Stream a blob's bytes from `first` to `last` inclusive; raises `NotFound`."""
        for folder in self._candidates(Reference.parse(repository)):
            if folder.blob_size(descriptor.digest) is not None:
                async with aclosing(read_chunks(folder.blob_path(descriptor.digest), first, last)) as chunks:
                    async for chunk in chunks:
                        yield chunk
                return
        raise NotFound(f"{self.name} does not hold {descriptor.digest} of {repository}")

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List the manifests whose subject is `digest` in the first folder of the repository that has any."""
        for layout in self._layouts_of(repository):
            if found := await layout.referrers(repository, digest):
                return found
        return ()

    async def tags_among(self, repository: str, tags: frozenset[str]) -> frozenset[str]:
        """Tell which of `tags` the first folder of the repository has that has any."""
        for layout in self._layouts_of(repository):
            if found := await layout.tags_among(repository, tags):
                return found
        return frozenset()

    def _layouts_of(self, repository: str) -> Iterator[ImageLayout]:
        for folder in self._candidates(Reference.parse(repository)):
            if folder.path not in self._opened and (folder.path / "index.json").is_file():
                self._opened[folder.path] = ImageLayout(folder.path)
            if folder.path in self._opened:
                yield self._opened[folder.path]

    def _candidates(self, reference: Reference) -> list[LayoutFolder]:
        if self._folders is None:
            self._folders = dict(sorted(layouts(self._path)))
        if not self._folders:
            raise InputError(f"{self.name}: no image layout is in this folder or below it")
        return [self._folders[name] for name in rank_folders(self._folders, reference)]


async def read_chunks(path: Path, first: int = 0, last: int | None = None) -> AsyncGenerator[bytes]:
    """Stream a file's bytes from `first` to `last` inclusive, a mebibyte at a time."""
    left = None if last is None else last + 1 - first
    with telling("read", path):
        async with await anyio.open_file(path, "rb") as file:
            await file.seek(first)
            while chunk := await file.read(_CHUNK_BYTES if left is None else min(left, _CHUNK_BYTES)):
                left = None if left is None else left - len(chunk)
                yield chunk


@contextmanager
def telling(doing: str, path: Path) -> Iterator[None]:
    """Turn what the disk says into an error of ours that names the file."""
    try:
        yield
    except OSError as error:
        kind = QuotaExceeded if error.errno in FULL else Denied if error.errno in FORBIDDEN else RegistryError
        raise kind(f"cannot {doing} {path}: {error.strerror or error}") from error


def _link(source: Path, new: Path) -> None:
    try:
        new.hardlink_to(source)
    except OSError as error:
        if error.errno in FULL:
            raise
        copyfile(source, new)


def _write(path: Path, data: bytes) -> None:
    new = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with telling("write", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with new.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def layouts(root: Path) -> Iterator[tuple[str, LayoutFolder]]:
    """Yield every layout below a folder, by its path from there."""
    for folder, below, files in os.walk(root):
        if "oci-layout" in files and folder != str(root):
            below[:] = [name for name in below if name != "blobs"]
            yield Path(folder).relative_to(root).as_posix(), LayoutFolder(Path(folder))


def _tag_of(entry: Mapping[str, Any]) -> object:
    annotations = entry.get("annotations")
    return annotations.get(REF_NAME) if isinstance(annotations, dict) else None


def _untagged(entries: list[Mapping[str, Any]], kept: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield what would vanish with its last tag, without that tag."""
    seen = {each.get("digest") for each in kept}
    for each in entries:
        if each.get("digest") not in seen and _tag_of(each) is not None:
            seen.add(each.get("digest"))
            left = {key: value for key, value in each["annotations"].items() if key != REF_NAME}
            bare = {key: value for key, value in each.items() if key != "annotations"}
            yield {**bare, "annotations": left} if left else bare


def _is_replaced(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether an entry gives way: it has the new one's tag, or is the same manifest without a tag."""
    if (tag := _tag_of(new)) is None:
        return False
    return _tag_of(old) == tag or (_tag_of(old) is None and old.get("digest") == new.get("digest"))
