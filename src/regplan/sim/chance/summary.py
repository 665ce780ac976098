"""What many draws come to, in whole numbers: any order in which parts are merged gives the same bits.

Bytes are whole, times are in milliseconds: sums of whole numbers are exact, and so do not hang on how many workers
added them up, as sums of floating numbers would.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

__all__ = ["NOTHING", "Pairs", "Summary", "bin_edges", "bin_of", "bin_span", "nearest_rank"]

# Beyond this no histogram tells values apart; a million terabytes.
_LARGEST: Final = 10**18
_BINS_PER_VALUE: Final = 100
# Halves of a whole number whose products can be added up in 64 bits, and how many of them.
_HALF_BITS: Final = 24
_MOST_ADDED: Final = 1 << 13


@dataclass(frozen=True, slots=True)
class Summary:
    """Whole numbers summed up: how many, their sum and that of their squares, the least and the most, and a histogram.

    `bins` are numbers of bins with counts, in order: each value up to 100 has its own bin, above that a bin is at most
    1 % wide, and negative values have the same mirrored (`bin_span`).
    """

    count: int = 0
    total: int = 0
    squares: int = 0
    least: int | None = None
    most: int | None = None
    bins: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, values: Iterable[int]) -> Summary:
        """Sum up whole numbers of any size."""
        each = [int(value) for value in values]
        if not each:
            return NOTHING
        bins = Counter(map(bin_of, each))
        squares = sum(value * value for value in each)
        return cls(len(each), sum(each), squares, min(each), max(each), tuple(sorted(bins.items())))

    @classmethod
    def of_array(cls, values: Any) -> Summary:  # noqa: ANN401
        """Sum up an array of 64-bit whole numbers: the same as `of`, some six times as fast."""
        import numpy as np

        each = np.asarray(values, dtype=np.int64).ravel()
        if not each.size:
            return NOTHING
        least, most = int(each.min()), int(each.max())
        if max(-least, most) >= 1 << 2 * _HALF_BITS - 1:
            return cls.of(each.tolist())
        signs = np.sign(each)
        places = np.searchsorted(np.asarray(bin_edges()), np.abs(each), side="right") * signs
        numbers, counts = np.unique(places, return_counts=True)
        bins = tuple(zip(numbers.tolist(), counts.tolist(), strict=True))
        return cls(each.size, _sum(each), _products(each, each), least, most, bins)

    def __add__(self, other: Summary) -> Summary:
        """Merge two summaries: the same as that of all their values."""
        if not (self.count and other.count):
            return self if self.count else other
        bins = Counter(dict(self.bins))
        bins.update(dict(other.bins))
        return Summary(
            self.count + other.count,
            self.total + other.total,
            self.squares + other.squares,
            min(each for each in (self.least, other.least) if each is not None),
            max(each for each in (self.most, other.most) if each is not None),
            tuple(sorted(bins.items())),
        )

    @property
    def mean(self) -> float:
        """The mean: one division of exact sums. Raises `ZeroDivisionError` where nothing was summed up."""
        return self.total / self.count

    @property
    def variance(self) -> float:
        """The variance of a sample of these values, 0 for a single one."""
        if self.count < 2:
            return 0.0
        return (self.count * self.squares - self.total * self.total) / (self.count * (self.count - 1))

    def ranked(self, rank: int) -> tuple[int, int]:
        """Tell between which two whole numbers, both possible, the value stands that is the `rank`-th smallest, from 1."""
        if not 1 <= rank <= self.count or self.least is None or self.most is None:
            raise ValueError(f"no value has rank {rank} among {self.count}")
        numbers = [number for number, _ in self.bins]
        place = bisect_right(list(accumulate(count for _, count in self.bins)), rank - 1)
        low, high = bin_span(numbers[place])
        return max(low, self.least), self.most if high is None else min(high, self.most)

    def percentile(self, share: float) -> float:
        """Tell the value that this share of all is not above (the nearest rank), to within half a per cent."""
        low, high = self.ranked(nearest_rank(self.count, share))
        return (low + high) / 2


NOTHING: Final = Summary()


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two values of each draw summed up together, for their ratio: each by itself, and the sum of their products."""

    first: Summary = NOTHING
    second: Summary = NOTHING
    products: int = 0

    @classmethod
    def of(cls, first: Sequence[int], second: Sequence[int]) -> Pairs:
        """Sum up two values of each draw, in the same order."""
        products = sum(int(one) * int(other) for one, other in zip(first, second, strict=True))
        return cls(Summary.of(first), Summary.of(second), products)

    def __add__(self, other: Pairs) -> Pairs:
        """Merge the sums of two sets of draws."""
        return Pairs(self.first + other.first, self.second + other.second, self.products + other.products)

    @property
    def covariance(self) -> float:
        """The covariance of a sample of these pairs, 0 for a single one."""
        count = self.first.count
        if count < 2:
            return 0.0
        return (count * self.products - self.first.total * self.second.total) / (count * (count - 1))


@cache
def nearest_rank(count: int, share: float) -> int:
    """Tell the rank of a percentile: of all values, this share is not above the value that has it."""
    # A share such as 0.07 times 100 is above 7 by the last bit.
    exact = count * share
    whole = round(exact)
    rank = whole if abs(exact - whole) < 1e-9 * max(1, count) else int(exact) + 1
    return min(max(rank, 1), count)


def bin_of(value: int) -> int:
    """Tell the number of the bin that a value falls into; 0 holds 0 alone.

    >>> bin_of(7), bin_of(-7), bin_of(250) == bin_of(251), bin_of(250) == bin_of(252)
    (7, -7, True, False)
    """
    number = bisect_right(bin_edges(), abs(value))
    return number if value >= 0 else -number


def bin_span(number: int) -> tuple[int, int | None]:
    """Tell the least and the most value of a bin; the outermost bins have no end.

    >>> bin_span(bin_of(250)), bin_span(-7)
    ((250, 251), (-7, -7))
    """
    if not number:
        return 0, 0
    edges = bin_edges()
    low = edges[abs(number) - 1]
    high = edges[abs(number)] - 1 if abs(number) < len(edges) else None
    if number > 0:
        return low, high
    # What is below the outermost bin, the least value that was met tells.
    return -(_LARGEST**2 if high is None else high), -low


@cache
def bin_edges() -> tuple[int, ...]:
    """List the least value of each bin: whole numbers, so that no machine's logarithm decides where a value falls."""
    edges = [1]
    while edges[-1] < _LARGEST:
        edges.append(edges[-1] + max(1, edges[-1] // _BINS_PER_VALUE))
    return tuple(edges)


def _sum(values: Any) -> int:  # noqa: ANN401
    """Add up an array without ever leaving 64 bits."""
    import numpy as np

    return sum(np.add.reduceat(values, np.arange(0, len(values), _MOST_ADDED)).tolist())


def _products(first: Any, second: Any) -> int:  # noqa: ANN401
    """Add up the products of two arrays exactly: by halves, whose products fit 64 bits."""
    mask = (1 << _HALF_BITS) - 1
    high, low = first >> _HALF_BITS, first & mask
    other_high, other_low = second >> _HALF_BITS, second & mask
    crossed = _sum(high * other_low) + _sum(low * other_high)
    return (_sum(high * other_high) << 2 * _HALF_BITS) + (crossed << _HALF_BITS) + _sum(low * other_low)
