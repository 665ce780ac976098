"""Asks for one line of text, and says what is wrong with it while it cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from regplan.errors import InputError
from regplan.report.words import tidy

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

__all__ = ["AskScreen"]


class AskScreen(ModalScreen[str | None]):
    """Ends with the line that was typed, or None; `check` raises `InputError` for one that will not do."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close", tooltip="Leave it as it is.")]

    def __init__(self, title: str, words: str, value: str, check: Callable[[str], object], example: str = "") -> None:
        """Take the question, the text to begin with, and an example to show where there is none."""
        super().__init__()
        self._title, self._words, self._value, self._check, self._example = title, words, value, check, example

    def compose(self) -> ComposeResult:
        """Lay out the question, and room for what is wrong with the answer."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = "enter takes it · esc closes"
            yield Static(self._words, markup=False)
            yield Input(self._value, placeholder=self._example)
            yield Static("", markup=False, classes="words")

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        typed = event.value.strip()
        try:
            self._check(typed)
        except InputError as error:
            self.query_one(".words", Static).update(tidy(error.message))
        else:
            self.dismiss(typed)
