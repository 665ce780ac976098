"""A capped stream: what comes ahead of who reads it is paid for before it is asked for, and no byte twice."""

from __future__ import annotations

from threading import Event

import pytest

from regplan.seed.flow import Flow, Gate
from regplan.seed.limits import RateLimiter
from regplan.seed.settings import Settings

pytestmark = pytest.mark.anyio
CAP_BPS = 800_000
BYTES_EACH_S = 99_000
PIECE = 4_950  # a twentieth of a second of that
AHEAD = 2**15


class Bucket:
    """A cap in a world whose clock stands still, so that what was reserved is what one would have to wait for."""

    def __init__(self) -> None:
        self.limiter = RateLimiter(CAP_BPS)
        self.waits: list[float] = []
        self.flow = Flow(Settings(limiter=self.limiter, clock=lambda: 0.0, sleep=self._sleep), Gate(), lambda _: None)

    @property
    def paid_bytes(self) -> int:
        return round(self.limiter.reserve(0, 0.0) * BYTES_EACH_S)

    async def _sleep(self, wait_s: float) -> None:
        self.waits.append(wait_s)


class Unhurried(Event):
    """A cut that never comes, waited for in no time."""

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002
        return False


async def test_what_a_system_may_take_ahead_is_paid_for_before_a_stream_is_asked_for() -> None:
    bucket = Bucket()
    await bucket.flow.admit_ahead(1_000_000)

    assert bucket.paid_bytes == AHEAD + PIECE
    assert bucket.waits == [pytest.approx((AHEAD + PIECE) / BYTES_EACH_S)]


@pytest.mark.parametrize("size", [1, PIECE, AHEAD + PIECE, 100_000])
async def test_every_byte_of_a_stream_is_paid_for_once(size: int) -> None:
    bucket = Bucket()
    await bucket.flow.admit_ahead(size)
    for _ in range(size // 1_000):
        bucket.flow.admit(1_000, Unhurried())
    bucket.flow.admit(size % 1_000, Unhurried())

    assert bucket.paid_bytes == size


async def test_a_stream_that_is_sent_once_more_is_paid_for_once_more() -> None:
    bucket = Bucket()
    for _ in range(2):
        await bucket.flow.admit_ahead(50_000)
        for _ in range(50):
            bucket.flow.admit(1_000, Unhurried())

    assert bucket.paid_bytes == 100_000
