"""Many drawn years of a site at once: counts of events, each at its price.

Every site has streams of its own, by its name, and each kind of event one of them: neither the place of a site in a table
nor how it is spread over workers nor how often something else happens shifts a draw. Releases are the same for all sites
of a fleet, as software is released to all: a site takes those that its rate takes.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from math import ceil, inf
from typing import TYPE_CHECKING, Any, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.sim.chance.draws import Varied
    from regplan.sim.fleet.caches import Cold
    from regplan.sim.fleet.prices import Prices, WayPrices
    from regplan.sim.fleet.subject import Spec, Subject

__all__ = ["Events", "Tables", "Years", "drawn_events", "years_of"]

_RELEASES, _SITES = 0, 1
_STREAMS: Final = ("rates", "joins", "failures", "moves")


@dataclass(frozen=True, slots=True)
class Events:
    """What happens to a site in each of so many draws, before any topology is looked at.

    `upgrades` and `first_upgrade` (in years, infinite without one) have one value for each draw, `joins` a row.
    `failure_*` are of each host that is set up anew: its draw, when, and which host, in the order in which hosts join. `moves` is
    how many pods move. `*_past` are chances from 0 to 1: where they are below that of the registry to be away, it is.
    `internet` and `unpacking` are what the site's rates are multiplied by: one for each draw, or one for all.
    """

    joins: Any
    joins_past: Any
    upgrades: Any
    first_upgrade: Any
    upgrade_past: Any
    failure_draws: Any
    failure_at: Any
    failure_hosts: Any
    failures_past: Any
    moves: Any
    internet: Any
    unpacking: Any


@dataclass(frozen=True, slots=True)
class Years:
    """Internet bytes of each draw under each topology (rows), and those of one of its releases."""

    wan: Any
    release: Any


def drawn_events(subject: Subject, spec: Spec) -> Events:
    """Draw what happens to a site: the same for the same seed and name, whoever asks."""
    import numpy as np

    streams = _streams(spec.seed, subject.name)
    draws, years, prices = spec.draws, subject.years, subject.prices
    joins = streams["joins"].random((draws, 2 * prices.joins + 1))
    hosts = len(prices.kinds)
    counts = streams["failures"].poisson(subject.failures_per_year * hosts * years, draws)
    of = np.repeat(np.arange(draws), counts)
    drawn = streams["failures"].random((2, of.size))
    which = streams["failures"].integers(hosts, size=of.size)
    upgrades, first = _releases(spec.seed, draws, subject.upgrades_per_year, years)
    return Events(
        joins[:, : prices.joins] * years,
        joins[:, prices.joins : -1],
        upgrades,
        first,
        joins[:, -1],
        of,
        drawn[0] * years,
        which,
        drawn[1],
        streams["moves"].poisson(subject.moves_per_year * years, draws),
        _ratios(subject.internet, streams["rates"], draws),
        _ratios(subject.unpacking, streams["rates"], draws),
    )


class Tables:
    """A site's prices as arrays; sites that are alike share them."""

    def __init__(self, prices: Prices) -> None:
        """Lay the prices out by topology, version, hosts that joined and kind of host."""
        import numpy as np

        ways = prices.ways
        self.prices = prices
        self.kinds = np.array(prices.kinds, dtype=np.int64)
        self.set_up = np.array([way.set_up for way in ways], dtype=np.int64)
        self.upgrades = np.array([way.upgrades for way in ways], dtype=np.int64)
        self.failures = [np.array(way.failures, dtype=np.int64) if _costs(way.failures) else None for way in ways]
        self.colds = {place: _ColdTables(way.cold) for place, way in enumerate(ways) if way.cold is not None}


class _ColdTables:
    """What a cache fetches, as arrays."""

    def __init__(self, cold: Cold) -> None:
        import numpy as np

        # Hosts that joined come last; before the upgrade they are counted by their number.
        self.bits = np.array((*cold.bits, 0), dtype=np.int64)
        self.newer_bits = np.array((*cold.bits, len(cold.before[0])), dtype=np.int64)
        self.before, self.upgrades, self.after = (
            np.array(each, dtype=np.int64) for each in (cold.before, cold.upgrades, cold.after)
        )


@dataclass(frozen=True, slots=True)
class _Came:
    """Hosts that are set up anew: the draw, the version at that time, how many had joined, the kind, and whether it pulls past."""

    of: Any
    version: Any
    joined: Any
    kinds: Any
    is_past: Any

    def where(self, chosen: Any) -> _Came:  # noqa: ANN401
        """Choose some of them."""
        each = (self.of, self.version, self.joined, self.kinds, self.is_past)
        return _Came(*(values[chosen] for values in each))


def years_of(events: Events, tables: Tables) -> Years:
    """Add up what a site's events carry in each draw, in whole bytes."""
    import numpy as np

    prices, has_newer = tables.prices, tables.prices.versions > 1
    before = (events.joins < events.first_upgrade[:, None]).sum(axis=1)
    release = np.where(events.upgrades > 0, tables.upgrades[:, before], 0)
    wan = tables.set_up[:, before] + release * events.upgrades
    came = _came(events, tables)
    newer_joins = (events.joins >= events.first_upgrade[:, None]) & has_newer
    for place, way in enumerate(prices.ways):
        goes_past = bool(way.joins_past)
        if way.cold is not None:
            told = came.where(~came.is_past) if goes_past else came
            _add_cold(
                tables.colds[place], events, (told, before, newer_joins.any(axis=1)), (wan[place], release[place])
            )
        failures = tables.failures[place]
        if failures is not None:
            np.add.at(wan[place], came.of, failures[came.version, came.joined, came.kinds])
        if goes_past:
            _add_past(way, prices.past, events, (came, before, newer_joins), wan[place])
        if way.moves:
            wan[place] += _moved(way, int(events.moves.max()))[events.moves]
    return Years(wan, release)


