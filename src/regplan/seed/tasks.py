"""Many small tasks at once, with the first failure raised as it is and not in a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import anyio

from regplan.errors import RegplanError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

__all__ = ["each"]

T = TypeVar("T")


async def each(do: Callable[[T], Awaitable[None]], items: Iterable[T], at_once: int) -> None:
    """Do `do` for every item, `at_once` at a time; the first `RegplanError` cancels the others and is raised."""
    places = anyio.Semaphore(at_once)
    failures: list[RegplanError] = []

    async def one(item: T) -> None:
        async with places:
            try:
                await do(item)
            except RegplanError as error:
                failures.append(error)
                tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for item in items:
            tasks.start_soon(one, item)
    if failures:
        raise failures[0]
