"""A folder or an archive in, the texts in it out: packs, charts, cluster definitions and whole trees of packs.

Read are folders, `.tar`, `.tar.gz` or `.tgz`, and `.zip`; which of them a file is, its first bytes tell. Archives inside
are taken apart as folders. Memory and time stay bounded whatever is handed over.
"""

from __future__ import annotations

import io
import logging
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.store.forward import Budget, Damaged, Forward, unpacked
from regplan.store.gathering import Gathering
from regplan.store.signs import BLOCK, GZIP, OTHERS, ZIP, ZSTD, is_packed, looks_like_tar
from regplan.store.zipwalk import take_zip

if TYPE_CHECKING:
    from typing import BinaryIO

    from regplan.profile.parts import Members

__all__ = ["members_of", "read_members"]

_log = logging.getLogger(__name__)
_MOST_FOLDER_BYTES: Final = 2**40


def members_of(name: str, data: bytes) -> Members | None:
    """Read the texts of an archive that is in memory; None where it is no archive. Raises as `read_members` does."""
    if not is_packed(data[:BLOCK]):
        return None
    gathering = Gathering(name)
    _of_archive(io.BytesIO(data), data[:BLOCK], gathering, len(data))
    return gathering.members()


def read_members(path: Path | str) -> Members:
    """Read the texts of a folder or an archive by their paths, with forward slashes.

    Raises `InputError` naming the file, and the member where it is one, for what is no archive, leads out of its tree,
    or is beyond bounds. What should be text and is not stands in `problems`.
    """
    place = Path(path)
    gathering = Gathering(str(path))
    if place.is_dir():
        _of_folder(place, gathering)
    else:
        _of_file(place, gathering)
    members = gathering.members()
    _log.debug("%s: %d texts, %d members skipped", path, len(members.texts), len(members.skipped))
    return members


def _of_file(path: Path, gathering: Gathering) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(BLOCK)
            file.seek(0)
            _of_archive(file, head, gathering, os.fstat(file.fileno()).st_size)
    except FileNotFoundError:
        raise InputError(f"{gathering.file}: no such file") from None
    except OSError as error:
        raise InputError(f"{gathering.file}: cannot be read ({error.strerror or error})") from error


def _of_archive(file: BinaryIO, head: bytes, gathering: Gathering, size: int) -> None:
    budget = Budget(gathering.file, size)
    if head.startswith(ZIP):
        take_zip(file, budget, gathering)
        return
    if not head.startswith(GZIP) and not looks_like_tar(head):
        raise InputError(f"{gathering.file}: {_advice(head, gathering.file)}")
    try:
        packed = Forward(file)
        gathering.archive(unpacked(packed, budget) if head.startswith(GZIP) else Forward(file, budget=budget), budget)
    except Damaged as error:
        raise InputError(f"{gathering.file}: this archive cannot be read: {error}") from None


def _advice(head: bytes, name: str) -> str:
    if head.startswith(ZSTD):
        return (
            f"is compressed with zstd, as content bundles are; write bundle:{name} for the images in it, "
            "or unpack it and hand over the folder"
        )
    other = next((name for sign, name in OTHERS.items() if head.startswith(sign)), None)
    if other is not None:
        return f"is compressed with {other}, which is not read; unpack it and hand over the folder"
    return "is no tar archive, with gzip or without, and no zip file"


def _of_folder(top: Path, gathering: Gathering) -> None:
    """Walk a folder without recursion; a link may lead to anything below the top and to nothing else."""
    if (top / "oci-layout").is_file():
        raise InputError(f"{gathering.file}: is an image layout; write oci:{gathering.file}")
    root = os.path.realpath(top)
    budget = Budget(gathering.file, _MOST_FOLDER_BYTES)
    waiting = [(root, "", frozenset({root}))]
    while waiting:
        folder, above, parents = waiting.pop()
        found = []
        for entry in _entries(folder, above, gathering):
            name = _printable(entry.name)
            path = gathering.path(name, above, is_archived=False)
            if path is None:
                continue
            real = _real(entry, path, root, gathering)
            if real is None:
                continue
            if not Path(real).is_dir():
                _of_plain(Path(real), path, budget, gathering)
            elif real in parents:
                gathering.skip(path, "is a link to a folder that it stands in")
            elif (Path(real) / "oci-layout").is_file():
                gathering.skip(path, "is an image layout")
            else:
                found.append((real, path, parents | {real}))
        waiting += reversed(found)


def _entries(folder: str, above: str, gathering: Gathering) -> list[os.DirEntry[str]]:
    """List a folder by name; one beyond bounds is refused before it is listed to its end."""
    found: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                gathering.check_room(len(found))
                found.append(entry)
    except OSError as error:
        gathering.problem(above or ".", f"cannot be read ({error.strerror})")
    return sorted(found, key=lambda entry: entry.name)


def _real(entry: os.DirEntry[str], path: str, root: str, gathering: Gathering) -> str | None:
    """Tell where an entry really is; None where a link leads to nothing."""
    if not entry.is_symlink():
        return entry.path
    real = os.path.realpath(entry.path)
    if real != root and not real.startswith(root.rstrip(os.sep) + os.sep):
        raise gathering.refused(path, "is a link that leads out of the folder")
    if not Path(real).exists():
        gathering.skip(path, "is a link to nothing")
        return None
    return real


def _of_plain(real: Path, path: str, budget: Budget, gathering: Gathering) -> None:
    try:
        if not stat.S_ISREG(real.stat().st_mode):
            gathering.skip(path, "is no file")
            return
        with real.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            gathering.take(path, Forward(file, size, budget), budget)
    except OSError as error:
        gathering.problem(path, f"cannot be read ({error.strerror})")


def _printable(name: str) -> str:
    """Tell a name as text that can be written anywhere: what no encoding holds becomes question marks."""
    return name.encode("utf-8", "replace").decode()
