"""Blocking calls into the async core, which also work inside a running event loop such as Jupyter's."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

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
            return future.result()
        except BaseException:
            future.cancel()
            raise


def from_worker(report: Report | None) -> Report | None:
    """Give a report that a worker thread may call: it is heard in the thread of the loop, as all others are."""
    if report is None:
        return None
    from anyio import from_thread

    def tell(progress: Progress) -> None:
        from_thread.run_sync(report, progress)

    return tell
