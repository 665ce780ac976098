"""Many drawn years of a site at once, or of sites that are alike: counts of events, each at its price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.sim.fleet.events import beside
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.sim.fleet.events import Events
    from regplan.sim.fleet.prices import WayPrices
    from regplan.sim.fleet.tables import ColdTables, Tables

__all__ = ["Years", "years_of"]


@dataclass(frozen=True, slots=True)
class Years:
    """Internet bytes of each draw under each topology (rows), and those of one of its releases."""

    wan: Any
    release: Any


@dataclass(frozen=True, slots=True)
class _Came:
    """Hosts that are set up anew: the draw, and the place where its price stands.

    `is_past` tells which of them pull past a registry that is away.
    """

    of: Any
    place: Any
    is_past: Any

    def where(self, is_chosen: Any) -> _Came:  # noqa: ANN401
        """Choose some of them."""
        chosen = is_chosen.nonzero()[0]
        return _Came(*(values.take(chosen) for values in (self.of, self.place, self.is_past)))


def years_of(drawn: Sequence[Events], tables: Tables) -> Years:
    """Add up what events carry in each draw of each of these sites, site by site, in whole bytes.

    All sites have these prices; where their registry lacks images, there is one.
    """
    import numpy as np

    prices, came = tables.prices, _all_came(drawn, tables)
    events = drawn[0] if len(drawn) == 1 else beside(drawn)
    is_newer = (events.joins >= events.first_upgrade) & (prices.versions > 1)
    before = (events.joins < events.first_upgrade).sum(axis=0)
    release = tables.upgrades.take(np.where(events.upgrades > 0, before, tables.joined), axis=1)
    wan = release * events.upgrades
    wan += tables.set_up.take(before, axis=1)
    for place, way in enumerate(prices.ways):
        goes_past = bool(way.joins_past)
        if way.cold is not None:
            told = came.where(~came.is_past) if goes_past else came
            _add_cold(tables.colds[place], events, (told, before, is_newer.any(axis=0)), (wan[place], release[place]))
        failures = tables.failures[place]
        if failures is not None:
            np.add.at(wan[place], came.of, failures.take(came.place))
        if goes_past:
            _add_past(way, prices.past, events, (before, is_newer), wan[place])
            past = tables.failures_past[place]
            if past is not None:
                told = came.where(came.is_past)
                np.add.at(wan[place], told.of, past.take(told.place))
        if way.moves:
            wan[place] += _moved(way, int(events.moves.max())).take(events.moves)
    if tables.missing is not None:
        _add_missing(tables, events, (came, is_newer), Years(wan, release))
    return Years(wan, release)


def _all_came(drawn: Sequence[Events], tables: Tables) -> _Came:
    """Tell of the hosts of all sites that are set up anew; the draws of a site come after those of the one before it."""
    import numpy as np

    found = [_came(events, tables) for events in drawn]
    if len(found) == 1:
        return found[0]
    draws = len(drawn[0].upgrades)
    return _Came(
        np.concatenate([each.of + number * draws for number, each in enumerate(found)]),
        np.concatenate([each.place for each in found]),
        np.concatenate([each.is_past for each in found]),
    )


def _came(events: Events, tables: Tables) -> _Came:
    import numpy as np

    prices, of, at = tables.prices, events.failure_draws, events.failure_at
    place = np.zeros(len(of), dtype=np.int64)
    if prices.versions > 1:
        place += at >= events.first_upgrade.take(of)
        place *= tables.joined
    for joins in events.joins:
        place += joins.take(of) < at
    place *= tables.hosts
    place += events.failure_hosts
    return _Came(of, place, events.failures_past < prices.past if prices.past else np.zeros(len(of), dtype=bool))


def _add_cold(cold: ColdTables, events: Events, happened: tuple[_Came, Any, Any], sums: tuple[Any, Any]) -> None:
    """Add what a cache fetches, by who came before the first upgrade and who after it."""
    import numpy as np

    came, before, has_newer_joins = happened
    draws, bits = len(before), cold.none // 2
    came_at = np.zeros((cold.none + 1) * draws, dtype=bool)
    came_at[cold.which.take(came.place) * draws + came.of] = True
    has_come = came_at.reshape(-1, draws)
    has_come[2 * bits] |= has_newer_joins
    who = cold.powers[:-1] @ has_come[:bits] + before * cold.sets
    later = cold.powers @ has_come[bits : 2 * bits + 1]
    upgrade = cold.upgrades.take(who) * (events.upgrades > 0)
    rest = cold.after.take(who * 2 * cold.sets + later) * (events.upgrades > 0)
    wan, release = sums
    wan += cold.before.take(who) + upgrade * events.upgrades + rest
    release += upgrade


def _add_past(way: WayPrices, chance: float, events: Events, happened: tuple[Any, Any], wan: Any) -> None:  # noqa: ANN401
    """Add what hosts pull past a registry that is away as they join or take the first upgrade."""
    import numpy as np

    before, is_newer = happened
    joins = np.array(way.joins_past, dtype=np.int64).take(is_newer.astype(np.int64))
    wan += (joins * (events.joins_past < chance)).sum(axis=0)
    if way.upgrades_past:
        is_past = (events.upgrade_past < chance) & (events.upgrades > 0)
        wan += np.array(way.upgrades_past, dtype=np.int64).take(before) * is_past


def _add_missing(tables: Tables, events: Events, happened: tuple[_Came, Any], sums: Years) -> None:
    """Add what images change that the registry lacks; a host that pulls past a registry which is away pulls them there too."""
    import numpy as np

    prices, missing, draws = tables.prices, tables.missing, np.flatnonzero(events.missing.any(axis=1))
    if missing is None or not draws.size:
        return
    came, is_newer = happened
    lacked = events.missing[draws]
    hits, count = missing.hits(lacked), events.upgrades[draws]
    before = (events.joins < events.first_upgrade).sum(axis=0)[draws]
    there = came.where(~came.is_past & events.missing.any(axis=1).take(came.of))
    there = there.where(tables.is_there.ravel().take(there.place % tables.is_there.size))
    row = np.searchsorted(draws, there.of)
    which = row, tables.version_of(there.place), tables.kinds.take(there.place % tables.hosts)
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
        np.add.at(sums.wan[place], there.of, told.failures[which])


def _moved(way: WayPrices, most: int) -> Any:  # noqa: ANN401
    """Tell by the number of moves what they carry, as expected of so many: which host and image they hit is not drawn."""
    import numpy as np

    moves = np.arange(most + 1)
    found = sum(size * (1 - (1 - chance) ** moves) for chance, size in way.moves)
    return np.rint(way.moves_share * found).astype(np.int64)
