"""What drawn values come to, from all of them: exact sums, exact ranks, and intervals."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from math import isinf
from typing import TYPE_CHECKING, Any, Final

from regplan.model.chance import Estimate
from regplan.sim.chance.intervals import mean_interval, percentile_interval, percentile_ranks, ratio_interval
from regplan.sim.chance.summary import NOTHING, Pairs, Summary, bin_edges, nearest_rank

if TYPE_CHECKING:
    from regplan.sim.chance.intervals import Interval

__all__ = ["Pooled", "Ranked", "Saved", "products", "told_percentile"]

# Halves of a whole number whose products can be added up in 64 bits, and how many of them.
_HALF_BITS: Final = 24
_MOST_ADDED: Final = 1 << 13


class Ranked:
    """Whole numbers, drawn: their mean and percentiles with intervals."""

    def __init__(self, values: Any, draws: int, sums: Summary | None = None) -> None:  # noqa: ANN401
        """Take an array of a value for each draw, or one that all draws have; and its sums where they are known."""
        self.draws, self.values = draws, values
        self.least, self.most = _bounds(values)
        self._sums = sums

    @property
    def is_one(self) -> bool:
        """Whether all values are the same."""
        return self.least == self.most

    @cached_property
    def sums(self) -> Summary:
        """The exact sum and that of squares; without bins, since all values are at hand."""
        if self._sums is not None:
            return self._sums
        if self.is_one:
            total = self.draws * self.most
            return Summary(self.draws, total, total * self.most, self.most, self.most)
        return Summary(self.draws, _sum(self.values), products(self, self), self.least, self.most)

    @cached_property
    def mean(self) -> Estimate:
        """The mean, by Student's t."""
        if self.is_one:
            value = float(self.most)
            return Estimate(value, value, value)
        return _told(mean_interval(self.sums))

    def percentile(self, share: float) -> Estimate:
        """Tell a percentile (the nearest rank) between two order statistics."""
        if self.is_one:
            return self.mean
        low, high = percentile_ranks(self.draws, share)
        return Estimate(
            self._at(nearest_rank(self.draws, share)),
            None if low is None else self._at(low),
            None if high is None else self._at(high),
        )

    @cached_property
    def ordered(self) -> Any:  # noqa: ANN401
        """All values, the least first."""
        import numpy as np

        return np.sort(self.values)

    def _at(self, rank: int) -> float:
        return float(self.ordered[rank - 1])


class Pooled:
    """Values of many sites, none of them negative, put together in the bins of a `Summary`."""

    def __init__(self) -> None:
        """Begin with none."""
        import numpy as np

        self._edges = np.asarray(bin_edges())
        # How many values are below each edge.
        self._below = np.zeros(len(self._edges) + 1, dtype=np.int64)
        self._sums = NOTHING

    def add(self, drawn: Ranked) -> None:
        """Add one site's."""
        self._sums += drawn.sums
        if drawn.is_one:
            self._below[self._edges.searchsorted(drawn.most, "right") :] += drawn.draws
            return
        # Of values in order, those below an edge stand before it.
        first, last = self._edges.searchsorted((drawn.least, drawn.most), "right")
        self._below[first:last] += drawn.ordered.searchsorted(self._edges[first:last])
        self._below[last:] += drawn.draws

    def summary(self) -> Summary:
        """Tell what all of them come to."""
        import numpy as np

        counts = np.diff(self._below, prepend=0)
        places = np.flatnonzero(counts)
        return replace(self._sums, bins=tuple(zip(places.tolist(), counts[places].tolist(), strict=True)))


class Saved:
    """What is saved of direct pulls, draw by draw: as a number of bytes, and as their share."""

    def __init__(self, carried: Ranked, direct: Ranked) -> None:
        """Take what both carried in the same draws."""
        self._carried, self._direct = carried, direct

    @cached_property
    def bytes(self) -> Ranked:
        """What is saved, in bytes; its sums follow from those of both."""
        one, other = self._direct.sums, self._carried.sums
        saved = self._direct.values - self._carried.values
        squares = one.squares - 2 * self._products + other.squares
        found = Summary(one.count, one.total - other.total, squares, *_bounds(saved))
        return Ranked(saved, self._direct.draws, found)

    @cached_property
    def ratio(self) -> Estimate | None:
        """The share of direct pulls that is saved, by the delta method; None where they carry nothing."""
        if not self._direct.sums.total:
            return None
        found = ratio_interval(Pairs(self._carried.sums, self._direct.sums, self._products))
        return Estimate(1 - found.value, _end(1 - found.high), _end(1 - found.low))

    @cached_property
    def _products(self) -> int:
        if self._carried is self._direct:
            return self._direct.sums.squares
        if self._carried.is_one:
            return self._carried.most * self._direct.sums.total
        return products(self._carried, self._direct)


def products(first: Ranked, second: Ranked) -> int:
    """Add up the products of two arrays of 64-bit whole numbers exactly: by halves where they need be, a few thousand at a time."""
    most = max(-first.least, first.most, -second.least, second.most)
    if most <= 1 << _HALF_BITS and len(first.values) <= _MOST_ADDED:
        return int(first.values @ second.values)
    mask, found = (1 << _HALF_BITS) - 1, 0
    for place in range(0, len(first.values), _MOST_ADDED):
        one, two = (each.values[place : place + _MOST_ADDED] for each in (first, second))
        if most >= 1 << 2 * _HALF_BITS - 1:
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


def _bounds(values: Any) -> tuple[int, int]:  # noqa: ANN401
    return int(values.min()), int(values.max())


def _sum(values: Any) -> int:  # noqa: ANN401
    if len(values) <= _MOST_ADDED:
        return int(values.sum())
    return sum(int(values[place : place + _MOST_ADDED].sum()) for place in range(0, len(values), _MOST_ADDED))


def told_percentile(drawn: Summary, share: float) -> Estimate:
    """Tell a percentile by its bin, to half a per cent, between two order statistics."""
    return _told(percentile_interval(drawn, share))


def _told(found: Interval) -> Estimate:
    return Estimate(found.value, _end(found.low), _end(found.high))


def _end(value: float) -> float | None:
    return None if isinf(value) else value
