"""Blocking calls in a thread that nobody waits for once they are no longer wanted."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["run_abandonable"]

_T = TypeVar("_T")


async def run_abandonable(do: Callable[[], _T]) -> _T:
    """Run a blocking call, and leave it to itself where the caller is cancelled: an interrupt waits for no time limit.

    Neither does the end of the process, which the threads of `anyio.to_thread` hold up.
    """
    future: Future[_T] = Future()
    # From now on it cannot be cancelled, so that the thread may always tell its end.
    future.set_running_or_notify_cancel()

    def work() -> None:
        try:
            future.set_result(do())
        except BaseException as error:  # noqa: BLE001  (it is raised where the call was made)
            future.set_exception(error)

    threading.Thread(target=work, name="regplan abandonable", daemon=True).start()
    return await asyncio.wrap_future(future)
