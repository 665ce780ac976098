"""What lives under one topology are counted by: bytes, waits, visits, money, nights, and the internet link's highest rate."""

from __future__ import annotations

from math import ceil, inf
from typing import TYPE_CHECKING, Final

from regplan.sim.carried.expected import break_even_hosts
from regplan.sim.chance.summary import NOTHING, Pairs, Summary
from regplan.units import GB
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.model.site import Scenario
    from regplan.sim.chance.draws import DrawnLife
    from regplan.sim.chance.walk import Lived

__all__ = ["COST_UNITS", "DrawnWay", "Line", "counted_way", "nights_of", "paying_hosts", "window_s"]

# Money is added up in whole millionths of the prices' currency.
COST_UNITS: Final = 1_000_000
_DAY_S: Final = 86_400
# A number of nights may be above a whole one by its last bit.
_NEARLY: Final = 1 - 1e-12


@dataclass(frozen=True, slots=True)
class Line:
    """The internet link: its rate (None where nobody told), what a single host takes of it, and bytes on the wire for each of content."""

    rate_bps: int | None = None
    host_bps: float = inf
    wire_ratio: float = 1.0

    def peak_bps(self, flows: int, ratio: float = 1.0) -> int | None:
        """Tell the highest rate where so many fetch at once, and the link has this share of its rate; None where it has none."""
        return None if self.rate_bps is None else round(min(self.rate_bps * ratio, flows * self.host_bps))

    def window_bps(self, most_bps: int | None, ratio: float = 1.0) -> float | None:
        """Tell the rate in a window in which at most so much may be taken; None where nobody told any rate."""
        rates = [*([] if self.rate_bps is None else [self.rate_bps * ratio]), *([] if most_bps is None else [most_bps])]
        return min(rates, default=None)


@dataclass(frozen=True, slots=True)
class DrawnWay:
    """What all lives came to under one topology: bytes over the internet, in all and by month, and beside direct pulls.

    `beside` pairs its internet bytes with those of direct pulls in the same life; `saved` is the difference. `waited_ms` is how long
    all hosts of a life waited for images, together. `seeded` went into a registry, `visits` brought media. `peak_bps` is the
    link's highest rate in a life, `cost` in millionths of the prices' currency, `boot_nights` and `upgrade_nights` how many
    windows the bootstrap and the largest upgrade take. What nobody can tell sums up nothing.
    """

    wan: Summary
    months: tuple[Summary, ...]
    beside: Pairs
    saved: Summary
    waited_ms: Summary
    seeded: Summary = NOTHING
    visits: Summary = NOTHING
    peak_bps: Summary = NOTHING
    cost: Summary = NOTHING
    boot_nights: Summary = NOTHING
    upgrade_nights: Summary = NOTHING

    def __add__(self, other: DrawnWay) -> DrawnWay:
        """Merge what two sets of lives came to."""
        return DrawnWay(
            self.wan + other.wan,
            tuple(one + two for one, two in zip(self.months, other.months, strict=True)),
            self.beside + other.beside,
            self.saved + other.saved,
            self.waited_ms + other.waited_ms,
            self.seeded + other.seeded,
            self.visits + other.visits,
            self.peak_bps + other.peak_bps,
            self.cost + other.cost,
            self.boot_nights + other.boot_nights,
            self.upgrade_nights + other.upgrade_nights,
        )


def counted_way(
    lived: Sequence[Lived], direct: Sequence[Lived], drawn: Sequence[DrawnLife], scenario: Scenario, line: Line
) -> DrawnWay:
    """Sum up lives under one topology beside direct pulls in the same lives."""
    carried, without = [each.wan_bytes for each in lived], [each.wan_bytes for each in direct]
    ratios = [each.internet_ratio for each in drawn]
    return DrawnWay(
        Summary.of(carried),
        tuple(Summary.of(month) for month in zip(*(each.wan_month_bytes for each in lived), strict=True)),
        Pairs.of(carried, without),
        Summary.of(size - own for size, own in zip(without, carried, strict=True)),
        Summary.of(each.waited_ms for each in lived),
        Summary.of(each.seeded_bytes for each in lived),
        Summary.of(each.visits for each in lived),
        _known(line.peak_bps(each.flows, ratio) for each, ratio in zip(lived, ratios, strict=True)),
        _known(_cost(each, scenario) for each in lived),
        _known(nights_of(each.boot_bytes, scenario, line, ratio) for each, ratio in zip(lived, ratios, strict=True)),
        _known(nights_of(each.release_bytes, scenario, line, ratio) for each, ratio in zip(lived, ratios, strict=True)),
    )


def nights_of(size_bytes: int, scenario: Scenario, line: Line, ratio: float = 1.0) -> int | None:
    """Tell how many of the scenario's windows so many bytes take; None without a window, or where nobody told any rate."""
    rate_bps = line.window_bps(scenario.window_bps, ratio)
    if scenario.window is None or not rate_bps:
        return None
    return ceil(8 * size_bytes * line.wire_ratio / (rate_bps * window_s(scenario.window)) * _NEARLY)


def window_s(window: tuple[int, int]) -> int:
    """Tell how long a daily window is, from the second of the day in which it opens and that in which it shuts.

    >>> window_s((22 * 3600, 5 * 3600)) // 3600, window_s((0, 86_400)) // 3600
    (7, 24)
    """
    return (window[1] - window[0]) % _DAY_S or _DAY_S


def paying_hosts(primary: Lived, direct: Lived, hosts: int) -> int | None:
    """Tell from how many hosts on a registry seeded over the internet carried less in a life; None where it never does."""
    early_bytes = primary.wan_bytes - primary.seeded_bytes
    return break_even_hosts(primary.seeded_bytes * hosts, direct.wan_bytes, early_bytes)


def _cost(lived: Lived, scenario: Scenario) -> int | None:
    if scenario.price_per_gb is None and scenario.price_per_visit is None:
        return None
    bytes_cost = lived.wan_bytes / GB * (scenario.price_per_gb or 0)
    return round(COST_UNITS * (bytes_cost + lived.visits * (scenario.price_per_visit or 0)))


def _known(values: Iterable[int | None]) -> Summary:
    """Sum up what is known of all, and nothing where it is known of none."""
    return Summary.of(value for value in values if value is not None)
