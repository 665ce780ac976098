"""Help for the pane that has the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

__all__ = ["HelpScreen"]


class HelpScreen(ModalScreen[None]):
    """Shows what a pane is for and the keys that work there."""

    CSS_PATH = "dialog.tcss"
    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,enter,q", "dismiss", "Close", tooltip="Go back."),
    ]

    def __init__(self, title: str, guide: str, keys: Sequence[tuple[str, str]]) -> None:
        """Take the pane's title, its guide, and pairs of a key and what it does."""
        super().__init__()
        self._title, self._guide, self._keys = title, guide, tuple(keys)

    def compose(self) -> ComposeResult:
        """Lay out the guide and the keys."""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True, style="bold", min_width=6)
        grid.add_column()
        for key, meaning in self._keys:
            grid.add_row(Text(key), Text(meaning))
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = Text(f"Help: {self._title}").markup
            dialog.border_subtitle = "esc closes"
            yield Static(Text(f"{self._guide}\n"), markup=False)
            yield Static(grid, markup=False)
