"""What screens have in common: the status line, the keys, and the session that they watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import VerticalScroll
from textual.screen import Screen

from regplan.tui.session import Session
from regplan.tui.widgets.key_line import KeyLine
from regplan.tui.widgets.notice import Notice
from regplan.tui.widgets.state_panel import StatePanel
from regplan.tui.widgets.status_line import StatusLine
from regplan.tui.widgets.table_pane import TablePane, WhyAsked

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.plan import Study

__all__ = ["PlanScreen", "SiteScreen"]


class SiteScreen(Screen[None]):
    """A screen that watches the session; `GUIDE` is what help says of it."""

    CSS_PATH: ClassVar[CSSPathType | None] = "base.tcss"
    GUIDE: ClassVar[str] = ""

    def compose(self) -> ComposeResult:
        """Frame what the screen shows."""
        yield StatusLine()
        yield from self.compose_body()
        yield KeyLine()

    def compose_body(self) -> ComposeResult:
        """Lay out what stands between status line and footer."""
        yield from ()

    def on_mount(self) -> None:
        """Watch the session."""
        self.watch(self.app, "session", self.show_session)

    def take(self, argument: str) -> None:
        """Take what was typed after the screen's name: a filter of its first table."""
        panes = self.query(TablePane)
        if panes:
            panes.first().filter_by(argument)

    def show_session(self, session: Session) -> None:
        """Show a session."""
        self.query_one(StatusLine).show(session)
        self.query_one(StatePanel).show(session)


class PlanScreen(SiteScreen):
    """A screen about the open site's plan; until there is one it shows where the app stands instead."""

    AUTO_FOCUS = "StatePanel"

    def __init__(self) -> None:
        """Start with nothing shown."""
        super().__init__()
        self._shown = Session()

    def compose_body(self) -> ComposeResult:
        """Lay out the state and, in its place once there is a plan, the panes."""
        yield Notice()
        yield StatePanel()
        with _Body(id="body"):
            yield from self.compose_panes()

    def compose_panes(self) -> ComposeResult:
        """Lay out what is shown of a study."""
        yield from ()

    def show_study(self, study: Study, *, binary: bool) -> None:
        """Show a study in the units that are chosen."""

    def show_session(self, session: Session) -> None:
        """Show a session; the panes are drawn anew only where the study or the units are others."""
        super().show_session(session)
        study, before, self._shown = session.study, self._shown, session
        self.query_one(Notice).show(session)
        self.query_one(StatePanel).display = study is None
        self.query_one("#body").display = study is not None
        if study is None:
            return
        if study is not before.study or session.binary != before.binary:
            self.show_study(study, binary=session.binary)
        if before.study is None:
            self.set_focus(self.query("RecordTable").first())

    @on(WhyAsked)
    def _explain(self, event: WhyAsked) -> None:
        from regplan.tui.screens.why import WhyScreen
        from regplan.tui.why import explain

        event.stop()
        if self._shown.study is not None:
            self.app.push_screen(WhyScreen(explain(event.record, self.told(self._shown.study))))

    def told(self, study: Study) -> Study:
        """Tell the study with all that the screen knows of it, for whoever asks why."""
        return study


class _Body(VerticalScroll, can_focus=False):
    """Holds the panes; it scrolls where the terminal is too small for them."""
