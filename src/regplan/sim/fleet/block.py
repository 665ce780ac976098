"""A block of sites is drawn: what each site came to, and what all of them did together, draw by draw."""

from __future__ import annotations

from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from regplan.model.years import FleetWay, FleetYears, SiteWay, SiteYears
from regplan.sim.fleet.plain import rows_of, sites_of
from regplan.sim.fleet.ready import last_ready_ms
from regplan.sim.fleet.told import Pooled, Ranked, Saved, told_percentile
from regplan.sim.fleet.years import Tables, drawn_events, years_of
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.sim.chance.summary import Summary
    from regplan.sim.fleet.subject import Block, Spec

__all__ = ["DIRECT", "BlockYears", "run_block", "together"]

DIRECT: Final = 0


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

    tables: dict[int, Tables] = {}
    topologies = tuple(way.topology for way in block.subjects[0].prices.ways)
    wan, release = (np.zeros((len(topologies), spec.draws), dtype=np.int64) for _ in range(2))
    lines = np.zeros(spec.draws, dtype=np.int64)
    times, sites = [Pooled() for _ in topologies], []
    for subject in block.subjects:
        key = id(subject.prices)
        if key not in tables:
            tables[key] = Tables(subject.prices)
        table = tables[key]
        events = drawn_events(subject, spec)
        years = years_of(events, table)
        wan += years.wan
        release += years.release
        ready: dict[str, Any] = {}
        if subject.boot is not None:
            ready = last_ready_ms(subject.boot, events.internet, events.unpacking)
        if subject.line_bps is not None:
            lines += np.rint(events.internet * subject.line_bps).astype(np.int64)
        until = [Ranked(ready[name], spec.draws) if name in ready else None for name in topologies]
        for pooled, each in zip(times, until, strict=True):
            if each is not None:
                pooled.add(each)
        direct = Ranked(years.wan[DIRECT], spec.draws)
        ways = tuple(
            _way(name, direct if place == DIRECT else Ranked(years.wan[place], spec.draws), direct, until[place])
            for place, name in enumerate(topologies)
        )
        sites.append(SiteYears(subject.line, subject.name, subject.years, ways, subject.is_low))
    has_lines = any(subject.line_bps is not None for subject in block.subjects)
    return BlockYears(
        (block.number,),
        ((block.number, tuple(sites)),),
        topologies,
        tuple(map(tuple, wan.tolist())),
        tuple(map(tuple, release.tolist())),
        tuple(lines.tolist()) if has_lines else (),
        tuple(pooled.summary() for pooled in times),
    )


def together(parts: Iterable[BlockYears], spec: Spec) -> FleetYears:
    """Tell what all blocks come to, whatever order they come in. Raises `ValueError` for none, and for one that comes twice."""
    import numpy as np

    found = reduce(lambda one, two: one + two, parts)
    wan = np.array(found.wan, dtype=np.int64)
    release = np.array(found.release, dtype=np.int64)
    lines = Ranked(np.array(found.lines_bps), spec.draws) if found.lines_bps else None
    carried = [Ranked(each, spec.draws) for each in wan]
    ways = (
        _fleet_way(_way(name, carried[place], carried[DIRECT]), Ranked(release[place], spec.draws), found.ready[place])
        for place, name in enumerate(found.topologies)
    )
    return FleetYears(
        spec.seed,
        spec.draws,
        tuple(chain.from_iterable(sites for _, sites in found.sites)),
        tuple(ways),
        None if lines is None else lines.mean,
        None if lines is None else lines.percentile(0.95),
        len(found.blocks),
    )


def _way(name: str, carried: Ranked, direct: Ranked, until: Ranked | None = None) -> SiteWay:
    saved = Saved(carried, direct)
    return SiteWay(
        name,
        carried.mean,
        carried.percentile(0.95),
        carried.most,
        saved.bytes.mean,
        saved.bytes.percentile(0.05),
        saved.bytes.percentile(0.95),
        saved.ratio,
        None if until is None else until.percentile(0.5),
        None if until is None else until.percentile(0.95),
        None if until is None else until.most,
    )


def _fleet_way(way: SiteWay, release: Ranked, ready: Summary) -> FleetWay:
    return FleetWay(
        way.topology,
        way.wan_mean,
        way.wan_p95,
        way.wan_most,
        way.saved_mean,
        way.saved_p05,
        way.saved_p95,
        way.saved_ratio,
        release.mean if release.most else None,
        release.percentile(0.95) if release.most else None,
        release.most or None,
        told_percentile(ready, 0.5) if ready.count else None,
        told_percentile(ready, 0.95) if ready.count else None,
        ready.most,
    )


def _added(one: Sequence[int], two: Sequence[int]) -> tuple[int, ...]:
    """Add what was drawn, draw by draw; who has nothing has nothing."""
    if not (one and two):
        return tuple(one or two)
    return tuple(first + second for first, second in zip(one, two, strict=True))
