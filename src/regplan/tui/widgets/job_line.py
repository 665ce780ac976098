"""One line that tells of a screen's long work: how far it is, that it was cancelled, or why it came to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from regplan.model.progress import Progress
from regplan.report.words import tidy

if TYPE_CHECKING:
    from regplan.tui.jobs import Job

__all__ = ["JobLine", "job_words"]


class JobLine(Static):
    """Tells of a job; hidden while there is nothing to tell."""

    def __init__(self) -> None:
        """Start hidden."""
        super().__init__(markup=False, classes="job-line")
        self.display = False

    def show(self, job: Job, doing: str, again: str) -> None:
        """Show a job; `doing` says what it does, and `again` which key begins it anew."""
        words = job_words(job, doing, again)
        self.display = bool(words)
        self.set_class(job.error is not None, "-error")
        self.update(Text(words))


def job_words(job: Job, doing: str, again: str) -> str:
    """Write what a job does or came to; "" where it ended well, or was never begun.

    >>> from regplan.tui.jobs import Job
    >>> job_words(Job("fleet").begun("sites.csv"), "Planning", "x"), job_words(Job("fleet"), "Planning", "x")
    ('esc cancels · Planning…', '')
    """
    if job.busy:
        told = job.progress
        if not isinstance(told, Progress):
            return f"esc cancels · {doing}…"
        what = f" · {tidy(told.what)}" if told.what else ""
        return f"esc cancels · {doing}: {told.done:,} of {told.total:,} {told.unit}{what}"
    if job.error is not None:
        return f"✗ {job.error.message} {again}."
    return f"Cancelled · {again}" if job.cancelled else ""
