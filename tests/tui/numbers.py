"""Every text that a number of a plan document may be shown as, and what on a screen is none of them; imports nothing of regplan.

A number's name in the document tells its unit (`_bytes`, `_s`, ...), and the unit how it may be written: to three figures, decimal or binary,
or exactly. So bytes are never mistaken for a count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Told", "told_by", "unexplained"]

_ROUNDINGS: Final = (ROUND_HALF_DOWN, ROUND_HALF_UP)  # 2,735 lies in the middle: 2.73 and 2.74 are both right
# A cell ends where two spaces or a frame stand; what is cut has … in it.
_CELLS: Final = re.compile(r"\s{2,}|[│╭╮╰╯─▁▂▃▄▅▆▇█▓▒░┃┆┊]+")
_QUANTITY: Final = re.compile(
    r"(?<![\w.,/-])-?(?P<number>\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)(?!\.?\d)(?: ?(?P<unit>[kKMGT]?i?B|bytes|[kMGT]?bit/s|bps|%|ratio|CPU|milli|min|[shd])(?!\w))?"
)
# Not of the site: how many rows a table has (of how many, how sorted), how long ago the plan was made by the clock and when a site was
# opened last, keys, the names of percentiles, which layer of an image a blob is, and the example of what to add to a site file.
_OTHERS: Final = re.compile(
    r"^[\d,]+( of [\d,]+)? · sort .*|\b\d+ (d|h|min)( \d+ (h|min))? old\b|^\d{4}-\d\d-\d\dT[\d:]+[+]00:00$"
    r"|1 shows the verdict · 2 the layers|\bp\d\d\b|^layer \d+$|\badd (scenario|links[.]\w+): {[^}]*}( and links[.]\w+: {[^}]*})?"
)
_CUT_DIGEST: Final = re.compile(r"\b(sha256|sha512):[0-9a-f]{12}(?![0-9a-f])")
_CUT_WORD: Final = re.compile(r"(\S{4,})…")
_BOUNDED: Final = r"(?<![\w.]){}(?![\w])"


@dataclass
class Told:
    """What a document says: `quantities` are numbers with their units as texts, `counts` those without, `words` its texts."""

    quantities: set[str] = field(default_factory=set)
    counts: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)

    def number(self, value: float, unit: str) -> None:
        """Take in a number."""
        value = abs(value)  # a sign stands before it
        exact = {f"{value:,}", f"{value:g}"}
        if unit in _WRITTEN:
            self.quantities |= {*_WRITTEN[unit](value), *(f"{each} {unit}" for each in exact)}
        else:
            self.counts |= exact

    def word(self, value: str) -> None:
        """Take in a text; one that is a number, as of a version, may stand for itself."""
        text = " ".join(value.split())
        (self.counts if re.fullmatch(r"\d+(\.\d+)?", text) else self.words).add(text)


def told_by(document: Any, *more: Any) -> Told:
    """Gather what documents say."""
    told = Told()
    for each in (document, *more):
        _take(told, "", each, "")
    return told


def unexplained(screen: str, told: Told) -> list[str]:
    """List what has a digit on a screen and is no text of the document, whole or cut, and no number of it."""
    words = sorted((word for word in told.words if re.search(r"\d", word)), key=len, reverse=True)
    cells = {" ".join(cell.split()) for line in screen.splitlines() for cell in _CELLS.split(line)}
    return [left for cell in sorted(cells) if re.search(r"\d", cell) for left in _left(cell, words, told)]


def _left(cell: str, words: list[str], told: Told) -> Iterator[str]:
    """Take from a cell what the document says in words, then its numbers; the rest nobody told."""
    head, cut, tail = cell.partition("…")
    if cut and any(word.startswith(head) and word.endswith(tail) for word in words):
        return
    rest = _CUT_DIGEST.sub(lambda digest: _unless(digest[0], words), _OTHERS.sub("", cell))
    for word in words:
        if word in rest:
            rest = re.sub(_BOUNDED.format(re.escape(word)), " ", rest)
    rest = _CUT_WORD.sub(lambda start: _unless(start[1], words), rest)
    for match in _QUANTITY.finditer(rest):
        text = match[0].replace("\u00a0", " ").lstrip("-")
        if text not in (told.quantities if match["unit"] else told.counts):
            yield f"{text!r} in {cell!r}"
    for stray in re.findall(r"\S*\d\S*", _QUANTITY.sub(" ", rest)):
        yield f"{stray!r} in {cell!r}"


def _unless(start: str, words: list[str]) -> str:
    """Drop the beginning of a text of the document."""
    return " " if any(start in word for word in words) else start


def _take(told: Told, key: str, value: Any, unit: str) -> None:
    if isinstance(value, dict):
        own = str(value.get("unit") or "")
        for name, each in value.items():
            told.word(str(name))
            _take(told, name, each, own if name in {"measured", "required", "value"} else unit)
    elif isinstance(value, list):
        for each in value:
            _take(told, key, each, unit)
    elif isinstance(value, str):
        told.word(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        told.number(value, unit or _unit_of(key))


def _unit_of(key: str) -> str:
    """Tell a unit by the name of a number."""
    if key in {"bytes", "size"}:
        return "bytes"
    ending = key.rpartition("_")[2]
    return {"percent": "ratio", "share": "ratio", "use": "ratio"}.get(ending, ending)


def _figures(value: Decimal, digits: int = 3) -> set[str]:
    """Write a number to three figures, without leaving out zeros at the end, rounded either way."""
    places = max(digits - 1 - (value.adjusted() if value else 0), 0)
    return {str(value.quantize(Decimal(1).scaleb(-places), rounding)) for rounding in _ROUNDINGS}


def _scaled(value: float, step: int, names: Iterable[str]) -> Iterator[str]:
    """Write a number with each prefix under which it has one to four digits before the point."""
    for power, name in enumerate(names):
        scaled = Decimal(str(value)) / step**power
        if power == 0:
            if scaled < step:
                yield f"{round(scaled)} {name}"
        elif scaled >= Decimal("0.9995"):
            yield from (f"{text} {name}" for text in _figures(scaled))


def _bytes(value: float) -> Iterator[str]:
    yield from _scaled(value, 1000, ("B", "kB", "MB", "GB", "TB"))
    yield from _scaled(value, 1024, ("B", "KiB", "MiB", "GiB", "TiB"))
    yield f"{round(value):,} B"


def _rate(value: float) -> Iterator[str]:
    yield from _scaled(value, 1000, ("bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"))


def _time(value: float) -> Iterator[str]:
    """Each part of a time stands by itself: "8 min", "29 s"."""
    yield f"{value:.1f} s"
    whole = round(value)
    for unit, length, below in (("d", 86400, 10**9), ("h", 3600, 24), ("min", 60, 60), ("s", 1, 60)):
        yield f"{whole // length % below} {unit}"


def _cpu(value: float) -> Iterator[str]:
    yield f"{Decimal(str(value)) / 1000:f} CPU"
    yield f"{value:,} milli"


def _percent(value: float) -> Iterator[str]:
    percent = Decimal(str(value)) * 100
    yield from (f"{text.rstrip('0').rstrip('.') if '.' in text else text} %" for text in _figures(percent))


_WRITTEN: Final = {"bytes": _bytes, "bps": _rate, "s": _time, "milli": _cpu, "ratio": _percent}
