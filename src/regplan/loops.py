"""Async functions where there is an event loop, and where there is none because nothing is waited for (ADR 0024).

What lies on this machine's disk answers at once. A plan of a recording then needs neither a loop nor the libraries that
make one, which take longer to load than the plan.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from typing import Any

    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

__all__ = [
    "Pumped",
    "aside",
    "closing_stream",
    "in_thread",
    "is_looping",
    "lock",
    "pumped",
    "run_here",
    "together",
    "within",
]

Result = TypeVar("Result")
Item = TypeVar("Item")


def is_looping() -> bool:
    """Tell whether an event loop runs in this thread."""
    asyncio: Any = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None  # noqa: SLF001  as sniffio asks it


def closing_stream(chunks: AsyncIterator[bytes]) -> AbstractAsyncContextManager[object]:
    """End a stream where its reader stops, and not when it is collected, which is in another task."""
    return aclosing(chunks) if isinstance(chunks, AsyncGenerator) else nullcontext()


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


async def in_thread(function: Callable[[], Result], *cuts: Callable[[], object]) -> Result:
    """Call what moves many bytes in a worker thread; cancelled, `cuts` are called, which must make it end at once.

    There are always threads enough, so that one may wait for another.
    """
    import anyio
    from anyio import lowlevel, to_thread

    ended: list[Result] = []
    failed: list[Exception] = []

    async def watch() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            for cut in () if ended or failed else cuts:
                cut()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        # The watch must have begun, or nobody would cut.
        await lowlevel.checkpoint()
        try:
            ended.append(await to_thread.run_sync(function, limiter=anyio.CapacityLimiter(1)))
        except Exception as error:  # noqa: BLE001  (it is raised below, outside the group, which would wrap it)
            failed.append(error)
        tasks.cancel_scope.cancel()
    await lowlevel.checkpoint_if_cancelled()
    if failed:
        raise failed[0]
    return ended[0]


class Pumped:
    """Chunks that a task of the loop reads, one ahead, and that a worker thread of the loop takes."""

    def __init__(self, first: bytes, rest: MemoryObjectReceiveStream[bytes | Exception]) -> None:
        """Give `first`, then what comes."""
        self._first, self._rest = first, rest

    def __iter__(self) -> Iterator[bytes]:
        """Give the chunks; what the reading raised is raised here."""
        from anyio import EndOfStream, from_thread

        if self._first:
            yield self._first
        while True:
            try:
                said = from_thread.run(self._rest.receive)
            except EndOfStream:
                return
            if isinstance(said, Exception):
                raise said
            yield said

    def cut(self) -> None:
        """Whoever waits for the loop is woken by it."""


@asynccontextmanager
async def pumped(chunks: AsyncIterator[bytes]) -> AsyncIterator[Pumped]:
    """Read `chunks` in this task's loop for a worker thread, to their end or that of this block.

    What is raised before the first of them is raised here, and what is raised in the block comes out as it is.
    """
    import anyio

    failed: list[Exception] = []
    send, receive = anyio.create_memory_object_stream[bytes | Exception](1)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(closing_stream(chunks))
        first = await anext(chunks, b"")
        tasks = await stack.enter_async_context(anyio.create_task_group())
        tasks.start_soon(_pump, chunks, send)
        try:
            yield Pumped(first, receive)
        except Exception as error:  # noqa: BLE001  (it is raised below, outside the group, which would wrap it)
            failed.append(error)
        finally:
            tasks.cancel_scope.cancel()
            receive.close()
    if failed:
        raise failed[0]


async def _pump(chunks: AsyncIterator[bytes], send: MemoryObjectSendStream[bytes | Exception]) -> None:
    async with send:
        try:
            async for chunk in chunks:
                await send.send(chunk)
        except Exception as error:  # noqa: BLE001  (it is raised where the chunks are taken)
            await send.send(error)
