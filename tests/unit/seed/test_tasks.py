from __future__ import annotations

import anyio
import pytest

from regplan.errors import NotFound
from regplan.seed.tasks import each

pytestmark = pytest.mark.anyio


async def test_all_is_done_so_many_at_a_time() -> None:
    done, most, now = [], 0, 0

    async def work(number: int) -> None:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await anyio.lowlevel.checkpoint()
        now -= 1
        done.append(number)

    await each(work, range(20), at_once=3)

    assert sorted(done) == list(range(20))
    assert most == 3


async def test_the_first_error_of_ours_ends_the_others_and_comes_alone() -> None:
    async def work(number: int) -> None:
        if number == 2:
            raise NotFound("two")
        await anyio.sleep(60)

    with anyio.fail_after(10), pytest.raises(NotFound, match="two"):
        await each(work, range(5), at_once=5)
