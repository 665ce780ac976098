"""Asks which columns of a table are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import SelectionList
from textual.widgets.selection_list import Selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from regplan.tui.table import Column

__all__ = ["ColumnsScreen"]


class ColumnsScreen(ModalScreen["tuple[str, ...] | None"]):
    """Ends with the keys of the columns that were chosen, with none for those that have room, or with None."""

    CSS_PATH = "dialog.tcss"
    AUTO_FOCUS = "SelectionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", tooltip="Leave the columns as they are."),
        Binding("enter", "keep", "Keep", priority=True, tooltip="Show the columns that are ticked."),
        Binding("a", "automatic", "Automatic", tooltip="Show the columns that have room."),
    ]

    def __init__(self, columns: Sequence[Column[Any]], shown: Sequence[Column[Any]]) -> None:
        """Take a table's columns, and those of them that are shown."""
        super().__init__()
        self._columns, self._shown = tuple(columns), tuple(shown)

    def compose(self) -> ComposeResult:
        """Lay out the columns, each with its tick."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Columns"
            dialog.border_subtitle = "space ticks · enter keeps · a automatic · esc closes"
            yield SelectionList[str](
                *(Selection(column.label, column.key, column in self._shown) for column in self._columns)
            )

    def action_keep(self) -> None:
        """End with what is ticked."""
        ticked = set(self.query_one(SelectionList).selected)
        self.dismiss(tuple(column.key for column in self._columns if column.key in ticked))

    def action_automatic(self) -> None:
        """End with no choice of the user's own."""
        self.dismiss(())
