"""Why a line says what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from regplan.tui.why import Explanation

__all__ = ["WhyScreen"]


class WhyScreen(ModalScreen[None]):
    """Shows an explanation over the screen it was asked on; the arrow keys scroll it."""

    CSS_PATH = "dialog.tcss"
    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,w,enter,q", "dismiss", "Close", tooltip="Go back."),
    ]

    def __init__(self, explanation: Explanation) -> None:
        """Take what is explained."""
        super().__init__()
        self._explanation = explanation

    def compose(self) -> ComposeResult:
        """Lay out the explanation."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = Text(f"Why: {self._explanation.title}").markup
            dialog.border_subtitle = "esc closes"
            yield Static(self._grid(), markup=False)

    def _grid(self) -> Table:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True, style="bold")
        grid.add_column(overflow="fold")
        for label, text in self._explanation.lines:
            grid.add_row(Text(label), Text(text))
        return grid
