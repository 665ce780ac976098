"""The terminal app: it starts and cancels the work, and owns every step from one session to the next."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType

from regplan.errors import InputError, RegplanError
from regplan.store.files import user_path
from regplan.tui.comparing import Comparer
from regplan.tui.failures import failure_of
from regplan.tui.messages import Progressed, Resolved, ResolveFailed
from regplan.tui.places import PLACES
from regplan.tui.services import Services
from regplan.tui.session import DEMO, Flags, Session
from regplan.tui.work import Newest, in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime
    from typing import Any, TypeAlias

    from textual.screen import Screen
    from textual.types import CSSPathType

    from regplan.model.plan import Study
    from regplan.model.progress import Progress, Report
    from regplan.verbs.drafting import Base

    # A study alone is of no file that could be edited.
    Loader: TypeAlias = Callable[[str, Report], Coroutine[Any, Any, Study | tuple[Study, Base]]]

__all__ = ["RegplanApp", "run_tui"]

_log = logging.getLogger(__name__)
# The places that have a screen: each is a class of the module of its mode's name.
_SCREENS: Final = {
    "start": "StartScreen",
    "verdict": "VerdictScreen",
    "layers": "LayersScreen",
    "sharing": "SharingScreen",
    "capacity": "CapacityScreen",
    "bandwidth": "BandwidthScreen",
    "diff": "DiffScreen",
    "registry": "RegistryScreen",
    "seed": "SeedScreen",
    "fleet": "FleetScreen",
    "images": "ImagesScreen",
    "hosts": "HostsScreen",
}
# Twelve names would leave the footer no room: their keys stand together, help and the palette tell the names.
_PLACES: Final = Binding.Group("Places", compact=True)
_LOOKS_S: Final = 20.0  # an age is told in minutes
# What is under way when one quits is given so long to end, and then so long to be cut off.
_PATIENCE_S, _CUT_S, _LOOK_EACH_S = 10.0, 3.0, 0.1
# A key waits no longer for a thread that computes; the interpreter's own is five times that, and a key wants several turns.
_SWITCH_S: Final = 0.001
_SEEDS_ON: Final = ("A seeding runs. It goes on meanwhile, and 8 shows it whichever site is open.",)
_SEED_ENDS: Final = (
    "What is under way ends, within ten seconds; nothing new is begun.",
    "What the target has confirmed stays there, and the journal says so: the next run goes on from there.",
)


def _screen(mode: str) -> Screen[None]:
    """Make the screen of a place; it is imported when one goes there first, so that the first paint waits for none of the others."""
    made: Screen[None] = getattr(importlib.import_module(f"regplan.tui.screens.{mode}"), _SCREENS[mode])()
    app = made.app
    # Styled once, as it will be seen: Textual would style it for no size and no colours first.
    made._css_update_count = app._css_update_count  # noqa: SLF001  there is no public way
    for cells, points in zip(
        app.size, (RegplanApp.HORIZONTAL_BREAKPOINTS, RegplanApp.VERTICAL_BREAKPOINTS), strict=True
    ):
        made.set_class(True, max(each for each in points if each[0] <= cells)[1], update=False)  # noqa: FBT003  Textual's own
    return made


class RegplanApp(Comparer):
    """Shows one site at a time.

    `load` resolves and plans a site, given its path or the word "demo"; it runs in a thread, and is cancelled where the user
    presses escape. A place that has no screen yet is shown nowhere.
    """

    TITLE = "regplan"
    MODES: ClassVar = {mode: partial(_screen, mode) for mode in _SCREENS}
    DEFAULT_MODE = "start"
    # Those of the first screen are read with the app's own, and not parsed twice.
    CSS_PATH: ClassVar[CSSPathType | None] = ["screens/base.tcss", "screens/start.tcss"]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  the type is Textual's
        (0, "-tiny"),
        (80, "-narrow"),
        (110, "-medium"),
        (160, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (36, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                place.key, f"go('{place.mode}')", place.title, tooltip=f"{place.title}: {place.says}", group=_PLACES
            )
            for place in PLACES
            if place.mode in _SCREENS
        ),
        Binding("d", "demo", "Demo", show=False, tooltip="Open the site that ships with regplan."),
        Binding("o", "open", "Open", show=False, tooltip="Open a site file."),
        Binding("r", "reload", "Reload", show=False, tooltip="Read and resolve the open site again."),
        Binding("x", "compare", "Compare", show=False, tooltip="The file, what was kept and the draft, side by side."),
        Binding("z", "undo", "Undo", show=False, tooltip="Take the last edit of the draft back."),
        Binding("ctrl+s", "save", "Save", show=False, tooltip="Save the draft as a site file."),
        Binding("escape", "back", "Back", show=False, tooltip="Cancel what runs for this screen, else go back."),
        Binding("u", "units", "Units", tooltip="GB (10^9) or GiB (2^30), everywhere."),
        Binding(
            "colon", "command", "Command", show=False, key_display=":", tooltip="Type a command; ctrl+p lists them all."
        ),
        Binding("t", "theme", "Theme", show=False, tooltip="Other colours: Okabe-Ito, dark, light, high contrast."),
        Binding(
            "left_square_bracket", "earlier", "Earlier", show=False, key_display="[", tooltip="Where you were before."
        ),
        Binding("right_square_bracket", "later", "Later", show=False, key_display="]", tooltip="On again after [."),
        Binding("ctrl+o", "jump", "Jump", show=False, tooltip="A letter on each pane: pressing it goes there."),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="Help for the pane that has the focus."),
        Binding("q", "quit", "Quit", tooltip="Leave; ctrl+q does the same everywhere."),
    ]

    def __init__(
        self,
        load: Loader,
        target: str | None = None,
        flags: Flags | None = None,
        now: Callable[[], datetime] | None = None,
        services: Services | None = None,
    ) -> None:
        """Take what resolves sites, the one to begin with, the clock that ages are told by, and what else verbs do."""
        super().__init__()
        self._load, self._target = load, target
        self.services = services or Services()
        self._now = now or _now
        self.set_reactive(RegplanApp.session, Session(flags or Flags(), now=self._now()))

    def on_mount(self) -> None:
        """Open the site that the app was started with, once something stands on the terminal, and look at the clock from time to time."""
        self.set_interval(_LOOKS_S, self._look_at_the_clock)
        if self._target is not None:
            self.session = self.session.opening(self._target)
            self.call_after_refresh(self._begin, self._target)

    def _begin(self, target: str) -> None:
        if self.session.busy:  # else it was cancelled already
            self._run_resolve(target)
            self.go("verdict")

    def _look_at_the_clock(self) -> None:
        self.session = self.session.seen_at(self._now())

    def open_site(self, target: str) -> None:
        """Resolve and plan `target`; a resolve that runs is cancelled, and so are jobs about another site.

        With edits that are not saved another site is opened only where one says so twice, and while a seeding runs after a yes.
        """
        if target != self.session.target and "seed" in self.session.jobs.busy:
            self._ask("Open another site?", _SEEDS_ON, lambda: self._open_now(target))
        else:
            self._open_now(target)

    def _open_now(self, target: str) -> None:
        if target != self.session.target:
            if not self.may_leave_draft("open it again to drop them"):
                return
            self.forget_jobs()
        self.session = self.session.opening(target)
        self._run_resolve(target)

    def _run_resolve(self, target: str) -> None:
        run = partial(
            self._resolve, target, self.session.attempt
        )  # begun by the worker: what is cancelled before leaves nothing that nobody waits for
        self.run_worker(run, group="resolve", exclusive=True)  # type: ignore[arg-type]  # mypy knows not which of three kinds it is

    async def _resolve(self, target: str, attempt: int) -> None:
        news: Newest[Progress] = Newest(lambda told: self.post_message(Progressed(attempt, told)))
        try:
            found = await in_thread(lambda: self._load(target, news.put))
        except Exception as error:  # noqa: BLE001  whatever a loader raises is shown: the app stays up
            _log.debug("%s could not be planned", target, exc_info=True)
            self.post_message(ResolveFailed(attempt, failure_of(error)))
        else:
            self.post_message(Resolved(attempt, *(found if isinstance(found, tuple) else (found,))))

    @on(Progressed)
    def _progressed(self, event: Progressed) -> None:
        progress = event.news.take()
        if progress is not None and event.attempt == self.session.attempt:
            self.session = self.session.progressed(progress)

    @on(ResolveFailed)
    def _failed(self, event: ResolveFailed) -> None:
        if event.attempt == self.session.attempt:
            self.session = self.session.failed(event.failure)

    @on(Resolved)
    def _resolved(self, event: Resolved) -> None:
        if event.attempt != self.session.attempt:
            return
        self.forget_jobs()
        self.session = self.session.resolved(event.study, event.base).seen_at(self._now())
        if self.session.edits:
            self.plan_draft()
        self._remember(event.study)
        if self.current_mode == "start":
            self.go("verdict")

    def _remember(self, study: Study) -> None:
        """Put the site first among those that the Start screen offers, in a thread; a READ-ONLY app writes no file."""
        target = self.session.target
        if target in {None, DEMO} or self.session.flags.read_only:
            return
        remember, now = self.services.remember, self._now()

        async def work() -> None:
            try:
                await in_thread(lambda: remember(str(target), study.plan, now))
            except RegplanError as error:
                _log.debug("%s is not remembered: %s", target, error)

        self.run_worker(work(), group="recent")

    def action_demo(self) -> None:
        """Open the site that ships with regplan."""
        self.open_site(DEMO)

    def action_open(self) -> None:
        """Ask for a site file, and open it."""
        from regplan.tui.screens.open import OpenScreen

        target = self.session.target
        self.push_screen(OpenScreen("" if target in {None, DEMO} else str(target)), self._opened)

    def _opened(self, path: str | None) -> None:
        if path is not None:
            self.open_site(str(user_path(path)))

    def action_reload(self) -> None:
        """Read and resolve the open site again."""
        if self.session.target is None:
            self.notify("No site is open: d shows the demo, o opens a site file.")
        else:
            self.open_site(self.session.target)

    def action_cancel(self) -> None:
        """Cancel what is being resolved, else what the screen in view has begun, else the job that was begun last."""
        busy = self.session.jobs.busy
        if self.session.busy:
            self.workers.cancel_group(self, "resolve")
            self.session = self.session.stopped()
        elif busy:
            self.cancel_job((self.session.jobs.busy_for(self.current_mode) or busy)[-1])
        else:
            self.notify("Nothing is running.")

    async def action_back(self) -> None:
        """Cancel what is being resolved or what the screen in view has begun, else go up one screen."""
        if self.session.busy or self.session.jobs.busy_for(self.current_mode):
            self.action_cancel()
        elif self.current_mode != "start":
            self.go("start" if self.current_mode == "verdict" else "verdict")

    async def action_quit(self) -> None:
        """Leave; with edits that are not saved where one says so twice, while a seeding runs after a yes and once that has ended."""
        if not self.may_leave_draft("q again drops them"):
            return
        if "seed" in self.session.jobs.busy:
            self._ask("Quit while a seeding runs?", _SEED_ENDS, lambda: self.run_worker(self._leave(), group="leave"))
        else:
            await super().action_quit()

    def _ask(self, title: str, lines: tuple[str, ...], do: Callable[[], object]) -> None:
        """Do something after a yes."""
        from regplan.tui.screens.confirm import ConfirmScreen

        def answered(agreed: bool | None) -> None:  # noqa: FBT001  as Textual calls it
            if agreed:
                do()

        self.push_screen(ConfirmScreen(title, lines), answered)

    async def _leave(self) -> None:
        """Stop the seeding, cut off what has not ended in time, and leave."""
        for patience_s in (_PATIENCE_S, _CUT_S):
            if "seed" in self.session.jobs.busy:
                self.cancel_job("seed")
            for _ in range(int(patience_s / _LOOK_EACH_S)):
                if "seed" in self.session.jobs.busy:
                    await asyncio.sleep(_LOOK_EACH_S)
        self.exit()


def _now() -> datetime:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def run_tui(
    load: Loader, target: str | None = None, flags: Flags | None = None, services: Services | None = None
) -> int:
    """Run the terminal app until the user leaves it, and tell the exit code.

    Raises `InputError` where a standard stream is no terminal: keys come from one, and Textual draws on standard error.
    """
    from regplan.tui.served import is_served

    is_page = is_served()  # textual-serve stands where the terminal is, and pipes are its streams
    if not is_page and any(stream is None or not stream.isatty() for stream in (sys.stdin, sys.stdout)):
        raise InputError("the terminal app needs a terminal; without one, use regplan plan SITE")
    if not is_page and (sys.stderr is None or not sys.stderr.isatty()):
        raise InputError("the terminal app draws on standard error, which goes elsewhere: leave it on the terminal")
    logging.disable()  # lines on standard error would tear the screen
    app = RegplanApp(load, target, flags, services=services)
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        app.run()
    finally:
        sys.setswitchinterval(usual_s)
        logging.disable(logging.NOTSET)
    return app.return_code or 0
