"""Asks for the site file to open."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ["OpenScreen"]


class OpenScreen(ModalScreen[str | None]):
    """Ends with the path that was typed, or None."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close", tooltip="Open nothing.")]

    def __init__(self, path: str) -> None:
        """Take the path to begin with."""
        super().__init__()
        self._path = path

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Open a site"
            dialog.border_subtitle = "enter opens · esc closes"
            yield Static("Path of a site file (YAML or JSON); regplan init writes one to start from.", markup=False)
            yield Input(self._path, placeholder="site.yaml")

    @on(Input.Submitted)
    def _open(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.dismiss(event.value.strip())
