"""Files read and written whole; every failure names the file."""

from __future__ import annotations

import codecs
import errno
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "MOST_TEXT_BYTES",
    "decode_text",
    "free_bytes",
    "is_file",
    "is_folder",
    "keep",
    "makes_links",
    "read_bytes",
    "read_text",
    "readable",
    "user_path",
    "write_atomic",
]

# A profile of a hundred packs is a few MB. More than this cannot be read as YAML within 256 MB of memory.
MOST_TEXT_BYTES: Final = 16 * 2**20
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def user_path(path: Path | str) -> Path:
    """Tell a path with `~` read as the home folder; a home that nobody knows leaves the path as it is.

    >>> user_path("images").as_posix(), user_path("~no-such-user/images").as_posix()
    ('images', '~no-such-user/images')
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def read_text(path: Path | str) -> str:
    """Read a text file in UTF-8, or in what its byte order mark says; raises `InputError` naming the file."""
    return decode_text(read_bytes(path, MOST_TEXT_BYTES), str(path))


def decode_text(raw: bytes, name: str) -> str:
    """Read bytes as UTF-8, or as what their byte order mark says; raises `InputError` naming the text and the line.

    >>> decode_text("a: ü".encode("utf-16"), "a.yaml")
    'a: ü'
    """
    # PowerShell's > writes UTF-16, and Windows editors a mark before UTF-8.
    encoding = next((codec for mark, codec in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}: line {line} is not text in UTF-8") from None


def read_bytes(path: Path | str, limit: int) -> bytes:
    """Read a file of at most `limit` bytes; raises `InputError` naming the file."""
    try:
        with Path(path).open("rb") as file:
            raw = file.read(limit + 1)
    except (FileNotFoundError, ValueError):
        # A name with a NUL, which no file has, is a ValueError.
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder, and a file is wanted") from None
    except OSError as error:
        # Windows says "permission denied" of a folder.
        why = "is a folder, and a file is wanted" if is_folder(path) else f"cannot be read ({error.strerror})"
        raise InputError(f"{path}: {why}") from error
    if len(raw) > limit:
        raise InputError(f"{path}: is larger than the {limit:,} bytes that such a file may have")
    return raw


def is_file(path: Path | str) -> bool:
    """Tell whether a file is there; one that cannot be looked at is none to `pathlib` from Python 3.14 on alone.

    >>> is_file("x" * 5000)
    False
    """
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path | str) -> bool:
    """Tell whether a folder is there, as `is_file` does."""
    return os.path.isdir(path)  # noqa: PTH112


@contextmanager
def readable() -> Iterator[None]:
    """Say of what cannot even be looked at, as in a folder that is closed to one, why; raises `InputError` naming it."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            raise
        raise InputError(f"{error.filename}: cannot be read ({error.strerror})") from error


def free_bytes(path: Path) -> int | None:
    """Tell the room on the disk that a path is on or will be made on, in bytes; None where the disk does not tell."""
    there = next((each for each in (path, *path.absolute().parents) if each.exists()), None)
    try:
        return None if there is None else shutil.disk_usage(there).free
    except OSError:
        return None


def makes_links(path: Path) -> bool | None:
    """Try whether the disk that a path is on or will be made on makes hard links; None where that cannot be tried."""
    there = next((each for each in (path, *path.absolute().parents) if each.is_dir()), None)
    if there is None:
        return None
    first, second = (there / f".{os.urandom(8).hex()}.tmp" for _ in range(2))
    try:
        first.touch(exist_ok=False)
    except OSError:
        return None
    try:
        second.hardlink_to(first)
    except OSError as error:
        return None if error.errno in {errno.ENOSPC, errno.EDQUOT} else False
    else:
        return True
    finally:
        for each in (first, second):
            with suppress(OSError):
                each.unlink(missing_ok=True)


def write_atomic(path: Path | str, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, making its folder; raises `InputError` naming the file."""
    target = Path(path)
    temporary = target.with_name(f".{target.name[:40]}.{os.urandom(8).hex()}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(data)
        with suppress(OSError):
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def keep(path: Path, data: bytes) -> str:
    """Write a file of a cache so that it is there whole or not at all; tell why it could not be written, or "".

    Thousands are written in a run, so that nothing is done here that a cache can do without: no mode is kept, and
    nothing is synced to the disk, since whoever reads a cache checks what it says.
    """
    temporary = f"{path}.{os.urandom(8).hex()}.tmp"
    try:
        try:
            file = open(temporary, "xb")  # noqa: PTH123, SIM115  (closed below)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = open(temporary, "xb")  # noqa: PTH123, SIM115
        with file:
            file.write(data)
        with suppress(FileNotFoundError):
            # Some file systems bring a file to the disk before it takes another's place; who looks now finds nothing.
            os.unlink(path)  # noqa: PTH108
        os.replace(temporary, path)  # noqa: PTH105
    except OSError as error:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        return error.strerror or type(error).__name__
    return ""
