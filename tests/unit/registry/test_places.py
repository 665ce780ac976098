from __future__ import annotations

import anyio
import pytest
from anyio import lowlevel

from regplan.registry.places import Places

pytestmark = pytest.mark.anyio


async def test_no_more_hold_a_place_than_there_are_and_all_get_one_in_turn() -> None:
    places, holding, most, order = Places(3), 0, 0, []

    async def hold(number: int) -> None:
        nonlocal holding, most
        place = await places.take()
        holding += 1
        most = max(most, holding)
        order.append(number)
        await lowlevel.checkpoint()
        holding -= 1
        places.leave(place)

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(hold, number)

    assert (most, order) == (3, list(range(20)))


async def test_the_place_that_was_left_last_is_taken_first() -> None:
    places = Places(3)
    first, second = await places.take(), await places.take()
    places.leave(first)
    places.leave(second)

    assert await places.take() == second


async def test_whoever_waits_is_let_in_where_there_come_to_be_more_places() -> None:
    places, got = Places(1), []

    async def take() -> None:
        got.append(await places.take())

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(take)
        await anyio.wait_all_tasks_blocked()
        assert len(got) == 1
        places.widen(3)
        places.widen(2)

    assert len(set(got)) == 3


async def test_a_place_is_not_lost_with_one_who_waited_and_was_cancelled() -> None:
    places = Places(1)
    place = await places.take()
    scope = anyio.CancelScope()

    async def wait() -> None:
        with scope:
            places.leave(await places.take())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        scope.cancel()
    places.leave(place)
    assert await places.take() == place

    # And where it was handed over in the same moment.
    scope = anyio.CancelScope()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        scope.cancel()
        places.leave(place)
    with anyio.fail_after(1):
        await places.take()
