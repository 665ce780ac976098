"""Progress of a long call, in one line below its cell, which is gone when the cell has ended."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

from regplan.report.words import progress_words, tidy
from regplan.verbs.options import listen

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from regplan.model.progress import Progress

__all__ = ["ProgressLine", "hide_progress", "show_progress"]

# A call that is over sooner says nothing, and so its cell has the same outputs each time.
_PATIENCE_S: Final = 1.0
_EVERY_S: Final = 0.25


class ProgressLine:
    """Shows what it hears of a cell that runs for longer than a second; may be called from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._began_s: float | None = None
        self._said_s = 0.0
        self._handle: Any = None

    def begin(self, *_: object) -> None:
        """Begin to wait, with a cell."""
        with self._lock:
            self._began_s, self._handle = self._clock(), None

    def __call__(self, progress: Progress) -> None:
        """Say how far the work has come, four times a second at most."""
        with self._lock:
            now_s = self._clock()
            if self._began_s is None or now_s - self._began_s < _PATIENCE_S or now_s - self._said_s < _EVERY_S:
                return
            self._said_s = now_s
            self._put(tidy(progress_words(progress)))

    def end(self, *_: object) -> None:
        """Empty the line, with the end of a cell."""
        with self._lock:
            if self._handle is not None:
                self._put("")
            self._began_s, self._handle = None, None

    def _put(self, text: str) -> None:
        from IPython.display import display

        bundle = {"text/plain": text}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(bundle, raw=True)


def show_progress(ipython: InteractiveShell) -> None:
    """Let a shell show the progress of every long call of its cells."""
    hide_progress(ipython)
    line = ProgressLine()
    ipython.events.register("pre_run_cell", line.begin)
    ipython.events.register("post_run_cell", line.end)
    listen(line)
    # The cell that loads the extension is running already.
    line.begin()


def hide_progress(ipython: InteractiveShell) -> None:
    """Let a shell show no progress again."""
    listen(None)
    for event in ("pre_run_cell", "post_run_cell"):
        for each in list(ipython.events.callbacks[event]):
            if isinstance(getattr(each, "__self__", None), ProgressLine):
                ipython.events.unregister(event, each)
