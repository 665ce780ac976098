"""A table of records: sorted, filtered, marked, filled in batches, and capped without hiding that it is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Literal, TypeAlias, TypeVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from regplan.errors import InputError
from regplan.tui.table import View, arrange, fit, haystack, headed, visible
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from regplan.tui.table import Column

__all__ = ["BATCH", "CAP", "RecordTable"]

CAP: Final = 2000
BATCH: Final = 200
_MARKED: Final = ("● ", "  ")
# So many rows and more are written for the filter in a thread, as soon as they are shown.
_MANY: Final = 1000

Record = TypeVar("Record")
# A row's place among the records, its record, its texts, and the columns with their widths.
_Line: TypeAlias = "tuple[int, Any, list[str], tuple[tuple[Column[Any], int], ...]]"


class RecordTable(DataTable[Text], Generic[Record]):
    """Shows records in columns; `current` is the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort_next", "Sort", tooltip="Sort by the next column."),
        Binding("S", "sort_reverse", "Reverse", tooltip="Turn the order round.", show=False),
        Binding(
            "space",
            "mark",
            "Mark",
            tooltip="Mark this row, or take its mark away; e and y keep to what is marked.",
            show=False,
        ),
        Binding("home,g", "scroll_top", "First row", show=False),
        Binding("end,G", "scroll_bottom", "Last row", show=False),
    ]

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another record, or on none because there is none."""

        table: RecordTable[Any]
        record: object | None

        @property
        def control(self) -> DataTable[Text]:
            """The table."""
            return self.table

    @dataclass
    class Arranged(Message):
        """The table shows other rows, or in another order."""

        table: RecordTable[Any]

        @property
        def control(self) -> DataTable[Text]:
            """The table."""
            return self.table

    def __init__(self, columns: Sequence[Column[Record]], view: View | None = None, *, id: str) -> None:  # noqa: A002
        """Take the columns and the first order."""
        super().__init__(id=id, cursor_type="row", cursor_foreground_priority="renderable")
        self.all_columns = tuple(columns)
        self.view = view or View()
        self.records: tuple[Record, ...] = ()
        self.matching = 0
        self.marked: frozenset[int] = frozenset()
        self._texts: list[str] | None = None
        self._order: list[int] = []
        self._binary = False
        self._width = 0

    @property
    def current(self) -> Record | None:
        """The record under the cursor."""
        if not self.is_valid_row_index(self.cursor_row):
            return None
        key = self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value
        return self.records[int(str(key))]

    def show_records(self, records: Sequence[Record], *, binary: bool) -> None:
        """Show other records, from the top, or the same ones in other units, with the cursor where it was."""
        is_new, self._binary = tuple(records) != self.records, binary
        if is_new:
            self.records, self.marked, self._texts = tuple(records), frozenset(), None
            self.workers.cancel_group(self, "index")
            if len(self.records) >= _MANY:
                self.run_worker(self._index(self.records), group="index", exclusive=True)
        self._rebuild(0 if is_new else self.cursor_row)

    async def _index(self, records: tuple[Record, ...]) -> None:
        texts = await asyncio.to_thread(haystack, records, self.all_columns)
        if records is self.records:
            self._texts = texts

    def look(self, view: View) -> None:
        """Look at the same records in another way; the cursor stays on its record where that is still shown."""
        self.view = view
        self._rebuild(None)

    @property
    def columns_in_view(self) -> tuple[Column[Record], ...]:
        """The columns that are shown."""
        return visible(self.all_columns, self._width, self.view.columns)

    def chosen(self) -> tuple[Record, ...]:
        """List the marked records that are in view, else all that are, beyond the cap too, in the order shown."""
        places = [place for place in self._order if place in self.marked] or self._order
        return tuple(self.records[place] for place in places)

    def mark_all(self, *, marked: bool) -> None:
        """Mark every record in view, or none at all."""
        self.marked = frozenset(self._order) if marked else frozenset()
        self._rebuild(None)

    def action_mark(self) -> None:
        """Mark the record under the cursor, or take its mark away."""
        if self.current is None:
            return
        key = self.coordinate_to_cell_key(self.cursor_coordinate).row_key
        had, self.marked = bool(self.marked), self.marked ^ {int(str(key.value))}
        if bool(self.marked) != had:
            self._rebuild(None)  # the first mark makes room for marks, the last one takes it away
            return
        column = self.columns_in_view[0]
        width = self.columns[next(iter(self.columns))].width
        text = self._text(column, int(str(key.value)))
        self.update_cell(key, column.key, _cell(column, text, width, self.current))
        self.post_message(self.Arranged(self))

    def sort_by(self, name: str, way: str = "", *more: str) -> None:
        """Sort by a column named by its label or key; `way` is desc, asc, or what suits it, turned round the second time."""
        column = self._named(name)
        if more or way not in {"", "asc", "desc"}:
            raise InputError(f":sort {name} {way}: after the column stands asc, desc or nothing")
        view = self.view.sorted_by(column)
        turned = column.key == self.view.sort and not self.view.reverse if not way else way == "desc"
        self.look(replace(view, reverse=turned) if way or column.key == self.view.sort else view)

    def choose_columns(self, names: str) -> None:
        """Show the columns named, with commas between them, or with "auto" those that have room."""
        keys = () if names == "auto" else tuple(self._named(name.strip()).key for name in names.split(","))
        self.look(replace(self.view, columns=keys))

    def _named(self, name: str) -> Column[Record]:
        for column in self.all_columns:
            if name in {column.key, column.label.casefold()}:
                return column
        raise InputError(f"there is no column {name}: {', '.join(column.key for column in self.all_columns)}")

    def action_sort_next(self) -> None:
        """Sort by the next of the columns in view."""
        columns = self.columns_in_view
        keys = [column.key for column in columns]
        place = keys.index(self.view.sort) + 1 if self.view.sort in keys else 0
        self.look(self.view.sorted_by(columns[place % len(columns)]))

    def action_sort_reverse(self) -> None:
        """Turn the order round."""
        self.look(replace(self.view, reverse=not self.view.reverse))

    @on(DataTable.HeaderSelected)
    def _sort_by_heading(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        column = next(each for each in self.all_columns if each.key == event.column_key.value)
        turned = replace(self.view, reverse=not self.view.reverse)
        self.look(turned if column.key == self.view.sort else self.view.sorted_by(column))

    @on(DataTable.RowHighlighted)
    def _tell_current(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        if event.row_key in self.rows:  # of an emptied table it is None, whatever its type says
            self.post_message(self.Highlighted(self, self.records[int(str(event.row_key.value))]))

    def on_resize(self, _: events.Resize) -> None:
        """Fit the columns to the new width."""
        width = self.scrollable_content_region.width
        if width != self._width:
            self._width = width
            self._rebuild(None)

    def _rebuild(self, place: int | None) -> None:
        """Fill the table anew; `place` is where the cursor goes, None keeps it on its record."""
        if not self._width:
            return  # not laid out yet: the first resize comes back here
        self.workers.cancel_group(self, "fill")
        kept = self.current if place is None else None
        if self.view.pattern and self._texts is None:
            self._texts = haystack(self.records, self.all_columns)
        arranged = arrange(self.records, self.all_columns, self.view, self._texts)
        self.matching, self._order = len(arranged), [number for number, _ in arranged]
        if place is None:
            place = next((number for number, (_, row) in enumerate(arranged[:CAP]) if row is kept), 0)
        self.clear(columns=True)
        self._fill(self._lines(arranged[:CAP]), place)
        self.post_message(self.Arranged(self))

    def _lines(self, rows: Sequence[tuple[int, Record]]) -> list[_Line]:
        """Set up the columns as wide as `rows` need them, and write the rows' texts, which become cells in batches."""
        columns = self.columns_in_view
        texts = [[self._text(column, number) for column in columns] for number, _ in rows]
        widths = fit(columns, texts, self._width - 2 * self.cell_padding * len(columns))
        for column, width in zip(columns, widths, strict=True):
            label = Text(headed(column, self.view), justify=_justify(column))
            self.add_column(label, width=width, key=column.key)
        layout = tuple(zip(columns, widths, strict=True))
        return [(number, row, words, layout) for (number, row), words in zip(rows, texts, strict=True)]

    def _text(self, column: Column[Record], number: int) -> str:
        """Write a cell; where anything is marked, the first column has room for the mark."""
        text = column.cell(self.records[number], self._binary)
        if not self.marked or column is not self.columns_in_view[0]:
            return text
        return _MARKED[number not in self.marked] + text

    def _fill(self, lines: list[_Line], place: int) -> None:
        self._add(lines[:BATCH])
        if not lines:
            # Posted while the pane handles its filter, it would stop at the pane: the sender is this table.
            self.post_message(self.Highlighted(self, None).set_sender(self))
            return
        self.move_cursor(row=max(0, min(place, self.row_count - 1)), animate=False)
        if len(lines) > BATCH:
            self.run_worker(self._fill_rest(lines[BATCH:], place), group="fill", exclusive=True)

    async def _fill_rest(self, lines: list[_Line], place: int) -> None:
        before = self.row_count
        for start in range(0, len(lines), BATCH):
            await asyncio.sleep(0)
            self._add(lines[start : start + BATCH])
        if place >= before:
            self.move_cursor(row=place, animate=False)

    def _add(self, lines: list[_Line]) -> None:
        for number, row, words, layout in lines:
            cells = (_cell(column, text, width, row) for (column, width), text in zip(layout, words, strict=True))
            self.add_row(*cells, key=str(number))


def _justify(column: Column[Record]) -> Literal["left", "right"]:
    return "right" if column.right else "left"


def _cell(column: Column[Record], text: str, width: int, row: Record) -> Text:
    style = column.style(row) if column.style is not None else ""
    return Text(column.shorten(text, width), style=style, justify=_justify(column), no_wrap=True)
