"""The verdict: every rule, what binds, storage, the internet link, and what could not be resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Container
from textual.widgets import Static

from regplan.model.finding import Finding
from regplan.report.words import counted, full_stop, tidy, unresolved_words
from regplan.tui.columns import FINDINGS, TERMS, UNRESOLVED, WIRE
from regplan.tui.rows import wire_rows
from regplan.tui.screens.base import PlanScreen
from regplan.tui.table import View
from regplan.tui.widgets.binding import BindingConstraint
from regplan.tui.widgets.detail import Detail
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.storage_bar import StorageBar
from regplan.tui.widgets.table_pane import TablePane

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.image import Unresolved
    from regplan.model.plan import Plan, StorageTerm, Study
    from regplan.tui.rows import WireRow

__all__ = ["VerdictScreen"]

_RULES = (
    "Every rule that was checked, worst first. NEED is what the site needs, HAVE what it has.\n\n"
    "✓ PASS        holds\n"
    "! MARGINAL    holds, with a documented number only just met\n"
    "✗ FAIL        does not hold\n"
    "? INCOMPLETE  cannot be told: something could not be resolved\n"
    "i INFO        worth knowing, and no part of the verdict"
)
_STORAGE = (
    "What the registry's PVC must hold, term by term. The bar draws the need against the PVC: ▓ is needed, ░ is free,"
    " │ is the end of the PVC, ▒ is needed and not there. ≥ marks a lower bound."
)
_WIRE = (
    "What the internet link carries at first bootstrap, without and with the primary registry. Where it is not known on"
    " which hosts images run, the saving is a range: from saved min to saved max."
)
_UNRESOLVED = "Images that no source could answer for. They count nothing, so every sum is a lower bound."


class VerdictScreen(PlanScreen):
    """Answers whether the site fits, and why."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "verdict.tcss"]
    TITLE = "Verdict"
    GUIDE = "Whether the site fits, what decides it, and the next step."

    def compose_panes(self) -> ComposeResult:
        """Lay out the panes, the rules first."""
        rules: RecordTable[Finding] = RecordTable(FINDINGS, View("verdict"), id="rules")
        terms: RecordTable[StorageTerm] = RecordTable(TERMS, id="terms")
        wire: RecordTable[WireRow] = RecordTable(WIRE, id="wire")
        unresolved: RecordTable[Unresolved] = RecordTable(UNRESOLVED, id="unresolved")
        yield TablePane("Rules", rules, _RULES, below=[Detail("rule-detail")])
        yield BindingConstraint()
        with Container(id="quantities"):
            yield TablePane("Storage", terms, _STORAGE, above=[StorageBar()])
            yield TablePane("Internet link", wire, _WIRE, above=[Detail("wire-detail")])
        may = Static(id="unresolved-detail", markup=False)
        yield TablePane("Unresolved images", unresolved, _UNRESOLVED, above=[may])

    def show_study(self, study: Study, *, binary: bool) -> None:
        """Show the study's plan."""
        plan = study.plan
        self.query_one("#rules", RecordTable).show_records(plan.findings, binary=binary)
        self.query_one("#terms", RecordTable).show_records(plan.storage.terms, binary=binary)
        rows = wire_rows(plan.wire) if plan.wire is not None else ()
        self.query_one("#wire", RecordTable).show_records(rows, binary=binary)
        self.query_one("#unresolved", RecordTable).show_records(plan.counts.unresolved, binary=binary)
        self.query_one("#unresolved-pane").display = bool(plan.counts.unresolved)
        self.query_one(BindingConstraint).show(plan)
        self.query_one(StorageBar).show(plan, binary=binary)
        self.query_one("#wire-detail", Detail).show(_wire_words(plan))
        need = plan.storage.unresolved
        words = "" if need is None else unresolved_words(need, binary=binary)
        self.query_one("#unresolved-detail", Static).update(words)

    @on(RecordTable.Highlighted, "#rules")
    def _show_rule(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        words = ""
        if isinstance(event.record, Finding):
            words = tidy(f"{full_stop(event.record.message)} {event.record.fix}")
        self.query_one("#rule-detail", Detail).show(words)


def _wire_words(plan: Plan) -> str:
    if plan.wire is None:
        return "The plan reckons no internet link." if plan.site.hosts else "Unknown: the site names no hosts."
    unknown = plan.wire.images_of_unknown_placement
    return f"{counted(unknown, 'image')} of unknown placement" if unknown else "The placement of every image is known."
