"""Scenarios side by side: the file as it was read, plans that were kept, and the draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from regplan.report.side_by_side import Line, cell_text, side_by_side
from regplan.report.words import exact, tidy
from regplan.tui.columns_compare import compare_columns
from regplan.tui.screens.base import SiteScreen
from regplan.tui.screens.why import WhyScreen
from regplan.tui.why import Explanation
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.status_line import StatusLine
from regplan.tui.widgets.table_pane import TablePane, WhyAsked

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.comparison import Comparison
    from regplan.tui.session import Session

__all__ = ["CompareScreen"]

_GUIDE = (
    "Each plan in a column, the first as it is, the others with what they have more or less than the first in brackets."
    " Below the figures: + is a finding that comes, - one that goes. :keep NAME keeps the plan that is shown, :forget NAME"
    " lets it go, :compare FILE plans another site beside it; four stand side by side."
)


class CompareScreen(SiteScreen):
    """Shows a comparison in a table with all that tables can do."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "compare.tcss"]
    TITLE = "Compare"
    GUIDE = "Plans side by side, with what each changes of the first."
    AUTO_FOCUS = "RecordTable"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,x", "dismiss", "Close", tooltip="Go back.")]

    def __init__(self, comparison: Comparison) -> None:
        """Take what is compared."""
        super().__init__()
        self._comparison = comparison

    def compose_body(self) -> ComposeResult:
        """Lay out the table."""
        names = [each.label for each in self._comparison.scenarios]
        table: RecordTable[Line] = RecordTable(compare_columns(names), id="compare")
        yield TablePane("Side by side", table, _GUIDE)

    def show_session(self, session: Session) -> None:
        """Show what was compared, in the units that are chosen."""
        self.query_one(StatusLine).show(session)
        self.query_one(RecordTable).show_records(side_by_side(self._comparison), binary=session.binary)

    @on(WhyAsked)
    def _explain(self, event: WhyAsked) -> None:
        event.stop()
        if isinstance(event.record, Line):
            self.app.push_screen(WhyScreen(_explained(event.record, self._comparison)))


def _explained(line: Line, comparison: Comparison) -> Explanation:
    """Tell of a line every scenario's number in full."""
    lines: list[tuple[str, str]] = []
    for site, cell in zip(comparison.scenarios, line.cells, strict=True):
        is_number = cell.value is not None and not isinstance(cell.value, str)
        told = exact(cell.value, line.unit) if is_number else cell_text(line, cell, binary=False)
        lines.append((tidy(site.label), told))
        if cell.change:
            lines.append(("", f"{'more' if cell.change > 0 else 'less'} by {exact(abs(cell.change), line.unit)}"))
    return Explanation(tidy(line.label), tuple(lines))
