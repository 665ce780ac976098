"""The start screen: what can be opened, and where the app stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual import on
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from regplan.tui.screens.base import SiteScreen
from regplan.tui.widgets.state_panel import StatePanel

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.types import CSSPathType

__all__ = ["StartScreen"]

_QUESTION = "Will this site's primary registry hold and serve every image that its cluster profiles need?"
_CHOICES = (
    ("demo", "d", "Demo", "the site that ships with regplan; needs no network"),
    ("open", "o", "Open", "a site file of yours"),
    ("reload", "r", "Reload", "read the open site again"),
)


class StartScreen(SiteScreen):
    """Offers the ways to a plan."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "start.tcss"]
    AUTO_FOCUS = "OptionList"
    TITLE = "Start"
    GUIDE = "Choose what to plan. Once a site is open, 1 shows its verdict and 2 its layers."

    def compose_body(self) -> ComposeResult:
        """Lay out the question that regplan answers, the choices, and the state."""
        yield Static(_QUESTION, id="question", markup=False)
        choices = OptionList(*(Option(_choice(*words), id=action) for action, *words in _CHOICES), classes="pane")
        choices.border_title = "Start"
        yield choices
        yield StatePanel()

    @on(OptionList.OptionSelected)
    async def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            await self.app.run_action(event.option_id)


def _choice(key: str, name: str, meaning: str) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=1, style="bold")
    grid.add_column(width=6, style="bold")
    grid.add_column()
    grid.add_row(key, name, Text(meaning))
    return grid
