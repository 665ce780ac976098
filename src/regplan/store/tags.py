"""What tags named when they were last seen, kept between runs: what a plan without a connection is made from."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidDigest
from regplan.oci.digest import Digest
from regplan.store.cache import CacheInfo, clear_files, count_files
from regplan.store.files import keep
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.oci.reference import Reference

__all__ = ["SeenTag", "TagMemory"]

_log = logging.getLogger(__name__)
_FORMAT: Final = "tags-v1"
_FILES: Final = f"{_FORMAT}/??/*"
_MOST_ENTRY_BYTES: Final = 16 * 2**10
_FRESH: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SeenTag:
    """What a tag named: the digest, its media type, when (RFC 3339, UTC), and under which HOST/REPOSITORY it was found."""

    digest: Digest
    media_type: str
    seen_at: str
    place: str


def _now() -> datetime:
    return datetime.now(UTC)


class TagMemory:
    """What tags named, under `folder`, one small file for each source and reference; it holds no credentials.

    A source is its name, "origin" or a mirror's: what one mirror answered is never taken for what another holds. A
    memory that cannot be read or written is an empty one: it never fails a run.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime] = _now) -> None:
        """Touch nothing yet."""
        self._folder = folder
        self._now = now

    def holds(self, source: str, reference: Reference) -> bool:
        """Tell whether anything is remembered of `reference`, unread: it may be damaged."""
        return os.path.exists(self._path(source, reference))  # noqa: PTH110  (unlike Path's it raises nothing)

    def recall(self, source: str, reference: Reference) -> SeenTag | None:
        """Tell what `reference` named when `source` was last asked; a damaged file is removed."""
        path = self._path(source, reference)
        try:
            with path.open("rb") as file:
                raw = file.read(_MOST_ENTRY_BYTES + 1)
        except OSError:
            return None
        try:
            return _read(raw, source, reference)
        except (ValueError, KeyError, TypeError, RecursionError, InvalidDigest):
            _log.debug("%s is damaged and removed", path)
            with suppress(OSError):
                path.unlink()
            return None

    def remember(self, source: str, reference: Reference, digest: Digest, media_type: str, place: str) -> None:
        """Keep what `reference` names now, unless the folder cannot be written."""
        path = self._path(source, reference)
        entry = {
            "source": source,
            "reference": str(reference),
            "digest": str(digest),
            "media_type": media_type,
            "seen_at": self._now().isoformat(timespec="seconds"),
            "place": place,
        }
        if problem := keep(path, _sealed(json.dumps(entry).encode())):
            _log.debug("%s is not remembered: %s", reference, problem)

    def is_fresh(self, seen: SeenTag) -> bool:
        """Tell whether this was seen less than an hour ago, so that seeing it again need not be written down.

        A time that is told is then one at which the tag was seen, if not the last one; never a later one.
        """
        return timedelta() <= self._now() - datetime.fromisoformat(seen.seen_at) < _FRESH

    def info(self) -> CacheInfo:
        """Count the tags that are remembered."""
        return count_files(self._folder, _FILES)

    def clear(self) -> CacheInfo:
        """Forget every tag and tell how many there were; raises `InputError` where a file resists."""
        return clear_files(self._folder, _FILES)

    def _path(self, source: str, reference: Reference) -> Path:
        key = hashlib.sha256(f"{source}\n{reference}".encode()).hexdigest()
        return Path(f"{self._folder}/{_FORMAT}/{key[:2]}/{key}")


def _sealed(data: bytes) -> bytes:
    """Put a digest before the bytes, since nothing else would tell that a bit of a time or a digest has turned."""
    return f"{Digest.of(data)}\n".encode() + data


def _read(raw: bytes, source: str, reference: Reference) -> SeenTag:
    _, _, data = raw.partition(b"\n")
    if raw != _sealed(data):
        raise ValueError(source)
    entry = json.loads(data.decode())
    if (entry["source"], entry["reference"]) != (source, str(reference)):
        raise ValueError(source)
    texts = {name: entry[name] for name in ("digest", "media_type", "seen_at", "place")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError(texts)
    # What stands there is shown to people: a date, and nothing else.
    seen_at = datetime.fromisoformat(texts["seen_at"]).astimezone(UTC).isoformat(timespec="seconds")
    return SeenTag(Digest.parse(texts["digest"]), texts["media_type"], seen_at, texts["place"])
