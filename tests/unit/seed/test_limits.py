"""The bucket, the stall watch and the pulls of Docker Hub: what each lets through, and when."""

from __future__ import annotations

from threading import Thread

import pytest

from regplan.model.limits import RateLimit
from regplan.seed.limits import HUB_WINDOW_S, HubBudget, RateLimiter, StallWatch

CAP_BPS = 15_000_000
CAP_BYTES_EACH_S = CAP_BPS // 8


def test_what_was_reserved_first_goes_first_and_the_rest_waits_its_turn() -> None:
    limiter = RateLimiter(8_000)

    assert [limiter.reserve(990, 0.0) for _ in range(2)] == pytest.approx([1.0, 2.0])


def test_what_was_not_sent_is_made_up_for_by_no_more_than_a_quarter_of_a_second() -> None:
    limiter = RateLimiter(8_000)
    limiter.reserve(990, 0.0)

    assert limiter.reserve(990, 100.0) == pytest.approx(0.75)


def test_a_pace_cannot_be_saved_up_before_the_start() -> None:
    assert RateLimiter(8_000).reserve(990, 1_000_000.0) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("max_bps", "size"),
    [(8_000, 2**10), (CAP_BPS, 92_812), (10**10, 2**18)],
    ids=["no smaller than a packet", "a twentieth of a second", "no larger than a buffer"],
)
def test_a_piece_is_short_in_time_and_neither_tiny_nor_large(max_bps: int, size: int) -> None:
    assert RateLimiter(max_bps).piece_bytes == size


@pytest.mark.parametrize(
    ("max_bps", "size"),
    [(8_000, 2**15), (CAP_BPS, 92_812), (60_000_000, 2**18), (10**9, None)],
    ids=["no less than TCP needs", "a twentieth of a second", "no more than a buffer", "no matter"],
)
def test_how_much_comes_ahead_of_who_reads_it_is_little_of_a_minute(max_bps: int, size: int | None) -> None:
    assert RateLimiter(max_bps).ahead_bytes == size


def test_threads_together_get_no_more_than_one_alone() -> None:
    limiter = RateLimiter(8_000_000)
    threads = [Thread(target=lambda: [limiter.reserve(1_000, 0.0) for _ in range(250)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert limiter.reserve(0, 0.0) == pytest.approx(1_000_000 / 990_000)


def test_a_stream_that_gives_less_than_the_least_for_as_long_as_one_is_patient_has_stalled() -> None:
    watch = StallWatch(min_bps=8_000, patience_s=10)
    for second in range(30):
        watch.note(2_000, float(second))
        assert not watch.is_stalled(float(second))

    assert not watch.is_stalled(33.0)
    assert watch.is_stalled(36.0)


def test_a_stream_has_its_whole_patience_before_its_first_byte() -> None:
    watch = StallWatch(min_bps=8_000, patience_s=10)

    assert not watch.is_stalled(1_000.0)
    watch.note(0, 1_000.0)
    assert not watch.is_stalled(1_009.0)
    assert watch.is_stalled(1_010.0)


def test_the_time_in_which_we_held_a_stream_ourselves_is_not_its_fault() -> None:
    watch = StallWatch(min_bps=8_000, patience_s=10)
    watch.note(5_000, 0.0)
    watch.excuse(3600.0)

    assert not watch.is_stalled(3_605.0)
    assert watch.is_stalled(3_611.0)


def test_a_slow_stream_above_the_least_is_borne_however_long_it_takes() -> None:
    watch = StallWatch(min_bps=8_000, patience_s=10)

    for second in range(10_000):
        watch.note(1_100, float(second))
        assert not watch.is_stalled(float(second))


def test_a_budget_gives_as_many_pulls_as_it_has_in_each_window() -> None:
    budget = HubBudget(2, 100.0)

    assert [budget.take(now) for now in (0.0, 10.0, 20.0)] == [0.0, 0.0, 80.0]
    assert [budget.take(now) for now in (99.0, 100.0, 105.0, 110.0)] == [1.0, 0.0, 5.0, 0.0]


def test_a_budget_waits_while_the_registry_says_that_nothing_is_left() -> None:
    budget = HubBudget(100)
    budget.told(RateLimit("docker.io", 100, 0, 600), 10.0)

    assert budget.take(11.0) == 599.0
    budget.told(RateLimit("docker.io", 100, 3, 600), 300.0)
    assert budget.take(300.0) == 0.0


def test_a_refusal_is_waited_out_as_long_as_asked_or_for_the_window() -> None:
    budget = HubBudget(100)
    budget.refused(0.0, 60.0)
    assert budget.take(1.0) == 59.0
    budget.refused(0.0)
    assert budget.take(1.0) == HUB_WINDOW_S - 1
