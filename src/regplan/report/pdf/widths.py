"""How wide a table's columns are on paper, in points: what fits stands on one line, and long texts share what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.report.pdf.pieces import width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.report.sections import Column, Kind

__all__ = ["CELL", "HEAD", "PAPER", "column_room", "column_widths", "stays_whole"]

# A4 less its margins, and what stands between two columns.
PAPER: Final = 493.0
_GAP: Final = 9.0
# A width that was rounded, or letters that stand in a row, are no reason to break a word.
_SLACK: Final = 1.0
# Letters of a table's text and of its headings; bold ones are wider by so much, and a verdict has a bar before it.
CELL: Final = 8.5
HEAD: Final = 8.0
_BOLD: Final = 1.12
_BAR: Final = 7.0
# A number with its unit, and a word, stay on one line up to that, however much other columns ask for.
_MOST_NUMBER: Final = 96.0
_MOST_WORD: Final = 72.0
# A row is as high as its longest cell: the longer a text is, the more it counts.
_WEIGHT: Final = 3
_HALVINGS: Final = 30
# Lines of a row that is kept on one page; typst keeps fewer together, and more would leave too much of a page empty.
_KEPT_LINES: Final = range(4, 41)

Line = dict[str, Any]


def column_widths(
    columns: Sequence[Column], rows: Sequence[Sequence[Sequence[Line]]], *, total: bool = False
) -> list[float]:
    """Tell each column's width in points with the gap beside it; together they fit the paper. A `total` is a bold last row.

    >>> from regplan.report.sections import Column
    >>> column_widths((Column("What"), Column("Why", "prose")), [[[], [{"runs": [{"kind": "text", "text": "x" * 500}]}]]])
    [30.2, 462.8]
    """
    room = PAPER - (_GAP + _SLACK) * len(columns)
    full, least, asked = [], [], []
    for place, column in enumerate(columns):
        cells = [row[place] for row in rows]
        lines = [line for cell in cells for line in cell]
        bold = _BOLD * max(map(_wide, cells[-1]), default=0.0) if total and cells else 0.0
        full.append(max([_head(column.title), bold, *map(_wide, lines)]))
        held = full[-1] if _is_verdict(lines) else _held(lines, column.kind) * (_BOLD if total else 1.0)
        least.append(max([held, *map(_head, column.title.split())]))
        asked.append(sum(sum(map(_wide, cell)) ** _WEIGHT for cell in cells) ** (1 / (_WEIGHT + 1)))
    if sum(full) > room:
        full = _shared(full, least, asked, room)
    return [round(width + _GAP + _SLACK, 1) for width in full]


def column_room(width: float) -> float:
    """Tell how much of a column's width its texts have."""
    return max(width - _GAP, 1.0)


def stays_whole(widths: Sequence[float], row: Sequence[Sequence[Line]]) -> bool:
    """Tell whether a row has to be kept on one page, and is low enough for that."""
    heights = (
        sum(1 + int(_wide(line) / column_room(width)) for line in lines)
        for width, lines in zip(widths, row, strict=True)
    )
    return max(heights, default=0) in _KEPT_LINES


def _shared(full: Sequence[float], least: Sequence[float], asked: Sequence[float], room: float) -> list[float]:
    """Share the room as texts ask for it, between the least and the most that each column can use."""
    if sum(least) >= room:
        return [each * room / sum(least) for each in least]
    # With a higher level each column gets more, up to what it can use: the level at which they fill the room.
    low, high = 0.0, max(most / max(want, 1.0) for most, want in zip(full, asked, strict=True))
    for _ in range(_HALVINGS):
        level = (low + high) / 2
        given = [min(max(want * level, few), most) for want, few, most in zip(asked, least, full, strict=True)]
        low, high = (low, level) if sum(given) > room else (level, high)
    return [min(max(want * low, few), most) for want, few, most in zip(asked, least, full, strict=True)]


def _head(text: str) -> float:
    return width_of(text, HEAD) * _BOLD


def _wide(line: Line) -> float:
    return sum(_span(run, run["text"]) for run in line["runs"])


def _held(lines: Iterable[Line], kind: Kind) -> float:
    """Tell how much room the longest word needs, or the longest number with its unit, if need be without what is in brackets."""
    runs = [run for line in lines for run in line["runs"]]
    if kind == "number":
        whole = max((_span(run, run["text"]) for run in runs), default=0.0)
        short = max((_span(run, run["text"].partition(" (")[0]) for run in runs), default=0.0)
        return whole if whole <= _MOST_NUMBER else min(short, _MOST_NUMBER)
    return min(max((_span(run, word) for run in runs for word in run["text"].split()), default=0.0), _MOST_WORD)


def _is_verdict(lines: Sequence[Line]) -> bool:
    return any(run["kind"] == "verdict" for line in lines for run in line["runs"])


def _span(run: Mapping[str, str], text: str) -> float:
    if run["kind"] == "verdict":
        return width_of(text, CELL) * _BOLD + _BAR
    return width_of(text, CELL, code=run["kind"] == "code")
