"""Many sites: worst first, what binds each, the hardware that they need, and the way to any of their plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from regplan.model.fleet import Fleet, FleetProblem, FleetSite
from regplan.report.words import tidy
from regplan.tui.columns_fleet import BOUND, HARDWARE, PROBLEMS, SITES
from regplan.tui.fleets import bound_rows, problem_words, site_words, totals_words
from regplan.tui.screens.base import SiteScreen
from regplan.tui.screens.path import PathScreen
from regplan.tui.screens.why import WhyScreen
from regplan.tui.table import View
from regplan.tui.why_fleet import explain_fleet
from regplan.tui.widgets.detail import Detail
from regplan.tui.widgets.job_line import JobLine
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.status_line import StatusLine
from regplan.tui.widgets.table_pane import OpenAsked, OpeningPane, TablePane, WhyAsked

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.fleet import HardwareClass
    from regplan.tui.fleets import BoundRow
    from regplan.tui.services import Working
    from regplan.tui.session import Session

__all__ = ["FleetScreen"]

_NAME = "fleet"
_SITES = (
    "Every site of the table, worst first: what binds it, and what it needs and has there. Enter opens the site's plan, [ leads"
    " back. IMAGES NEED is what the registry must hold; SAVED what it saves on the internet link at the first bootstrap."
)
_HARDWARE = "Hardware classes: every distinct host of the fleet, with how many there are, at how many sites, and how many fail a check."
_BOUND = "Which rule binds how many sites, and at how many it fails, whether it binds there or another one does."
_PROBLEMS = "Rows that are no sites, or whose site cannot be planned, with line and column. They are in no sum."
_NONE = (
    "No fleet is open.\n\nf opens a table of sites: CSV, XLSX, YAML or JSON; regplan init --fleet sites.xlsx writes one to start"
    " from.\n:fleet stores.csv --defaults common.yaml --map 'Store No=name' tells how it is read.\n:fleet demo plans the sites"
    " that ship with regplan; needs no network."
)
_ASKS = "A table of sites (.csv, .xlsx, .yaml, .json; demo is the one that ships), and after it, where need be, --defaults FILE, --map HEADING=KEY, --sheet NAME."


class FleetScreen(SiteScreen):
    """Plans a table of sites, and opens each."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "fleet.tcss"]
    AUTO_FOCUS = "#fleet-none"
    TITLE = "Fleet"
    GUIDE = "Many sites that share profiles, worst first. f opens a table of them."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "table", "Fleet", tooltip="Open a table of sites."),
        Binding("r", "again", "Again", show=False, tooltip="Read and plan the table of sites again."),
    ]

    def __init__(self) -> None:
        """Start without a fleet."""
        super().__init__()
        self._drawn: tuple[object, bool] = (None, False)

    def compose_body(self) -> ComposeResult:
        """Lay out what to do where there is no fleet, else the sites, the hardware, and what binds."""
        sites: RecordTable[FleetSite] = RecordTable(SITES, View("verdict"), id="sites")
        hardware: RecordTable[HardwareClass] = RecordTable(HARDWARE, View("hosts", reverse=True), id="hardware")
        bound: RecordTable[BoundRow] = RecordTable(BOUND, View("sites", reverse=True), id="bound")
        problems: RecordTable[FleetProblem] = RecordTable(PROBLEMS, View("line"), id="problems")
        yield JobLine()
        with VerticalScroll(id="fleet-none", classes="pane") as none:
            none.border_title = "Fleet"
            yield Static(_NONE, markup=False)
        with _Body(id="fleet"):
            yield Static(markup=False, id="totals")
            yield OpeningPane("Sites", sites, _SITES, below=[Detail("site-detail")])
            with Container(id="split"):
                yield TablePane("Hardware", hardware, _HARDWARE)
                yield TablePane("Bound by", bound, _BOUND)
            yield TablePane("Wrong rows", problems, _PROBLEMS, below=[Detail("problem-detail")])

    def show_session(self, session: Session) -> None:
        """Show what is planned of the fleet, and the open site in the status line."""
        self.query_one(StatusLine).show(session)
        job = session.jobs[_NAME]
        self.query_one(JobLine).show(job, f"Planning {tidy(str(job.subject))}", "r tries again, f opens another table")
        fleet = job.result if isinstance(job.result, Fleet) else None
        self.query_one("#fleet-none").display = fleet is None
        self.query_one("#fleet").display = fleet is not None
        if fleet is not None and (self._drawn[0] is not fleet or self._drawn[1] != session.binary):
            is_first = self._drawn[0] is None
            self._drawn = fleet, session.binary
            self._show_fleet(fleet, str(job.subject), binary=session.binary)
            if is_first:
                self.set_focus(self.query_one("#sites", RecordTable))

    def _show_fleet(self, fleet: Fleet, words: str, *, binary: bool) -> None:
        notes = "".join(f"\n{tidy(note)}" for note in fleet.notes)
        self.query_one("#totals", Static).update(f"{totals_words(fleet, binary=binary)}{notes}")
        self.query_one("#sites-pane", TablePane).border_title = f"Sites of {tidy(words)}"
        self.query_one("#sites", RecordTable).show_records(fleet.sites, binary=binary)
        self.query_one("#hardware", RecordTable).show_records(fleet.hardware, binary=binary)
        self.query_one("#bound", RecordTable).show_records(bound_rows(fleet), binary=binary)
        self.query_one("#problems", RecordTable).show_records(fleet.problems, binary=binary)
        self.query_one("#problems-pane").display = bool(fleet.problems)

    def take(self, argument: str) -> None:
        """Take what was typed after the screen's name: the table of sites."""
        self._plan(argument)

    def action_table(self) -> None:
        """Ask for a table of sites."""

        def typed(words: str | None) -> None:
            if words:
                self._plan(words)

        subject = cast("Working", self.app).session.jobs[_NAME].subject
        before = subject if isinstance(subject, str) else ""
        self.app.push_screen(PathScreen("Open a fleet", _ASKS, before, "sites.csv"), typed)

    def action_again(self) -> None:
        """Read and plan the table again."""
        subject = cast("Working", self.app).session.jobs[_NAME].subject
        if isinstance(subject, str):
            self._plan(subject)
        else:
            self.action_table()

    def _plan(self, words: str) -> None:
        app = cast("Working", self.app)
        fleet, options = app.services.fleet, app.services.options
        app.begin(_NAME, lambda tell: fleet(words, options, tell), words, lasting=True)

    @on(OpenAsked)
    def _open(self, event: OpenAsked) -> None:
        event.stop()
        app = cast("Working", self.app)
        if isinstance(event.record, FleetSite):
            app.open_site(app.services.row_target(str(app.session.jobs[_NAME].subject), event.record.line))
            app.go("verdict")

    @on(WhyAsked)
    def _explain(self, event: WhyAsked) -> None:
        event.stop()
        self.app.push_screen(WhyScreen(explain_fleet(event.record)))

    @on(RecordTable.Highlighted, "#sites")
    def _show_site(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        words = site_words(event.record) if isinstance(event.record, FleetSite) else "No site passes: esc shows all."
        self.query_one("#site-detail", Detail).show(words)

    @on(RecordTable.Highlighted, "#problems")
    def _show_problem(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        words = problem_words(event.record) if isinstance(event.record, FleetProblem) else ""
        self.query_one("#problem-detail", Detail).show(words)


class _Body(VerticalScroll, can_focus=False):
    """Holds the panes; it scrolls where the terminal is too small for them."""
