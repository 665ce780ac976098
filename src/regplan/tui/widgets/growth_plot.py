"""How the registry fills up, drawn under the levels that it fills up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from regplan.report.prospects import runway_words
from regplan.report.series import growth_levels
from regplan.tui.plot import months_in_view, plot_lines
from regplan.tui.text import size_text

if TYPE_CHECKING:
    from regplan.model.plan import Plan

__all__ = ["GrowthPlot", "growth_words"]

_NOTHING = "Nothing is claimed: set registry.storage, and how long it lasts stands here."


class GrowthPlot(Static):
    """The curve of ten years, or of as many months as there is something to see."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(markup=False, id="growth-plot")
        self._plan: Plan | None = None
        self._binary = False

    def show(self, plan: Plan, *, binary: bool) -> None:
        """Show a plan's outlook."""
        self._plan, self._binary = plan, binary
        self.refresh()

    def render(self) -> Text:
        """Draw it as large as the widget is."""
        outlook = self._plan.outlook if self._plan is not None else None
        if self._plan is None or outlook is None:
            return Text(_NOTHING)
        shown = outlook.used_bytes[: months_in_view(len(outlook.used_bytes) - 1, outlook.full_month) + 1]
        levels = [(each.label, each.size_bytes) for each in growth_levels(self._plan)]
        size = (self.size.width, self.size.height)
        lines = plot_lines(shown, levels, size, lambda value: size_text(value, binary=self._binary))
        return Text("\n".join(lines), no_wrap=True, overflow="crop")


def growth_words(plan: Plan, *, binary: bool) -> str:
    """Say what lies in the registry now and at the end, and when it is nearly full and full."""
    outlook = plan.outlook
    if outlook is None:
        return ""
    unknown = len(plan.counts.unresolved) + plan.layers.sizes_unknown
    first, last = (
        size_text(each, binary=binary, unknown=unknown) for each in (outlook.used_bytes[0], outlook.used_bytes[-1])
    )
    return f"{first} now, {last} in {len(outlook.used_bytes) - 1} months · {runway_words(outlook).replace(', ', ' · ')}"
