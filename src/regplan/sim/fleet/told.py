"""What drawn values come to, from all of them: exact sums, exact ranks, and intervals, of many rows at once."""

from __future__ import annotations

from functools import cached_property
from math import isinf
from typing import TYPE_CHECKING, Any

from regplan.model.chance import Estimate
from regplan.model.years import SiteWay
from regplan.sim.chance.intervals import mean_interval, percentile_interval, percentile_ranks, ratio_interval
from regplan.sim.chance.summary import Pairs, Summary, nearest_rank
from regplan.sim.fleet.exact import summed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.sim.chance.intervals import Interval

    # When the last host is ready: half of the draws, 95 % of them, and the latest.
    Until = tuple[Estimate, Estimate, int]

__all__ = ["Ranked", "told_percentile", "told_ways"]


class Ranked:
    """Rows of whole numbers, one for each draw: by row their means and percentiles with intervals."""

    def __init__(self, rows: Any, sums: Sequence[Summary] | None = None) -> None:  # noqa: ANN401
        """Take an array with a row for each kind of value and a column for each draw, and the rows' sums where they are known."""
        import numpy as np

        self.ordered = np.sort(rows)
        self.draws = rows.shape[1]
        self.least, self.most = (self.ordered[:, place].tolist() for place in (0, -1))
        self.sums = _sums(rows) if sums is None else sums

    @cached_property
    def means(self) -> list[Estimate]:
        """The mean of each row, by Student's t."""
        return [
            Estimate(float(most), float(most), float(most)) if least == most else _told(mean_interval(sums))
            for least, most, sums in zip(self.least, self.most, self.sums, strict=True)
        ]

    def percentiles(self, share: float) -> list[Estimate]:
        """Tell a percentile (the nearest rank) of each row between two order statistics."""
        low, high = percentile_ranks(self.draws, share)
        ranks = nearest_rank(self.draws, share), low or 1, high or 1
        taken = self.ordered[:, [rank - 1 for rank in ranks]].astype(float).tolist()
        # Where all values are the same, that one is all there is to tell.
        return [
            mean if least == most else Estimate(value, None if low is None else begin, None if high is None else end)
            for least, most, mean, (value, begin, end) in zip(self.least, self.most, self.means, taken, strict=True)
        ]


def told_ways(names: Sequence[str], carried: Any, until: Sequence[Sequence[Until | None]]) -> list[tuple[SiteWay, ...]]:  # noqa: ANN401
    """Tell what each site (stack) carried under each topology (row) in each draw, and what that saves beside the first of them.

    `until` tells by site and topology when the last host is ready, None where nobody told its lines.
    """
    sites, ways, draws = carried.shape
    totals, products = summed(carried)
    sums = [[Summary(draws, totals[s][w], products[s][w][w]) for w in range(ways)] for s in range(sites)]
    saved = [_saved(*each) for each in zip(sums, products, strict=True)]
    own = Ranked(carried.reshape(-1, draws), [each for site in sums for each in site])
    left = Ranked((carried[:, :1] - carried).reshape(-1, draws), [each for site in saved for each in site])
    ratios = [ratio for each in zip(sums, products, strict=True) for ratio in _ratios(*each)]
    times = [(None, None, None) if each is None else each for site in until for each in site]
    told = zip(
        own.means,
        own.percentiles(0.95),
        own.most,
        left.means,
        left.percentiles(0.05),
        left.percentiles(0.95),
        ratios,
        times,
        strict=True,
    )
    found = [SiteWay(names[place % ways], *rest, *ready) for place, (*rest, ready) in enumerate(told)]
    return [tuple(found[place : place + ways]) for place in range(0, len(found), ways)]


def told_percentile(drawn: Summary, share: float) -> Estimate:
    """Tell a percentile by its bin, to half a per cent, between two order statistics."""
    return _told(percentile_interval(drawn, share))


def _sums(rows: Any) -> list[Summary]:  # noqa: ANN401
    totals, products = summed(rows[:, None])
    draws = rows.shape[1]
    return [Summary(draws, total, square) for (total,), ((square,),) in zip(totals, products, strict=True)]


def _saved(sums: Sequence[Summary], products: Sequence[Sequence[int]]) -> list[Summary]:
    """Tell the sums of what is saved of the first, which follow from those of both."""
    direct = sums[0]
    return [
        Summary(each.count, direct.total - each.total, direct.squares - 2 * product + each.squares)
        for each, product in zip(sums, products[0], strict=True)
    ]


def _ratios(sums: Sequence[Summary], products: Sequence[Sequence[int]]) -> list[Estimate | None]:
    """Tell the share of the first that is saved, by the delta method; None where that carries nothing."""
    direct = sums[0]
    if not direct.total:
        return [None] * len(sums)
    found = (ratio_interval(Pairs(each, direct, product)) for each, product in zip(sums, products[0], strict=True))
    return [Estimate(1 - each.value, _end(1 - each.high), _end(1 - each.low)) for each in found]


def _told(found: Interval) -> Estimate:
    return Estimate(found.value, _end(found.low), _end(found.high))


def _end(value: float) -> float | None:
    return None if isinf(value) else value
