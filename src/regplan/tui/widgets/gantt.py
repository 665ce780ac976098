"""A Gantt chart of a bootstrap: a table whose last column draws each pull along one axis of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.tui.bandwidth import BarRow
from regplan.tui.columns_bandwidth import COURSE, course_bar
from regplan.tui.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from rich.style import Style

    from regplan.tui.table import Column

__all__ = ["Gantt"]

_PADDED = 2


class Gantt(RecordTable[BarRow]):
    """Shows when each host pulls each image; the axis is as wide as the other columns leave it, half the table at least."""

    def _lay_out(self) -> None:
        """Give what the other columns do not need to the axis."""
        columns = self.columns_in_view
        others = [column for column in columns if column.key != COURSE]
        axis = next((column for column in columns if column.key == COURSE), None)
        half = self._width // 2 if axis is not None else 0
        layout = self._fitted(others, self._width - half)
        if axis is not None:
            taken = sum(size + _PADDED for _, size in layout)
            layout += ((axis, max(self._width - taken - _PADDED, 1)),)
        self._layout = layout

    def _cells(self, number: int, style: Style) -> list[tuple[str, Column[BarRow], int, Style]]:
        """Draw a row, with its bar as wide as the axis is."""
        bar, ends_s = self.records[number].bar, self.records[number].ends_s
        return [
            (course_bar(bar.begin_s, bar.fetched_s, bar.end_s, ends_s, size), column, size, each)
            if column.key == COURSE
            else (words, column, size, each)
            for words, column, size, each in super()._cells(number, style)
        ]
