"""Waiting for a pull, where a run may make only so many in a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.registry.wire import retry_after_s

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from regplan.registry.ask import Ask
    from regplan.registry.pool import Surroundings
    from regplan.registry.wire import Answer

__all__ = ["is_out_of_pulls", "wait_for_pull"]

_LOOK_EVERY_S: Final = 300.0


async def wait_for_pull(world: Surroundings, host: str, ask: Ask, look: Callable[[], Awaitable[None]]) -> None:
    """Wait until `ask` may be asked, if it is a pull; `look` asks now and then whether that may be sooner than told."""
    while world.pulls is not None and ask.is_pull and (wait_s := world.pulls.take(host, world.clock())):
        await world.sleep(min(wait_s, _LOOK_EVERY_S))
        if world.pulls.is_told_none(host, world.clock()):
            await look()


def is_out_of_pulls(world: Surroundings, host: str, ask: Ask, answer: Answer) -> bool:
    """Tell whether an answer refuses a pull that is to be waited for, and note how long it asks to wait."""
    if world.pulls is None or not ask.is_pull or answer.status != 429:
        return False
    return world.pulls.refused(host, world.clock(), retry_after_s(answer.headers, world.date()))
