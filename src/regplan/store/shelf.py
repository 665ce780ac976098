"""A tree of image layouts behind a registry: what is pushed is what `oci:DIR` reads, and what stands there is served."""

from __future__ import annotations

import os
import re
import threading
import time
from contextlib import suppress
from shutil import copyfile
from typing import TYPE_CHECKING, Final

from regplan.errors import ErrorInfo, InputError, InvalidManifest, NotFound, RegistryError
from regplan.model.shelf import unknown_blob, unknown_manifest, unknown_name
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.mediatype import is_foreign
from regplan.oci.referrer import referrer_of
from regplan.store.locks import exclusive
from regplan.store.tree import LayoutFolder, layouts, telling
from regplan.store.uploads import Upload, Uploads

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from regplan.model.source import Content
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.oci.manifest import Manifest

__all__ = ["FileBlob", "TreeShelf"]

_CHUNK_BYTES: Final = 2**18
_FRESH_S: Final = 2.0
_MOST_REMEMBERED: Final = 100_000
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
# What a layout keeps in its folder cannot be a repository below it.
_TAKEN: Final = frozenset({"blobs", "index.json", "oci-layout"})


class FileBlob:
    """A blob's file, open for reading."""

    def __init__(self, file: BinaryIO) -> None:
        """Read from `file`, which this closes."""
        self.file = file
        self.size = os.fstat(file.fileno()).st_size

    def chunks(self, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes from `first` to `last` inclusive."""
        self.file.seek(first)
        left = last - first + 1
        while left > 0 and (chunk := self.file.read(min(left, _CHUNK_BYTES))):
            left -= len(chunk)
            yield chunk

    def close(self) -> None:
        """Close the file."""
        self.file.close()


class TreeShelf:
    """The layouts below a folder as the repositories of a registry; several threads and processes work on one tree.

    A blob is one file however many repositories have it, where the disk has hard links. Raises `InputError` where a
    single layout is in the folder.
    """

    def __init__(self, path: Path) -> None:
        """Stand for the tree in `path`, which need not exist."""
        if (path / "oci-layout").is_file():
            raise InputError(f"oci:{path} is a single image layout, and a tree of them is wanted; name another folder")
        self.name = f"oci:{path}"
        self.path = path
        self._uploads = Uploads(path)
        self._listing = threading.Lock()
        self._listed: tuple[float, tuple[str, ...]] = (float("-inf"), ())
        self._described: dict[Digest, tuple[Digest | None, Descriptor]] = {}

    def sweep(self) -> None:
        """Remove uploads and half-written files that nobody has touched for a day; a server does so now and then."""
        self._uploads.sweep()
        oldest = time.time() - 24 * 3600
        for _, folder in layouts(self.path):
            for path in (*folder.path.glob(".*.tmp"), *folder.path.glob("blobs/*/.*.tmp")):
                with suppress(OSError):
                    if path.stat().st_mtime < oldest:
                        path.unlink()

    def repositories(self) -> Sequence[str]:
        """List the folders with a manifest in them, or that had one."""
        return tuple(name for name in self.names() if (self.path / name / "index.json").is_file())

    def names(self, fresh_s: float = 0.0) -> tuple[str, ...]:
        """List the repositories, as they were `fresh_s` ago at most."""
        with self._listing:
            seen_s, names = self._listed
            if time.monotonic() - seen_s >= fresh_s:
                names = tuple(sorted(name for name, _ in layouts(self.path)))
                self._listed = (time.monotonic(), names)
            return names

    def tags(self, repository: str) -> Sequence[str]:
        """List the tags of `index.json`; names of other forms are no tags."""
        return sorted({tag for tag in self._existing(repository).tags() if _TAG.fullmatch(tag)})

    def manifest(self, repository: str, target: str) -> Content:
        """Read a manifest, its digest checked."""
        folder = self._existing(repository)
        try:
            content = folder.content(target)
        except InvalidManifest:
            content = None  # a layer's digest, say
        if content is None:
            raise unknown_manifest(repository, target)
        return content

    def open_blob(self, repository: str, digest: Digest) -> FileBlob:
        """Open a blob's file."""
        path = self._folder(repository).blob_path(digest)
        with telling("read", path):
            try:
                return FileBlob(path.open("rb", buffering=0))
            except (FileNotFoundError, NotADirectoryError):
                raise unknown_blob(repository, digest) from None

    def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List the manifests whose subject is `digest`; what a manifest says is read once."""
        try:
            folder = self._existing(repository)
        except NotFound:
            return ()
        told = (self._describe(folder, each) for each in folder.digests())
        return tuple(each[1] for each in told if each is not None and each[0] == digest)

    def put_manifest(self, repository: str, tags: Sequence[str], content: Content) -> None:
        """Write a manifest and its tags, if all that it names is here."""
        folder = self._folder(repository)
        document = parse_manifest(content.data, content.media_type)
        missing = _missing(folder, document)
        if missing is not None:
            message = f"{repository} lacks {missing}"
            raise RegistryError(message, status=400, errors=(ErrorInfo("MANIFEST_BLOB_UNKNOWN", message),))
        for reference in tags or (str(content.digest),):
            folder.put(reference, document.media_type, content.data, keep=content.digest)
        self._mark(folder)

    def delete_manifest(self, repository: str, target: str) -> None:
        """Forget a tag, or a manifest with its tags; a blob that is no manifest is left alone."""
        folder = self._existing(repository)
        if ":" in target:
            self.manifest(repository, target)
        if not folder.remove(target):
            raise unknown_manifest(repository, target)

    def delete_blob(self, repository: str, digest: Digest) -> None:
        """Remove a blob's file from one repository; a manifest is removed as a manifest."""
        folder = self._folder(repository)
        path = folder.blob_path(digest)
        if digest in folder.digests() or not path.is_file():
            raise unknown_blob(repository, digest)
        with telling("write", path):
            path.unlink(missing_ok=True)

    def mount(self, repository: str, digest: Digest, origin: str | None) -> bool:
        """Share a blob's file under a second name, or copy it where the disk has no links."""
        folder = self._folder(repository)
        names = (origin,) if origin else (repository, *self.names(_FRESH_S))
        sources = (LayoutFolder(self.path / name).blob_path(digest) for name in names)
        source = next((path for path in sources if path.is_file()), None)
        if source is not None:
            self._share(source, folder.blob_path(digest))
            self._mark(folder)
        return source is not None

    def start_upload(self, repository: str) -> str:
        """Start an upload."""
        self._folder(repository)
        return self._uploads.start(repository)

    def upload_size(self, repository: str, upload: str) -> int:
        """Tell how far an upload is."""
        return self._uploads.size(repository, upload)

    def open_upload(self, repository: str, upload: str, algorithm: str = "sha256") -> Upload:
        """Work on an upload."""
        folder = self._folder(repository)
        opened = self._uploads.open(repository, upload, lambda path, digest: self._keep(folder, path, digest))
        opened.hash_with(algorithm)
        return opened

    def _keep(self, folder: LayoutFolder, path: Path, digest: Digest) -> None:
        """Put a whole file into its place, and let other repositories that have the blob share it from now on."""
        target = folder.blob_path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        names = self.names(_FRESH_S)
        # One at a time, or two who bring the same blob would each give the other's repository their own file.
        with exclusive(path.parent):
            path.replace(target)
            self._relink(target, [LayoutFolder(self.path / name).blob_path(digest) for name in names])
        self._mark(folder)

    def _relink(self, target: Path, others: list[Path]) -> None:
        """Have other names of a blob lead to these bytes, which have just been checked; those there have lain on a disk."""
        for other in others:
            with suppress(OSError):
                if other != target and other.is_file() and not other.samefile(target):
                    scratch = self._uploads.scratch()
                    scratch.hardlink_to(target)
                    scratch.replace(other)

    def _share(self, source: Path, target: Path) -> None:
        with telling("write", target):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                target.hardlink_to(source)
            except FileExistsError:
                return
            except FileNotFoundError:
                raise
            except OSError:
                scratch = self._uploads.scratch()
                try:
                    copyfile(source, scratch)
                    scratch.replace(target)
                finally:
                    scratch.unlink(missing_ok=True)

    def _folder(self, repository: str) -> LayoutFolder:
        taken = _TAKEN.intersection(repository.split("/"))
        if taken:
            message = f"a repository of an image layout cannot have {min(taken)!r} in its name"
            raise RegistryError(message, status=400, errors=(ErrorInfo("NAME_INVALID", message),))
        return LayoutFolder(self.path / repository)

    def _existing(self, repository: str) -> LayoutFolder:
        folder = self._folder(repository)
        if not (folder.path / "index.json").is_file():
            raise unknown_name(repository)
        return folder

    def _mark(self, folder: LayoutFolder) -> None:
        """Have a folder be found by those who look for its blobs."""
        folder.mark()
        with self._listing:
            if folder.path.relative_to(self.path).as_posix() not in self._listed[1]:
                self._listed = (float("-inf"), ())

    def _describe(self, folder: LayoutFolder, digest: Digest) -> tuple[Digest | None, Descriptor] | None:
        known = self._described.get(digest)
        if known is None:
            try:
                content = folder.content(str(digest))
            except InvalidManifest:
                content = None
            if content is None:
                return None
            document = parse_manifest(content.data, content.media_type)
            subject = document.subject
            known = (None if subject is None else subject.digest, referrer_of(document, digest))
            if len(self._described) >= _MOST_REMEMBERED:
                self._described.clear()
            self._described[digest] = known
        return known


def _missing(folder: LayoutFolder, document: Manifest | Index) -> Digest | None:
    """Name the first thing that a manifest needs and the folder lacks; foreign layers and subjects may be elsewhere."""
    if isinstance(document, Index):
        needed = list(document.manifests)
    else:
        needed = [document.config, *(layer for layer in document.layers if not is_foreign(layer.media_type))]
    return next((each.digest for each in needed if folder.blob_size(each.digest) != each.size), None)
