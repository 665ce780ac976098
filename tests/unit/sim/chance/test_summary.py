"""What many draws come to is exact, and the same in whatever order parts of it are merged."""

from __future__ import annotations

import random
import statistics
from fractions import Fraction
from functools import reduce
from operator import add

import pytest

from regplan.sim.chance.summary import NOTHING, Pairs, Summary, bin_of, bin_span

SPREAD = random.Random(7)
VALUES = [round(SPREAD.lognormvariate(10, 4)) * SPREAD.choice((1, 1, 1, -1)) for _ in range(2_000)]


def test_the_moments_are_those_of_exact_arithmetic() -> None:
    drawn = Summary.of(VALUES)

    assert (drawn.count, drawn.least, drawn.most) == (2_000, min(VALUES), max(VALUES))
    assert drawn.mean == float(statistics.mean(map(Fraction, VALUES)))
    assert drawn.variance == float(statistics.variance(list(map(Fraction, VALUES))))


@pytest.mark.parametrize("seed", range(5))
def test_parts_merged_in_any_order_and_nesting_are_the_whole_bit_for_bit(seed: int) -> None:
    shuffled = random.Random(seed)
    parts = [Summary.of(VALUES[begin : begin + 171]) for begin in range(0, 2_000, 171)]
    shuffled.shuffle(parts)
    while len(parts) > 1:
        parts.append(parts.pop(shuffled.randrange(len(parts))) + parts.pop(shuffled.randrange(len(parts))))

    assert parts == [Summary.of(VALUES)]


def test_what_floating_sums_would_lose_is_kept() -> None:
    parts = [Summary.of([10**17]), Summary.of([1]), Summary.of([-(10**17)])]

    assert reduce(add, parts).total == reduce(add, parts[::-1]).total == 1


def test_nothing_merged_changes_nothing() -> None:
    assert NOTHING + Summary.of([3]) == Summary.of([3]) + NOTHING == Summary.of([3])
    assert Summary.of([]) == NOTHING


@pytest.mark.parametrize("scale", [1, 10**3, 2**47, 10**15], ids=["small", "thousands", "47 bits", "petabytes"])
def test_an_array_is_summed_up_as_its_values_are_one_by_one(scale: int) -> None:
    np = pytest.importorskip("numpy")
    values = [random.Random(place).randint(-scale, scale) for place in range(20_000)]

    assert Summary.of_array(np.array(values)) == Summary.of(values)
    assert Summary.of_array(np.array([], dtype=np.int64)) == NOTHING


def test_every_value_falls_into_the_bin_that_spans_it_and_bins_are_a_hundredth_wide() -> None:
    for value in (*range(-300, 300), *VALUES, 10**17):
        low, high = bin_span(bin_of(value))

        assert high is not None
        assert low <= value <= high
        assert high - low <= abs(value) / 100


def test_bins_stand_one_beside_the_other() -> None:
    spans = [bin_span(number) for number in range(-900, 900)]

    assert [low for low, _ in spans[1:]] == [high + 1 for _, high in spans[:-1] if high is not None]


@pytest.mark.parametrize("share", [0.01, 0.07, 0.5, 0.95, 0.99, 1.0])
def test_a_percentile_is_the_nearest_rank_to_within_half_a_per_cent(share: float) -> None:
    rank = -(-2_000 * Fraction(str(share)) // 1)
    exact = sorted(VALUES)[int(rank) - 1]

    assert Summary.of(VALUES).percentile(share) == pytest.approx(exact, rel=0.0051)


def test_a_rank_that_no_value_has_is_refused() -> None:
    for rank in (0, 2):
        with pytest.raises(ValueError, match=f"no value has rank {rank} among 1"):
            Summary.of([5]).ranked(rank)


def test_values_beyond_all_bins_are_told_by_the_least_and_the_most() -> None:
    drawn = Summary.of([-(10**20), 10**19])

    assert (drawn.ranked(1)[0], drawn.ranked(2)[1]) == (-(10**20), 10**19)


def test_pairs_keep_the_exact_covariance_in_any_order() -> None:
    first, second = VALUES[:600], VALUES[600:1200]
    one, other = Pairs.of(first[:200], second[:200]), Pairs.of(first[200:], second[200:])
    means = statistics.mean(map(Fraction, first)), statistics.mean(map(Fraction, second))
    deviations = [(x - means[0]) * (y - means[1]) for x, y in zip(first, second, strict=True)]

    assert one + other == other + one == Pairs.of(first, second)
    assert (one + other).covariance == float(sum(deviations) / 599)
    assert Pairs.of([4], [5]).covariance == 0
