"""Ctrl-C, SIGTERM and SIGHUP while a seeding runs: once lets end what is under way, twice cuts it off.

Before anything is written an interrupt is one as everywhere. What a handler does is little: whoever shows progress tells
the user, since a handler that writes may cut into what is being written.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from regplan.cli.exitcodes import ExitCode
from regplan.seed.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    _Handler = Callable[[int, FrameType | None], object] | int | signal.Handlers

__all__ = ["GRACE_S", "stoppable"]

GRACE_S: Final = 10.0
# What does not end even then, such as a call into the system that takes no notice, ends with the process.
_CUT_S: Final = 3.0


@contextmanager
def stoppable(has_begun: Callable[[], bool]) -> Iterator[Stop]:
    """Yield a stop that the signals of this block ask for; `has_begun` tells whether anything may have been written."""
    stop, timers = Stop(), list[threading.Timer]()

    def later(seconds: float, do: Callable[[], object]) -> None:
        timer = threading.Timer(seconds, do)
        timer.daemon = True
        timers.append(timer)
        timer.start()

    def cut() -> None:
        if not stop.now:
            stop.ask()

    def interrupted(_: int, __: FrameType | None) -> None:
        if not has_begun():
            stop.ask()
            raise KeyboardInterrupt
        if not stop.asked:
            later(GRACE_S, cut)
        elif not stop.now:
            later(_CUT_S, lambda: os._exit(ExitCode.INTERRUPTED))
        stop.ask()

    restore = [(number, _handle(number, interrupted)) for number in _signals()]
    try:
        yield stop
    finally:
        for timer in timers:
            timer.cancel()
        for number, before in restore:
            with suppress(ValueError):
                signal.signal(number, before)


def _signals() -> tuple[signal.Signals, ...]:
    """Name what asks to stop on this system; only the main thread of a process may listen."""
    if threading.current_thread() is not threading.main_thread():
        return ()
    wanted = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    return tuple(signal.Signals[name] for name in wanted if name in signal.Signals.__members__)


def _handle(number: signal.Signals, do: Callable[[int, FrameType | None], None]) -> _Handler:
    """Listen to a signal, unless whoever started us has it ignored; tell what listened before."""
    before = signal.getsignal(number)
    if before is not signal.SIG_IGN:
        signal.signal(number, do)
    return signal.SIG_DFL if before is None else before
