"""The sites of a rollout in waves, and in each wave in the order in which they are sent to."""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.model.rollout import RolloutWave

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.model.rollout import SiteNeed
    from regplan.model.rollout_file import RolloutFile

__all__ = ["arranged"]

_REST = "rest"


def arranged(
    needs: Sequence[SiteNeed], told: RolloutFile, column: Mapping[str, str]
) -> tuple[tuple[RolloutWave, ...], tuple[SiteNeed, ...]]:
    """Tell the waves, and the sites in order, each with its wave; `column` is what the wave's column says of each site.

    Raises `InputError` for a wave that no site is in, and for a site whose wave is none of those that the file names.
    """
    ordered = _sorted(needs, told.order)
    if told.wave_column:
        return _by_column(ordered, told, column)
    waves = [RolloutWave(each.name, each.wait_days) for each in told.waves]
    left, found = ordered, []
    for place, wish in enumerate(told.waves):
        if wish.count is not None:
            mine = left[: wish.count]
        elif wish.sites:
            mine = [need for need in left if any(fnmatchcase(need.name, each) for each in wish.sites)]
        else:
            mine = left
        if not mine and (wish.count is not None or wish.sites) and needs:
            raise InputError(f"{told.file}: waves[{place}]: no site is left for the wave {wish.name}")
        taken = {need.name for need in mine}
        found += [replace(need, wave=place) for need in mine]
        left = [need for need in left if need.name not in taken]
    if left or not waves:
        waves.append(RolloutWave(_unlike(_REST, waves) if waves else "all", told.default_wait_days))
        found += [replace(need, wave=len(waves) - 1) for need in left]
    return tuple(waves), tuple(found)


def _by_column(
    ordered: Sequence[SiteNeed], told: RolloutFile, column: Mapping[str, str]
) -> tuple[tuple[RolloutWave, ...], tuple[SiteNeed, ...]]:
    empty = [need.name for need in ordered if not column.get(need.name)]
    if empty:
        raise InputError(f"{told.file}: wave_column: the column {told.wave_column} says no wave of {_few(empty)}")
    names = list(dict.fromkeys(each.name for each in told.waves))
    if names:
        strange = [need.name for need in ordered if column[need.name] not in names]
        if strange:
            what = f"{column[strange[0]]!r} of {strange[0]}"
            raise InputError(f"{told.file}: waves: {what} is none of {', '.join(names)}")
        waits = {each.name: each.wait_days for each in told.waves}
    else:
        names = sorted({column[need.name] for need in ordered}, key=_natural)
        waits = dict.fromkeys(names, told.default_wait_days)
    waves = tuple(RolloutWave(name, waits[name]) for name in names)
    return waves, tuple(replace(need, wave=names.index(column[need.name])) for need in ordered)


def _sorted(needs: Sequence[SiteNeed], order: str) -> list[SiteNeed]:
    """Sort sites; of equal ones the first that is listed stays the first."""
    if order == "listed":
        return list(needs)
    sign = 1 if order == "smallest" else -1
    return sorted(needs, key=lambda need: sign * need.size_bytes)


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Tell how a wave's name is sorted: its numbers as numbers.

    >>> sorted(["wave 10", "wave 9", "pilot"], key=_natural)
    ['pilot', 'wave 9', 'wave 10']
    """
    return tuple(_pieces(text))


def _pieces(text: str) -> Iterator[tuple[int, int, str]]:
    for piece in re.findall(r"[0-9]+|[^0-9]+", text):
        yield (0, int(piece), "") if piece.isdecimal() else (1, 0, piece.lower())


def _unlike(name: str, waves: Sequence[RolloutWave]) -> str:
    known = {each.name for each in waves}
    return name if name not in known else f"{name} of the sites"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
