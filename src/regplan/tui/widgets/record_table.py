"""A table of records: sorted, filtered, filled in batches, and capped without hiding that it is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Literal, TypeVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from regplan.tui.table import View, arrange, fit, headed, visible
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from regplan.tui.table import Column

__all__ = ["BATCH", "CAP", "RecordTable"]

CAP: Final = 2000
BATCH: Final = 200

Record = TypeVar("Record")


class RecordTable(DataTable[Text], Generic[Record]):
    """Shows records in columns; `current` is the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort_next", "Sort", tooltip="Sort by the next column."),
        Binding("S", "sort_reverse", "Reverse", tooltip="Turn the order round.", show=False),
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
        place = 0 if tuple(records) != self.records else self.cursor_row
        self.records, self._binary = tuple(records), binary
        self._rebuild(place)

    def look(self, view: View) -> None:
        """Look at the same records in another way; the cursor stays on its record where that is still shown."""
        self.view = view
        self._rebuild(None)

    def action_sort_next(self) -> None:
        """Sort by the next of the columns in view."""
        columns = visible(self.all_columns, self._width)
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
        arranged = arrange(self.records, self.all_columns, self.view)
        self.matching = len(arranged)
        if place is None:
            place = next((number for number, (_, row) in enumerate(arranged[:CAP]) if row is kept), 0)
        self.clear(columns=True)
        self._fill(self._lines(arranged[:CAP]), place)
        self.post_message(self.Arranged(self))

    def _lines(self, rows: Sequence[tuple[int, Record]]) -> list[tuple[str, list[Text]]]:
        """Set up the columns as wide as `rows` need them, and write the rows' cells, each row with its key."""
        columns = visible(self.all_columns, self._width)
        texts = [[column.cell(row, self._binary) for column in columns] for _, row in rows]
        widths = fit(columns, texts, self._width - 2 * self.cell_padding * len(columns))
        for column, width in zip(columns, widths, strict=True):
            label = Text(headed(column, self.view), justify=_justify(column))
            self.add_column(label, width=width, key=column.key)
        return [
            (str(number), [_cell(*cell, row) for cell in zip(columns, words, widths, strict=True)])
            for (number, row), words in zip(rows, texts, strict=True)
        ]

    def _fill(self, lines: list[tuple[str, list[Text]]], place: int) -> None:
        self._add(lines[:BATCH])
        if not lines:
            # Posted while the pane handles its filter, it would stop at the pane: the sender is this table.
            self.post_message(self.Highlighted(self, None).set_sender(self))
            return
        self.move_cursor(row=max(0, min(place, self.row_count - 1)), animate=False)
        if len(lines) > BATCH:
            self.run_worker(self._fill_rest(lines[BATCH:], place), group="fill", exclusive=True)

    async def _fill_rest(self, lines: list[tuple[str, list[Text]]], place: int) -> None:
        before = self.row_count
        for start in range(0, len(lines), BATCH):
            await asyncio.sleep(0)
            self._add(lines[start : start + BATCH])
        if place >= before:
            self.move_cursor(row=place, animate=False)

    def _add(self, lines: list[tuple[str, list[Text]]]) -> None:
        for key, cells in lines:
            self.add_row(*cells, key=key)


def _justify(column: Column[Record]) -> Literal["left", "right"]:
    return "right" if column.right else "left"


def _cell(column: Column[Record], text: str, width: int, row: Record) -> Text:
    style = column.style(row) if column.style is not None else ""
    return Text(column.shorten(text, width), style=style, justify=_justify(column), no_wrap=True)
