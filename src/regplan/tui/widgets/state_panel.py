"""What stands where a plan will stand: nothing open, resolving, failed or cancelled, always with the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

from regplan.report.words import MEANINGS, counted, marked, tidy
from regplan.tui.session import DEMO
from regplan.tui.text import bar, middle

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from regplan.model.plan import Plan
    from regplan.tui.session import Session

__all__ = ["StatePanel", "plan_words", "progress_words", "state_text"]

_BAR = 30


class StatePanel(VerticalScroll):
    """Says where the app stands and what to press next; long messages scroll."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(classes="pane")
        self.border_title = "Site"
        self._shown: Text | None = None

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield Static(markup=False)

    def show(self, session: Session) -> None:
        """Show the session."""
        self.set_class(session.error is not None, "-error")
        if (words := state_text(session)) != self._shown:
            self._shown = words
            self.query_one(Static).update(words)


def state_text(session: Session) -> Text:
    """Write the state of a session in a few lines."""
    if session.busy:
        lines = [progress_words(session), *_details(session), "", "esc cancels"]
        return Text("\n".join(lines))
    if session.error is not None:
        failed = f"✗ {_target_words(session)} could not be planned."
        return Text.assemble((failed, "bold"), f"\n\n{session.error.message}\n\n{session.error.next_step}")
    if session.study is not None:
        return plan_words(session.study.plan)
    if session.cancelled:
        return Text(
            f"Cancelled: {_target_words(session)} was not resolved.\n\nr tries again · o opens another site · d demo"
        )
    return Text("No site is open.\n\nd shows the demo · o opens a site file")


def plan_words(plan: Plan) -> Text:
    """Write what is open, and where to go on."""
    counts = plan.counts
    images = f"{counts.resolved} of {counted(counts.unique, 'image')} resolved"
    text = Text.assemble(
        (tidy(plan.site.name), "bold"), f"\n{marked(plan.verdict)}: {MEANINGS[plan.verdict]}\n{images}"
    )
    return text.append(f" · planned {tidy(plan.generated_at)}\n\n1 shows the verdict · 2 the layers")


def progress_words(session: Session) -> str:
    """Write how far resolving has come."""
    progress, target = session.progress, _target_words(session)
    if progress is None:
        return f"Resolving {target}…"
    return f"Resolving {target}: {progress.done:,} of {progress.total:,} {progress.unit}"


def _target_words(session: Session) -> str:
    """Write what is being opened."""
    if session.target == DEMO:
        return "the demo"
    return middle(tidy(session.target or ""), 48)


def _details(session: Session) -> list[str]:
    progress = session.progress
    if progress is None or progress.total < 1:
        return []
    drawn = bar(progress.done, progress.total, _BAR).replace("│", "░" if progress.done < progress.total else "▓")
    return [drawn, tidy(progress.what)]
