"""What a draft has in another way than the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from regplan.report.words import ABSENT, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from regplan.profile.site_edit import SiteChange

__all__ = ["DraftScreen"]


class DraftScreen(ModalScreen[None]):
    """Lists the keys that differ, with the value of the file and that of the draft."""

    CSS_PATH = "dialog.tcss"
    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q", "dismiss", "Close", tooltip="Go back.")]

    def __init__(self, file: str, changes: Sequence[SiteChange], words: str) -> None:
        """Take the file, what is changed of it, and what has become of it meanwhile."""
        super().__init__()
        self._file, self._changes, self._words = file, tuple(changes), words

    def compose(self) -> ComposeResult:
        """Lay out the differences."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Draft"
            dialog.border_subtitle = "esc closes: z then undoes, ctrl+s saves"
            yield Static(tidy(f"{self._file} {self._words}".strip()), markup=False)
            yield Static(self._table(), markup=False)

    def _table(self) -> Table | Text:
        if not self._changes:
            return Text("Nothing is edited: the file is what is planned.")
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for heading in ("KEY", "FILE", "DRAFT"):
            table.add_column(heading, overflow="fold")
        for each in self._changes:
            table.add_row(*(Text(tidy(text) or ABSENT) for text in (each.name, each.before, each.after)))
        return table
