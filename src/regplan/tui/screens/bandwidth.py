"""Bandwidth: when hosts are ready, what every event carries, how many nights it takes, and what a scenario comes to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Container
from textual.widgets import Static

from regplan.model.bandwidth import Bandwidth
from regplan.tui.bandwidth import (
    BarRow,
    EventRow,
    WayRow,
    YearRow,
    bar_rows,
    bar_words,
    course_words,
    event_rows,
    event_words,
    lacks_words,
    nights_words,
    pays_words,
    way_rows,
    way_words,
    year_rows,
    year_words,
)
from regplan.tui.columns_bandwidth import BARS, EVENTS, NIGHTS, WAYS, YEARS
from regplan.tui.screens.working import WorkingScreen
from regplan.tui.widgets.detail import Detail
from regplan.tui.widgets.gantt import Gantt
from regplan.tui.widgets.job_line import JobLine
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.table_pane import TablePane
from regplan.tui.widgets.window_inputs import WindowInputs, WindowPlanned, window_plan

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.bandwidth import NightsNeeded
    from regplan.model.plan import Study
    from regplan.tui.screens.working import Work
    from regplan.tui.services import Working

__all__ = ["BandwidthScreen"]

_WAYS = (
    "When hosts have unpacked their images at the first bootstrap, by the way in which these come: half of the hosts, 95 in a"
    " hundred, the last. LEAST is what no order of pulls beats; INTERNET and LAN are the bootstrap's bytes. The course of the"
    " highlighted way is drawn below."
)
_COURSE = (
    "The first bootstrap, one line for each pull of an image: ▒ until its last byte has come, █ until it is unpacked, ░ where"
    " that never happens. The axis begins with the bootstrap and ends when the last host is ready. / filters by host or image."
)
_EVENTS = (
    "Internet bytes of each event, the ways to bring images side by side; of what happens to one host the mean over the hosts."
    " What the LAN carries and what waits while something is away stands below, on wide screens the LAN in columns too."
)
_PLANNER = (
    "How many nights an event takes where the internet link may only be filled in some hours, and not wholly. ← → change the"
    " rate or a time, ↑ ↓ choose which; the scenario's own window is what it begins with. Nothing is written."
)
_YEARS = (
    "The site file's scenario as expected: what goes over the internet in all, in the busiest month and month by month, and"
    " what is saved of direct pulls; LEAST and MOST are with the images of unknown placement on one host and on all. COST is by"
    " the scenario's prices."
)


class BandwidthScreen(WorkingScreen):
    """Shows what links carry, and how long that takes."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "bandwidth.tcss"]
    TITLE = "Bandwidth"
    GUIDE = "What events carry over the links with and without a registry, when hosts are ready, and how many nights it takes."
    JOB = "bandwidth"
    DOING = "Following what events carry"

    def __init__(self) -> None:
        """Start with nothing carried."""
        super().__init__()
        self._study: Study | None = None
        self._found: Bandwidth | None = None
        self._binary = False

    def compose_panes(self) -> ComposeResult:
        """Lay out the ways and the course of one, the events, the planner, and the scenario."""
        ways: RecordTable[WayRow] = RecordTable(WAYS, id="ready")
        events: RecordTable[EventRow] = RecordTable(EVENTS, id="events")
        nights: RecordTable[NightsNeeded] = RecordTable(NIGHTS, id="nights")
        years: RecordTable[YearRow] = RecordTable(YEARS, id="years")
        yield JobLine()
        yield Static(id="bandwidth-lacks", markup=False)
        with Container(id="times"):
            yield TablePane("Time to ready", ways, _WAYS, below=[Detail("ready-detail")])
            yield TablePane(
                "Course of the bootstrap",
                Gantt(BARS, id="course"),
                _COURSE,
                above=[Static(id="course-axis", markup=False)],
                below=[Detail("course-detail")],
            )
        with Container(id="carried"):
            yield TablePane("Events", events, _EVENTS, below=[Detail("events-detail")])
            planner = TablePane(
                "Window planner",
                nights,
                _PLANNER,
                above=[WindowInputs()],
                below=[Detail("nights-detail")],
            )
            yield planner
        yield TablePane(
            "Scenario",
            years,
            _YEARS,
            above=[Static(id="years-pays", markup=False)],
            below=[Detail("years-detail")],
        )

    def work_on(self, study: Study, app: Working) -> Work:
        """Follow what the site's events carry."""
        carry, base = app.services.carry, app.session.base
        return lambda _: carry(study, base)

    def show_study(self, study: Study, *, binary: bool) -> None:
        """Show the planner as the study's site has it."""
        del binary
        if study is not self._study:
            self._study = study
            self.query_one(WindowInputs).show(window_plan(study.plan.site))

    def show_found(self, found: object, *, binary: bool) -> None:
        """Show what events carry."""
        self._binary, self._found = binary, found if isinstance(found, Bandwidth) else None
        told, study = self._found or Bandwidth(), self._study
        lacks = lacks_words(study, told) if self._found is not None and study is not None else ""
        lacking = self.query_one("#bandwidth-lacks", Static)
        lacking.display = bool(lacks)
        lacking.update(lacks)
        self.query_one("#ready", RecordTable).show_records(way_rows(told), binary=binary)
        self.query_one("#events", RecordTable).show_records(event_rows(told.life), binary=binary)
        self.query_one("#years", RecordTable).show_records(year_rows(told.life), binary=binary)
        self.query_one("#years-pays", Static).update(pays_words(told.life))
        self._plan_nights()

    def told(self, study: Study) -> Study:
        """Tell the study with its life and its clock."""
        found = self._found
        return study if found is None else replace(study, life=found.life, clock=found.clock)

    @on(WindowPlanned)
    def _replan(self, event: WindowPlanned) -> None:
        event.stop()
        self._plan_nights()

    def _plan_nights(self) -> None:
        from regplan.verbs.bandwidth import nights_needed

        life, plan = None if self._found is None else self._found.life, self.query_one(WindowInputs).plan
        site = None if self._study is None else self._study.plan.site
        rows = () if life is None or site is None else nights_needed(life, site, plan.window, plan.rate_bps)
        table, before = self.query_one("#nights", RecordTable), self.query_one("#nights", RecordTable).cursor_row
        table.show_records(rows, binary=self._binary)
        table.action_move(before - table.cursor_row)

    @on(RecordTable.Highlighted, "#ready")
    def _show_way(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        row, words, axis = event.record, "", ""
        rows: tuple[BarRow, ...] = ()
        if isinstance(row, WayRow) and self._found is not None:
            rows = bar_rows(self._found, row.boot.name)
            words, axis = way_words(row, binary=self._binary), course_words(row.boot.name, rows)
        self.query_one("#ready-detail", Detail).show(words)
        self.query_one("#course-axis", Static).update(axis)
        self.query_one("#course", Gantt).show_records(rows, binary=self._binary)

    @on(RecordTable.Highlighted, "#course")
    def _show_bar(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        words = bar_words(event.record) if isinstance(event.record, BarRow) else ""
        self.query_one("#course-detail", Detail).show(words)

    @on(RecordTable.Highlighted, "#events")
    def _show_event(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        row = event.record
        words = event_words(row, binary=self._binary) if isinstance(row, EventRow) else ""
        self.query_one("#events-detail", Detail).show(words)

    @on(RecordTable.Highlighted, "#nights")
    def _show_nights(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        plan, row = self.query_one(WindowInputs).plan, event.table.current
        words = "" if row is None else nights_words(row, plan.rate_bps, plan.hours, binary=self._binary)
        self.query_one("#nights-detail", Detail).show(words)

    @on(RecordTable.Highlighted, "#years")
    def _show_year(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        row = event.record
        words = year_words(row, binary=self._binary) if isinstance(row, YearRow) else ""
        self.query_one("#years-detail", Detail).show(words)
