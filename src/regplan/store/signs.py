"""What the first bytes of a file tell: whether it is an archive, and which."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from regplan.store.files import is_file

__all__ = ["BLOCK", "GZIP", "OTHERS", "ZIP", "ZSTD", "is_archive", "is_packed", "looks_like_tar"]

BLOCK: Final = 512
GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
ZSTD: Final = b"\x28\xb5\x2f\xfd"
OTHERS: Final = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7-Zip"}
_ENDINGS: Final = (".tgz", ".tar.gz", ".tar", ".zip", ".zst")


def is_archive(path: Path | str) -> bool:
    """Tell by its first bytes whether a file is an archive of any kind, read or not; by its name where it has a telling one.

    False for what cannot be opened.
    """
    place = Path(path)
    # A pipe can be read only once, and its reader is another.
    head = _head(place) if is_file(place) else b""
    if head and place.name.lower().endswith(_ENDINGS):
        return True
    return is_packed(head)


def is_packed(head: bytes) -> bool:
    """Tell whether the first 512 bytes are those of an archive of any kind."""
    return head.startswith((GZIP, ZIP, ZSTD, *OTHERS)) or looks_like_tar(head)


def looks_like_tar(head: bytes) -> bool:
    """Tell whether the first 512 bytes are a tar header; those of before 1988 are known by their checksum."""
    if head[257:262] == b"ustar":
        return True
    # A header is filled up with NUL, which no text in UTF-8 holds: most files need no closer look.
    if len(head) < BLOCK or b"\0" not in head:
        return False
    import tarfile

    try:
        return bool(tarfile.TarInfo.frombuf(head[:BLOCK], "utf-8", "replace").name)
    except tarfile.HeaderError:
        return False


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(BLOCK)
    except OSError:
        return b""
