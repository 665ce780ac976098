"""A running registry: what it holds, what the open site lacks there, what nobody names, what has moved, and every request."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from regplan.tui.columns_registry import EXCHANGES, HELD, MOVED, ORPHANS
from regplan.tui.columns_seed import COVERED
from regplan.tui.registries import explain_held, look_lines, read_registry, with_login
from regplan.tui.screens.ask import AskScreen
from regplan.tui.screens.base import SiteScreen
from regplan.tui.screens.login import LoginScreen
from regplan.tui.screens.why import WhyScreen
from regplan.tui.session import Session
from regplan.tui.table import View
from regplan.tui.why import explain
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.state_panel import StatePanel
from regplan.tui.widgets.status_line import StatusLine
from regplan.tui.widgets.table_pane import TablePane, WhyAsked

if TYPE_CHECKING:
    from typing import Any

    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.coverage import CoveredImage
    from regplan.model.exchange import Exchange
    from regplan.model.holdings import HeldManifest
    from regplan.model.pruning import PruneItem
    from regplan.model.verifying import Moved
    from regplan.registry.options import Login
    from regplan.tui.services import Working
    from regplan.verbs.looking import RegistryLook

__all__ = ["RegistryScreen", "ask_for_registry"]

_HELD = (
    "Every image that the registry holds. SIZE is the image with all that it needs, UNIQUE what nothing else in the registry needs."
    " ✗ before a platform: no host of the open site has it."
)
_COVERED = "Each image of the open site, and what happens where it is pulled: what is missing is fetched over the internet, or fails."
_ORPHANS = "What no version of the open site names, in the repositories that it names. Another cluster, or Palette, may need it."
_MOVED = "Tags that name another image at their source than the one that stands here."
_EXCHANGES = "Every request of the last reading, newest first; MS until its answer was there. Secrets are taken out of addresses."


def ask_for_registry(screen: SiteScreen, value: str) -> None:
    """Ask for a registry, read it, and go where it is shown; OFFLINE none is asked."""
    from regplan.verbs.looking import target_of

    app = cast("Working", screen.app)
    if app.session.flags.offline:
        screen.notify("OFFLINE: no registry is asked; start without --offline.", severity="error")
        return

    def typed(text: str | None) -> None:
        if text:
            read_registry(app, text)
            app.go("registry")

    words = "A running registry: HOST:PORT, or HOST:PORT/PROJECT. It is read, and nothing is written."
    check = lambda text: target_of(text, None)  # noqa: E731
    screen.app.push_screen(AskScreen("Read a registry", words, value, check, "10.0.0.5:30003"), typed)


class RegistryScreen(SiteScreen):
    """Shows what was read of a registry."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "registry.tcss"]
    AUTO_FOCUS = "#held"
    TITLE = "Registry"
    GUIDE = "What a running registry holds, what the open site lacks there, what nobody names, and every request."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R", "read", "Read", tooltip="Read a running registry; nothing is written.")
    ]

    def __init__(self) -> None:
        """Begin with nothing read."""
        super().__init__()
        self._shown = Session()
        self._drawn: tuple[object, bool] | None = None
        self._logged_in_for: object = None

    def compose_body(self) -> ComposeResult:
        """Lay out what was found in short, and the tables."""
        held: RecordTable[HeldManifest] = RecordTable(HELD, View("size", reverse=True), id="held")
        covered: RecordTable[CoveredImage] = RecordTable(COVERED, View("state"), id="coverage")
        orphans: RecordTable[PruneItem] = RecordTable(ORPHANS, View("size", reverse=True), id="orphans")
        moved: RecordTable[Moved] = RecordTable(MOVED, id="moved")
        exchanges: RecordTable[Exchange] = RecordTable(EXCHANGES, View("at", reverse=True), id="exchanges")
        yield StatePanel()
        with VerticalScroll(id="body", can_focus=False):
            with Vertical(id="registry-head", classes="pane") as head:
                head.border_title = "Registry"
                yield Static(id="registry-words", markup=False)
            yield TablePane("Held", held, _HELD)
            yield TablePane("Coverage", covered, _COVERED)
            yield TablePane("Orphans", orphans, _ORPHANS)
            yield TablePane("Moved", moved, _MOVED)
            yield TablePane("Requests", exchanges, _EXCHANGES)

    def show_session(self, session: Session) -> None:
        """Show what was read."""
        self._shown = session
        self.query_one(StatusLine).show(session)
        self.query_one(StatePanel).display = False
        job = session.jobs["registry"]
        look = cast("RegistryLook | None", job.result)
        self.query_one("#registry-words", Static).update("\n".join(look_lines(job, look, binary=session.binary)))
        if self._drawn is None or self._drawn[0] is not look or self._drawn[1] != session.binary:
            self._drawn = look, session.binary
            self._show_tables(look, binary=session.binary)
        if look is not None and look.wants_login and not job.busy and self._logged_in_for is not look:
            self._logged_in_for = look
            why = "The registry wants to know who asks, or refuses who does."
            self.app.push_screen(LoginScreen(look.wants_login, why), self._log_in)

    def _show_tables(self, look: RegistryLook | None, *, binary: bool) -> None:
        found = None if look is None else look.verification
        shown: dict[str, tuple[Any, ...]] = {
            "held": () if look is None or look.holdings is None else look.holdings.manifests,
            "coverage": () if found is None or found.coverage is None else found.coverage.images,
            "orphans": () if found is None or found.orphans is None else found.orphans.found.items,
            "moved": () if found is None or found.drift is None else found.drift.moved,
            "exchanges": () if look is None else look.exchanges,
        }
        for name, records in shown.items():
            self.query_one(f"#{name}-pane").display = bool(records) or name == "held"
            self.query_one(f"#{name}", RecordTable).show_records(records, binary=binary)

    def action_read(self) -> None:
        """Ask which registry, and read it; the open site's own is proposed."""
        job, study = self._shown.jobs["registry"], self._shown.study
        registry = None if study is None else study.plan.site.registry
        own = registry.addresses[0] if registry is not None and registry.addresses else ""
        ask_for_registry(self, str(job.subject or own))

    def _log_in(self, login: Login | None) -> None:
        if login is not None:
            app = cast("Working", self.app)
            app.services = with_login(app.services, login)
            read_registry(app, str(self._shown.jobs["registry"].subject))

    @on(WhyAsked)
    def _explain(self, event: WhyAsked) -> None:
        from regplan.model.coverage import CoveredImage

        event.stop()
        row, study = event.record, self._shown.study
        if not isinstance(row, CoveredImage):
            self.app.push_screen(WhyScreen(explain_held(row)))
        elif study is not None:
            self.app.push_screen(WhyScreen(explain(row, study)))
