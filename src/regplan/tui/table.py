"""Tables as values: which rows are shown in which order, and how wide each column is; nothing here draws."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from rich.cells import cell_len

from regplan.tui.text import middle
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Column", "View", "arrange", "fit", "headed", "visible"]

Row = TypeVar("Row")
_LEAST: Final = 8
_DECIMAL: Final = False
_MARK: Final = 2


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column: `cell` writes a row's value (binary units or not), `order` is what it is sorted by.

    A `flexible` column shares what the others leave, another takes what its cells need, but `most` at most where that
    is set; `from_width` is the table's least width at which it is shown.
    """

    key: str
    label: str
    cell: Callable[[Row, bool], str]
    order: Callable[[Row], Any]
    style: Callable[[Row], str] | None = None
    shorten: Callable[[str, int], str] = middle
    right: bool = False
    flexible: bool = False
    largest_first: bool = False
    from_width: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """How a table is looked at: sorted by which column, which way round, and filtered by which text."""

    sort: str = ""
    reverse: bool = False
    pattern: str = ""

    def sorted_by(self, column: Column[Any]) -> View:
        """Sort by `column`: numbers largest first, names in order."""
        return replace(self, sort=column.key, reverse=column.largest_first)

    def matches(self, text: str) -> bool:
        """Tell whether `text` passes the filter: every word of it in any case; "!" before it turns it around."""
        wanted = self.pattern.removeprefix("!").casefold().split()
        found = all(word in text.casefold() for word in wanted)
        return not wanted or found != self.pattern.startswith("!")


def arrange(rows: Sequence[Row], columns: Sequence[Column[Row]], view: View) -> list[tuple[int, Row]]:
    """List the rows that pass the filter in their order, each with its place in `rows`; equals keep their order."""
    kept = [
        (place, row)
        for place, row in enumerate(rows)
        if not view.pattern or view.matches(" ".join(column.cell(row, _DECIMAL) for column in columns))
    ]
    order = next((column.order for column in columns if column.key == view.sort), None)
    if order is not None:
        kept.sort(key=lambda pair: order(pair[1]), reverse=view.reverse)
    return kept


def visible(columns: Sequence[Column[Row]], width: int) -> tuple[Column[Row], ...]:
    """List the columns that a table of `width` cells shows."""
    return tuple(column for column in columns if column.from_width <= width)


def headed(column: Column[Row], view: View) -> str:
    """Write a column's heading, with the sort shown where it is the one that is sorted by."""
    if column.key != view.sort:
        return column.label
    return f"{column.label} {'▼' if view.reverse else '▲'}"


def fit(columns: Sequence[Column[Row]], cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """Tell each column's width: what its cells take, and for flexible ones a fair share of what is left of `width`."""
    natural = [
        _capped(column, max([cell_len(column.label) + _MARK, *(cell_len(row[place]) for row in cells)]))
        for place, column in enumerate(columns)
    ]
    left = width - sum(size for column, size in zip(columns, natural, strict=True) if not column.flexible)
    flexible = sorted(
        (place for place, column in enumerate(columns) if column.flexible), key=lambda place: natural[place]
    )
    for position, place in enumerate(flexible):
        share = max(left // (len(flexible) - position), _LEAST)
        natural[place] = min(natural[place], share)
        left -= natural[place]
    return natural


def _capped(column: Column[Row], width: int) -> int:
    return min(width, column.most) if column.most else width