def _came(events: Events, tables: Tables) -> _Came:
    """Leave out hosts that fail before they join."""
    import numpy as np

    of, at, prices = events.failure_draws, events.failure_at, tables.prices
    version = ((at >= events.first_upgrade[of]) & (prices.versions > 1)).astype(np.int64)
    is_past = events.failures_past < prices.past
    kinds = tables.kinds[events.failure_hosts]
    if not prices.joins:
        return _Came(of, version, np.zeros_like(of), kinds, is_past)
    joined = (events.joins[of] < at[:, None]).sum(axis=1)
    is_there = events.failure_hosts < len(prices.kinds) - prices.joins + joined
    return _Came(of, version, joined, kinds, is_past).where(is_there)


def _add_cold(cold: _ColdTables, events: Events, happened: tuple[_Came, Any, Any], sums: tuple[Any, Any]) -> None:
    """Add what a cache fetches, by who came before the first upgrade and who after it."""
    import numpy as np

    came, before, has_newer_joins = happened
    who, later = np.zeros(len(before), dtype=np.int64), has_newer_joins * cold.newer_bits[-1]
    is_newer = came.version > 0
    old, new = came.where(~is_newer), came.where(is_newer)
    np.bitwise_or.at(who, old.of, cold.bits[old.kinds])
    np.bitwise_or.at(later, new.of, cold.newer_bits[new.kinds])
    upgrade = np.where(events.upgrades > 0, cold.upgrades[before, who], 0)
    rest = np.where(events.upgrades > 0, cold.after[before, who, later], 0)
    wan, release = sums
    wan += cold.before[before, who] + upgrade * events.upgrades + rest
    release += upgrade


def _add_past(way: WayPrices, chance: float, events: Events, happened: tuple[_Came, Any, Any], wan: Any) -> None:  # noqa: ANN401
    """Add what hosts pull past a registry that is away."""
    import numpy as np

    came, before, newer_joins = happened
    if way.failures_past:
        past = came.where(came.is_past)
        np.add.at(wan, past.of, np.array(way.failures_past, dtype=np.int64)[past.version, past.kinds])
    joins = np.array(way.joins_past, dtype=np.int64)[newer_joins.astype(np.int64)]
    wan += (joins * (events.joins_past < chance)).sum(axis=1)
    if way.upgrades_past:
        is_past = (events.upgrade_past < chance) & (events.upgrades > 0)
        wan += np.where(is_past, np.array(way.upgrades_past, dtype=np.int64)[before], 0)


def _costs(failures: tuple[tuple[tuple[int, ...], ...], ...]) -> bool:
    return any(size for states in failures for hosts in states for size in hosts)


def _moved(way: WayPrices, most: int) -> Any:  # noqa: ANN401
    """Tell by the number of moves what they carry, as expected of so many: which host and image they hit is not drawn."""
    import numpy as np

    moves = np.arange(most + 1)
    found = sum(size * (1 - (1 - chance) ** moves) for chance, size in way.moves)
    return np.rint(way.moves_share * found).astype(np.int64)


def _streams(seed: int, name: str) -> dict[str, Any]:
    import numpy as np

    digest = hashlib.sha256(name.encode()).digest()
    words = (int.from_bytes(digest[place : place + 4], "big") for place in range(0, 16, 4))
    children = np.random.SeedSequence(seed, spawn_key=(_SITES, *words)).spawn(len(_STREAMS))
    return {name: np.random.default_rng(child) for name, child in zip(_STREAMS, children, strict=True)}


@lru_cache(maxsize=8)
def _releases(seed: int, draws: int, per_year: float, years: float) -> tuple[Any, Any]:
    """Tell how many releases a site takes in each draw, and when the first comes.

    They are the points of a process over time and level, at one a year and level: a site takes those below its rate, so that
    one that takes fewer takes some of those that others take.
    """
    import numpy as np

    counts, first = np.zeros(draws, dtype=np.int64), np.full(draws, inf)
    for level in range(ceil(per_year)):
        for year in range(ceil(years)):
            cell = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_RELEASES, level, year)))
            of = np.repeat(np.arange(draws), cell.poisson(1.0, draws))
            drawn = cell.random((2, of.size))
            taken = (level + drawn[0] < per_year) & (year + drawn[1] < years)
            counts += np.bincount(of[taken], minlength=draws)
            np.minimum.at(first, of[taken], year + drawn[1][taken])
    return counts, first


def _ratios(varied: Varied, stream: Any, draws: int) -> Any:  # noqa: ANN401
    """Draw what a rate is multiplied by; what does not vary is told once."""
    import numpy as np

    drawn, normal = stream.random(draws), stream.standard_normal(draws)
    if not varied.spread and len(varied.ratios) == 1:
        return np.array(varied.ratios)
    ratios = np.array(varied.ratios)[(drawn * len(varied.ratios)).astype(np.int64)]
    return ratios * np.exp(varied.spread * normal)
