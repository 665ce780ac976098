"""Blocking calls into the async core, which also work inside a running event loop such as Jupyter's."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future

    from regplan.model.progress import Progress, Report

__all__ = ["from_worker", "run_blocking"]

Result = TypeVar("Result")


def run_blocking(function: Callable[[], Awaitable[Result]]) -> Result:
    """Run an async function to its end in a thread with a loop of its own, and hand on what it returns or raises.

    An interrupt cancels the work before it is raised.
    """
    from anyio.from_thread import start_blocking_portal

    with start_blocking_portal() as portal:
        future = portal.start_task_soon(function)
        try:
            return _awaited(future)
        except BaseException:
            future.cancel()
            raise


def _awaited(future: Future[Result], each_s: float | None = 0.25 if sys.platform == "win32" else None) -> Result:
    """Wait for a result; a signal gets through at once, on Windows between two looks: a lock there lets none through."""
    while True:
        try:
            return future.result(each_s)
        except TimeoutError:
            # What the work itself raised is the result.
            if future.done():
                raise


def from_worker(report: Report | None) -> Report | None:
    """Give a report that a worker thread may call: it is heard in the thread of the running loop, as all others are.

    What a thread tells that nobody waits for any more is heard by nobody.
    """
    if report is None:
        return None
    import asyncio

    loop = asyncio.get_running_loop()

    def tell(progress: Progress) -> None:
        # A loop that has ended takes nothing.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(report, progress)

    return tell
