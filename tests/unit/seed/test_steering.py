"""A run that is steered under way: held and let go, under another cap, in other hours; what of it is told, and what moves."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest

from regplan.model.windows import Windows
from regplan.plan.seeding import plan_seed
from regplan.seed.limits import RateLimiter
from regplan.seed.listening import Listener
from regplan.seed.runlog import RunLog
from regplan.seed.runner import Settings, apply_seed, survey_plan
from regplan.seed.steering import Steering
from unit.seed.samples import MemorySource, MemoryTarget, entry, inventory, make_image

if TYPE_CHECKING:
    from regplan.model.seed import SeedResult
    from regplan.seed.steps import Step

pytestmark = pytest.mark.anyio

NOON_S = 1_793_448_000.0  # 2026-10-31 12:00 UTC
LARGE = bytes(range(256)) * 4096  # more than a small blob: it goes through a worker thread, piece by piece


class Telling(Listener):
    """Keeps why nothing moved, and does something as soon as the first step is begun."""

    def __init__(self, first: object = None) -> None:
        self.waits: list[tuple[str, float]] = []
        self.begun: list[float] = []
        self.first = first

    def waiting(self, why: str, until_s: float) -> None:
        self.waits.append((why, until_s))

    def started(self, _: Step) -> None:
        self.begun.append(time.monotonic())
        if callable(self.first) and len(self.begun) == 1:
            self.first()


async def seed(images: int, settings: Settings, size: int = 40) -> tuple[SeedResult, MemoryTarget]:
    """Seed so many images of one layer each."""
    made = [make_image([bytes([number]) + LARGE[: size - 1]], str(number)) for number in range(images)]
    plan = plan_seed(inventory(*(entry(f"app{n}:1", image) for n, (image, _) in enumerate(made))), "t", "p", "plain")
    blobs = MemorySource({digest: data for _, parts in made for digest, data in parts.items()}, chunk=2**18)
    target = MemoryTarget()
    return await apply_seed(await survey_plan(plan, target), blobs, target, settings), target


async def test_a_run_that_is_held_begins_nothing_says_why_and_goes_on_to_the_end_when_it_is_let_go() -> None:
    steering, log, telling = Steering(), RunLog(), Telling()
    steering.hold()
    results: list[SeedResult] = []

    async def run() -> None:
        results.append((await seed(3, Settings(steering=steering, listeners=(log, telling))))[0])

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        await anyio.sleep(0.4)
        held = log.snapshot()
        begun = len(telling.begun)
        steering.go_on()

    assert begun == 0
    assert (held.waits, held.wire_bytes) == ("held by the user", 0)
    assert results[0].verified
    assert [why for why, _ in telling.waits] == ["held by the user", ""]
    assert telling.waits[0][1] == float("inf")
    assert [(wait.why, wait.seconds > 0.2) for wait in log.record().waits] == [("held by the user", True)]


async def test_what_is_under_way_when_a_run_is_held_stops_where_it_is_and_is_taken_again_after_its_grace() -> None:
    steering = Steering(max_bps=4_000_000)
    telling = Telling(first=steering.hold)
    log = RunLog()
    settings = Settings(steering=steering, limiter=steering.limiter, listeners=(telling, log), grace_s=0.2)
    threading.Timer(0.9, steering.go_on).start()

    result, _ = await seed(1, settings, len(LARGE))

    assert result.verified
    assert result.done.uploaded_bytes > len(LARGE)
    # Nothing was begun between the hold and the end of it, and then the same blob once more.
    gaps = [after - before for before, after in zip(telling.begun, telling.begun[1:], strict=False)]
    assert max(gaps) > 0.6
    assert log.record().retries == 0


async def test_a_cap_that_is_lifted_under_way_lets_what_waits_go_at_once() -> None:
    # 1 MB at 80 kbit/s takes more than a minute and a half.
    steering = Steering(max_bps=80_000)
    settings = Settings(steering=steering, limiter=steering.limiter)
    threading.Timer(0.4, steering.limit, (None,)).start()
    begun_s = time.monotonic()

    with anyio.fail_after(20):
        result, _ = await seed(1, settings, len(LARGE))

    assert result.verified
    assert 0.4 < time.monotonic() - begun_s < 10


async def test_a_cap_that_is_set_under_way_holds_from_then_on() -> None:
    steering = Steering()
    telling = Telling(first=lambda: steering.limit(4_000_000))
    begun_s = time.monotonic()

    result, _ = await seed(2, Settings(steering=steering, limiter=steering.limiter, listeners=(telling,)), len(LARGE))

    assert result.verified
    # 2 MiB at 0.99 of 4 Mbit/s, but for what went before the cap.
    assert time.monotonic() - begun_s > 2.5


async def test_hours_that_are_set_under_way_hold_the_run_until_they_are_taken_back() -> None:
    night = Windows.parse("22:00-05:00", "UTC")
    steering, telling = Steering(windows=night), Telling()
    threading.Timer(0.5, steering.keep_to, (None,)).start()
    begun_s = time.monotonic()

    result, _ = await seed(2, Settings(steering=steering, listeners=(telling,), date=lambda: NOON_S))

    assert result.verified
    assert [why for why, _ in telling.waits] == ["outside the hours 22:00-05:00 (UTC)", ""]
    assert telling.waits[0][1] - begun_s == pytest.approx(10 * 3600, abs=5)
    assert telling.begun[0] - begun_s > 0.4


async def test_who_lets_go_of_a_held_run_outside_its_hours_is_told_of_the_hours() -> None:
    steering, telling = Steering(windows=Windows.parse("22:00-05:00", "UTC")), Telling()
    steering.hold()
    threading.Timer(0.3, steering.go_on).start()
    threading.Timer(0.7, steering.keep_to, (None,)).start()

    result, _ = await seed(1, Settings(steering=steering, listeners=(telling,), date=lambda: NOON_S))

    assert result.verified
    assert [why for why, _ in telling.waits] == ["held by the user", "outside the hours 22:00-05:00 (UTC)", ""]


def test_what_is_reserved_when_the_cap_changes_takes_its_time_at_the_new_one() -> None:
    limiter = RateLimiter(8_000)
    assert limiter.reserve(9_900, 0.0) == pytest.approx(10.0)

    limiter.change(16_000, 2.0)

    # 8 of 10 seconds were left, which are 4 at twice the rate; 990 more bytes take half a second.
    assert limiter.reserve(990, 2.0) == pytest.approx(4.5)


def test_a_wait_is_parted_and_what_is_left_of_it_goes_by_the_new_cap() -> None:
    limiter = RateLimiter(8_000)
    waited: list[float] = []
    for slice_s in limiter.slices(limiter.reserve(1_980, 0.0)):
        waited.append(slice_s)
        if len(waited) == 2:
            limiter.change(32_000, 1.0)

    # A second of two has passed, and the second one takes a quarter.
    assert waited == [pytest.approx(each) for each in (0.5, 0.5, 0.25)]


def test_without_a_cap_nothing_waits_and_one_that_is_lifted_forgets_what_was_reserved() -> None:
    limiter = RateLimiter(None)
    assert limiter.reserve(10**12, 0.0) == 0.0
    assert (limiter.piece_bytes, limiter.ahead_bytes) == (2**18, None)

    limiter.change(8_000, 5.0)
    assert limiter.reserve(990, 5.0) == pytest.approx(0.75)
    limiter.change(None, 5.0)
    assert limiter.reserve(990, 5.0) == 0.0


def test_a_steering_counts_its_changes_so_that_a_run_sees_each() -> None:
    steering = Steering(clock=lambda: 0.0)
    for change in (steering.hold, steering.go_on, lambda: steering.limit(1), lambda: steering.keep_to(None)):
        before = steering.changes
        change()
        assert steering.changes == before + 1
    assert replace(Settings(), steering=steering).steering is steering
