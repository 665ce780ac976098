"""Many drawn years of a site at once: counts of events, each at its price.

Every site has streams of its own, by its name, and each kind of event one of them: neither the place of a site in a table
nor how it is spread over workers nor how often something else happens shifts a draw. Releases are the same for all sites
of a fleet, as software is released to all: a site takes those that its rate takes.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from math import ceil, inf
from typing import TYPE_CHECKING, Any

from regplan.sim.fleet.missing import Missing
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from regplan.sim.chance.draws import Varied
    from regplan.sim.fleet.caches import Cold
    from regplan.sim.fleet.prices import Prices, WayPrices
    from regplan.sim.fleet.subject import Spec, Subject

__all__ = ["Events", "Tables", "Years", "drawn_events", "side_by_side", "years_of"]

_RELEASES, _SITES = 0, 1
_RATES, _FAILURES, _MOVES, _MISSING = range(4)


@dataclass(frozen=True, slots=True)
class Events:
    """What happens to a site in each of so many draws, before any topology is looked at.

    `upgrades` and `first_upgrade` (in years, infinite without one) have one value for each draw, `joins` a row for each host that joins.
    `failure_*` are of each host that is set up anew: its draw, when, and which host, in the order in which hosts join. `moves` is
    how many pods move. `*_past` are chances from 0 to 1: where they are below that of the registry to be away, it is.
    `internet` and `unpacking` are what the site's rates are multiplied by: one for each draw, or one for all. `missing` tells of
    each draw (rows) which images the registry lacks, None where it has all.
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
    missing: Any = None


@dataclass(frozen=True, slots=True)
class Years:
    """Internet bytes of each draw under each topology (rows), and those of one of its releases."""

    wan: Any
    release: Any


def drawn_events(subject: Subject, spec: Spec) -> Events:
    """Draw what happens to a site: the same for the same seed and name, whoever asks."""
    import numpy as np

    stream_of = _streams(spec.seed, subject.name)
    draws, years, prices = spec.draws, subject.years, subject.prices
    rates = stream_of(_RATES)
    ratios = [_ratios(varied, rates, draws) for varied in (subject.internet, subject.unpacking)]
    # How many hosts join shifts nothing that is drawn before them.
    upgrade_past, *joins = (
        rates.random((2 * prices.joins + 1, draws)) if prices.joins or prices.past else (np.ones(draws),)
    )
    joins = np.array(joins).reshape(2 * prices.joins, draws)
    hosts = len(prices.kinds)
    of, drawn, which = _failures(subject.failures_per_year * hosts * years, hosts, draws, stream_of)
    upgrades, first = _releases(spec.seed, draws, subject.upgrades_per_year, years)
    moves = (
        stream_of(_MOVES).poisson(subject.moves_per_year * years, draws)
        if subject.moves_per_year
        else np.zeros(draws, np.int64)
    )
    lacks = prices.lacks
    missing = None if lacks is None else stream_of(_MISSING).random((draws, lacks.images)) < lacks.chance
    return Events(
        joins[: prices.joins] * years,
        joins[prices.joins :],
        upgrades,
        first,
        upgrade_past,
        of,
        drawn[0] * years,
        which,
        drawn[1],
        moves,
        ratios[0],
        ratios[1],
        missing,
    )


def side_by_side(drawn: Sequence[Events]) -> Events:
    """Put the draws of sites with the same prices beside each other, as if one site had them all.

    What rates are multiplied by is left out, and so is which images are missing where there is more than one site.
    """
    import numpy as np

    if len(drawn) == 1:
        return drawn[0]
    draws = len(drawn[0].upgrades)
    of = np.repeat(np.arange(len(drawn)) * draws, [len(each.failure_draws) for each in drawn])
    found = {
        key: np.concatenate([getattr(each, key) for each in drawn], axis=-1)
        for key in (
            "joins", "joins_past", "upgrades", "first_upgrade", "upgrade_past", "failure_draws", "failure_at",
            "failure_hosts", "failures_past", "moves",
        )
    }  # fmt: skip
    found["failure_draws"] += of
    return Events(**found, internet=None, unpacking=None)


