"""How far what was drawn may be from what is: intervals for means, percentiles and ratios.

No formula here needs more than the standard library, and none takes the values to be normal, but for means and ratios of
many of them.
"""

from __future__ import annotations

from functools import cache
from math import atan, cos, exp, inf, lgamma, log, log1p, pi, sin, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from regplan.sim.chance.summary import nearest_rank
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.sim.chance.summary import Pairs, Summary

__all__ = [
    "CONFIDENCE",
    "ENOUGH",
    "Interval",
    "mean_interval",
    "percentile_interval",
    "percentile_ranks",
    "ratio_interval",
    "student",
]

CONFIDENCE: Final = 0.95
# Draws go on until half of an interval is at most this share of its value.
ENOUGH: Final = 0.02
# From so many degrees of freedom on the expansion is right to nine digits.
_MANY: Final = 200


@dataclass(frozen=True, slots=True)
class Interval:
    """A value as drawn, and between what it is; an end is infinite where so few draws tell nothing about it."""

    value: float
    low: float
    high: float

    @property
    def half(self) -> float:
        """Half of what is between both ends."""
        return (self.high - self.low) / 2

    def is_enough(self, share: float = ENOUGH) -> bool:
        """Tell whether half of the interval is at most this share of the value."""
        return self.half <= share * abs(self.value)

    def holds(self, value: float) -> bool:
        """Tell whether a value is inside."""
        return self.low <= value <= self.high


def mean_interval(drawn: Summary, confidence: float = CONFIDENCE) -> Interval:
    """Tell a mean by Student's t; a single draw tells nothing about its interval."""
    if drawn.count < 2:
        return Interval(drawn.mean, -inf, inf)
    half = student(confidence, drawn.count - 1) * sqrt(drawn.variance / drawn.count)
    return Interval(drawn.mean, drawn.mean - half, drawn.mean + half)


def ratio_interval(drawn: Pairs, confidence: float = CONFIDENCE) -> Interval:
    """Tell the ratio of two means of paired draws, the first to the second, by the delta method.

    Pairs that rise and fall together leave little of the spread that each has. Raises `ZeroDivisionError` where the second
    is nothing.
    """
    count, ratio = drawn.first.count, drawn.first.total / drawn.second.total
    if count < 2:
        return Interval(ratio, -inf, inf)
    spread = drawn.first.variance - 2 * ratio * drawn.covariance + ratio**2 * drawn.second.variance
    # Rounding can bring what is nothing below it.
    half = student(confidence, count - 1) * sqrt(max(spread, 0.0) / count) / abs(drawn.second.mean)
    return Interval(ratio, ratio - half, ratio + half)


def percentile_interval(drawn: Summary, share: float, confidence: float = CONFIDENCE) -> Interval:
    """Tell a percentile between two order statistics, whatever the values are spread like.

    The ends are those of the bins that the order statistics stand in: up to 1 % wider than they need to be.
    """
    ranks = percentile_ranks(drawn.count, share, confidence)
    low, high = drawn.ranked(nearest_rank(drawn.count, share))
    return Interval(
        (low + high) / 2,
        -inf if ranks[0] is None else drawn.ranked(ranks[0])[0],
        inf if ranks[1] is None else drawn.ranked(ranks[1])[1],
    )


@cache
def percentile_ranks(count: int, share: float, confidence: float = CONFIDENCE) -> tuple[int | None, int | None]:
    """Tell between the values of which ranks a percentile is; None where there are too few values for an end.

    How many values are below it is binomial, and each tail gets half of what the confidence leaves.

    >>> percentile_ranks(100, 0.5), percentile_ranks(20, 0.95)
    ((40, 61), (17, None))
    """
    tail = (1 - confidence) / 2
    lower = _below(count, share, tail)
    upper = _below(count, 1 - share, tail)
    return lower, None if upper is None else count + 1 - upper


def _below(count: int, share: float, tail: float) -> int | None:
    """Tell the largest rank that fewer values than it are below the percentile with at most this probability."""
    mean, deviation = count * share, sqrt(count * share * (1 - share))
    rank, below = max(0, int(mean - 10 * deviation) - 50), 0.0
    while True:
        below += _binomial(count, share, rank)
        if below > tail:
            return rank or None
        rank += 1


def _binomial(count: int, share: float, hits: int) -> float:
    ways = lgamma(count + 1) - lgamma(hits + 1) - lgamma(count - hits + 1)
    return exp(ways + hits * log(share) + (count - hits) * log1p(-share))


@cache
def student(confidence: float, freedom: int) -> float:
    """Tell within how many standard errors a mean is with this confidence: the two-sided quantile of Student's t.

    >>> round(student(0.95, 9), 4), round(student(0.95, 1_000_000), 4)
    (2.2622, 1.96)
    """
    if freedom > _MANY:
        return _student_of_many(NormalDist().inv_cdf((1 + confidence) / 2), freedom)
    low, high = 0.0, 1.0
    while _within(high, freedom) < confidence:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < confidence else (low, middle)
    return high


def _student_of_many(normal: float, freedom: int) -> float:
    """Correct the normal quantile by three terms in 1/freedom (Abramowitz and Stegun, 26.7.5)."""
    first = (normal**3 + normal) / 4
    second = (5 * normal**5 + 16 * normal**3 + 3 * normal) / 96
    third = (3 * normal**7 + 19 * normal**5 + 17 * normal**3 - 15 * normal) / 384
    return normal + first / freedom + second / freedom**2 + third / freedom**3


def _within(quantile: float, freedom: int) -> float:
    """Tell how likely t is to be within a quantile: the finite sums of Abramowitz and Stegun, 26.7.3 and 26.7.4."""
    angle = atan(quantile / sqrt(freedom))
    odd = freedom % 2
    term = cos(angle) if odd else 1.0
    total = 0.0 if freedom == 1 else term
    for power in range(2 + odd, freedom - 1, 2):
        term *= cos(angle) ** 2 * (power - 1) / power
        total += term
    total *= sin(angle)
    return (angle + total) * 2 / pi if odd else total
