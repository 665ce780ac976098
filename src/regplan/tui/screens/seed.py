"""The seeding: what would be sent where, what is found there, how it goes, and the keys that steer it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from regplan.errors import InputError
from regplan.model.finding import Finding
from regplan.model.run import SeedLimits
from regplan.report.words import full_stop, tidy
from regplan.tui.columns import FINDINGS
from regplan.tui.columns_seed import COVERED, ITEMS, LINES, PHASES, SEED_IMAGES
from regplan.tui.registries import with_login
from regplan.tui.screens.ask import AskScreen
from regplan.tui.screens.base import PlanScreen
from regplan.tui.screens.confirm import ConfirmScreen
from regplan.tui.screens.login import LoginScreen
from regplan.tui.seeding import SeedView, head_lines, seed_title
from regplan.tui.services import options_at
from regplan.tui.session import DEMO, Session
from regplan.tui.table import View
from regplan.tui.widgets.detail import Detail
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.table_pane import TablePane

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.coverage import CoveredImage
    from regplan.model.plan import Study
    from regplan.model.preflight import Phase
    from regplan.model.progress import Report
    from regplan.model.run import RunItem
    from regplan.registry.options import Login
    from regplan.report.seed_run.images import SeedImage
    from regplan.seed.lines import RunLine
    from regplan.tui.services import Working
    from regplan.verbs.conducting import Conductor, SeedDraft, SeedNow, SeedOutcome
    from regplan.verbs.verifying import Verification

__all__ = ["SeedScreen"]

_CHECKS = (
    "What was found before anything moves: seed.reach is whether the target answers, seed.space whether it has room, and so on."
    " A FAIL ends it before the first byte. FIX stands below."
)
_PHASES = "The four steps by which a site gets its images; the registry's content is the third. None where no profile tells the layers."
_IMAGES = (
    "Every image that is asked for. PARTS are its blobs and manifests in its repository, THERE is how much of its bytes stands at"
    " the target. WHY, on wide screens, is what went wrong."
)
_ITEMS = (
    "Every blob and manifest in every repository. SENT counts the bytes of every attempt; mounted took none; skipped was known to"
    " be there."
)
_LINES = "Whatever happened, newest first: what was sent, put and mounted, what failed and why, what was waited for."
_COVERED = "What verifying found of each image, and what happens where it is pulled."


class SeedScreen(PlanScreen):
    """Shows a seeding and steers it."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "seed.tcss"]
    TITLE = "Seed"
    GUIDE = "What a seeding would send, what is there, and the seeding itself: D looks, R seeds after a yes."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("D", "look", "Dry run", tooltip="Ask the registry what it lacks; nothing is written."),
        Binding("R", "seed", "Seed", tooltip="Seed what is lacking, after a yes; what was begun before goes on."),
        Binding("p", "hold", "Hold", tooltip="Hold the seeding, or let it go on."),
        Binding("l", "limit", "Limit", tooltip="Send at most so much per second, also while it runs: 15Mbit/s."),
        Binding(
            "W", "hours", "Hours", show=False, tooltip="Send only in these hours, also while it runs: 22:00-05:00."
        ),
        Binding("v", "verify", "Verify", tooltip="Ask for every tag and the length of every blob."),
        Binding("T", "target", "Target", show=False, tooltip="Seed to another registry or folder."),
        Binding("E", "report", "Report", show=False, tooltip="Write the seeding's report: HTML, Markdown or JSON."),
    ]

    def __init__(self) -> None:
        """Begin with the site's own target and no limits."""
        super().__init__()
        self._target, self._limits = "", SeedLimits()
        self._conductor: Conductor | None = None
        self._asked: Conductor | None = None
        self._logged_in_for: object = None
        self._shown_now: SeedNow | None = None
        self._file = ""

    def compose_panes(self) -> ComposeResult:
        """Lay out the state, and the tables of what is planned, found and done."""
        checks: RecordTable[Finding] = RecordTable(FINDINGS, View("verdict"), id="checks")
        phases: RecordTable[Phase] = RecordTable(PHASES, id="phases")
        images: RecordTable[SeedImage] = RecordTable(SEED_IMAGES, View("state"), id="seed-images")
        items: RecordTable[RunItem] = RecordTable(ITEMS, View("state"), id="items")
        lines: RecordTable[RunLine] = RecordTable(LINES, View("at", reverse=True), id="lines")
        covered: RecordTable[CoveredImage] = RecordTable(COVERED, View("state"), id="covered")
        with Vertical(id="seed-head", classes="pane"):
            yield Static(id="seed-words", markup=False)
        yield TablePane("Images", images, _IMAGES)
        yield TablePane("Checks", checks, _CHECKS, below=[Detail("check-detail")])
        yield TablePane("Phases", phases, _PHASES)
        yield TablePane("Verified", covered, _COVERED)
        yield TablePane("Blobs and manifests", items, _ITEMS)
        yield TablePane("Log", lines, _LINES)

    @property
    def _runner(self) -> Working:
        return cast("Working", self.app)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def show_study(self, study: Study, *, binary: bool) -> None:
        """Take another site's own target and limits, unless it is the same file."""
        del binary
        del study
        if self._shown.target != self._file:
            self._file, self._target, self._limits = self._shown.target or "", "", SeedLimits()

    def on_screen_resume(self) -> None:
        """Show what has come about while another screen was in view."""
        self.show_session(self._shown)

    def show_session(self, session: Session) -> None:
        """Show the seeding, as far as this screen is in view; what wants an answer is asked in any case."""
        before = self._shown
        super().show_session(session)
        if session.study is None:
            return
        self._ask_if_asked(session)
        if self.app.screen is not self:
            return
        if session.jobs["seed-draft"].subject is not session.study:
            self._draft(session)
            return
        view = self._view(session)
        head = self.query_one("#seed-head")
        head.border_title = f"Seeding: {seed_title(view)}"
        self.query_one("#seed-words", Static).update("\n".join(head_lines(view)))
        self._show_tables(view, again=before.binary != session.binary)

    def _view(self, session: Session) -> SeedView:
        draft: SeedDraft | None = session.jobs["seed-draft"].result  # type: ignore[assignment]  # what its work gives
        drafting = session.jobs["seed-draft"]
        return SeedView(
            draft, drafting, session.jobs["seed"], session.jobs["seed-verify"], self._limits, session.binary
        )

    def _show_tables(self, view: SeedView, *, again: bool) -> None:
        now, draft = view.now, view.draft
        prospect = None if now is None else now.prospect
        has_run = now is not None and bool(now.items)
        found: Verification | None = view.verify.result  # type: ignore[assignment]  # what its work gives
        covered = () if found is None or found.coverage is None else found.coverage.images
        findings, phases = (prospect.findings, prospect.phases) if prospect is not None else ((), ())
        images = now.images if now is not None and now.images else draft.images if draft is not None else ()
        shown: dict[str, tuple[tuple[Any, ...], bool]] = {
            "seed-images": (images, True),
            "checks": (findings, bool(findings) and not has_run),
            "phases": (phases, bool(phases) and not has_run),
            "covered": (covered, bool(covered)),
            "items": (now.items if now is not None else (), has_run),
            "lines": (now.lines if now is not None else (), now is not None and bool(now.lines)),
        }
        for name, (records, is_there) in shown.items():
            table = self.query_one(f"#{name}", RecordTable)
            self.query_one(f"#{name}-pane").display = is_there
            if is_there or table.records:
                table.show_live(records, binary=view.binary, again=again)

    @on(RecordTable.Highlighted, "#checks")
    def _show_check(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        found = event.record
        words = tidy(f"{full_stop(found.message)} {found.fix}") if isinstance(found, Finding) else ""
        self.query_one("#check-detail", Detail).show(words)

    # --- what runs --------------------------------------------------------------------------------------------------

    def _draft(self, session: Session) -> None:
        services, study, to, site = self._runner.services, session.study, self._target, session.target
        mapping = "host" if services.options is None else services.options.mapping
        if study is None or site is None:
            return

        async def work(_: Callable[[Any], None]) -> SeedDraft:
            return services.draft_seed(site, study, to, mapping)

        self._runner.begin("seed-draft", work, study)

    def _may_ask(self, *, writes: bool) -> SeedDraft | None:
        """Tell the draft where a registry may be asked, or written to; else say why it may not."""
        session = self._shown
        draft: SeedDraft | None = session.jobs["seed-draft"].result  # type: ignore[assignment]  # what its work gives
        why = ""
        if draft is None or draft.job is None:
            why = "There is no target yet: T types one." if draft is not None else "Still planning."
        elif session.jobs["seed"].busy:
            why = "A seeding is under way: esc stops it."
        elif writes and session.flags.read_only:
            why = "READ-ONLY: nothing is written to a registry; D looks without writing."
        elif session.flags.offline and not draft.job.target.folder:
            why = "OFFLINE: no registry is asked; start without --offline, or T names a folder (oci:DIR)."
        elif session.target == DEMO and not draft.job.target.folder:
            why = "The demo has no registry and asks no network: T names a folder (oci:DIR), o opens a site of yours."
        if why:
            self.notify(why, severity="error")
            return None
        return draft

    def action_look(self) -> None:
        """Ask the registry what it lacks; nothing is written."""
        self._begin(dry_run=True)

    def action_seed(self) -> None:
        """Seed what is lacking, after a yes."""
        self._begin(dry_run=False)

    def _begin(self, *, dry_run: bool) -> None:
        draft = self._may_ask(writes=not dry_run)
        if draft is None or draft.job is None:
            return
        options = options_at(self._shown.target or "", self._runner.services.options)
        try:
            conductor = self._runner.services.conduct(draft.job, options, self._limits, dry_run)
        except InputError as error:
            self.notify(error.message, severity="error", markup=False)
            return
        self._conductor = conductor
        self._runner.begin("seed", conductor.run, self._shown.study, lasting=not dry_run, halt=conductor.halt)

    def _ask_if_asked(self, session: Session) -> None:
        """Ask for a yes where the seeding waits for one, and who one is where the registry wants to know."""
        job, conductor = session.jobs["seed"], self._conductor
        if conductor is None:
            return
        now: SeedNow | None = job.progress  # type: ignore[assignment]  # what its work tells
        if job.busy and now is not None and now.stage == "asking" and now.prospect is not None:
            if self._asked is not conductor:
                self._asked = conductor
                self.app.push_screen(ConfirmScreen("Seed now?", _questions(now)), self._answered)
            return
        outcome: SeedOutcome | None = job.result  # type: ignore[assignment]  # what its work gives
        if not job.busy and outcome is not None and outcome.wants_login and self._logged_in_for is not outcome:
            self._logged_in_for = outcome
            again = self.action_look if outcome.dry_run else self.action_seed
            why = "The registry wants to know who asks, or refuses who does."
            self.app.push_screen(LoginScreen(outcome.wants_login, why), lambda login: self._log_in(login, again))

    def _answered(self, agreed: bool | None) -> None:  # noqa: FBT001  as Textual calls it
        if self._asked is not None:
            self._asked.answer(agreed=bool(agreed))

    def _log_in(self, login: Login | None, again: Callable[[], None]) -> None:
        if login is not None:
            self._runner.services = with_login(self._runner.services, login)
            again()

    def action_verify(self) -> None:
        """Hold what stands at the target against what must."""
        draft, services = self._may_ask(writes=False), self._runner.services
        if draft is None or draft.job is None:
            return
        verify, job, options = services.verify, draft.job, options_at(self._shown.target or "", services.options)

        async def work(tell: Report) -> Verification:
            return await verify(job, options, tell)

        self._runner.begin("seed-verify", work, self._shown.study)

    # --- what is steered --------------------------------------------------------------------------------------------

    @property
    def _at_work(self) -> Conductor | None:
        return self._conductor if self._shown.jobs["seed"].busy else None

    def action_hold(self) -> None:
        """Hold the seeding, or let it go on."""
        now: SeedNow | None = self._shown.jobs["seed"].progress  # type: ignore[assignment]  # what its work tells
        if self._at_work is None or now is None or now.stage != "running":
            self.notify("Nothing is being seeded: R begins.", severity="warning")
        else:
            self._at_work.hold(held=not now.is_held)

    def action_limit(self) -> None:
        """Ask for a rate."""
        from regplan.units import format_rate, parse_rate

        known = self._limits.max_bps
        words = "Send at most so much per second, all streams together; nothing typed: as much as goes."

        def typed(text: str | None) -> None:
            if text is not None:
                self._steer(replace(self._limits, max_bps=parse_rate(text) if text else None))

        value = "" if known is None else format_rate(known).replace(" ", "")
        check = lambda text: text and parse_rate(text)  # noqa: E731
        self.app.push_screen(AskScreen("Limit", words, value, check, "15Mbit/s"), typed)

    def action_hours(self) -> None:
        """Ask for the hours in which something may be sent."""
        from regplan.model.windows import Windows

        words = (
            "Send only in these hours, by the site's clock, with commas between several; nothing typed: at any hour."
        )

        def typed(text: str | None) -> None:
            if text is not None:
                hours = tuple(part.strip() for part in text.split(",") if part.strip())
                self._steer(replace(self._limits, windows=hours))

        check = lambda text: text and Windows.parse(text)  # noqa: E731
        self.app.push_screen(AskScreen("Hours", words, ", ".join(self._limits.windows), check, "22:00-05:00"), typed)

    def _steer(self, limits: SeedLimits) -> None:
        """Put limits in force, for what runs and for what is begun next."""
        self._limits = limits
        if self._at_work is not None:
            self._at_work.limit(limits)
        self.show_session(self._shown)

    def action_target(self) -> None:
        """Ask for another target."""
        from regplan.verbs.targets import parse_target

        if self._at_work is not None:
            self.notify("A seeding is under way: esc stops it.", severity="error")
            return
        words = "A registry with a project, or a folder for a tree of layouts; nothing typed: the site's own."

        def typed(text: str | None) -> None:
            if text is not None:
                self._target = text
                self._draft(self._shown)

        check = lambda text: text and parse_target(text)  # noqa: E731
        example = "docker://10.0.0.5:30003/spectro-images"
        self.app.push_screen(AskScreen("Target", words, self._target, check, example), typed)

    def action_report(self) -> None:
        """Ask where the report of the last run is to go."""
        view = self._view(self._shown)
        outcome = view.outcome
        if outcome is None or view.draft is None or view.draft.job is None:
            self.notify("There is nothing to report yet: D looks, R seeds.", severity="warning")
        elif self._shown.flags.read_only:
            self.notify("READ-ONLY: no file is written.", severity="error")
        else:
            self._ask_for_report(outcome, str(view.draft.job.target))

    def _ask_for_report(self, outcome: SeedOutcome, target: str) -> None:
        write = self._runner.services.write_seed_report
        words = "The end of the name tells the form: .html, .md or .json."

        def typed(path: str | None) -> None:
            if path:
                self._runner.write_with(lambda: write(outcome, target, path), path, "the report of the seeding")

        from regplan.verbs.seed_reports import check_reports

        check = lambda path: check_reports((path,))  # noqa: E731
        self.app.push_screen(AskScreen("Report", words, "seed.html", check), typed)


def _questions(now: SeedNow) -> tuple[str, ...]:
    """Tell what is written where, before a yes is asked for."""
    from regplan.model.finding import Verdict
    from regplan.report.seed_run.sentences import forecast_sentences, limit_sentences, plan_sentences

    prospect = now.prospect
    if prospect is None:
        return ()
    told = (each for each in prospect.findings if each.verdict not in {Verdict.PASS, Verdict.INFO})
    warned = tuple(f"{each.verdict}: {each.message} {each.fix}" for each in told)
    return (
        *plan_sentences(prospect),
        *limit_sentences(prospect),
        *forecast_sentences(prospect),
        *warned,
    )