def _failures(expected: float, hosts: int, draws: int, stream_of: Callable[[int], Any]) -> tuple[Any, Any, Any]:
    """Draw hosts that are set up anew: of which draw, two chances for each, and which host."""
    import numpy as np

    if not expected:
        return np.zeros(0, np.int64), np.zeros((2, 0)), np.zeros(0, np.int64)
    stream = stream_of(_FAILURES)
    # As many in all draws as in one that lasts as long, each in any of them: what is in one is then Poisson too.
    count = stream.poisson(expected * draws)
    return stream.integers(draws, size=count), stream.random((2, count)), stream.integers(hosts, size=count)


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
        lacking = {place: way.lacks for place, way in enumerate(ways) if way.lacks is not None}
        self.missing = None if prices.lacks is None else Missing(prices.lacks, lacking)


class _ColdTables:
    """What a cache fetches, as arrays."""

    def __init__(self, cold: Cold) -> None:
        import numpy as np

        self.sets = len(cold.before[0])
        # By version and kind, which bit says that one came: first those before the upgrade, then those after it, where hosts that joined
        # have one too; before it these are counted by their number, and have none.
        bits, count = [each.bit_length() - 1 for each in cold.bits], self.sets.bit_length() - 1
        self.none = 2 * count + 1
        self.which = np.array([*bits, self.none, *(count + bit for bit in bits), 2 * count], dtype=np.int64)
        self.powers = 1 << np.arange(count + 1)
        self.before, self.upgrades, self.after = (
            np.array(each, dtype=np.int64) for each in (cold.before, cold.upgrades, cold.after)
        )


@dataclass(frozen=True, slots=True)
class _Came:
    """Hosts that are set up anew: the draw, the version at that time, the kind, and where its price stands.

    `is_past` tells which of them pull past a registry that is away.
    """

    of: Any
    version: Any
    kinds: Any
    place: Any
    is_past: Any

    def where(self, chosen: Any) -> _Came:  # noqa: ANN401
        """Choose some of them."""
        each = (self.of, self.version, self.kinds, self.place, self.is_past)
        return _Came(*(values[chosen] for values in each))


def years_of(events: Events, tables: Tables) -> Years:
    """Add up what a site's events carry in each draw, in whole bytes."""
    import numpy as np

    prices = tables.prices
    is_newer = (events.joins >= events.first_upgrade) & (prices.versions > 1)
    before = (events.joins < events.first_upgrade).sum(axis=0)
    release = tables.upgrades.take(before, axis=1) * (events.upgrades > 0)
    wan = tables.set_up.take(before, axis=1) + release * events.upgrades
    came = _came(events, tables)
    for place, way in enumerate(prices.ways):
        goes_past = bool(way.joins_past)
        if way.cold is not None:
            told = came.where(~came.is_past) if goes_past else came
            _add_cold(tables.colds[place], events, (told, before, is_newer.any(axis=0)), (wan[place], release[place]))
        failures = tables.failures[place]
        if failures is not None:
            np.add.at(wan[place], came.of, failures.take(came.place))
        if goes_past:
            _add_past(way, prices.past, events, (came, before, is_newer), wan[place])
        if way.moves:
            wan[place] += _moved(way, int(events.moves.max())).take(events.moves)
    if tables.missing is not None:
        _add_missing(tables.missing, events, prices, (came, is_newer), Years(wan, release))
    return Years(wan, release)


def _came(events: Events, tables: Tables) -> _Came:
    """Leave out hosts that fail before they join."""
    import numpy as np

    of, at, prices = events.failure_draws, events.failure_at, tables.prices
    version = (at >= events.first_upgrade.take(of)).astype(np.int64) * (prices.versions > 1)
    kinds = tables.kinds.take(events.failure_hosts)
    is_past = events.failures_past < prices.past
    if not prices.joins:
        return _Came(of, version, kinds, version * (tables.kinds[-1] + 2) + kinds, is_past)
    joined = (events.joins.take(of, axis=1) < at).sum(axis=0)
    place = (version * (prices.joins + 1) + joined) * (tables.kinds[-1] + 1) + kinds
    is_there = events.failure_hosts < len(prices.kinds) - prices.joins + joined
    found = _Came(of, version, kinds, place, is_past)
    return found if is_there.all() else found.where(is_there)


