"""One line under the status line, there only while a reload runs or after it came to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from regplan.tui.widgets.state_panel import progress_words

if TYPE_CHECKING:
    from regplan.tui.session import Session

__all__ = ["Notice", "notice_words"]


class Notice(Static):
    """Says what is going on while an older plan is still on the screen."""

    def __init__(self) -> None:
        """Start hidden."""
        super().__init__(markup=False)
        self.display = False
        self._shown = ""

    def show(self, session: Session) -> None:
        """Show the session's news, if a plan is on the screen that they are about."""
        words = notice_words(session) if session.study is not None else ""
        self.display = bool(words)
        self.set_class(session.error is not None, "-error")
        if words != self._shown:
            self._shown = words
            self.update(Text(words, no_wrap=True, overflow="ellipsis"))


def notice_words(session: Session) -> str:
    """Write what a reload is doing, or why the plan on the screen is an older one."""
    if session.busy:
        return f"esc cancels · {progress_words(session)}"
    if session.error is not None:
        return f"✗ Reload failed, this is the plan from before, 0 tells why: {session.error.message.splitlines()[0]}"
    return "Cancelled, this is the plan from before · r reloads" if session.cancelled else ""
