"""The members of a tar archive, one after another: POSIX.1-1988 (ustar), pax and GNU's long names.

The standard library's `tarfile` keeps every header and believes every length; here nothing is kept, and what a header
claims is bounded before it is read.
"""

from __future__ import annotations

import tarfile
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from regplan.store.forward import CUT_SHORT, Damaged, Forward
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Entry", "EntryKind", "walk_tar"]

_BLOCK: Final = 512
_MOST_EXTRA_BYTES: Final = 2**20
_LONG_NAME: Final = tarfile.GNUTYPE_LONGNAME
_LONG_LINK: Final = tarfile.GNUTYPE_LONGLINK
_EXTRA: Final = frozenset({_LONG_NAME, _LONG_LINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE})
_KEPT: Final = frozenset({b"path", b"linkpath", b"size"})
_SPARSE: Final = b"GNU.sparse."
_NO_DATA: Final = frozenset(
    {tarfile.DIRTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE}
)


class EntryKind(StrEnum):
    """What a member is; `OTHER` is a device, a pipe or something that only one kind of tar writes."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symlink"
    HARD_LINK = "hard link"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """A member: its name as it is written, its size in bytes, where it links to, and its bytes until the next one."""

    name: str
    kind: EntryKind
    size: int
    target: str
    data: Forward


def walk_tar(stream: Forward) -> Iterator[Entry]:
    """Yield the members of a tar archive; raises `Damaged` where it is none, or cut short.

    A member's bytes can be read until the next one is asked for.
    """
    extra: dict[str, str] = {}
    while (header := _next_header(stream)) is not None:
        size = _size(header, extra)
        data = Forward(stream, size)
        if header.type in _EXTRA:
            extra |= _extra(header, data)
        else:
            name = extra.get("path", header.name)
            yield Entry(name, _kind(header, extra), size, extra.get("linkpath", header.linkname), data)
            extra = {}
        data.skip()
        if data.left:
            raise Damaged(CUT_SHORT)
        stream.read(-size % _BLOCK)


def _next_header(stream: Forward) -> tarfile.TarInfo | None:
    block = stream.read(_BLOCK)
    if len(block) < _BLOCK:
        raise Damaged(CUT_SHORT)
    try:
        return _header(block)
    except tarfile.HeaderError as error:
        if not block.strip(b"\0"):
            return None
        raise Damaged("it is damaged, or no tar archive") from error


def _header(block: bytes) -> tarfile.TarInfo:
    return tarfile.TarInfo.frombuf(block, "utf-8", "replace")


def _size(header: tarfile.TarInfo, extra: dict[str, str]) -> int:
    if header.type in _NO_DATA:
        return 0
    told = extra.get("size", "") if header.type not in _EXTRA else ""
    size = int(told) if told.isdecimal() and len(told) < 20 else header.size
    if size < 0 or (header.type in _EXTRA and size > _MOST_EXTRA_BYTES):
        raise Damaged("it is damaged: a header tells a length that cannot be")
    return size


def _kind(header: tarfile.TarInfo, extra: dict[str, str]) -> EntryKind:
    if header.type == tarfile.DIRTYPE:
        return EntryKind.FOLDER
    if header.type == tarfile.SYMTYPE:
        return EntryKind.SYMLINK
    if header.type == tarfile.LNKTYPE:
        return EntryKind.HARD_LINK
    if header.type == tarfile.GNUTYPE_SPARSE and header.size:
        raise Damaged("it holds a sparse file, which is not read; unpack it and hand over the folder")
    is_sparse = any(key.encode() not in _KEPT for key in extra)
    return EntryKind.FILE if header.type in tarfile.REGULAR_TYPES and not is_sparse else EntryKind.OTHER


def _extra(header: tarfile.TarInfo, data: Forward) -> dict[str, str]:
    """Read what a header says of the member that follows; global headers hold comments and are left out."""
    raw = data.read(_MOST_EXTRA_BYTES)
    if header.type == _LONG_NAME:
        return {"path": _text(raw.partition(b"\0")[0])}
    if header.type == _LONG_LINK:
        return {"linkpath": _text(raw.partition(b"\0")[0])}
    return {} if header.type == tarfile.XGLTYPE else dict(_records(raw))


def _records(raw: bytes) -> Iterator[tuple[str, str]]:
    """Yield the records of a pax header that matter: "LENGTH KEY=VALUE", each with its length and a line end."""
    start = 0
    while start < len(raw) and raw[start]:
        length = raw[start : start + 20].partition(b" ")[0]
        end = start + int(length) if length.isdigit() else start
        key, equals, value = raw[start + len(length) + 1 : end - 1].partition(b"=")
        if end <= start or end > len(raw) or not equals:
            raise Damaged("it is damaged: an extended header cannot be read")
        if key in _KEPT or key.startswith(_SPARSE):
            yield _text(key), _text(value)
        start = end


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
