"""The line that commands are typed into."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from regplan.tui.commands import Command

__all__ = ["CommandScreen"]

_SHOWN = 8


class CommandScreen(ModalScreen[str | None]):
    """Ends with the line that was typed, or None; the commands that begin like it stand above it."""

    CSS_PATH = "command.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", tooltip="Do nothing."),
        Binding("tab", "complete", "Complete", priority=True, tooltip="Take the command that is proposed."),
    ]

    def __init__(self, commands: Sequence[Command]) -> None:
        """Take the commands there are."""
        super().__init__()
        self._commands = tuple(commands)

    def compose(self) -> ComposeResult:
        """Lay out the commands and the line."""
        with Vertical(id="command"):
            yield Static(self._list(""), markup=False, id="command-list")
            with Horizontal(id="command-line"):
                yield Static(":", markup=False)
                names = [command.name for command in self._commands]
                yield Input(compact=True, suggester=SuggestFromList(names, case_sensitive=False))

    def _list(self, typed: str) -> Table:
        word = typed.strip().removeprefix(":").partition(" ")[0].casefold()
        found = [command for command in self._commands if command.name.startswith(word)] or list(self._commands)
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True, style="bold")
        grid.add_column(no_wrap=True, overflow="ellipsis")
        for command in found[:_SHOWN]:
            grid.add_row(Text(f":{command.name} {command.argument}".strip()), Text(command.says))
        if len(found) > _SHOWN:
            grid.add_row("", Text(f"{len(found) - _SHOWN} more"))
        return grid

    def action_complete(self) -> None:
        """Take the command that is proposed."""
        self.query_one(Input).action_cursor_right()

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#command-list", Static).update(self._list(event.value))

    @on(Input.Submitted)
    def _give(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip() or None)
