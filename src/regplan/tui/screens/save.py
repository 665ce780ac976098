"""Asks for the file that a draft is saved as."""

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
    from textual.app import ComposeResult

    from regplan.verbs.drafting import Base, Standing

__all__ = ["SaveScreen"]

_WORDS = (
    "The site file with the edits in it: its comments and the order of its keys stay. In another folder its paths are"
    " written so that they name the same."
)


class SaveScreen(ModalScreen["tuple[str, Standing | None] | None"]):
    """Ends with the path and what stands there and is to be replaced, or None; what stands there is replaced if one says so twice."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close", tooltip="Save nothing.")]

    def __init__(self, base: Base, path: str) -> None:
        """Take the file that is edited, and the path to begin with."""
        super().__init__()
        self._base, self._path = base, path
        self._agreed: tuple[str, Standing] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the question, and room for what one should know before."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Save the draft"
            dialog.border_subtitle = "enter saves · esc closes"
            yield Static(_WORDS, markup=False)
            yield Input(self._path)
            yield Static("", markup=False, id="save-words")

    @on(Input.Submitted)
    def _save(self, event: Input.Submitted) -> None:
        from regplan.verbs.drafting import standing_at

        event.stop()
        path = event.value.strip()
        try:
            standing = standing_at(self._base, path) if path else None
        except InputError as error:
            self._say(error.message)
            return
        if not path:
            self._say("Type the path of a file.")
        elif standing is None or self._agreed == (path, standing):
            self.dismiss((path, standing))
        else:
            self._agreed = (path, standing)
            self._say(f"{path} {standing.words}: enter again replaces it.")

    def _say(self, words: str) -> None:
        self.query_one("#save-words", Static).update(tidy(words))
