"""Asks for a yes before something is done that is not to happen by a slip of a finger."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from regplan.report.words import tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

__all__ = ["ConfirmScreen"]


class ConfirmScreen(ModalScreen[bool]):
    """Ends with True after a yes, else with False."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", tooltip="Do it."),
        Binding("n,escape", "answer(False)", "No", tooltip="Leave it."),
    ]

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        """Take the question, and what is to be known before it is answered."""
        super().__init__()
        self._title, self._lines = title, tuple(lines)

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = "y yes · n or esc no"
            for line in self._lines:
                yield Static(tidy(line), markup=False)

    def action_answer(self, agreed: bool) -> None:  # noqa: FBT001  as Textual calls it
        """End with an answer."""
        self.dismiss(agreed)
