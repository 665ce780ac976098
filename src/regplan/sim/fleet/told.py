"""What drawn values come to, from all of them: exact sums, exact ranks, and intervals."""

from __future__ import annotations

from functools import cached_property
from math import isinf
from typing import TYPE_CHECKING, Any, Final

from regplan.model.years import Estimate
from regplan.sim.chance.intervals import mean_interval, percentile_ranks, ratio_interval
from regplan.sim.chance.summary import Pairs, Summary, nearest_rank

if TYPE_CHECKING:
    from regplan.sim.chance.intervals import Interval

__all__ = ["Ranked", "products", "saved_ratio"]

# Halves of a whole number whose products can be added up in 64 bits, and how many of them.
_HALF_BITS: Final = 24
_MOST_ADDED: Final = 1 << 13


class Ranked:
    """Whole numbers, drawn: their mean and percentiles with intervals."""

    def __init__(self, values: Any, draws: int) -> None:  # noqa: ANN401
        """Take an array of a value for each draw, or one that all draws have."""
        self.draws, self.values = draws, values
        self.least, self.most = int(values.min()), int(values.max())

    @cached_property
    def sums(self) -> Summary:
        """The exact sum and that of squares; without bins, since all values are at hand."""
        if self.least == self.most:
            total = self.draws * self.most
            return Summary(self.draws, total, total * self.most, self.least, self.most)
        values = self.values
        return Summary(self.draws, _sum(values), products(values, values), self.least, self.most)

    @cached_property
    def mean(self) -> Estimate:
        """The mean, by Student's t."""
        if self.least == self.most:
            value = float(self.most)
            return Estimate(value, value, value)
        return _told(mean_interval(self.sums))

    def percentile(self, share: float) -> Estimate:
        """Tell a percentile (the nearest rank) between two order statistics."""
        if self.least == self.most:
            return self.mean
        low, high = percentile_ranks(self.draws, share)
        return Estimate(
            self._at(nearest_rank(self.draws, share)),
            None if low is None else self._at(low),
            None if high is None else self._at(high),
        )

    def less(self, other: Ranked) -> Ranked:
        """Tell what other values are more, draw by draw."""
        return Ranked(other.values - self.values, self.draws)

    @cached_property
    def _sorted(self) -> Any:  # noqa: ANN401
        import numpy as np

        return np.sort(self.values)

    def _at(self, rank: int) -> float:
        return float(self._sorted[rank - 1])


def saved_ratio(carried: Ranked, direct: Ranked) -> Estimate | None:
    """Tell which share of direct pulls is saved, draw by draw, by the delta method; None where they carry nothing."""
    if not direct.sums.total:
        return None
    if direct is carried:
        return Estimate(0.0, 0.0, 0.0)
    one, other = carried.sums, direct.sums
    if carried.least == carried.most:
        both = carried.most * other.total
    else:
        both = one.total * direct.most if direct.least == direct.most else products(carried.values, direct.values)
    found = ratio_interval(Pairs(one, other, both))
    return Estimate(1 - found.value, _end(1 - found.high), _end(1 - found.low))


def _sum(values: Any) -> int:  # noqa: ANN401
    return sum(int(values[place : place + _MOST_ADDED].sum()) for place in range(0, len(values), _MOST_ADDED))


def products(first: Any, second: Any) -> int:  # noqa: ANN401
    """Add up the products of two arrays of 64-bit whole numbers exactly: by halves, a few thousand at a time."""
    mask, found = (1 << _HALF_BITS) - 1, 0
    for place in range(0, len(first), _MOST_ADDED):
        one, two = first[place : place + _MOST_ADDED], second[place : place + _MOST_ADDED]
        if max(int(abs(one).max()), int(abs(two).max())) >= 1 << 2 * _HALF_BITS - 1:
            found += sum(a * b for a, b in zip(one.tolist(), two.tolist(), strict=True))
            continue
        high, low = one >> _HALF_BITS, one & mask
        if second is first:
            other_high, other_low, crossed = high, low, 2 * int(high @ low)
        else:
            other_high, other_low = two >> _HALF_BITS, two & mask
            crossed = int(high @ other_low) + int(low @ other_high)
        found += (int(high @ other_high) << 2 * _HALF_BITS) + (crossed << _HALF_BITS) + int(low @ other_low)
    return found


def _told(found: Interval) -> Estimate:
    return Estimate(found.value, _end(found.low), _end(found.high))


def _end(value: float) -> float | None:
    return None if isinf(value) else value
