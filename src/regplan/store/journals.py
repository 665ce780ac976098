"""The folder of journals: one for each site or target, the old ones removed."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from regplan.store.cache import clear_files, count_files

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.store.cache import CacheInfo

__all__ = ["clear_journals", "count_journals", "journal_file", "prune_journals"]

_FILES: Final = "*.jsonl"
_OLD_S: Final = 180 * 86_400
_MOST: Final = 1000
_MOST_NAME: Final = 60


def journal_file(folder: Path, name: str) -> Path:
    """Tell the file for a site or a target: readable, and no two names share one.

    >>> from pathlib import PurePosixPath
    >>> journal_file(PurePosixPath("journals"), "store 7").name
    'store-7-0831ef26.jsonl'
    """
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:_MOST_NAME]
    return folder / f"{readable or 'run'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}.jsonl"


def count_journals(folder: Path) -> CacheInfo:
    """Count the journals of a folder."""
    return count_files(folder, _FILES)


def clear_journals(folder: Path) -> CacheInfo:
    """Remove the journals of a folder and tell how much it was; raises `InputError` where a file resists."""
    return clear_files(folder, _FILES)


def prune_journals(folder: Path, now_s: float) -> None:
    """Remove journals that nobody has written to for half a year, and the oldest beyond a thousand."""
    written = []
    for path in folder.glob(_FILES):
        with suppress(OSError):
            written.append((path.stat().st_mtime, path))
    written.sort(key=lambda each: each[0], reverse=True)
    for place, (written_s, path) in enumerate(written):
        if place >= _MOST or now_s - written_s > _OLD_S:
            with suppress(OSError):
                path.unlink()
