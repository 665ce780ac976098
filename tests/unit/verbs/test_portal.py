"""What a blocking call waits for, and hands on."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future

import pytest

from regplan.verbs.portal import _awaited, run_blocking


def test_a_result_that_takes_longer_than_one_look_is_waited_for() -> None:
    future: Future[int] = Future()
    threading.Timer(0.1, future.set_result, (7,)).start()

    assert _awaited(future, 0.02) == 7


def test_a_timeout_of_the_work_itself_is_what_comes_of_it() -> None:
    async def late() -> None:
        raise TimeoutError("the work's own")

    with pytest.raises(TimeoutError, match="the work's own"):
        run_blocking(late)
    future: Future[int] = Future()
    future.set_exception(TimeoutError("the work's own"))
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="the work's own"):
        _awaited(future, 0.02)
    assert time.monotonic() - began < 10
