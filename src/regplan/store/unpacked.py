"""Sizes of unpacked layers, kept by digest: in the cache between runs, and in a recording beside its facts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError
from regplan.oci.compression import UnpackedSize
from regplan.oci.digest import Digest
from regplan.store.files import read_bytes, read_text, write_atomic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["UNPACKED", "UnpackedCache", "read_unpacked", "unpacked_text", "write_unpacked"]

UNPACKED: Final = "unpacked.jsonl"
MEASURED: Final = "measured"
ASSUMED: Final = "assumed"
_KEYS: Final = frozenset({"digest", "unpacked_bytes", "provenance"})
_MOST_ENTRY_BYTES: Final = 4096
# What a disk can hold and every reader of JSON can read.
_MOST_BYTES: Final = 2**53


class UnpackedCache:
    """What layers told of their unpacked sizes, one small file each, below the folder of the cache of manifests.

    It keeps the sizes, and also that a layer does not tell its own, so that nobody asks twice. What cannot be read or
    written is not there: it never fails a run. `regplan cache info` and `clear` count and remove these files too.
    """

    def __init__(self, folder: Path) -> None:
        """Touch nothing yet; `folder` is the cache's."""
        self._folder = folder / "v1" / "unpacked"

    def get(self, digest: Digest) -> UnpackedSize | None:
        """Tell what is kept for a layer; None where nothing usable is."""
        try:
            entry = json.loads(read_bytes(self._path(digest), _MOST_ENTRY_BYTES))
        except (InputError, ValueError, RecursionError):
            return None
        if not isinstance(entry, dict) or entry.get("digest") != str(digest):
            return None
        size, why = entry.get("unpacked_bytes"), entry.get("why")
        if size is None and isinstance(why, str) and why:
            return UnpackedSize(None, why)
        return UnpackedSize(size) if _is_size(size) else None

    def put(self, digest: Digest, told: UnpackedSize) -> None:
        """Keep what a layer told, unless the folder cannot be written."""
        entry = {"digest": str(digest), "unpacked_bytes": told.size_bytes, "why": told.why}
        try:
            write_atomic(self._path(digest), json.dumps(entry).encode())
        except InputError as error:
            import logging

            logging.getLogger(__name__).debug("not cached: %s", error)

    def _path(self, digest: Digest) -> Path:
        return self._folder / digest.encoded[:2] / f"{digest.algorithm}-{digest.encoded}"


def read_unpacked(folder: Path) -> dict[Digest, int]:
    """Read the measured sizes of a recording, empty where it has none; raises `InputError` naming file, line and key."""
    path = folder / UNPACKED
    if not path.exists():
        return {}
    sizes: dict[Digest, int] = {}
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if line.strip():
            entry = _entry(line, f"{path}: line {number}")
            if entry["provenance"] == MEASURED:
                sizes[Digest.parse(entry["digest"])] = entry["unpacked_bytes"]
    return sizes


def write_unpacked(folder: Path, sizes: Mapping[Digest, int]) -> Path:
    """Write the measured sizes of unpacked layers into a recording, in the order of their digests; returns the file.

    What is there is replaced, whole or not at all; raises `InputError` where it cannot be written.
    """
    path = folder / UNPACKED
    write_atomic(path, unpacked_text(sizes))
    return path


def unpacked_text(sizes: Mapping[Digest, int]) -> bytes:
    """Write measured sizes as the lines of an unpacked.jsonl, in the order of their digests."""
    entries = (
        {"digest": str(digest), "unpacked_bytes": size, "provenance": MEASURED}
        for digest, size in sorted(sizes.items())
    )
    return "".join(f"{json.dumps(entry)}\n" for entry in entries).encode()


def _entry(line: str, where: str) -> Mapping[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError(f"{where} is not JSON") from None
    if not isinstance(entry, dict):
        raise InputError(f"{where} is not an object")
    if unknown := sorted(set(entry) - _KEYS):
        raise InputError(f"{where}, {unknown[0]}: is not known; known are {', '.join(sorted(_KEYS))}")
    try:
        Digest.parse(str(entry.get("digest")))
    except InputError as error:
        raise InputError(f"{where}, digest: {error}") from None
    if entry.get("provenance") not in {MEASURED, ASSUMED}:
        raise InputError(f"{where}, provenance: is neither {MEASURED} nor {ASSUMED}")
    if not _is_size(entry.get("unpacked_bytes")):
        raise InputError(f"{where}, unpacked_bytes: is not a number of bytes")
    return entry


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_BYTES
