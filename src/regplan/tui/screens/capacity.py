"""The capacity: from what is declared to the PVC, term by term, and how long the PVC lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container
from textual.widgets import Static

from regplan.report.series import growth_levels, storage_steps
from regplan.tui.columns_capacity import LEVELS, STEPS, step_rows
from regplan.tui.screens.base import PlanScreen
from regplan.tui.widgets.growth_plot import GrowthPlot, growth_words
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.storage_bar import StorageBar
from regplan.tui.widgets.table_pane import TablePane

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.plan import Study
    from regplan.report.series import Level
    from regplan.tui.columns_capacity import StepRow

__all__ = ["CapacityScreen"]

_STEPS = (
    "From what the references add up to, to what the registry's PVC must hold. █ is a sum, ▓ is added, ░ is taken away:"
    " what images share counts once. w tells the formula of a step, with its inputs."
)
_LEVELS = (
    "How the registry fills up: the dots are what lies there at the end of each month, the lines what it fills up to."
    " full is what the file system leaves of the PVC; w tells how each is reckoned."
)


class CapacityScreen(PlanScreen):
    """Shows what the PVC must hold, why, and until when it does."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "capacity.tcss"]
    TITLE = "Capacity"
    GUIDE = "What the PVC must hold, term by term, and how long it lasts."

    def compose_panes(self) -> ComposeResult:
        """Lay out the waterfall, and the growth beside it."""
        steps: RecordTable[StepRow] = RecordTable(STEPS, id="steps")
        levels: RecordTable[Level] = RecordTable(LEVELS, id="levels")
        with Container(id="capacity"):
            with Container(id="capacity-left"):
                yield TablePane("Waterfall", steps, _STEPS, above=[StorageBar()])
            words = Static(id="growth-words", markup=False)
            yield TablePane("Growth", levels, _LEVELS, above=[words, GrowthPlot()])

    def show_study(self, study: Study, *, binary: bool) -> None:
        """Show the study's storage."""
        plan = study.plan
        self.query_one("#steps", RecordTable).show_records(step_rows(storage_steps(study)), binary=binary)
        self.query_one("#levels", RecordTable).show_records(growth_levels(plan), binary=binary)
        self.query_one(StorageBar).show(plan, binary=binary)
        self.query_one(GrowthPlot).show(plan, binary=binary)
        self.query_one("#growth-words", Static).update(growth_words(plan, binary=binary))
