"""The members of a zip file, with what its index may take kept within bounds."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.store.forward import Damaged, Forward, damage

if TYPE_CHECKING:
    from typing import BinaryIO

    from regplan.store.forward import Budget
    from regplan.store.gathering import Gathering

__all__ = ["take_zip"]

_END_OF_ZIP: Final = b"PK\x05\x06"
_END_OF_ZIP64: Final = b"PK\x06\x07"
_MOST_TAIL: Final = 22 + 65_535
_MOST_INDEX_BYTES: Final = 6 * 2**20
_LINK_BYTES: Final = 4096
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def take_zip(file: BinaryIO, budget: Budget, gathering: Gathering) -> None:
    """Take the members of a zip file; raises `InputError` for what cannot be read or is beyond bounds."""
    _check_index(file, gathering)
    try:
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                path = gathering.path(info.filename)
                if path is not None and not info.is_dir():
                    _of_zipped(archive, info, path, (gathering, budget))
    except zipfile.BadZipFile as error:
        raise InputError(f"{gathering.file}: this archive cannot be read: {error}") from None


def _check_index(file: BinaryIO, gathering: Gathering) -> None:
    """Refuse an index that would fill the memory, which the standard library reads whole."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _MOST_TAIL - 20))
    tail = file.read()
    end = tail.rfind(_END_OF_ZIP)
    file.seek(0)
    if end < 0:
        raise InputError(f"{gathering.file}: this archive cannot be read: it is cut short")
    if tail[max(0, end - 20) : end].startswith(_END_OF_ZIP64):
        raise InputError(f"{gathering.file}: is a zip file of the 64-bit kind; unpack it and hand over the folder")
    count = int.from_bytes(tail[end + 10 : end + 12], "little")
    gathering.check_room(count)
    if int.from_bytes(tail[end + 12 : end + 16], "little") > _MOST_INDEX_BYTES:
        raise InputError(f"{gathering.file}: its index is larger than {_MOST_INDEX_BYTES:,} bytes; hand over a part")


def _of_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: str, into: tuple[Gathering, Budget]) -> None:
    gathering, budget = into
    mode = info.external_attr >> 16
    if info.flag_bits & 1 or info.compress_type not in _METHODS:
        gathering.problem(path, "is encrypted, or packed in a way that is not read")
        return
    try:
        with damage(), archive.open(info) as member:
            data = Forward(member, budget=budget)
            if stat.S_ISLNK(mode):
                target = data.read(_LINK_BYTES).decode("utf-8", "replace")
                gathering.link(path, target)
            else:
                gathering.take(path, data, budget)
    except (Damaged, zipfile.BadZipFile, zlib.error) as error:
        gathering.problem(path, f"cannot be read: {error}")
