"""A site's prices as arrays, by place: the version, how many hosts joined, and which host it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.sim.fleet.missing import Missing

if TYPE_CHECKING:
    from regplan.sim.fleet.caches import Cold
    from regplan.sim.fleet.prices import Prices

__all__ = ["ColdTables", "Tables"]


class Tables:
    """A site's prices by topology; sites that are alike share them.

    A host has a place by version, by how many joined, and by its number: one that is not there yet costs nothing.
    """

    def __init__(self, prices: Prices) -> None:
        """Lay the prices out."""
        import numpy as np

        ways, self.hosts, self.joined = prices.ways, len(prices.kinds), prices.joins + 1
        self.prices = prices
        self.kinds = np.array(prices.kinds, dtype=np.int64)
        # By how many joined, and by host.
        self.is_there = np.arange(self.hosts) < self.hosts - prices.joins + np.arange(self.joined)[:, None]
        self.set_up = np.array([way.set_up for way in ways], dtype=np.int64)
        # By how many joined before the first upgrade, and last where none comes.
        self.upgrades = np.array([(*way.upgrades, 0) for way in ways], dtype=np.int64)
        self.failures = [self._placed(way.failures) for way in ways]
        self.failures_past = [self._placed(tuple((each,) for each in way.failures_past)) for way in ways]
        self.colds = {place: ColdTables(way.cold, self) for place, way in enumerate(ways) if way.cold is not None}
        lacking = {place: way.lacks for place, way in enumerate(ways) if way.lacks is not None}
        self.missing = None if prices.lacks is None else Missing(prices.lacks, lacking)

    def version_of(self, places: Any) -> Any:  # noqa: ANN401
        """Tell of which version places are."""
        return places // (self.joined * self.hosts)

    def _placed(self, failures: tuple[tuple[tuple[int, ...], ...], ...]) -> Any:  # noqa: ANN401
        """Lay out what hosts cost by version, how many joined (or once for all) and kind; None where none costs anything."""
        import numpy as np

        if not any(size for states in failures for hosts in states for size in hosts):
            return None
        return (np.array(failures, dtype=np.int64)[..., self.kinds] * self.is_there).ravel()


class ColdTables:
    """What a cache fetches, as arrays."""

    def __init__(self, cold: Cold, tables: Tables) -> None:
        """Lay out which bit tells that a host came, by its place: first those before the upgrade, then those after it.

        After it hosts that joined have one too; before it these are counted by their number, and have none.
        """
        import numpy as np

        self.sets = len(cold.before[0])
        bits, count = [each.bit_length() - 1 for each in cold.bits], self.sets.bit_length() - 1
        self.none = 2 * count + 1
        kinds = np.array([[*bits, self.none], [*(count + bit for bit in bits), 2 * count]], dtype=np.int64)
        self.which = np.where(tables.is_there, kinds[:, None, tables.kinds], self.none).ravel()
        self.powers = 1 << np.arange(count + 1)
        self.before, self.upgrades, self.after = (
            np.array(each, dtype=np.int64) for each in (cold.before, cold.upgrades, cold.after)
        )
