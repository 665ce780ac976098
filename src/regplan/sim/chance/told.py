"""What drawn lives come to, as values that faces show."""

from __future__ import annotations

from math import isinf
from typing import TYPE_CHECKING, Final

from regplan.model.chance import Chance, ChanceWay, DrawnFrom, Estimate, PaysFrom, Spread
from regplan.sim.carried.expected import break_even_hosts
from regplan.sim.chance.boots import Ready
from regplan.sim.chance.counted import COST_UNITS
from regplan.sim.chance.intervals import mean_interval, percentile_interval, ratio_interval
from regplan.sim.chance.many import DIRECT
from regplan.units import format_duration, format_rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regplan.model.site import Scenario
    from regplan.sim.chance.counted import DrawnWay
    from regplan.sim.chance.draws import Chances, Varied
    from regplan.sim.chance.intervals import Interval
    from regplan.sim.chance.many import Drawn, Subject
    from regplan.sim.chance.summary import Summary

__all__ = ["chance_of", "spread_of"]

_MS: Final = 1_000
_POISSON: Final = "Poisson"
_TURNS: Final = "there and away by turns, both exponential"


def chance_of(drawn: Drawn, subject: Subject, most: int, workers: Iterable[int] = ()) -> Chance:
    """Tell what lives came to: every number with between what it is, and what they were drawn from."""
    told = subject.chances.scenario
    ready = dict(drawn.ready)
    return Chance(
        seed=drawn.seed,
        draws=drawn.count,
        most=most,
        is_enough=drawn.is_enough(),
        years=told.years,
        ways=tuple(_way(name, way, ready.get(name)) for name, way in drawn.ways),
        pays=_pays(drawn, subject.terms.hosts),
        drawn_from=tuple(_drawn_from(subject.chances)),
        window=told.window,
        window_bps=told.window_bps,
        workers=tuple(sorted(set(workers))),
    )


def spread_of(drawn: Summary, parts: int | None = None) -> Spread | None:
    """Tell mean, percentiles and the most of whole numbers, None where there are none.

    `parts` of what was counted are one of what is told; without it (bytes, rates) numbers are told whole, as they were counted.
    """
    if drawn.most is None:
        return None
    return Spread(
        _estimate(mean_interval(drawn), parts),
        _estimate(percentile_interval(drawn, 0.5), parts),
        _estimate(percentile_interval(drawn, 0.95), parts),
        drawn.most / parts if parts else drawn.most,
    )


def _estimate(interval: Interval, parts: int | None) -> Estimate:
    value = interval.value / parts if parts else round(interval.value)
    return Estimate(value, _end(interval.low, parts), _end(interval.high, parts))


def _end(end: float, parts: int | None) -> float | None:
    if isinf(end):
        return None
    return end / parts if parts else round(end)


def _known(drawn: Summary, parts: int | None = None) -> Spread:
    found = spread_of(drawn, parts)
    if found is None:
        raise ValueError("nothing was drawn")
    return found


def _way(name: str, way: DrawnWay, ready: Ready | None) -> ChanceWay:
    times = ready or Ready()
    ratio = ratio_interval(way.beside) if way.beside.second.total else None
    return ChanceWay(
        topology=name,
        wan_bytes=_known(way.wan),
        wan_month_bytes=tuple(_known(each) for each in way.months),
        saved_bytes=_known(way.saved),
        # What is saved is the rest of what is carried, and so are its ends, the other way round.
        saved_ratio=None
        if ratio is None
        else Estimate(1 - ratio.value, *(None if isinf(end) else 1 - end for end in (ratio.high, ratio.low))),
        blocked_minutes=_known(way.waited_ms, 60 * _MS),
        visits=_known(way.visits, 1),
        peak_bps=spread_of(way.peak_bps),
        host_ready_s=spread_of(times.hosts_ms, _MS),
        ready_s=spread_of(times.last_ms, _MS),
        cost=spread_of(way.cost, COST_UNITS),
        boot_nights=spread_of(way.boot_nights, 1),
        upgrade_nights=spread_of(way.upgrade_nights, 1),
    )


def _pays(drawn: Drawn, hosts: int) -> PaysFrom:
    primary, direct = drawn.way("primary"), drawn.way(DIRECT)
    rest_bytes = primary.wan.total - primary.seeded.total
    return PaysFrom(
        break_even_hosts(primary.seeded.total * hosts, direct.wan.total, rest_bytes),
        spread_of(drawn.pays, 1),
        1 - drawn.pays.count / drawn.count,
    )


def _drawn_from(chances: Chances) -> Iterator[DrawnFrom]:
    """List what lives are drawn from, with the law of each."""
    told, usual = chances.scenario, type(chances.scenario)()
    rates = {
        "upgrades_per_year": _POISSON,
        "reimages_per_node_year": f"{_POISSON}, each host",
        "reschedules_per_year": f"{_POISSON}, to any host",
        "internet_outages_per_year": _TURNS,
        "registry_outages_per_year": _TURNS,
    }
    yield DrawnFrom("node_adds", str(told.node_adds), "at any time", _known_by(told, usual, "node_adds"))
    for key, law in rates.items():
        yield DrawnFrom(key, f"{getattr(told, key):g}", law, _known_by(told, usual, key))
    for key in ("internet_outage", "registry_outage"):
        field = f"{key}_s"
        yield DrawnFrom(key, format_duration(getattr(told, field)), "exponential", _known_by(told, usual, field))
    missing = _known_by(told, usual, "missing")
    yield DrawnFrom("missing_images", f"{told.missing:.4g}", "each image by itself, all its life", missing)
    rates_bps = ", ".join(map(format_rate, told.internet_rates_bps)) or "links.internet.rate"
    yield DrawnFrom(
        "internet_rates", rates_bps, "each as likely, all its life", _known_by(told, usual, "internet_rates_bps")
    )
    for key, varied in (("internet_spread", chances.internet), ("unpack_spread", chances.unpacking)):
        yield DrawnFrom(key, f"{varied.spread:g}", _lognormal(varied), _known_by(told, usual, key))


def _lognormal(varied: Varied) -> str:
    return "lognormal, all its life" if varied.spread else "always the same"


def _known_by(told: Scenario, usual: Scenario, field: str) -> str:
    return "assumed" if getattr(told, field) == getattr(usual, field) else "declared"
