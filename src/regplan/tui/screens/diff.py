"""What an upgrade adds, keeps and drops, image by image, and what going there carries over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Static

from regplan.model.upgrade import ImageChange, SiteUpgrade
from regplan.report.words import counted, tidy
from regplan.tui.columns_diff import IMAGE_CHANGES, SUMS, WAYS
from regplan.tui.differences import heading_words, lacks_words, sum_rows, tags_words
from regplan.tui.screens.base import PlanScreen
from regplan.tui.screens.path import PathScreen
from regplan.tui.table import View
from regplan.tui.widgets.detail import Detail
from regplan.tui.widgets.job_line import JobLine
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.table_pane import TablePane

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from textual.app import ComposeResult
    from textual.types import CSSPathType

    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.model.upgrade import UpgradeWay
    from regplan.tui.differences import SumRow
    from regplan.tui.services import Working
    from regplan.tui.session import Session

__all__ = ["DiffScreen"]

NAME = "diff"
_IMAGES = (
    "Every image of both versions: ~ changed, + new, - gone, = same. NEW is what nothing of the present version has,"
    " DROPPED what nothing of the next one has; what several images gain or lose together counts in each of them."
)
_SUMS = "What both versions have in common, what is to be brought, what can be deleted, and what both take together."
_WAYS = (
    "What going there carries, way by way. ON LINK is for how long the internet link is full at its whole rate, NIGHTS how many"
    " windows of the site's scenario that takes. LEAST and MOST are with the images of unknown placement on one host and on all."
)
_NONE = (
    "The site file names no next version: write its profiles under upgrade_to: and press r, or x compares with a file."
)
_ASKS = "Comparing asks registries about the next version: x and enter begin it, or x compares with another file."
_WITH = (
    "A profile, an image or a site file; several with commas between are one version."
    " Nothing: the site's next version (upgrade_to)."
)


class DiffScreen(PlanScreen):
    """Shows a site beside its next version, or beside another file."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "diff.tcss"]
    TITLE = "Diff"
    GUIDE = "What an upgrade adds, keeps and drops, and what it takes to bring it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "compare", "Compare", tooltip="Compare with the next version or with another file."),
    ]

    def __init__(self) -> None:
        """Start with nothing compared."""
        super().__init__()
        self._found: SiteUpgrade | None = None
        self._drawn: tuple[SiteUpgrade | None, bool] = (None, False)

    def compose_panes(self) -> ComposeResult:
        """Lay out what is compared, the images, the sums, and the ways to bring them."""
        images: RecordTable[ImageChange] = RecordTable(IMAGE_CHANGES, View("change"), id="changes")
        sums: RecordTable[SumRow] = RecordTable(SUMS, id="sums")
        ways: RecordTable[UpgradeWay] = RecordTable(WAYS, id="ways")
        yield Static(markup=False, id="compared")
        yield JobLine()
        yield TablePane("Images", images, _IMAGES, below=[Detail("change-detail")])
        with Container(id="split"):
            yield TablePane("Bytes", sums, _SUMS)
            yield TablePane("Over the wire", ways, _WAYS)
        yield Static(markup=False, id="lacks")

    def on_screen_resume(self) -> None:
        """Compare with the next version, where that is not done yet and nobody but this machine need be asked."""
        self._begin_unasked()

    def show_session(self, session: Session) -> None:
        """Show a session, and what comparing came to."""
        super().show_session(session)
        job, study = session.jobs[NAME], session.study
        result = job.result if job.subject is study else None
        self._found = result if isinstance(result, SiteUpgrade) else None
        self.query_one(JobLine).show(job, "Comparing" if self._found is None else "Comparing anew", "x compares again")
        if study is not None:
            self._show_found(study, binary=session.binary)
        if self.is_current:
            self.call_later(self._begin_unasked)

    def take(self, argument: str) -> None:
        """Take what was typed after the screen's name: what to compare with."""
        self._compare(argument)

    def action_compare(self) -> None:
        """Ask what to compare with."""

        def typed(other: str | None) -> None:
            if other is not None:
                self._compare(other)

        before = self._found.other if self._found is not None else ""
        self.app.push_screen(PathScreen("Compare with", _WITH, before, "profile.json,more.yaml"), typed)

    def _begin_unasked(self) -> None:
        app = cast("Working", self.app)
        session = app.session
        study = session.study
        if (
            study is None
            or session.busy
            or session.jobs[NAME].subject is study
            or not study.plan.site.inputs.upgrade_to
        ):
            return
        if session.flags.offline or _is_local(study):
            self._compare("")

    def _compare(self, other: str) -> None:
        app = cast("Working", self.app)
        study, target = app.session.study, app.session.target
        if study is None or target is None:
            self.notify("No site is open: d shows the demo, o opens a site file.")
            return
        services, base, edits = app.services, app.session.base, app.session.edits

        def work(tell: Report) -> Coroutine[Any, Any, SiteUpgrade]:
            if base is not None and edits:
                return services.compare_draft(base, edits, other, tell)
            return services.compare(target, other, services.options, tell)

        app.begin(NAME, work, study)

    def _show_found(self, study: Study, *, binary: bool) -> None:
        found = self._found
        if (found, binary) == self._drawn and found is not None:
            return
        self._drawn = found, binary
        heading = heading_words(found) if found is not None else _empty_words(study)
        self.query_one("#compared", Static).update(heading)
        self.query_one("#lacks", Static).update(lacks_words(found, study.plan) if found is not None else "")
        images = found.upgrade.whole.images if found is not None else ()
        self.query_one("#changes", RecordTable).show_records(images, binary=binary)
        self.query_one("#sums", RecordTable).show_records(sum_rows(found) if found is not None else (), binary=binary)
        self.query_one("#ways", RecordTable).show_records(found.ways if found is not None else (), binary=binary)

    @on(RecordTable.Highlighted, "#changes")
    def _show_change(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        row = event.record
        words = f"{tidy(row.repository)} {tags_words(row)}" if isinstance(row, ImageChange) else ""
        self.query_one("#change-detail", Detail).show(words)


def _is_local(study: Study) -> bool:
    """Tell whether everything that is asked about images lies on this machine."""
    inputs = study.plan.site.inputs
    is_here = all(":" not in entry for entry in (*inputs.profiles, *inputs.upgrade_to))
    return is_here and bool(inputs.sources) and not any(each.startswith("docker://") for each in inputs.sources)


def _empty_words(study: Study) -> str:
    inputs = study.plan.site.inputs
    if not inputs.upgrade_to:
        return _NONE
    named = ", ".join(tidy(each) for each in inputs.upgrade_to)
    return f"{counted(len(inputs.upgrade_to), 'profile')} to go to: {named}" + (
        "" if _is_local(study) else f"\n{_ASKS}"
    )
