"""The files of a bundle: one, or the parts that `split` has made of it (`NAME_part00`, `NAME_part01`, ...)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.store.files import user_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["find_parts"]

_PART: Final = re.compile(r"(?P<base>.+)_part(?P<number>[0-9]{2,5})(?P<end>\.[A-Za-z0-9.]+)?")
_ENDINGS: Final = (".tar", ".tar.gz", ".tgz", ".zst")
_MOST_NAMED: Final = 6


def find_parts(text: str) -> tuple[Path, ...]:
    """Tell the files that `text` names: a file, any part of one, its name before it was split, or a folder with just one.

    Raises `InputError` where there is none, where a folder holds several, and naming the part that is missing.
    """
    path = user_path(text)
    if path.is_dir():
        return _in_folder(path)
    told = _PART.fullmatch(path.name)
    if told is not None:
        return _complete(path.parent, (told["base"], told["end"] or ""))
    if path.exists():
        return (path,)
    for (base, end), parts in _split_in(path.parent).items():
        if path.name in {base, base + end} and parts:
            return _complete(path.parent, (base, end))
    raise InputError(f"{text}: no such file, nor a part of it ({path.name}_part00)")


def _in_folder(folder: Path) -> tuple[Path, ...]:
    whole = [path for path in _listed(folder) if path.is_file() and path.name.lower().endswith(_ENDINGS)]
    whole = [path for path in whole if _PART.fullmatch(path.name) is None]
    split = _split_in(folder)
    names = [path.name for path in whole] + [f"{base}_part..{end}" for base, end in split]
    if len(names) == 1:
        return (whole[0],) if whole else _complete(folder, next(iter(split)))
    if not names:
        raise InputError(f"{folder}: holds no bundle (.tar, .tar.gz, .tar.zst, or parts named NAME_part00)")
    listed = ", ".join(sorted(names)[:_MOST_NAMED]) + (", ..." if len(names) > _MOST_NAMED else "")
    raise InputError(f"{folder}: holds {len(names)} bundles, so name one: {listed}")


def _complete(folder: Path, name: tuple[str, str]) -> tuple[Path, ...]:
    """List the parts of one file in order; the last one is the last that is there."""
    parts = _split_in(folder).get(name, {})
    base, end = name
    if not parts:
        raise InputError(f"{folder / (base + '_part00' + end)}: no such file")
    shown = _PART.fullmatch(next(iter(parts.values())).name)
    width = len(shown["number"]) if shown is not None else 2
    for number in range(max(parts) + 1):
        if number not in parts:
            missing = f"{base}_part{number:0{width}d}{end}"
            raise InputError(f"{folder / missing}: this part of {base}{end} is missing")
    return tuple(path for _, path in sorted(parts.items()))


def _split_in(folder: Path) -> dict[tuple[str, str], dict[int, Path]]:
    """Gather the parts in a folder by the name and the ending that they share."""
    found: dict[tuple[str, str], dict[int, Path]] = {}
    for path in _listed(folder):
        told = _PART.fullmatch(path.name)
        if told is not None and path.is_file():
            found.setdefault((told["base"], told["end"] or ""), {})[int(told["number"])] = path
    return found


def _listed(folder: Path) -> Iterable[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
