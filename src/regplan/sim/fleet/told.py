"""What drawn values come to, from all of them: exact sums, exact ranks, and intervals, of many rows at once."""

from __future__ import annotations

from functools import cached_property
from math import isinf
from typing import TYPE_CHECKING, Any

from regplan.model.chance import Estimate
from regplan.model.years import SiteWay
from regplan.sim.chance.intervals import mean_interval, percentile_interval, percentile_ranks, ratio_interval
from regplan.sim.chance.summary import Pairs, Summary, nearest_rank
from regplan.sim.fleet.exact import cut, products, totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.sim.chance.intervals import Interval
    from regplan.sim.fleet.exact import Pieces

    # When the last host is ready: half of the draws, 95 % of them, and the latest.
    Until = tuple[Estimate, Estimate, int]

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
    def means(self) -> list[Estimate]:
        """The mean of each row, by Student's t."""
        return [
            _always(most) if least == most else _told(mean_interval(sums))
            for least, most, sums in zip(self.least, self.most, self.sums, strict=True)
        ]

    def percentiles(self, share: float) -> list[Estimate]:
        """Tell a percentile (the nearest rank) of each row between two order statistics."""
        low, high = percentile_ranks(self.draws, share)
        ranks = nearest_rank(self.draws, share), low or 1, high or 1
        taken = self.ordered[:, [rank - 1 for rank in ranks]].astype(float).tolist()
        return [
            _always(most)
            if least == most
            else Estimate(value, None if low is None else begin, None if high is None else end)
            for least, most, (value, begin, end) in zip(self.least, self.most, taken, strict=True)
        ]


def told_ways(names: Sequence[str], carried: Any, until: Sequence[Sequence[Until | None]]) -> list[tuple[SiteWay, ...]]:  # noqa: ANN401
    """Tell what each site carried under each topology in each draw (the axes), and what that saves beside the first topology.

    `until` tells by site and topology when the last host is ready, None where nobody told its lines.
    """
    _, ways, draws = carried.shape
    pieces = cut(carried)
    sums = _sums(pieces, draws)
    direct = [each for each in sums[::ways] for _ in names]
    crossed = products(pieces, cut(carried[:, :1]))
    own = Ranked(carried.reshape(-1, draws).copy(), sums)
    saved = Ranked((carried[:, :1] - carried).reshape(-1, draws), list(map(_saved, sums, direct, crossed)))
    told = zip(
        own.means,
        own.percentiles(0.95),
        own.most,
        saved.means,
        saved.percentiles(0.05),
        saved.percentiles(0.95),
        map(_ratio, sums, direct, crossed),
        ((None, None, None) if each is None else each for site in until for each in site),
        strict=True,
    )
    found = [SiteWay(names[place % ways], *rest, *ready) for place, (*rest, ready) in enumerate(told)]
    return [tuple(found[place : place + ways]) for place in range(0, len(found), ways)]


def told_percentile(drawn: Summary, share: float) -> Estimate:
    """Tell a percentile by its bin, to half a per cent, between two order statistics."""
    return _told(percentile_interval(drawn, share))


def _sums(rows: Pieces, draws: int) -> list[Summary]:
    both = zip(totals(rows), products(rows, rows), strict=True)
    return [Summary(draws, total, square) for total, square in both]


def _saved(carried: Summary, direct: Summary, crossed: int) -> Summary:
    """Tell the sums of what is saved, which follow from those of both."""
    squares = direct.squares - 2 * crossed + carried.squares
    return Summary(direct.count, direct.total - carried.total, squares)


def _ratio(carried: Summary, direct: Summary, crossed: int) -> Estimate | None:
    """Tell the share of direct pulls that is saved, by the delta method; None where they carry nothing."""
    if not direct.total:
        return None
    found = ratio_interval(Pairs(carried, direct, crossed))
    return Estimate(1 - found.value, _end(1 - found.high), _end(1 - found.low))


def _always(value: int) -> Estimate:
    """Tell what is the same in all draws."""
    return Estimate(float(value), float(value), float(value))


def _told(found: Interval) -> Estimate:
    return Estimate(found.value, _end(found.low), _end(found.high))


def _end(value: float) -> float | None:
    return None if isinf(value) else value
