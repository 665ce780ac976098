"""A letter on every place that keys can go to: pressing it goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from regplan.tui.widgets.table_pane import FilterInput, TablePane

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.app import ComposeResult
    from textual.screen import Screen
    from textual.widget import Widget

__all__ = ["JumpScreen", "Mark", "marks_of"]

# The row that fingers rest on first.
_LETTERS: Final = "asdfghjklqwertyuiopzxcvbnm"


class Mark:
    """A letter, what it leads to, and what that is called."""

    def __init__(self, letter: str, widget: Widget) -> None:
        """Take the letter, and where it leads."""
        self.letter, self.widget = letter, widget
        panes = (node for node in widget.ancestors_with_self if getattr(node, "border_title", None))
        self.name = str(getattr(next(panes, widget), "border_title", None) or type(widget).__name__)

    @property
    def is_in_view(self) -> bool:
        """Whether its corner can be seen, so that a letter can stand on it."""
        region, window = self.widget.region, self.widget.screen.region
        return bool(region.area) and window.contains(region.x, region.y)


def marks_of(screen: Screen[object]) -> tuple[Mark, ...]:
    """List what has the focus in turn on a screen, each with its letter; a filter is reached by its table."""
    places = [each for each in screen.focus_chain if not isinstance(each, FilterInput)]
    return tuple(Mark(letter, widget) for letter, widget in zip(_LETTERS, places, strict=False))


class JumpScreen(ModalScreen["Widget | None"]):
    """Ends with the widget whose letter was pressed, or None; what is scrolled out of view is named at the foot."""

    CSS_PATH = "jump.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", tooltip="Stay where you are."),
    ]

    def __init__(self, marks: Iterable[Mark]) -> None:
        """Take the letters."""
        super().__init__()
        self._marks = {mark.letter: mark for mark in marks}

    def compose(self) -> ComposeResult:
        """Lay a letter over each place that is in view, and name the others."""
        for mark in self._marks.values():
            if mark.is_in_view:
                label = Static(Text(f" {mark.letter} {mark.name} "), classes="jump-mark")
                label.styles.offset = (_frame(mark.widget).region.x + 1, max(_frame(mark.widget).region.y, 0))
                yield label
        hidden = " · ".join(f"{mark.letter} {mark.name}" for mark in self._marks.values() if not mark.is_in_view)
        yield Static(
            Text(f"a letter goes there · esc stays{f' · out of view: {hidden}' if hidden else ''}"), id="jump-foot"
        )

    def on_key(self, event: events.Key) -> None:
        """Go where a letter leads; other keys do nothing."""
        mark = self._marks.get(event.character or "")
        if mark is not None:
            event.stop()
            self.dismiss(mark.widget)


def _frame(widget: Widget) -> Widget:
    """Find what frames a table, where its title stands."""
    pane = next((node for node in widget.ancestors if isinstance(node, TablePane)), widget)
    return pane if pane.region.area else widget
