"""Long work in threads: what computes there holds up no key press, and a cancel reaches it."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

__all__ = ["Newest", "in_thread"]

Result = TypeVar("Result")
News = TypeVar("News")
# What was cancelled is given so long to put its things away; what computes on ends unheard.
_PARTING_S: Final = 2.0


async def in_thread(function: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run an async function in a thread with a loop of its own; a cancel of the caller cancels it there."""
    work = _Work(function)
    threading.Thread(target=contextvars.copy_context().run, args=(work.run,), name="regplan-work", daemon=True).start()
    try:
        return await asyncio.shield(work.result)
    except asyncio.CancelledError:
        work.cancel()
        await asyncio.wait([work.result], timeout=_PARTING_S)
        raise


class _Work(Generic[Result]):
    """What runs in a thread, and the future of the loop that waits for it."""

    def __init__(self, function: Callable[[], Coroutine[Any, Any, Result]]) -> None:
        self._function = function
        self._here = asyncio.get_running_loop()
        self._there: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None
        self._is_cancelled = False
        self.result: asyncio.Future[Result] = self._here.create_future()
        self.result.add_done_callback(lambda done: done.cancelled() or done.exception())  # heard, whoever waits

    def run(self) -> None:
        """Run it to its end, in a thread."""
        try:
            result = asyncio.run(self._main())
        except asyncio.CancelledError:
            self._tell(self.result.cancel)
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            self._tell(self.result.set_exception, error)
        else:
            self._tell(self.result.set_result, result)

    async def _main(self) -> Result:
        task = asyncio.current_task()
        if task is not None:
            self._there = (asyncio.get_running_loop(), task)
        if self._is_cancelled:
            raise asyncio.CancelledError
        return await self._function()

    def cancel(self) -> None:
        """Cancel it, from the loop that waits."""
        self._is_cancelled = True
        if self._there is not None:
            loop, task = self._there
            with suppress(RuntimeError):  # it has ended
                loop.call_soon_threadsafe(task.cancel)

    def _tell(self, call: Callable[..., object], *values: object) -> None:
        with suppress(RuntimeError):  # the loop that waited has ended
            self._here.call_soon_threadsafe(call, *values)


class Newest(Generic[News]):
    """The newest of many news: `put` by any thread, and told once however many came before somebody looked."""

    def __init__(self, tell: Callable[[Newest[News]], object]) -> None:
        """Take what is called when there are news that nobody was told of."""
        self._tell = tell
        self._lock = threading.Lock()
        self._waiting: list[News] = []

    def put(self, news: News) -> None:
        """Put the newest in the place of the one before."""
        with self._lock:
            is_known, self._waiting = bool(self._waiting), [news]
        if not is_known:
            self._tell(self)

    def take(self) -> News | None:
        """Take the newest away; None where it was taken already."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        return waiting[0] if waiting else None
