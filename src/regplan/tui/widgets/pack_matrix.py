"""A matrix of packs: a table whose cursor also goes from column to column, as far as there are packs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.style import Style
from textual.binding import Binding, BindingType

from regplan.model.sharing import PackSharing
from regplan.tui.columns_sharing import CELL, matrix_columns
from regplan.tui.sharing import MatrixRow, PairAsked, matrix_rows
from regplan.tui.table import View
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.table_pane import TablePane, WhyAsked

if TYPE_CHECKING:
    from regplan.tui.table import Column

__all__ = ["MatrixPane", "PackMatrix"]

_PADDED: Final = CELL + 2
_ABOUT: Final = ("pack", "size", "shared")
_NO_SHARING: Final = PackSharing()


class PackMatrix(RecordTable[MatrixRow]):
    """Shows what packs share with packs; `cell` is the one under the cursor. Columns that have no room are scrolled to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "across(-1)", "Left", show=False, tooltip="The pack before, across."),
        Binding("right", "across(1)", "Right", show=False, tooltip="The next pack, across."),
    ]

    def __init__(self, *, id: str) -> None:  # noqa: A002
        """Start with no packs."""
        super().__init__(matrix_columns(_NO_SHARING), View("shared", reverse=True), id=id)
        self.cursor_column = 0
        self._left = 0
        self._sharing = _NO_SHARING
        self._rows: tuple[MatrixRow, ...] = ()

    @property
    def cell(self) -> PairAsked | None:
        """The packs under the cursor, and what they share; None where no row is shown."""
        row, across = self.current, self._across
        if row is None or not across:
            return None
        other = self.all_columns.index(across[self.cursor_column]) - len(_ABOUT)
        return PairAsked(row.pack, self._sharing.packs[other], row.pairs[other])

    def show_sharing(self, sharing: PackSharing, *, binary: bool) -> None:
        """Show what packs share, or the same in other units with the cursor where it was."""
        if sharing is not self._sharing:
            self._sharing, self.all_columns = sharing, matrix_columns(sharing)
            self._rows = matrix_rows(sharing)
            self.cursor_column = min(1, max(len(self._rows) - 1, 0))
            self._left = 0
        self.show_records(self._rows, binary=binary)

    def action_across(self, columns: int) -> None:
        """Go so many packs across."""
        if self._across:
            self.cursor_column += columns
            self._rebuild(self.cursor_row)

    @property
    def _across(self) -> tuple[Column[MatrixRow], ...]:
        """The columns of packs that are shown or can be scrolled to."""
        return tuple(column for column in self.columns_in_view if column.key not in _ABOUT)

    def _lay_out(self) -> None:
        """Lay out the pack's own columns, and as many of the others as have room, with the cursor's among them."""
        across = self._across
        about = [column for column in self.columns_in_view if column.key in _ABOUT]
        self.cursor_column = max(0, min(self.cursor_column, len(across) - 1))
        least = min(len(across), 3) * _PADDED
        first = self._fitted(about, max(self._width - least, 0)) if about else ()
        room = max((self._width - sum(size + 2 for _, size in first)) // _PADDED, 1)
        self._left = max(0, min(self._left, self.cursor_column, len(across) - room), self.cursor_column - room + 1)
        self._layout = (*first, *((column, CELL) for column in across[self._left : self._left + room]))

    def _cells(self, number: int, style: Style) -> list[tuple[str, Column[MatrixRow], int, Style]]:
        """Draw a row; the cell under the cursor is drawn in reverse, which is seen without colour too."""
        cells = super()._cells(number, style)
        if self._order[self.cursor_row] != number:
            return cells
        across = self._across
        here = across[self.cursor_column] if across else None
        turned = Style(reverse=True, bold=True)
        return [(words, column, size, each + turned if column is here else each) for words, column, size, each in cells]


class MatrixPane(TablePane):
    """Frames the matrix: what is asked about is the cell under the cursor."""

    def action_why(self) -> None:
        """Ask why two packs share what they do."""
        if isinstance(self.table, PackMatrix) and self.table.cell is not None:
            self.post_message(WhyAsked(self.table.cell))