def _add_cold(cold: _ColdTables, events: Events, happened: tuple[_Came, Any, Any], sums: tuple[Any, Any]) -> None:
    """Add what a cache fetches, by who came before the first upgrade and who after it."""
    import numpy as np

    came, before, has_newer_joins = happened
    draws, bits = len(before), cold.none // 2
    came_at = np.zeros((cold.none + 1) * draws, dtype=bool)
    which = cold.which.take(came.version * (len(cold.which) // 2) + came.kinds)
    came_at[which * draws + came.of] = True
    has_come = came_at.reshape(-1, draws)
    has_come[2 * bits] |= has_newer_joins
    who = cold.powers[:-1] @ has_come[:bits] + before * cold.sets
    later = cold.powers @ has_come[bits : 2 * bits + 1]
    upgrade = cold.upgrades.take(who) * (events.upgrades > 0)
    rest = cold.after.take(who * 2 * cold.sets + later) * (events.upgrades > 0)
    wan, release = sums
    wan += cold.before.take(who) + upgrade * events.upgrades + rest
    release += upgrade


def _add_past(way: WayPrices, chance: float, events: Events, happened: tuple[_Came, Any, Any], wan: Any) -> None:  # noqa: ANN401
    """Add what hosts pull past a registry that is away."""
    import numpy as np

    came, before, is_newer = happened
    if way.failures_past:
        past = came.where(came.is_past)
        np.add.at(wan, past.of, np.array(way.failures_past, dtype=np.int64)[past.version, past.kinds])
    joins = np.array(way.joins_past, dtype=np.int64).take(is_newer.astype(np.int64))
    wan += (joins * (events.joins_past < chance)).sum(axis=0)
    if way.upgrades_past:
        is_past = (events.upgrade_past < chance) & (events.upgrades > 0)
        wan += np.array(way.upgrades_past, dtype=np.int64).take(before) * is_past


def _add_missing(missing: Missing, events: Events, prices: Prices, happened: tuple[_Came, Any], sums: Years) -> None:
    """Add what images change that the registry lacks; a host that pulls past a registry which is away pulls them there too."""
    import numpy as np

    draws = np.flatnonzero(events.missing.any(axis=1))
    if not draws.size:
        return
    came, is_newer = happened
    lacked = events.missing[draws]
    hits, count = missing.hits(lacked), events.upgrades[draws]
    before = (events.joins < events.first_upgrade).sum(axis=0)[draws]
    there = came.where(~came.is_past & events.missing.any(axis=1).take(came.of))
    row = np.searchsorted(draws, there.of)
    served = (events.joins_past >= prices.past)[:, draws]
    for place in range(len(prices.ways)):
        if place not in missing:
            continue
        told = missing.changes(place, hits, lacked, events.moves[draws])
        release = (told.upgrade + before * told.upgrade_joined) * (count > 0)
        joins = (np.where(is_newer[:, draws], told.joins[1], told.joins[0]) * served).sum(axis=0)
        sums.release[place][draws] += release
        moved = np.rint((1 - prices.past) * told.moves).astype(np.int64)
        sums.wan[place][draws] += told.set_up + release * count + joins + moved
        np.add.at(sums.wan[place], there.of, told.failures[row, there.version, there.kinds])


def _costs(failures: tuple[tuple[tuple[int, ...], ...], ...]) -> bool:
    return any(size for states in failures for hosts in states for size in hosts)


def _moved(way: WayPrices, most: int) -> Any:  # noqa: ANN401
    """Tell by the number of moves what they carry, as expected of so many: which host and image they hit is not drawn."""
    import numpy as np

    moves = np.arange(most + 1)
    found = sum(size * (1 - (1 - chance) ** moves) for chance, size in way.moves)
    return np.rint(way.moves_share * found).astype(np.int64)


def _streams(seed: int, name: str) -> Callable[[int], Any]:
    """Tell how to open a site's streams, by their numbers."""
    import numpy as np

    digest = hashlib.sha256(name.encode()).digest()
    words = [int.from_bytes(digest[place : place + 4], "big") for place in range(0, 16, 4)]
    return lambda number: np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(_SITES, *words, number)))
    )


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
