"""The start screen: what can be opened, and where the app stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from regplan.report.words import tidy
from regplan.tui.recents import cache_words, explain_recent, recent_columns
from regplan.tui.screens.base import SiteScreen
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.state_panel import StatePanel
from regplan.tui.widgets.table_pane import OpenAsked, OpeningPane, WhyAsked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.recent import Recent, RecentSite
    from regplan.tui.services import Working
    from regplan.tui.session import Session

__all__ = ["StartScreen"]

_JOB = "recent"
_QUESTION = "Will this site's primary registry hold and serve every image that its cluster profiles need?"
_RECENT = (
    "The sites that were opened last, newest first, with what their plans said then. Enter reads, resolves and plans one again."
    " The list lies in your state folder; a READ-ONLY app does not write it, and the demo is not on it."
)
_CHOICES = (
    ("demo", "d", "Demo", "the site that ships with regplan; needs no network"),
    ("open", "o", "Open", "a site file of yours"),
    ("reload", "r", "Reload", "read the open site again"),
    ("screen.read", "g", "Read", "a running registry, and what an open site lacks there"),
    ("go('fleet')", "9", "Fleet", "many sites in a table, worst first"),
)


class StartScreen(SiteScreen):
    """Offers the ways to a plan."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "start.tcss"]
    AUTO_FOCUS = "OptionList"
    TITLE = "Start"
    GUIDE = "Choose what to plan. Once a site is open, 1 shows its verdict and 2 its layers."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "read", "Read", show=False, tooltip="Read a running registry; nothing is written.")
    ]

    def __init__(self) -> None:
        """Start with no site remembered."""
        super().__init__()
        self._recent: tuple[Recent | None, bool, str] = (None, False, "")
        self._table: RecordTable[RecentSite] | None = None

    def compose_body(self) -> ComposeResult:
        """Lay out the question that regplan answers, the choices, and the state."""
        yield Static(_QUESTION, id="question", markup=False)
        choices = OptionList(*(Option(_choice(*words), id=action) for action, *words in _CHOICES), classes="pane")
        choices.border_title = "Start"
        yield choices
        yield StatePanel()
        problem = Static(markup=False, id="recent-problem")
        problem.display = False
        yield problem

    def on_screen_resume(self) -> None:
        """Read what was opened last, once the screen is drawn: the first refresh draws it without what stands in it."""
        self.call_after_refresh(self.call_after_refresh, self._read_recent)

    def _read_recent(self) -> None:
        app = cast("Working", self.app)
        recent, options = app.services.recent, app.services.options
        app.begin(_JOB, lambda _: recent(options), None, lasting=True)

    def show_session(self, session: Session) -> None:
        """Show where the app stands, and what was opened last."""
        super().show_session(session)
        found, words = cast("Recent | None", session.jobs[_JOB].result), ""
        if found is not None:
            words = cache_words(found, session.now)
        if (found, session.binary, words) != self._recent:
            self._recent = found, session.binary, words
            self.query_one(OptionList).border_subtitle = words
            problem = tidy(found.problem) if found is not None else ""
            self.query_one("#recent-problem", Static).update(problem)
            self.query_one("#recent-problem").display = bool(problem)
            self._list(found.sites if found is not None else (), session)

    def _list(self, sites: Sequence[RecentSite], session: Session) -> None:
        """List what was opened last; the pane is made once there is something in it, since the first paint would wait for a table."""
        if self._table is None and sites:
            self._table = RecordTable(recent_columns(session.now), id="recent")
            self._table.show_records(sites, binary=session.binary)
            self.mount(OpeningPane("Recent", self._table, _RECENT), after=self.query_one(OptionList))
        elif self._table is not None:
            self.query_one("#recent-pane").display = bool(sites)
            self._table.all_columns = recent_columns(session.now)
            self._table.show_records(sites, binary=session.binary)

    def action_read(self) -> None:
        """Ask which registry, and read it."""
        from regplan.tui.screens.registry import ask_for_registry

        ask_for_registry(self, "")

    @on(OpenAsked)
    def _open(self, event: OpenAsked) -> None:
        event.stop()
        cast("Working", self.app).open_site(cast("RecentSite", event.record).target)

    @on(WhyAsked)
    def _explain(self, event: WhyAsked) -> None:
        from regplan.tui.screens.why import WhyScreen

        event.stop()
        self.app.push_screen(WhyScreen(explain_recent(cast("RecentSite", event.record))))

    @on(OptionList.OptionSelected)
    async def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            await self.app.run_action(event.option_id)


def _choice(key: str, name: str, meaning: str) -> Text:
    return Text.assemble((f"{key}  {name:<6}  ", "bold"), meaning, no_wrap=True, overflow="ellipsis")
