"""A table of records: sorted, filtered, marked, and capped without hiding that it is; only what is in view is drawn."""

from __future__ import annotations

import asyncio
import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from regplan.errors import InputError
from regplan.tui.table import View, arrange, fit, haystack, headed, visible
from regplan.tui.text import cell_text
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from regplan.tui.table import Column

__all__ = ["CAP", "RecordTable"]

CAP: Final = 2000
_MARKED: Final = ("● ", "  ")
# So many rows and more are written for the filter in a thread, as soon as they are shown.
_MANY: Final = 1000
_PADDING: Final = 1
_HEADER: Final = 1

Record = TypeVar("Record")


class RecordTable(ScrollView, Generic[Record], can_focus=True):
    """Shows records in columns; `current` is the one under the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"record-table--header", "record-table--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort_next", "Sort", tooltip="Sort by the next column."),
        Binding("S", "sort_reverse", "Reverse", tooltip="Turn the order round.", show=False),
        Binding("space", "mark", "Mark", show=False, tooltip="Mark this row or take its mark away, for e and y."),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "first", "First row", show=False),
        Binding("end,G", "last", "Last row", show=False),
        Binding("enter", "choose", "Why", show=False),
    ]

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another record, or on none because there is none."""

        table: RecordTable[Any]
        record: object | None

        @property
        def control(self) -> RecordTable[Any]:
            """The table."""
            return self.table

    @dataclass
    class Arranged(Message):
        """The table shows other rows, or in another order."""

        table: RecordTable[Any]

        @property
        def control(self) -> RecordTable[Any]:
            """The table."""
            return self.table

    @dataclass
    class Chosen(Message):
        """The record under the cursor was chosen, by enter or by a click on it."""

        table: RecordTable[Any]

        @property
        def control(self) -> RecordTable[Any]:
            """The table."""
            return self.table

    def __init__(self, columns: Sequence[Column[Record]], view: View | None = None, *, id: str) -> None:  # noqa: A002
        """Take the columns and the first order."""
        super().__init__(id=id)
        self.all_columns = tuple(columns)
        self.view = view or View()
        self.records: tuple[Record, ...] = ()
        self.marked: frozenset[int] = frozenset()
        self.cursor_row = 0
        self._binary = False
        self._width = 0
        self._texts: list[str] | None = None
        self._order: list[int] = []
        self._cuts_names: bool | None = None
        self._layout: tuple[tuple[Column[Record], int], ...] = ()

    @property
    def matching(self) -> int:
        """How many records pass the filter."""
        return len(self._order)

    @property
    def current(self) -> Record | None:
        """The record under the cursor."""
        return self.records[self._order[self.cursor_row]] if self.cursor_row < self._shown else None

    @property
    def columns_in_view(self) -> tuple[Column[Record], ...]:
        """The columns that are shown."""
        return visible(self.all_columns, self._width, self.view.columns)

    @property
    def _shown(self) -> int:
        return min(len(self._order), CAP)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def show_records(self, records: Sequence[Record], *, binary: bool, stay: bool = False) -> None:
        """Show other records, from the top, or the same ones in other units, with the cursor where it was.

        With `stay` it stays in its row with other records too: they are the same lines with other numbers.
        """
        is_new, self._binary = tuple(records) != self.records, binary
        if is_new:
            self.records, self.marked, self._texts = tuple(records), frozenset(), None
            self.workers.cancel_group(self, "index")
            if len(self.records) >= _MANY:
                self.run_worker(self._index(self.records), group="index", exclusive=True)
        self._rebuild(0 if is_new and not stay else self.cursor_row)

    def show_live(self, records: Sequence[Record], *, binary: bool, again: bool = False) -> None:
        """Show records that change while one looks: the cursor and the marks stay where they were; `again` draws in any case."""
        new = tuple(records)
        is_same = len(new) == len(self.records) and all(map(operator.is_, new, self.records))
        if is_same and not again:
            return
        is_first, self._binary = not self.records, binary
        self.records, self._texts = new, None
        self.marked = frozenset(place for place in self.marked if place < len(new))
        self._order = [place for place in self._order if place < len(new)]
        self.workers.cancel_group(self, "index")
        self._rebuild(0 if is_first else None)

    async def _index(self, records: tuple[Record, ...]) -> None:
        texts = await asyncio.to_thread(haystack, records, self.all_columns)
        if records is self.records:
            self._texts = texts

    def look(self, view: View) -> None:
        """Look at the same records in another way; the cursor stays on its record where that is still shown."""
        self.view = view
        self._rebuild(None)

    def sort_by(self, name: str, way: str = "", *more: str) -> None:
        """Sort by a column named by its label or key; `way` is desc, asc, or what suits it, turned round the second time."""
        column = self._named(name)
        if more or way not in {"", "asc", "desc"}:
            raise InputError(f":sort {name} {way}: after the column stands asc, desc or nothing")
        view = self.view.sorted_by(column)
        if way:
            view = replace(view, reverse=way == "desc")
        elif column.key == self.view.sort:
            view = replace(view, reverse=not self.view.reverse)
        self.look(view)

    def choose_columns(self, names: str) -> None:
        """Show the columns named, with commas between them, or with "auto" those that have room."""
        keys = () if names == "auto" else tuple(self._named(name.strip()).key for name in names.split(","))
        self.look(replace(self.view, columns=keys))

    def _named(self, name: str) -> Column[Record]:
        for column in self.all_columns:
            if name in {column.key, column.label.casefold()}:
                return column
        raise InputError(f"there is no column {name}: {', '.join(column.key for column in self.all_columns)}")

    def chosen(self) -> tuple[Record, ...]:
        """List the marked records that are in view, else all that are, beyond the cap too, in the order shown."""
        places = [place for place in self._order if place in self.marked] or self._order
        return tuple(self.records[place] for place in places)

    def mark_all(self, *, marked: bool) -> None:
        """Mark every record in view, or none at all."""
        self.marked = frozenset(self._order) if marked else frozenset()
        self._rebuild(None)

    def _rebuild(self, place: int | None) -> None:
        """Arrange the rows anew; `place` is where the cursor goes, None keeps it on its record."""
        if not self._width:
            return  # not laid out yet: the first resize comes back here
        kept = self._order[self.cursor_row] if place is None and self.current is not None else None
        if self.view.pattern and self._texts is None:
            self._texts = haystack(self.records, self.all_columns)
        arranged = arrange(self.records, self.all_columns, self.view, self._texts)
        self._order = [number for number, _ in arranged]
        if place is None:
            place = next((at for at, number in enumerate(self._order[:CAP]) if number == kept), 0)
        self._lay_out()
        self.virtual_size = Size(self._width, self._shown + _HEADER)
        self.post_message(self.Arranged(self))
        self._stand(place)

    def _lay_out(self) -> None:
        """Make the columns as wide as the rows need them."""
        self._layout = self._fitted(self.columns_in_view, self._width)
        self._cuts_names = None

    @property
    def full_name(self) -> str | None:
        """The whole name of the record under the cursor, where there is a name that is shortened; None where none is."""
        column, width = next((pair for pair in self._layout if pair[0].names), (None, 0))
        if column is None or self.current is None:
            return None
        if self._cuts_names is None:
            shown = (column.cell(self.records[number], self._binary) for number in self._order[:CAP])
            self._cuts_names = any(cell_len(text) > width for text in shown)
        return column.cell(self.current, self._binary) if self._cuts_names else None

    def _fitted(self, columns: Sequence[Column[Record]], width: int) -> tuple[tuple[Column[Record], int], ...]:
        """Tell how wide columns are that share a width."""
        texts = [[self._text(column, number) for column in columns] for number in self._order[:CAP]]
        return tuple(zip(columns, fit(columns, texts, width - 2 * _PADDING * len(columns)), strict=True))

    def _text(self, column: Column[Record], number: int) -> str:
        """Write a cell; where anything is marked, the first column has room for the mark."""
        text = column.cell(self.records[number], self._binary)
        if not self.marked or column is not self.columns_in_view[0]:
            return text
        return _MARKED[number not in self.marked] + text

    def _stand(self, place: int) -> None:
        """Move the cursor, keep it in view, and tell."""
        self.cursor_row = max(0, min(place, self._shown - 1))
        self.refresh()
        height = max(self.scrollable_content_region.height - _HEADER, 1)
        top = min(max(self.scroll_offset.y, self.cursor_row - height + 1), self.cursor_row)
        self.scroll_to(y=top, animate=False, immediate=True, force=True)
        # Posted while the pane handles its filter, it would stop at the pane: the sender is this table.
        self.post_message(self.Highlighted(self, self.current).set_sender(self))

    # --- drawing ----------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is in view: the headings, which never scroll away, or a row."""
        width, base = self.size.width, self.rich_style
        if y < _HEADER:
            style = base + self.get_component_rich_style("record-table--header")
            cells = [(headed(column, self.view), column, size, style) for column, size in self._layout]
        else:
            row = y - _HEADER + self.scroll_offset.y
            if row >= self._shown:
                return Strip.blank(width, base)
            style = base + self.get_component_rich_style("record-table--cursor") if row == self.cursor_row else base
            cells = self._cells(self._order[row], style)
        segments = [
            Segment(text, each)
            for words, column, size, each in cells
            for text, each in (
                (" ", style),
                *cell_text(words, size, right=column.right, style=each, around=style),
                (" ", style),
            )
        ]
        return Strip(segments).adjust_cell_length(width, style)

    def _cells(self, number: int, style: Style) -> list[tuple[str, Column[Record], int, Style]]:
        record = self.records[number]
        cells = []
        for column, size in self._layout:
            own = column.style(record) if column.style is not None else ""
            words = column.shorten(self._text(column, number), size)
            cells.append((words, column, size, style + Style.parse(own) if own else style))
        return cells

    # --- keys and the mouse -----------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Mark the record under the cursor, or take its mark away."""
        if self.current is None:
            return
        had, self.marked = bool(self.marked), self.marked ^ {self._order[self.cursor_row]}
        if bool(self.marked) != had:
            self._lay_out()  # the first mark makes room for marks, the last one takes it away
        self.refresh()
        self.post_message(self.Arranged(self))

    def action_sort_next(self) -> None:
        """Sort by the next of the columns in view."""
        columns = self.columns_in_view
        keys = [column.key for column in columns]
        place = keys.index(self.view.sort) + 1 if self.view.sort in keys else 0
        self.look(self.view.sorted_by(columns[place % len(columns)]))

    def action_sort_reverse(self) -> None:
        """Turn the order round."""
        self.look(replace(self.view, reverse=not self.view.reverse))

    def action_move(self, rows: int) -> None:
        """Go so many rows on."""
        if self._shown:
            self._stand(self.cursor_row + rows)

    def action_page(self, pages: int) -> None:
        """Go so many pages on."""
        self.action_move(pages * max(self.scrollable_content_region.height - _HEADER, 1))

    def action_first(self) -> None:
        """Go to the first row."""
        self.action_move(-self.cursor_row)

    def action_last(self) -> None:
        """Go to the last row that is shown."""
        self.action_move(self._shown)

    def action_choose(self) -> None:
        """Choose the record under the cursor."""
        if self.current is not None:
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        """Take a heading to sort by, a row to go to, or the row one is on to choose."""
        event.stop()
        if event.y < _HEADER:
            left = 0
            for column, size in self._layout:
                left += size + 2 * _PADDING
                if event.x < left:
                    self.sort_by(column.key)
                    return
            return
        row = event.y - _HEADER + self.scroll_offset.y
        if row == self.cursor_row:
            self.action_choose()
        elif row < self._shown:
            self._stand(row)

    def on_resize(self, _: events.Resize) -> None:
        """Fit the columns to the new width."""
        width = self.scrollable_content_region.width
        if width != self._width:
            self._width = width
            self._rebuild(None)
