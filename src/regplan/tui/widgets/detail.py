"""The lines at a table that say more of the row under the cursor."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget

from regplan.tui.text import clipped

__all__ = ["Detail"]


class Detail(Widget):
    """Says as much as it has room for, and ends with an ellipsis where that is not all; other words move nothing around it."""

    def __init__(self, id: str) -> None:  # noqa: A002  as Textual calls it
        """Start empty."""
        super().__init__(id=id)
        self._words = ""

    def show(self, words: str) -> None:
        """Say something else."""
        if words != self._words:
            self._words = words
            self.refresh()

    def render(self) -> Text:
        """Part the words into lines, and cut what has no room."""
        width, rows = self.size
        lines = Text(self._words).wrap(self.app.console, max(width, 1))
        return Text(clipped([line.plain for line in lines], rows, width))
