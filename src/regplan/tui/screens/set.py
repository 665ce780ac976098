"""Asks for the value of a key of the site file."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from regplan.errors import InputError
from regplan.report.words import full_stop, tidy

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from regplan.model.site_input import SiteInput

__all__ = ["SetScreen"]


class SetScreen(ModalScreen[str | None]):
    """Ends with the value that was typed, which the key can have, or None."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close", tooltip="Leave it as it is.")]

    def __init__(self, row: SiteInput) -> None:
        """Take the key that is set."""
        super().__init__()
        self._row = row

    def compose(self) -> ComposeResult:
        """Lay out what the key means and can have, the value, and room for what is wrong with it."""
        row = self._row
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = f"Set {tidy(row.name)}"
            dialog.border_subtitle = "enter sets · esc closes"
            source = f"\n{full_stop(row.source)}" if row.source else ""
            yield Static(tidy(full_stop(row.meaning)) + f"\nTakes: {row.takes}{tidy(source)}", markup=False)
            yield Input(row.value)
            yield Static("", markup=False, id="set-words")

    @on(Input.Submitted)
    def _set(self, event: Input.Submitted) -> None:
        from regplan.profile.site_edit import edit_of

        event.stop()
        value = event.value.strip()
        try:
            edit_of(self._row.name, value)
        except InputError as error:
            self.query_one("#set-words", Static).update(error.message)
            return
        self.dismiss(value)
