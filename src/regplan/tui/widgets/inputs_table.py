"""The table of what can be set: arrows step through values, enter types one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.message import Message

from regplan.model.site_input import SiteInput
from regplan.tui.widgets.record_table import RecordTable
from regplan.values import dataclass

if TYPE_CHECKING:
    from typing import TypeAlias

    How: TypeAlias = Literal["up", "down", "type", "file"]
    HostEdit: TypeAlias = Literal["set", "add", "remove"]

__all__ = ["HostAsked", "InputAsked", "InputsTable"]


@dataclass
class InputAsked(Message):
    """The user wants a key set: a step up or down, to a value that is typed, or to the one of the file."""

    record: SiteInput
    how: How


@dataclass
class HostAsked(Message):
    """The user wants a host set, another one like it, or it taken away."""

    name: str
    how: HostEdit


class InputsTable(RecordTable[SiteInput]):
    """Shows what can be set."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left",
            "change('down')",
            "Step",
            key_display="← →",
            tooltip="One step down or up: the value before or after.",
        ),
        Binding("right", "change('up')", "More", key_display="→", show=False),
        Binding("enter", "change('type')", "Set", tooltip="Type a value."),
        Binding("backspace", "change('file')", "As in file", show=False, tooltip="The file's value again."),
    ]

    def action_change(self, how: How) -> None:
        """Ask for another value of the key under the cursor."""
        if self.current is not None:
            self.post_message(InputAsked(self.current, how))
