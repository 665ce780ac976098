"""A block of sites is drawn: what each site came to, and what all of them did together, draw by draw."""

from __future__ import annotations

from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING, Any

from regplan.model.years import FleetWay, FleetYears, SiteYears
from regplan.sim.fleet.batch import batches, drawn_together
from regplan.sim.fleet.plain import rows_of, sites_of
from regplan.sim.fleet.pooled import Pooled
from regplan.sim.fleet.told import Ranked, told_percentile, told_ways
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.model.chance import Estimate
    from regplan.model.years import SiteWay
    from regplan.sim.chance.summary import Summary
    from regplan.sim.fleet.subject import Block, Spec
    from regplan.sim.fleet.told import Until

__all__ = ["BlockYears", "run_block", "together"]


@dataclass(frozen=True, slots=True)
class BlockYears:
    """What some blocks of a fleet came to: their sites, and by topology, draw by draw, what those carried together.

    `release` is of one release that all take that take any, `lines_bps` what the lines of all carry at once; () where no site
    names its line. `ready` is, by topology, when the last host is ready in each draw of each site that names its line.
    """

    blocks: tuple[int, ...]
    sites: tuple[tuple[int, tuple[SiteYears, ...]], ...]
    topologies: tuple[str, ...]
    wan: tuple[tuple[int, ...], ...]
    release: tuple[tuple[int, ...], ...]
    lines_bps: tuple[int, ...] = ()
    ready: tuple[Summary, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        """Tell what is sent to another process."""
        sites = tuple((number, rows_of(each)) for number, each in self.sites)
        rest = self.blocks, self.topologies, self.wan, self.release, self.lines_bps, self.ready
        return _sent, (sites, *rest)

    def __add__(self, other: BlockYears) -> BlockYears:
        """Merge blocks of one seed, in any order and nesting. Raises `ValueError` where a block would count twice."""
        if set(self.blocks) & set(other.blocks) or self.topologies != other.topologies:
            raise ValueError("a block counts once, and beside others of the same topologies")
        return BlockYears(
            tuple(sorted((*self.blocks, *other.blocks))),
            tuple(sorted((*self.sites, *other.sites), key=lambda each: each[0])),
            self.topologies,
            tuple(_added(one, two) for one, two in zip(self.wan, other.wan, strict=True)),
            tuple(_added(one, two) for one, two in zip(self.release, other.release, strict=True)),
            _added(self.lines_bps, other.lines_bps),
            tuple(one + two for one, two in zip(self.ready, other.ready, strict=True)),
        )


def _sent(sites: Iterable[tuple[int, list[Any]]], *rest: Any) -> BlockYears:  # noqa: ANN401
    """Make what some blocks came to of what another process sent."""
    blocks, *others = rest
    return BlockYears(blocks, tuple((number, sites_of(rows)) for number, rows in sites), *others)


def run_block(block: Block, spec: Spec) -> BlockYears:
    """Draw the years of a block's sites; pure, and the same wherever and after whatever it is called."""
    import numpy as np

    topologies = tuple(way.topology for way in block.subjects[0].prices.ways)
    wan, release = (np.zeros((len(topologies), spec.draws), dtype=np.int64) for _ in range(2))
    lines = np.zeros(spec.draws, dtype=np.int64)
    pooled, told = [Pooled() for _ in topologies], dict[int, SiteYears]()
    for places in batches(block.subjects, spec):
        drawn = drawn_together([block.subjects[place] for place in places], spec)
        wan += drawn.wan.sum(axis=0)
        release += drawn.release
        lines += drawn.lines_bps
        until = _until(drawn.ready, spec.draws, topologies, pooled)
        for place, ways in zip(places, told_ways(topologies, drawn.wan, until), strict=True):
            site = block.subjects[place]
            told[place] = SiteYears(site.line, site.name, site.years, ways, site.is_low)
    has_lines = any(subject.line_bps is not None for subject in block.subjects)
    return BlockYears(
        (block.number,),
        ((block.number, tuple(told[place] for place in sorted(told))),),
        topologies,
        tuple(map(tuple, wan.tolist())),
        tuple(map(tuple, release.tolist())),
        tuple(lines.tolist()) if has_lines else (),
        tuple(each.summary() for each in pooled),
    )


def _until(
    ready: Sequence[dict[str, Any]], draws: int, topologies: Sequence[str], pooled: Sequence[Pooled]
) -> list[list[Until | None]]:
    """Tell when the last host of each site is ready under each topology, and put that together with what other sites have."""
    import numpy as np

    found: list[list[Until | None]] = [[None] * len(topologies) for _ in ready]
    known = [(site, place) for place, name in enumerate(topologies) for site, each in enumerate(ready) if name in each]
    if not known:
        return found
    rows = np.empty((len(known), draws), dtype=np.int64)
    for row, (site, place) in zip(rows, known, strict=True):
        row[:] = ready[site][topologies[place]]
    ranked = Ranked(rows)
    times = zip(ranked.percentiles(0.5), ranked.percentiles(0.95), ranked.most, strict=True)
    for number, ((site, place), each) in enumerate(zip(known, times, strict=True)):
        found[site][place] = each
        pooled[place].add(ranked, number)
    return found


def together(parts: Iterable[BlockYears], spec: Spec) -> FleetYears:
    """Tell what all blocks come to, whatever order they come in. Raises `ValueError` for none, and for one that comes twice."""
    import numpy as np

    found = reduce(lambda one, two: one + two, parts)
    carried = np.array([found.wan], dtype=np.int64)
    release = Ranked(np.array(found.release, dtype=np.int64))
    lines = Ranked(np.array([found.lines_bps], dtype=np.int64)) if found.lines_bps else None
    (ways,) = told_ways(found.topologies, carried, [[None] * len(found.topologies)])
    taken = zip(release.means, release.percentiles(0.95), release.most, strict=True)
    return FleetYears(
        spec.seed,
        spec.draws,
        tuple(chain.from_iterable(sites for _, sites in found.sites)),
        tuple(_fleet_way(*each) for each in zip(ways, taken, found.ready, strict=True)),
        None if lines is None else lines.means[0],
        None if lines is None else lines.percentiles(0.95)[0],
        len(found.blocks),
    )


def _fleet_way(way: SiteWay, release: tuple[Estimate, Estimate, int], ready: Summary) -> FleetWay:
    mean, p95, most = release
    return FleetWay(
        way.topology,
        way.wan_mean,
        way.wan_p95,
        way.wan_most,
        way.saved_mean,
        way.saved_p05,
        way.saved_p95,
        way.saved_ratio,
        mean if most else None,
        p95 if most else None,
        most or None,
        told_percentile(ready, 0.5) if ready.count else None,
        told_percentile(ready, 0.95) if ready.count else None,
        ready.most,
    )


def _added(one: Sequence[int], two: Sequence[int]) -> tuple[int, ...]:
    """Add what was drawn, draw by draw; who has nothing has nothing."""
    if not (one and two):
        return tuple(one or two)
    return tuple(first + second for first, second in zip(one, two, strict=True))
