"""The capacity: from what is declared to the PVC, term by term, how long that lasts, and what is set for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.containers import Container
from textual.widgets import Static

from regplan.model.site_input import SiteInput
from regplan.report.series import growth_levels, storage_steps
from regplan.report.words import full_stop, tidy
from regplan.tui.columns_capacity import INPUTS, LEVELS, STEPS, step_rows
from regplan.tui.screens.base import PlanScreen
from regplan.tui.widgets.detail import Detail
from regplan.tui.widgets.growth_plot import GrowthPlot, growth_words
from regplan.tui.widgets.inputs_table import InputsTable
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.storage_bar import StorageBar
from regplan.tui.widgets.table_pane import TablePane

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.report.series import Level
    from regplan.tui.columns_capacity import StepRow
    from regplan.tui.services import Working
    from regplan.tui.session import Session

__all__ = ["CapacityScreen"]

_STEPS = (
    "From what the references add up to, to what the registry's PVC must hold. █ is a sum, ▓ is added, ░ is taken away:"
    " what images share counts once. w tells the formula of a step, with its inputs."
)
_LEVELS = (
    "How the registry fills up: the dots are what lies there at the end of each month, the lines what it fills up to."
    " full is what the file system leaves of the PVC; w tells how each is reckoned."
)


_INPUTS = (
    "What can be set: ← and → step through values, enter types one, backspace takes the file's again. Everything is planned anew"
    " at once, on every screen; ● marks what is edited. The file stays as it is until ctrl+s saves; z undoes."
)


class CapacityScreen(PlanScreen):
    """Shows what the PVC must hold, why, and until when it does, and changes what that depends on."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "capacity.tcss"]
    TITLE = "Capacity"
    GUIDE = "What the PVC must hold, term by term, and how long it lasts."

    def compose_panes(self) -> ComposeResult:
        """Lay out the inputs and the waterfall, and the growth beside them."""
        inputs = InputsTable(INPUTS, id="inputs")
        steps: RecordTable[StepRow] = RecordTable(STEPS, id="steps")
        levels: RecordTable[Level] = RecordTable(LEVELS, id="levels")
        with Container(id="capacity"):
            with Container(id="capacity-left"):
                yield TablePane("Inputs", inputs, _INPUTS, below=[Detail("input-detail")])
                yield TablePane("Waterfall", steps, _STEPS, above=[StorageBar()])
            words = Static(id="growth-words", markup=False)
            yield TablePane("Growth", levels, _LEVELS, above=[words, GrowthPlot()])

    def show_study(self, study: Study, *, binary: bool) -> None:
        """Show the study's storage."""
        plan = study.plan
        self.query_one("#steps", RecordTable).show_records(step_rows(storage_steps(study)), binary=binary, stay=True)
        self.query_one("#levels", RecordTable).show_records(growth_levels(plan), binary=binary, stay=True)
        self.query_one(StorageBar).show(plan, binary=binary)
        self.query_one(GrowthPlot).show(plan, binary=binary)
        self.query_one("#growth-words", Static).update(growth_words(plan, binary=binary))

    def show_session(self, session: Session) -> None:
        """Show a session, with what can be set as soon as that is known of its plan."""
        super().show_session(session)
        job = session.jobs["capacity"]
        if job.subject is session.study and isinstance(job.result, tuple):
            self.query_one("#inputs", InputsTable).show_records(job.result, binary=session.binary, stay=True)
        self.query_one("#inputs-pane").display = session.base is not None
        if session.base is None and isinstance(self.focused, InputsTable):
            self.set_focus(self.query_one("#steps"))
        if session.base is not None and job.subject is not session.study:
            self.call_later(self._ask)

    def on_screen_resume(self) -> None:
        """Ask for what can be set where the plan is another than when one was here last."""
        self.call_later(self._ask)

    def _ask(self) -> None:
        app = cast("Working", self.app)
        session = app.session
        base, study, services = session.base, session.study, app.services
        if self.is_current and base is not None and study is not None and session.jobs["capacity"].subject is not study:
            edits = session.edits

            async def work(_: Report) -> object:
                return await services.inputs(base, edits, study)

            app.begin("capacity", work, study)

    @on(InputsTable.Highlighted, "#inputs")
    def _show_input(self, event: InputsTable.Highlighted) -> None:
        event.stop()
        row = event.record
        words = f"{full_stop(row.meaning)} Takes: {row.takes}" if isinstance(row, SiteInput) else ""
        self.query_one("#input-detail", Detail).show(tidy(words))
