"""Tables as values: which rows are shown in which order and columns, and how wide each is; nothing here draws."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from rich.cells import cell_len

from regplan.tui.text import middle
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Column", "Fact", "View", "arrange", "facts_of", "fit", "haystack", "headed", "visible"]

Fact: TypeAlias = "str | int | float | None"

Row = TypeVar("Row")
_LEAST: Final = 8
_DECIMAL: Final = False
_MARK: Final = 2
_FUZZY: Final = "-f"


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column: `cell` writes a row's value (binary units or not), `order` is what it is sorted by.

    A `flexible` column shares what the others leave, another takes what its cells need, but `most` at most where that
    is set; `from_width` is the table's least width at which it is shown. `facts` are what an export writes: exact values
    under names with units; without it the cell's text stands under `key`. A column that `names` is what is copied of a row.
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
    facts: Callable[[Row], Mapping[str, Fact]] | None = None
    names: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """How a table is looked at: sorted by which column, which way round, filtered by which text, in which columns.

    No `columns` are those that have room.
    """

    sort: str = ""
    reverse: bool = False
    pattern: str = ""
    columns: tuple[str, ...] = ()

    def sorted_by(self, column: Column[Any]) -> View:
        """Sort by `column`: numbers largest first, names in order."""
        return replace(self, sort=column.key, reverse=column.largest_first)

    def matches(self, text: str) -> bool:
        """Tell whether `text` passes the filter, in any case: every word of it is there.

        "!" before it turns it around; after "-f" its letters need only be there in their order.

        >>> [View(pattern=each).matches("docker.io/library/nginx:1.27") for each in ("nginx 1.2", "!nginx", "-f dnx27")]
        [True, False, True]
        """
        return self.passes(text.casefold())

    def passes(self, folded: str) -> bool:
        """Tell whether a text without capitals passes the filter."""
        pattern = self.pattern.casefold()
        if pattern.startswith(_FUZZY):
            letters = iter(folded)
            return all(letter in letters for letter in pattern.removeprefix(_FUZZY) if not letter.isspace())
        wanted = pattern.removeprefix("!").split()
        found = all(word in folded for word in wanted)
        return not wanted or found != pattern.startswith("!")


def haystack(rows: Sequence[Row], columns: Sequence[Column[Row]]) -> list[str]:
    """Write for each row what a filter looks in: every cell, shown or not, in one case."""
    return [" ".join(column.cell(row, _DECIMAL) for column in columns).casefold() for row in rows]


def arrange(
    rows: Sequence[Row], columns: Sequence[Column[Row]], view: View, texts: Sequence[str] | None = None
) -> list[tuple[int, Row]]:
    """List the rows that pass the filter in their order, each with its place in `rows`; equals keep their order.

    `texts` is the haystack of the rows, where it was made before.
    """
    kept = list(enumerate(rows))
    if view.pattern:
        within = haystack(rows, columns) if texts is None else texts
        kept = [(place, row) for place, row in kept if view.passes(within[place])]
    order = next((column.order for column in columns if column.key == view.sort), None)
    if order is not None:
        kept.sort(key=lambda pair: order(pair[1]), reverse=view.reverse)
    return kept


def visible(columns: Sequence[Column[Row]], width: int, chosen: Sequence[str] = ()) -> tuple[Column[Row], ...]:
    """List the columns that a table of `width` cells shows: the `chosen` ones, else those that have room."""
    if chosen:
        return tuple(column for column in columns if column.key in chosen)
    return tuple(column for column in columns if column.from_width <= width)


def facts_of(row: Row, columns: Sequence[Column[Row]]) -> dict[str, Fact]:
    """List what columns say of a row, exactly."""
    facts: dict[str, Fact] = {}
    for column in columns:
        facts |= column.facts(row) if column.facts is not None else {column.key: column.cell(row, _DECIMAL)}
    return facts


def headed(column: Column[Row], view: View) -> str:
    """Write a column's heading, with the sort shown where it is the one that is sorted by."""
    if column.key != view.sort:
        return column.label
    return f"{column.label} {'▼' if view.reverse else '▲'}"


def fit(columns: Sequence[Column[Row]], cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """Tell each column's width: what its cells take, and for flexible ones a fair share of what is left of `width`."""
    natural = [
        _capped(column, max([_cells_of(column.label) + _MARK, *(_cells_of(row[place]) for row in cells)]))
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


def _cells_of(text: str) -> int:
    """Tell how many cells a text takes; most texts are plain, and quickly told."""
    return len(text) if text.isascii() else cell_len(text)


def _capped(column: Column[Row], width: int) -> int:
    return min(width, column.most) if column.most else width
