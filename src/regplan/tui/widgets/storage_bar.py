"""The storage need drawn against the PVC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Static

from regplan.report.bounds import later_unresolved
from regplan.tui.text import bar, size_text

if TYPE_CHECKING:
    from regplan.model.plan import Plan

__all__ = ["StorageBar", "storage_line"]


# Cells of a bar that still shows a share.
_LEAST_BAR: Final = 16


class StorageBar(Static):
    """One line: what is needed, a bar, what the PVC offers."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(markup=False, id="storage-bar")
        self._plan: Plan | None = None
        self._binary = False

    def show(self, plan: Plan, *, binary: bool) -> None:
        """Show a plan's storage."""
        self._plan, self._binary = plan, binary
        self.refresh()

    def render(self) -> Text:
        """Draw the line as wide as the widget is."""
        if self._plan is None:
            return Text("")
        return Text(storage_line(self._plan, self.size.width, binary=self._binary), no_wrap=True, overflow="ellipsis")


def storage_line(plan: Plan, width: int, *, binary: bool) -> str:
    """Write need, bar and PVC, and what the PVC holds; the need is a lower bound where images or sizes are unknown."""
    storage = plan.storage
    unknown = len(plan.counts.unresolved) + plan.layers.sizes_unknown + later_unresolved(plan)
    need = f"need {size_text(storage.required_bytes, binary=binary, unknown=unknown)}"
    have = f"PVC {size_text(storage.claimed_bytes, binary=binary)}"
    if storage.claimed_bytes is None:
        return f"{need} · {have}"
    held = "" if storage.holds_bytes is None else f", holds {size_text(storage.holds_bytes, binary=binary)} live"
    # What it holds stands there only where the bar is left to be read.
    have += held if width - cell_len(need) - cell_len(have) - cell_len(held) >= _LEAST_BAR else ""
    room = width - cell_len(need) - cell_len(have) - 2
    return f"{need} {bar(storage.required_bytes, storage.claimed_bytes, room)} {have}"
