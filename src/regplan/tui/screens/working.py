"""A screen about what long work found of the open site: begun when the screen is first in view, and told in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from regplan.tui.screens.base import PlanScreen
from regplan.tui.widgets.job_line import JobLine

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any, TypeAlias

    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.tui.services import Working
    from regplan.tui.session import Session

    # What a job awaits, given what to call with its progress.
    Work: TypeAlias = Callable[[Report], Coroutine[Any, Any, object]]

__all__ = ["WorkingScreen"]


class WorkingScreen(PlanScreen):
    """Begins the job `JOB` about the study that is open once the screen is in view, and shows what comes of it.

    `DOING` says what it does. A job that failed or was cancelled begins again when one comes back to the screen.
    Subclasses lay out a `JobLine`.
    """

    JOB: ClassVar[str]
    DOING: ClassVar[str]

    def __init__(self) -> None:
        """Start with nothing found."""
        super().__init__()
        self._drawn: tuple[object, bool] | None = None

    def work_on(self, study: Study, app: Working) -> Work:
        """Tell the work that finds what the screen shows of a study."""
        raise NotImplementedError

    def show_found(self, found: object, *, binary: bool) -> None:
        """Show what was found, None while nothing is."""
        raise NotImplementedError

    def on_screen_resume(self) -> None:
        """Begin the work, where it was not done."""
        self._begin(again=True)

    def show_session(self, session: Session) -> None:
        """Show a session, and what the work came to."""
        super().show_session(session)
        job, study = session.jobs[self.JOB], session.study
        self.query_one(JobLine).show(job, self.DOING, "Go to another screen and come back to begin again")
        found = job.result if study is not None and job.subject is study else None
        if study is not None and (
            self._drawn is None or self._drawn[0] is not found or self._drawn[1] != session.binary
        ):
            self._drawn = found, session.binary
            self.show_found(found, binary=session.binary)
        if self.is_current:
            self.call_later(self._begin)

    def _begin(self, *, again: bool = False) -> None:
        app = cast("Working", self.app)
        study, job = app.session.study, app.session.jobs[self.JOB]
        is_new = job.subject is not study or (again and not job.busy and job.result is None)
        if study is not None and not app.session.busy and is_new:
            app.begin(self.JOB, self.work_on(study, app), study)
