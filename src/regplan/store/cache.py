"""Manifests and configs kept between runs by digest; what is in the cache is never believed unread."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.store.files import keep
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CacheInfo", "DigestCache", "clear_files", "count_files"]

_log = logging.getLogger(__name__)
_MOST_ENTRY_BYTES: Final = 8 * 2**20 + 512
_FORMAT: Final = "v1"
_FILES: Final = f"{_FORMAT}/*/??/*"


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """How much a cache holds: files, their sizes in bytes, and when the newest was written, as Unix time in seconds."""

    folder: Path
    entries: int
    size_bytes: int
    newest_s: float | None = None


class DigestCache:
    """Manifests and configs under `folder`, one file each: the media type, a line end, the verbatim bytes.

    A cache that cannot be read or written is one that holds nothing: it never fails a run.
    """

    def __init__(self, folder: Path) -> None:
        """Touch nothing yet."""
        self.folder = folder

    def holds(self, digest: Digest) -> bool:
        """Tell whether something is kept for `digest`, unread: it may be damaged."""
        return os.path.exists(self._path(digest))  # noqa: PTH110  (unlike Path's it raises nothing)

    def get(self, digest: Digest) -> Content | None:
        """Tell what is kept for `digest`, checked against it; a damaged file is removed."""
        path = self._path(digest)
        try:
            with path.open("rb") as file:
                raw = file.read(_MOST_ENTRY_BYTES + 1)
        except OSError:
            return None
        head, end, data = raw.partition(b"\n")
        if not end or Digest.of(data, digest.algorithm) != digest:
            _log.debug("%s is damaged and removed", path)
            with suppress(OSError):
                path.unlink()
            return None
        return Content(head.decode("utf-8", "replace"), digest, data)

    def put(self, content: Content) -> None:
        """Keep `content`, unless it is too large or the folder cannot be written."""
        entry = content.media_type.encode().replace(b"\n", b" ") + b"\n" + content.data
        if len(entry) > _MOST_ENTRY_BYTES or self.holds(content.digest):
            return
        if problem := keep(self._path(content.digest), entry):
            _log.debug("%s is not cached: %s", content.digest, problem)

    def info(self) -> CacheInfo:
        """Count what is kept."""
        return count_files(self.folder, _FILES)

    def clear(self) -> CacheInfo:
        """Remove what is kept and tell how much it was; raises `InputError` where a file resists."""
        return clear_files(self.folder, _FILES)

    def _path(self, digest: Digest) -> Path:
        return Path(f"{self.folder}/{_FORMAT}/{digest.algorithm}/{digest.encoded[:2]}/{digest.encoded}")


def count_files(folder: Path, pattern: str) -> CacheInfo:
    """Count the files below `folder` that `pattern` names; what another process removes meanwhile is left out."""
    # What a process has not finished writing, or never will, is no entry; clearing removes it.
    found = [stat for path, stat in _found(folder, pattern) if path.suffix != ".tmp"]
    newest_s = max((stat.st_mtime for stat in found), default=None)
    return CacheInfo(folder, len(found), sum(stat.st_size for stat in found), newest_s)


def clear_files(folder: Path, pattern: str) -> CacheInfo:
    """Remove the files below `folder` that `pattern` names; raises `InputError` where one resists."""
    removed = []
    for path, stat in list(_found(folder, pattern)):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"{path}: cannot be removed ({error.strerror})") from error
        removed.append(stat.st_size)
    return CacheInfo(folder, len(removed), sum(removed))


def _found(folder: Path, pattern: str) -> Iterator[tuple[Path, os.stat_result]]:
    for path in sorted(folder.glob(pattern)):
        with suppress(OSError):
            if path.is_file():
                yield path, path.stat()
