"""The hosts: processors, memory and disk of each, the rules that speak of it, and the pods that are placed there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container

from regplan.model.finding import Finding
from regplan.report.words import full_stop, tidy
from regplan.tui.columns import FINDINGS
from regplan.tui.columns_hosts import HOSTS, PLACED
from regplan.tui.hosts import HostRow, host_findings, host_rows
from regplan.tui.screens.base import PlanScreen
from regplan.tui.table import View
from regplan.tui.text import quantity
from regplan.tui.widgets.detail import Detail
from regplan.tui.widgets.inputs_table import HostAsked
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.table_pane import TablePane

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.hosting import Placed
    from regplan.model.plan import Plan, Study
    from regplan.tui.widgets.inputs_table import HostEdit

__all__ = ["HostsScreen"]

_HOSTS = (
    "Every host. CPU and MEMORY: what the pods placed there ask for, against what pods can have of it; DISK: what its main"
    " drive needs, against what it has. ▓ is needed, ░ is free, │ is the end of what there is, ▒ is needed and not there."
    " E sets what a host has, + adds one like it, delete takes it away: a draft, which z undoes."
)
_RULES = (
    "The rules that speak of the highlighted host, those of all hosts, and what is survived: host.n-1 tells whether the others"
    " can carry on without a host. NEED is what is needed, HAVE what there is."
)
_PLACED = (
    "The workloads placed on the highlighted host, with what their pods there ask for together, and how that is known."
)
_NONE = "The site file names no hosts: add them under hosts: (regplan init shows how), then press r."


class HostsScreen(PlanScreen):
    """Shows what each host is asked for and what it has."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("E", "host('set')", "Edit", show=False, tooltip="Set what this host has: a draft, on Capacity."),
        Binding(
            "plus", "host('add')", "Add", show=False, key_display="+", tooltip="Add a host like this one: a draft."
        ),
        Binding("delete", "host('remove')", "Remove", show=False, tooltip="Take this host away: a draft; z undoes."),
    ]

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "hosts.tcss"]
    TITLE = "Hosts"
    GUIDE = "Processors, memory and disk, host by host, and what is survived without one."

    def __init__(self) -> None:
        """Start with no plan."""
        super().__init__()
        self._plan: Plan | None = None
        self._binary = False

    def compose_panes(self) -> ComposeResult:
        """Lay out the hosts, and the rules and pods of the one under the cursor."""
        hosts: RecordTable[HostRow] = RecordTable(HOSTS, id="hosts")
        rules: RecordTable[Finding] = RecordTable(FINDINGS, View("verdict"), id="host-rules")
        placed: RecordTable[Placed] = RecordTable(PLACED, View("memory", reverse=True), id="placed")
        yield TablePane("Hosts", hosts, _HOSTS, below=[Detail("host-detail")])
        with Container(id="split"):
            yield TablePane("Rules on hosts", rules, _RULES, below=[Detail("host-rule-detail")])
            yield TablePane("Placed here", placed, _PLACED)

    def show_study(self, study: Study, *, binary: bool) -> None:
        """Show the study's hosts."""
        self._plan, self._binary = study.plan, binary
        self.query_one("#hosts", RecordTable).show_records(host_rows(study.plan), binary=binary, stay=True)

    def action_host(self, how: HostEdit) -> None:
        """Ask for an edit of the host under the cursor."""
        row = self.query_one("#hosts", RecordTable).current
        if isinstance(row, HostRow):
            self.post_message(HostAsked(row.name, how))

    @on(RecordTable.Highlighted, "#hosts")
    def _show_host(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        row, plan = event.record, self._plan
        if not isinstance(row, HostRow) or plan is None:
            self.query_one("#host-detail", Detail).show("" if event.table.records else _NONE)
        else:
            self.query_one("#host-detail", Detail).show(_host_words(row, binary=self._binary))
        name, placed = (row.name, row.plan.placed) if isinstance(row, HostRow) else ("", ())
        found = host_findings(plan, name) if plan is not None else ()
        self.query_one("#host-rules", RecordTable).show_records(found, binary=self._binary)
        self.query_one("#placed", RecordTable).show_records(placed, binary=self._binary)

    @on(RecordTable.Highlighted, "#host-rules")
    def _show_rule(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        found = event.record
        words = tidy(f"{full_stop(found.message)} {found.fix}") if isinstance(found, Finding) else ""
        self.query_one("#host-rule-detail", Detail).show(words)


def _host_words(row: HostRow, *, binary: bool) -> str:
    """Tell of a host in full what the bars draw."""

    def told(name: str, need: int | None, room: int | None, unit: str) -> str:
        return f"{name} {quantity(need, unit, binary=binary)} of {quantity(room, unit, binary=binary)}"

    plan = row.plan
    return " · ".join(
        (
            f"{tidy(row.name)}: {row.host.role}, {row.host.arch}",
            told("CPU", plan.requested_cpu_milli, plan.allocatable_cpu_milli, "milli"),
            told("memory", plan.requested_memory_bytes, plan.allocatable_memory_bytes, "bytes"),
            told("disk", plan.disk_required_bytes, row.host.storage_bytes, "bytes"),
        )
    )
