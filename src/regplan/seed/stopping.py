"""Being asked to stop: once, so that what is under way ends; twice, so that it is cut off."""

from __future__ import annotations

import threading

__all__ = ["Stop"]


class Stop:
    """A request to stop that any thread may make, a signal handler too; the run looks at it several times a second."""

    def __init__(self) -> None:
        """Ask for nothing yet."""
        self._asked, self._now = threading.Event(), threading.Event()

    @property
    def asked(self) -> bool:
        """Whether nothing new is to be begun; what is under way ends."""
        return self._asked.is_set()

    @property
    def now(self) -> bool:
        """Whether what is under way is to be cut off too."""
        return self._now.is_set()

    def ask(self) -> None:
        """Ask to stop; who asks a second time means now."""
        if self._asked.is_set():
            self._now.set()
        self._asked.set()
