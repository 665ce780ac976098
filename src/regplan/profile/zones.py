"""Time zones that this machine knows."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final

__all__ = ["is_of_system"]

_DATABASE: Final = Path("/usr/share/zoneinfo")


def is_of_system(name: str) -> bool:
    """Tell whether the operating system's database has a time zone, under just this name.

    >>> is_of_system("Europe/Nowhere"), is_of_system("/etc/localtime")
    (False, False)
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name:
        return False
    try:
        return (_DATABASE / path).read_bytes().startswith(b"TZif")
    except (OSError, ValueError):
        return False
