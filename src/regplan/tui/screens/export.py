"""Asks for the file to write a view to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from regplan.errors import InputError
from regplan.store.files import user_path
from regplan.tui.export import format_of

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ["ExportScreen"]

_WORDS = (
    "The end of the name tells the format: .csv and .json hold exact values, .md what is read here, .svg is a picture of"
    " the whole screen."
)


class ExportScreen(ModalScreen[str | None]):
    """Ends with the path that was typed, or None; a file that is there is replaced only where that is said twice."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close", tooltip="Write nothing.")]

    def __init__(self, title: str, path: str) -> None:
        """Take what is exported, and the path to begin with."""
        super().__init__()
        self._title, self._path, self._agreed = title, path, ""

    def compose(self) -> ComposeResult:
        """Lay out the question, and room for what is wrong with the answer."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = f"Export: {self._title}"
            dialog.border_subtitle = "enter writes · esc closes"
            yield Static(_WORDS, markup=False)
            yield Input(self._path)
            yield Static("", markup=False, id="export-words")

    @on(Input.Submitted)
    def _write(self, event: Input.Submitted) -> None:
        event.stop()
        path = event.value.strip()
        try:
            format_of(path)
        except InputError as error:
            self._say(error.message)
            return
        if path != self._agreed and Path(user_path(path)).exists():
            self._agreed = path
            self._say("A file of this name is there: enter again replaces it.")
            return
        self.dismiss(path)

    def _say(self, words: str) -> None:
        self.query_one("#export-words", Static).update(words)
