"""Asks for a file or another name, with a sentence that says what for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ["PathScreen"]


class PathScreen(ModalScreen[str | None]):
    """Ends with what was typed, "" included, or None where it was left."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close", tooltip="Do nothing.")]

    def __init__(self, title: str, says: str, value: str = "", example: str = "") -> None:
        """Take the question, what to begin with, and an example."""
        super().__init__()
        self._title, self._says, self._value, self._example = title, says, value, example

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = "enter does it · esc closes"
            yield Static(self._says, markup=False)
            yield Input(self._value, placeholder=self._example)

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip())
