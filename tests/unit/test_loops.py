from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import anyio
import pytest

from regplan.loops import aside, is_looping, lock, pumped, run_here, together, within

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator


async def threads_of_both() -> tuple[int, int]:
    return threading.get_ident(), await aside(threading.get_ident)


def test_without_a_loop_everything_happens_here_and_in_order() -> None:
    seen: list[int] = []

    async def look(number: int) -> None:
        async with lock():
            with within(1.0):
                seen.append(number)

    async def all_of_them() -> int:
        await together(look, range(5), str, (1, 1))
        return len(seen)

    assert run_here(all_of_them) == 5
    assert seen == [0, 1, 2, 3, 4]
    here, there = run_here(threads_of_both)
    assert here == there == threading.get_ident()


def test_with_a_loop_what_takes_a_while_has_a_thread_of_its_own() -> None:
    here, there = anyio.run(threads_of_both)

    assert here == threading.get_ident()
    assert there != here


def test_with_a_loop_no_more_run_at_once_than_are_allowed_of_one_place_and_of_all() -> None:
    running, most = {"a": 0, "b": 0}, {"a": 0, "b": 0, "all": 0}

    async def look(item: tuple[str, int]) -> None:
        place = item[0]
        running[place] += 1
        most[place] = max(most[place], running[place])
        most["all"] = max(most["all"], sum(running.values()))
        await anyio.sleep(0.001)
        running[place] -= 1

    async def all_of_them() -> None:
        items = [(place, number) for number in range(8) for place in "ab"]
        await together(look, items, lambda item: item[0], (2, 3))

    anyio.run(all_of_them)

    assert most == {"a": 2, "b": 2, "all": 3}


def test_what_waits_is_refused_without_a_loop() -> None:
    async def waits() -> None:
        await _Waiting()

    with pytest.raises(RuntimeError, match="needs an event loop"):
        run_here(waits)


def test_what_is_raised_while_chunks_are_pumped_comes_out_as_it_is() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for number in range(100):
            yield bytes([number])

    async def fails() -> None:
        async with pumped(chunks()) as pipe:
            await anyio.to_thread.run_sync(lambda: next(iter(pipe)))
            raise KeyError("a")

    with pytest.raises(KeyError):
        anyio.run(fails)


def test_a_loop_is_seen_only_where_it_runs() -> None:
    async def look() -> tuple[bool, bool]:
        return is_looping(), await anyio.to_thread.run_sync(is_looping)

    assert not is_looping()
    assert anyio.run(look) == (True, False)


def test_what_is_raised_comes_out() -> None:
    async def fails() -> None:
        raise KeyError("a")

    with pytest.raises(KeyError):
        run_here(fails)


class _Waiting:
    def __await__(self) -> Generator[None, None, None]:
        yield
