"""Intervals hold what is as often as they say."""

from __future__ import annotations

import math
import random

import pytest

from regplan.sim.chance.intervals import (
    Interval,
    mean_interval,
    percentile_interval,
    percentile_ranks,
    ratio_interval,
    student,
)
from regplan.sim.chance.summary import Pairs, Summary

# From the printed tables of the t distribution (two-sided).
TABLE = {
    (0.95, 1): 12.706,
    (0.95, 2): 4.303,
    (0.95, 5): 2.571,
    (0.95, 9): 2.262,
    (0.95, 30): 2.042,
    (0.95, 120): 1.980,
    (0.99, 10): 3.169,
    (0.90, 15): 1.753,
    (0.99, 1000): 2.581,
    (0.95, 1000): 1.962,
}


@pytest.mark.parametrize(("confidence", "freedom"), TABLE)
def test_quantiles_of_t_are_those_of_the_tables(confidence: float, freedom: int) -> None:
    assert student(confidence, freedom) == pytest.approx(TABLE[confidence, freedom], abs=5.1e-4)


def test_the_expansion_for_many_goes_on_where_the_finite_sums_end() -> None:
    steps = [student(0.95, freedom) - student(0.95, freedom + 1) for freedom in range(195, 206)]

    assert steps == sorted(steps, reverse=True)
    assert steps[0] < 1.05 * steps[-1] * (206 / 195) ** 2


@pytest.mark.parametrize(("count", "share"), [(10, 0.5), (100, 0.5), (59, 0.95), (200, 0.95), (1000, 0.1)])
def test_ranks_are_the_narrowest_whose_tails_are_no_heavier_than_they_may_be(count: int, share: float) -> None:
    chances = [math.comb(count, hits) * share**hits * (1 - share) ** (count - hits) for hits in range(count + 1)]
    lows = [rank for rank in range(1, count + 1) if sum(chances[:rank]) <= 0.025]
    highs = [rank for rank in range(1, count + 1) if sum(chances[rank:]) <= 0.025]

    assert percentile_ranks(count, share) == (max(lows, default=None), min(highs, default=None))


def test_too_few_values_leave_an_end_open() -> None:
    drawn = Summary.of(range(20))

    assert percentile_interval(drawn, 0.95) == Interval(18, 16, math.inf)
    assert percentile_interval(drawn, 0.05).low == -math.inf
    assert mean_interval(Summary.of([4])) == Interval(4, -math.inf, math.inf)
    assert ratio_interval(Pairs.of([4], [8])) == Interval(0.5, -math.inf, math.inf)


def test_draws_are_enough_when_half_the_interval_is_two_per_cent() -> None:
    assert Interval(-100, -102, -98).is_enough()
    assert not Interval(100, 97.9, 102).is_enough()
    assert not Interval(0, -1, 1).is_enough()


def test_intervals_of_the_mean_the_median_and_a_ratio_hold_it_in_93_to_97_of_100_cases() -> None:
    drawn = random.Random(20)
    held = [0, 0, 0]
    for _ in range(1_000):
        # Exponential with the mean 1,000,000; the second follows it half and half, with the mean 2,000,000.
        first = [round(1e6 * drawn.expovariate(1)) for _ in range(80)]
        second = [each + round(1e6 * drawn.expovariate(1)) for each in first]
        pairs = Pairs.of(first, second)
        held[0] += mean_interval(pairs.second).holds(2_000_000)
        held[1] += percentile_interval(pairs.first, 0.5).holds(1e6 * math.log(2))
        held[2] += ratio_interval(pairs).holds(0.5)

    assert all(930 <= count <= 970 for count in (held[0], held[2]))
    # Ranks are whole, and bins have a width: the interval of a percentile holds it rather too often.
    assert 930 <= held[1] <= 985


def test_a_ratio_of_pairs_that_go_together_is_closer_than_each_of_them() -> None:
    first = [10, 20, 30, 40]
    together = ratio_interval(Pairs.of(first, [2 * each for each in first]))

    assert (together.value, together.low, together.high) == (0.5, 0.5, 0.5)
    assert not mean_interval(Summary.of(first)).is_enough()
