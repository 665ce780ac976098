"""Cells of a table, as the site file would write them: decimal commas, and several values in one cell."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidQuantity
from regplan.profile import site_kinds as kinds
from regplan.profile.composer import Seq
from regplan.profile.site_scenario_keys import RATES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.profile.composer import Tree
    from regplan.profile.site_kinds import Kind

__all__ = ["cell_tree", "plain_number"]

_NUMERIC: Final = frozenset(
    {kind.name for kind in (kinds.SIZE, kinds.CPU, kinds.RATE, kinds.DURATION, kinds.NUMBER, kinds.FACTOR)}
    | {kind.name for kind in (kinds.GROWTH, kinds.SHARE, kinds.SPARE)}
)
_LISTS: Final = frozenset({kinds.FILES.name, kinds.TEXTS.name, kinds.ADDRESSES.name})
# Rows of a table say the same in most of their cells.
_REMEMBERED: Final = 4096
_BETWEEN = re.compile(r"[,;|\n]+")
# Of quantities, which may have a decimal comma.
_BETWEEN_NUMBERS = re.compile(r"(?:[;|\n]|,(?=\s))+")
_DECIMAL_COMMA = re.compile(r"([0-9]+),([0-9]+)(\D*)")
_THOUSANDS = re.compile(
    r"[0-9]{1,3}(?:(?P<by>[.,' \u00a0\u202f])[0-9]{3})+(?P<point>[.,])(?P<rest>[0-9]+)(?P<unit>\D*)"
)


def cell_tree(text: str, kind: Kind, line: int) -> Tree:
    """Tell what a cell that is not empty says, as a tree of the site file; raises `InvalidQuantity`.

    Files, sources and addresses are parted by commas, semicolons, bars or line ends; so are rates, after whose comma stands
    a space. A number may have a decimal comma.
    """
    if kind.name == RATES.name:
        return _listed(map(plain_number, _BETWEEN_NUMBERS.split(text)), line)
    if kind.name in _LISTS:
        return _listed(_BETWEEN.split(text), line)
    return plain_number(text) if kind.name in _NUMERIC else text


def _listed(parts: Iterable[str], line: int) -> Seq:
    found = Seq()
    found.extend(part.strip() for part in parts if part.strip())
    found.lines = [line] * len(found)
    return found


@lru_cache(_REMEMBERED)
def plain_number(text: str) -> str:
    """Write a number with a decimal point; what is no number stays as it is.

    >>> plain_number("7,8GB"), plain_number("1,5 TB"), plain_number("1.234,5 GB"), plain_number("16GiB")
    ('7.8GB', '1.5 TB', '1234.5 GB', '16GiB')

    Raises `InvalidQuantity` where it may be either, as in "1,234 GB".
    """
    # Excel writes narrow and fixed spaces between a number and its unit.
    text = text.replace("\u00a0", " ").replace("\u202f", " ").strip()
    grouped = _THOUSANDS.fullmatch(text)
    if grouped is not None and grouped["by"] != grouped["point"]:
        whole = text[: grouped.start("point")].replace(grouped["by"], "")
        return f"{whole}.{grouped['rest']}{grouped['unit']}"
    match = _DECIMAL_COMMA.fullmatch(text)
    if match is None:
        return text
    if len(match[2]) == 3 and match[1] != "0":
        raise InvalidQuantity(f"{text!r} can be read in two ways; write a point, or no separator")
    return f"{match[1]}.{match[2]}{match[3]}"
