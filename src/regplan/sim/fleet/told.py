"""What drawn values come to, from all of them: exact sums, exact ranks, and intervals, of many rows at once."""

from __future__ import annotations

from functools import cached_property
from math import isinf, nan
from typing import TYPE_CHECKING, Any

from regplan.model.chance import Estimate
from regplan.sim.chance.intervals import mean_interval, percentile_interval, percentile_ranks, ratio_interval
from regplan.sim.chance.summary import Pairs, Summary, nearest_rank
from regplan.sim.fleet.exact import cut, products, totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.sim.chance.intervals import Interval
    from regplan.sim.fleet.exact import Pieces

__all__ = ["Ranked", "told_percentile", "told_ways"]


class Ranked:
    """Rows of whole numbers, one for each draw: by row their means and percentiles with intervals."""

    def __init__(self, rows: Any, sums: Sequence[Summary] | None = None) -> None:  # noqa: ANN401
        """Take an array of one's own, which is put in order, of rows by draw, and the rows' sums where they are known."""
        rows.sort(axis=1)
        self.ordered, self.draws = rows, rows.shape[1]
        self.least, self.most = (self.ordered[:, place].tolist() for place in (0, -1))
        self.sums = _sums(cut(rows), self.draws) if sums is None else sums

    @cached_property
    def means(self) -> Any:  # noqa: ANN401
        """The mean of each row, by Student's t, and its ends; NaN is an end that nobody can tell."""
        import numpy as np

        told = [
            (most,) * 3 if least == most else _told(mean_interval(sums))
            for least, most, sums in zip(self.least, self.most, self.sums, strict=True)
        ]
        return np.array(told, dtype=float)

    def percentiles(self, share: float) -> Any:  # noqa: ANN401
        """Tell a percentile (the nearest rank) of each row between two order statistics; NaN is an end that nobody can tell."""
        low, high = percentile_ranks(self.draws, share)
        ranks = nearest_rank(self.draws, share), low or 1, high or 1
        found = self.ordered[:, [rank - 1 for rank in ranks]].astype(float)
        varies = self.ordered[:, 0] != self.ordered[:, -1]
        for place, end in enumerate((low, high), 1):
            if end is None:
                found[varies, place] = nan
        return found


def told_ways(carried: Any) -> tuple[Any, list[int]]:  # noqa: ANN401
    """Tell what each site carried under each topology in each draw (the axes), and what that saves beside the first topology.

    The estimates are by site, topology, measure and (value, low, high), NaN being what nobody can tell: the mean and the 95th
    percentile of what is carried, the mean, the 5th and the 95th percentile of what is saved, and its ratio. Beside them stands
    the most that is carried, site by site.
    """
    import numpy as np

    sites, ways, draws = carried.shape
    pieces = cut(carried)
    sums = _sums(pieces, draws)
    direct = [each for each in sums[::ways] for _ in range(ways)]
    crossed = products(pieces, cut(carried[:, :1]))
    own = Ranked(carried.reshape(-1, draws).copy(), sums)
    saved = Ranked((carried[:, :1] - carried).reshape(-1, draws), list(map(_saved, sums, direct, crossed)))
    told = (
        own.means,
        own.percentiles(0.95),
        saved.means,
        saved.percentiles(0.05),
        saved.percentiles(0.95),
        np.array(list(map(_ratio, sums, direct, crossed))),
    )
    return np.stack(told, axis=1).reshape(sites, ways, len(told), 3), own.most


def told_percentile(drawn: Summary, share: float) -> Estimate:
    """Tell a percentile by its bin, to half a per cent, between two order statistics."""
    found = percentile_interval(drawn, share)
    low, high = (None if isinf(each) else each for each in (found.low, found.high))
    return Estimate(found.value, low, high)


def _sums(rows: Pieces, draws: int) -> list[Summary]:
    both = zip(totals(rows), products(rows, rows), strict=True)
    return [Summary(draws, total, square) for total, square in both]


def _saved(carried: Summary, direct: Summary, crossed: int) -> Summary:
    """Tell the sums of what is saved, which follow from those of both."""
    squares = direct.squares - 2 * crossed + carried.squares
    return Summary(direct.count, direct.total - carried.total, squares)


def _ratio(carried: Summary, direct: Summary, crossed: int) -> tuple[float, float, float]:
    """Tell the share of direct pulls that is saved, by the delta method; nothing where they carry nothing."""
    if not direct.total:
        return nan, nan, nan
    found = ratio_interval(Pairs(carried, direct, crossed))
    return 1 - found.value, _end(1 - found.high), _end(1 - found.low)


def _told(found: Interval) -> tuple[float, float, float]:
    return found.value, _end(found.low), _end(found.high)


def _end(value: float) -> float:
    return nan if isinf(value) else value
