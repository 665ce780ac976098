"""The line at the bottom of every screen: the keys that work now, each of which can be clicked."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual import events
    from textual.binding import ActiveBinding, Binding
    from textual.screen import Screen

__all__ = ["KeyLine", "KeyWord", "key_words"]


@dataclass(frozen=True, slots=True)
class KeyWord:
    """A piece of the line: `key` is what a click on it presses, "" where nothing happens."""

    text: str
    key: str = ""
    tooltip: str = ""
    is_key: bool = False
    is_enabled: bool = True


class KeyLine(Widget, can_focus=False):
    """Shows the keys in one widget: Textual's own footer has one for each key, and makes all of them anew whenever the focus moves."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key"}

    def __init__(self) -> None:
        """Show nothing until the screen knows its keys."""
        super().__init__()
        self._words: tuple[KeyWord, ...] = ()

    def on_mount(self) -> None:
        """Hear when other keys work."""
        self.screen.bindings_updated_signal.subscribe(self, self._read)

    def _read(self, screen: Screen[Any]) -> None:
        if self.app.app_focus:
            words = key_words(screen.active_bindings.values(), self.app.get_key_display)
            if words != self._words:
                self._words = words
                self.refresh()

    def render(self) -> Text:
        """Write the keys and what they do."""
        style = self.get_component_rich_style("key-line--key", partial=True)
        line = Text(no_wrap=True, overflow="ellipsis")
        for word in self._words:
            line.append(word.text, style if word.is_key else "" if word.is_enabled else "dim")
        return line

    def _word_at(self, x: int) -> KeyWord:
        for word in self._words:
            x -= cell_len(word.text)
            if x < 0:
                return word
        return KeyWord("")

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Tell what the key under the mouse does."""
        self.tooltip = self._word_at(event.x).tooltip or None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key under the mouse."""
        word = self._word_at(event.x)
        if word.key and word.is_enabled:
            self.app.simulate_key(word.key)


def key_words(active: Iterable[ActiveBinding], display: Callable[[Binding], str]) -> tuple[KeyWord, ...]:
    """Write the keys that are to be shown; those of a group stand together before its name, and of several keys with one action the first.

    >>> from textual.binding import ActiveBinding, Binding
    >>> shown = ActiveBinding(None, Binding("q", "quit", "Quit", tooltip="Leave."), True, "Leave.")
    >>> "".join(word.text for word in key_words([shown], lambda binding: binding.key))
    'q Quit '
    """
    firsts: dict[str, ActiveBinding] = {}
    for each in active:
        if each.binding.show:
            firsts.setdefault(each.binding.action, each)
    words: list[KeyWord] = []
    for group, found in groupby(firsts.values(), lambda each: each.binding.group):
        members = list(found)
        is_group = group is not None and len(members) > 1
        words += [KeyWord(" ")] if is_group else []
        for each in members:
            binding, tooltip = each.binding, each.tooltip or each.binding.description
            words.append(KeyWord(display(binding), binding.key, tooltip, is_key=True, is_enabled=each.enabled))
            if not is_group:
                words += [
                    KeyWord(f" {binding.description}", binding.key, tooltip, is_enabled=each.enabled),
                    KeyWord(" "),
                ]
        words += [KeyWord(f" {group.description} ")] if group is not None and is_group else []
    return tuple(words)
