"""Uploads below a tree of layouts: bytes that came and are no blob yet, which outlive a broken connection and a restart."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from regplan.errors import ErrorInfo, RegistryError
from regplan.model.shelf import unknown_upload
from regplan.store.tree import telling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from regplan.oci.digest import Digest

__all__ = ["UPLOADS", "Upload", "Uploads"]

UPLOADS: Final = ".uploads"
_STALE_S: Final = 24 * 3600
_WAIT_S: Final = 5.0
_CHUNK_BYTES: Final = 2**20


class Uploads:
    """The uploads of a tree, one file each in a hidden folder; a file's name says which repository it is for.

    An upload that nobody has written to for a day is removed.
    """

    def __init__(self, root: Path) -> None:
        """Stand for the uploads of the tree in `root`; nothing is made before the first."""
        self._folder = root / UPLOADS
        self._guard = threading.Lock()
        self._busy: dict[Path, Upload] = {}
        self._freed = threading.Condition(self._guard)

    def start(self, repository: str) -> str:
        """Make an empty upload and tell its name."""
        name = secrets.token_hex(16)
        path = self._path(repository, name)
        with telling("write", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("xb").close()
        return name

    def size(self, repository: str, name: str) -> int:
        """Tell how many bytes an upload has."""
        path = self._path(repository, name)
        with telling("read", path):
            if path.is_file():
                return path.stat().st_size
        raise unknown_upload(repository, name)

    def open(self, repository: str, name: str, keep: Callable[[Path, Digest], None]) -> Upload:
        """Open an upload for one request; `keep` puts its whole file into its place. Another request waits a little."""
        path = self._path(repository, name)
        with self._guard:
            if not self._freed.wait_for(lambda: path not in self._busy, _WAIT_S):
                message = f"another request is still writing to upload {name}"
                raise RegistryError(message, status=409, errors=(ErrorInfo("BLOB_UPLOAD_INVALID", message),))
            if not path.is_file():
                raise unknown_upload(repository, name)
            with telling("write", path):
                upload = self._busy[path] = Upload(path, keep, self._free)
            return upload

    def sweep(self, now_s: float | None = None) -> int:
        """Remove what nobody has written to for a day, and tell how many files that were."""
        oldest, removed = (time.time() if now_s is None else now_s) - _STALE_S, 0
        for path in self._folder.glob("*.*"):
            with suppress(OSError):
                if path not in self._busy and path.stat().st_mtime < oldest:
                    path.unlink()
                    removed += 1
        return removed

    def scratch(self) -> Path:
        """Tell a name for a file that no upload has, in the same folder."""
        with telling("write", self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{secrets.token_hex(16)}.scratch"

    def _path(self, repository: str, name: str) -> Path:
        owner = hashlib.sha256(repository.encode()).hexdigest()[:16]
        is_name = len(name) == 32 and set(name) <= set("0123456789abcdef")
        return self._folder / f"{name if is_name else '-'}.{owner}"

    def _free(self, path: Path) -> None:
        with self._guard:
            self._busy.pop(path, None)
            self._freed.notify_all()


class Upload:
    """One upload while a request works on it; bytes are hashed as they come, and read again only where that was not so."""

    def __init__(self, path: Path, keep: Callable[[Path, Digest], None], free: Callable[[Path], None]) -> None:
        """Open the file to go on at its end."""
        self._path, self._keep, self._free = path, keep, free
        self._file = path.open("ab", buffering=0)
        self._size = path.stat().st_size
        self._hasher = hashlib.sha256() if not self._size else None
        self._is_closed = False

    @property
    def size(self) -> int:
        """How many bytes are there."""
        return self._size

    def hash_with(self, algorithm: str) -> None:
        """Be ready for a digest of another algorithm, where nothing came yet."""
        if not self._size and algorithm != "sha256":
            self._hasher = hashlib.new(algorithm)

    def write(self, data: memoryview) -> None:
        """Add bytes."""
        if self._hasher is not None:
            self._hasher.update(data)
        with telling("write", self._path):
            while data:
                taken = self._file.write(data) or 0
                self._size += taken
                data = data[taken:]

    def finish(self, digest: Digest) -> None:
        """Have the bytes reach the disk and give the file its place, if they are what `digest` says; else remove it."""
        with telling("write", self._path):
            found = self._hexdigest(digest.algorithm)
            if found != digest.encoded:
                self.cancel()
                message = f"the {self._size} bytes that came are {digest.algorithm}:{found} and not {digest}"
                raise RegistryError(message, status=400, errors=(ErrorInfo("DIGEST_INVALID", message),))
            os.fsync(self._file.fileno())
            self._file.close()
            self._keep(self._path, digest)

    def cancel(self) -> None:
        """Remove the upload."""
        self._file.close()
        with telling("write", self._path):
            self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file; what is in it stays."""
        if not self._is_closed:
            self._is_closed = True
            self._file.close()
            self._free(self._path)

    def _hexdigest(self, algorithm: str) -> str:
        if self._hasher is not None and self._hasher.name == algorithm:
            return self._hasher.hexdigest()
        hasher = hashlib.new(algorithm)
        with self._path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                hasher.update(chunk)
        return hasher.hexdigest()
