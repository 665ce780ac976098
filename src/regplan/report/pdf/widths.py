"""How wide a table's columns are on paper, in points: what fits stands on one line, and the rest shares what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.report.sections import Column

__all__ = ["PAPER", "column_widths", "stays_whole"]

# A4 less its margins; what stands between two columns; letters of a table's text, its code and its bold headings.
PAPER: Final = 493.0
_GAP: Final = 9.0
_TEXT: Final = 4.4
_CODE: Final = 4.7
_HEAD: Final = 4.9
# Bold capitals, with the bar before them.
_VERDICT: Final = 7.2
# A column asks for no more than that, however long its names are, and gets no less than that where others ask for much.
_MOST: Final = 300.0
_LEAST: Final = 56.0
# A number with its unit stays on one line up to that.
_MOST_HELD: Final = 90.0
# Lines of a row that stays on one page.
_MOST_LINES: Final = 40

Line = dict[str, Any]


def column_widths(columns: Sequence[Column], rows: Sequence[Sequence[Sequence[Line]]]) -> list[float]:
    """Tell each column's width in points with the gap beside it; together they fit the paper.

    >>> from regplan.report.sections import Column
    >>> column_widths((Column("What"), Column("Why", "prose")), [[[], [{"runs": [{"kind": "text", "text": "x" * 500}]}]]])
    [28.6, 309.0]
    """
    room = PAPER - _GAP * len(columns)
    asked, least = [], []
    for place, column in enumerate(columns):
        lines = [line for row in rows for line in row[place]]
        full = min(max([len(column.title) * _HEAD, *map(_wide, lines)]), _MOST)
        held = min(_longest(lines), _MOST_HELD) if column.kind == "number" or _is_verdict(lines) else min(full, _LEAST)
        word = max((len(each) for each in column.title.split()), default=0) * _HEAD
        least.append(max(word, min(held, full)))
        asked.append(max(full, least[-1]))
    if sum(asked) > room:
        asked = _shared(asked, least, room)
    return [round(width + _GAP, 1) for width in asked]


def stays_whole(widths: Sequence[float], row: Sequence[Sequence[Line]]) -> bool:
    """Tell whether a row is low enough to stand on one page whole."""
    heights = (
        sum(1 + int(_wide(line) / max(width - _GAP, 1)) for line in lines)
        for width, lines in zip(widths, row, strict=True)
    )
    return max(heights, default=0) <= _MOST_LINES


def _shared(asked: Sequence[float], least: Sequence[float], room: float) -> list[float]:
    spare = room - sum(least)
    if spare <= 0:
        return [each * room / sum(least) for each in least]
    wish = sum(asked) - sum(least)
    return [low + spare * (full - low) / wish for full, low in zip(asked, least, strict=True)]


def _wide(line: Line) -> float:
    return sum(len(run["text"]) * _letter(run) for run in line["runs"])


def _longest(lines: Iterable[Line]) -> float:
    # A number and its unit stay together.
    return max(
        (len(run["text"].partition(" (")[0]) * _letter(run) for line in lines for run in line["runs"]), default=0.0
    )


def _is_verdict(lines: Sequence[Line]) -> bool:
    return any(run["kind"] == "verdict" for line in lines for run in line["runs"])


def _letter(run: Mapping[str, str]) -> float:
    return {"code": _CODE, "verdict": _VERDICT}.get(run["kind"], _TEXT)
