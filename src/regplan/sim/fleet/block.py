"""A block of sites is drawn: what each site came to, and what all of them did together, draw by draw."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING, Any

from regplan.model.years import FleetWay, FleetYears
from regplan.sim.fleet.batch import batches, drawn_together
from regplan.sim.fleet.plain import MEASURES, columns_of, estimate_of, sites_of
from regplan.sim.fleet.pooled import Pooled
from regplan.sim.fleet.told import Ranked, told_percentile, told_ways
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.model.years import SiteYears
    from regplan.sim.chance.summary import Summary
    from regplan.sim.fleet.plain import Columns
    from regplan.sim.fleet.subject import Block, Spec

__all__ = ["BlockYears", "run_block", "together"]


@dataclass(frozen=True, slots=True)
class BlockYears:
    """What some blocks of a fleet came to: their sites, and by topology, draw by draw, what those carried together.

    `release` is of one release that all take that take any, `lines_bps` what the lines of all carry at once; () where no site
    names its line. `ready` is, by topology, when the last host is ready in each draw of each site that names its line.
    """

    blocks: tuple[int, ...]
    sites: tuple[tuple[int, Columns], ...]
    topologies: tuple[str, ...]
    wan: tuple[tuple[int, ...], ...]
    release: tuple[tuple[int, ...], ...]
    lines_bps: tuple[int, ...] = ()
    ready: tuple[Summary, ...] = ()

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


def run_block(block: Block, spec: Spec) -> BlockYears:
    """Draw the years of a block's sites; pure, and the same wherever and after whatever it is called."""
    import numpy as np

    topologies = tuple(way.topology for way in block.subjects[0].prices.ways)
    wan, release = (np.zeros((len(topologies), spec.draws), dtype=np.int64) for _ in range(2))
    lines = np.zeros(spec.draws, dtype=np.int64)
    pooled = [Pooled() for _ in topologies]
    estimates = np.full((len(block.subjects), len(topologies), MEASURES, 3), np.nan)
    most: list[list[tuple[int, int | None]]] = [[] for _ in block.subjects]
    for places in batches(block.subjects, spec):
        drawn = drawn_together([block.subjects[place] for place in places], spec)
        wan += drawn.wan.sum(axis=0)
        release += drawn.release
        lines += drawn.lines_bps
        carried, most_bytes = told_ways(drawn.wan)
        until, latest_ms = _until(drawn.ready, spec.draws, topologies, pooled)
        estimates[places] = np.concatenate([carried, until], axis=2)
        told = list(zip(most_bytes, latest_ms, strict=True))
        for number, place in enumerate(places):
            most[place] = told[number * len(topologies) : (number + 1) * len(topologies)]
    has_lines = any(subject.line_bps is not None for subject in block.subjects)
    heads = ((each.line, each.name, each.years, each.is_low) for each in block.subjects)
    return BlockYears(
        (block.number,),
        ((block.number, columns_of(heads, estimates, chain.from_iterable(most))),),
        topologies,
        tuple(map(tuple, wan.tolist())),
        tuple(map(tuple, release.tolist())),
        tuple(lines.tolist()) if has_lines else (),
        tuple(each.summary() for each in pooled),
    )


def _until(
    ready: Sequence[dict[str, Any]], draws: int, topologies: Sequence[str], pooled: Sequence[Pooled]
) -> tuple[Any, list[int | None]]:
    """Tell when the last host of each site is ready under each topology, and put that together with what other sites have.

    The estimates, half of the draws and 95 % of them, are by site, topology, measure and (value, low, high); beside them stands
    the latest, site by site. NaN and None where nobody told a site's lines.
    """
    import numpy as np

    found = np.full((len(ready) * len(topologies), 2, 3), np.nan)
    latest: list[int | None] = [None] * len(found)
    known = [(site, place) for place, name in enumerate(topologies) for site, each in enumerate(ready) if name in each]
    if known:
        rows = np.empty((len(known), draws), dtype=np.int64)
        for row, (site, place) in zip(rows, known, strict=True):
            row[:] = ready[site][topologies[place]]
        ranked = Ranked(rows)
        places = [site * len(topologies) + place for site, place in known]
        found[places] = np.stack([ranked.percentiles(0.5), ranked.percentiles(0.95)], axis=1)
        for number, (place, (_, way)) in enumerate(zip(places, known, strict=True)):
            latest[place] = ranked.most[number]
            pooled[way].add(ranked, number)
    return found.reshape(len(ready), len(topologies), 2, 3), latest


def together(parts: Iterable[BlockYears], spec: Spec) -> FleetYears:
    """Tell what all blocks come to, whatever order they come in. Raises `ValueError` for none, and for one that comes twice.

    A block's sites are told as it comes, while others are still drawn elsewhere.
    """
    import numpy as np

    sites: dict[int, tuple[SiteYears, ...]] = {}

    def rest(part: BlockYears) -> BlockYears:
        sites.update((number, sites_of(columns, part.topologies)) for number, columns in part.sites)
        return replace(part, sites=())

    found = reduce(lambda one, two: one + two, map(rest, parts))
    (told,), most = told_ways(np.array([found.wan], dtype=np.int64))
    release = Ranked(np.array(found.release, dtype=np.int64))
    lines = Ranked(np.array([found.lines_bps], dtype=np.int64)) if found.lines_bps else None
    taken = zip(release.means, release.percentiles(0.95), release.most, strict=True)
    return FleetYears(
        spec.seed,
        spec.draws,
        tuple(chain.from_iterable(each for _, each in sorted(sites.items()))),
        tuple(map(_fleet_way, found.topologies, told, most, taken, found.ready)),
        None if lines is None else estimate_of(lines.means[0].tolist()),
        None if lines is None else estimate_of(lines.percentiles(0.95)[0].tolist()),
        len(found.blocks),
    )


def _fleet_way(topology: str, told: Any, most: int, taken: tuple[Any, Any, int], ready: Summary) -> FleetWay:  # noqa: ANN401
    mean, p95, *saved = map(estimate_of, told.tolist())
    release = (estimate_of(taken[0].tolist()), estimate_of(taken[1].tolist()), taken[2]) if taken[2] else (None,) * 3
    until = (told_percentile(ready, 0.5), told_percentile(ready, 0.95)) if ready.count else (None, None)
    values: Any = (topology, mean, p95, most, *saved, *release, *until, ready.most)
    return FleetWay(*values)


def _added(one: Sequence[int], two: Sequence[int]) -> tuple[int, ...]:
    """Add what was drawn, draw by draw; who has nothing has nothing."""
    if not (one and two):
        return tuple(one or two)
    return tuple(first + second for first, second in zip(one, two, strict=True))
