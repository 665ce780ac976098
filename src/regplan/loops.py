"""Async functions where there is an event loop, and where there is none because nothing is waited for (ADR 0024).

What lies on this machine's disk answers at once. A plan of a recording then needs neither a loop nor the libraries that
make one, which take longer to load than the plan.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from typing import Any

__all__ = ["aside", "is_looping", "lock", "run_here", "together", "within"]

Result = TypeVar("Result")
Item = TypeVar("Item")


def is_looping() -> bool:
    """Tell whether an event loop runs in this thread."""
    asyncio: Any = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None  # noqa: SLF001  as sniffio asks it


def run_here(function: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run an async function that waits for nothing to its end, without a loop.

    Raises `RuntimeError` where it does wait.
    """
    running = function()
    try:
        running.send(None)
    except StopIteration as end:
        told: Result = end.value
        return told
    running.close()
    raise RuntimeError("this waits for something, and needs an event loop")


async def aside(function: Callable[..., Result], *arguments: object) -> Result:
    """Call what takes a while in a worker thread, so that a screen that waits stays alive; without a loop, here."""
    if not is_looping():
        return function(*arguments)
    from anyio import to_thread

    return await to_thread.run_sync(function, *arguments)


async def together(
    function: Callable[[Item], Awaitable[None]],
    items: Iterable[Item],
    place: Callable[[Item], str],
    most: tuple[int, int],
) -> None:
    """Call an async function for every item, at most `most` of one place and of all at once; without a loop, in order."""
    if not is_looping():
        for item in items:
            await function(item)
        return
    import anyio

    of_place, of_all = most
    everywhere = anyio.CapacityLimiter(of_all)
    there: dict[str, anyio.CapacityLimiter] = {}

    async def one(item: Item) -> None:
        async with there[place(item)], everywhere:
            await function(item)

    async with anyio.create_task_group() as tasks:
        for item in items:
            there.setdefault(place(item), anyio.CapacityLimiter(of_place))
            tasks.start_soon(one, item)


def within(seconds: float) -> AbstractContextManager[object]:
    """Leave a block after so long; without a loop nothing in it is waited for."""
    if not is_looping():
        return nullcontext()
    import anyio

    return anyio.move_on_after(seconds)


def lock() -> AbstractAsyncContextManager[object]:
    """Make a lock for those who wait for the same answer; without a loop there is one alone, who does not wait."""
    if not is_looping():
        return nullcontext()
    import anyio

    return anyio.Lock(fast_acquire=True)
