"""The closed forms of a simulation as formulas: when the host that a percentile names has its images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from regplan.model.formula import Formula, Input
from regplan.sim.boot import bundle_times, direct_times, primary_times
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from regplan.model.site import Site
    from regplan.sim.pulls import HostPulls, Pulls

__all__ = ["boot_formula", "rate_known"]

_INTERNET: Final = "internet_bps"
_LAN: Final = "lan_bps"


@dataclass(frozen=True, slots=True)
class _Rates:
    """The rates of a site's links in bits per second, None where the site names none, and when they were measured."""

    internet_bps: int | None
    lan_bps: int | None
    internet_measured: str = ""
    lan_measured: str = ""

    def inputs(self) -> tuple[Input, ...]:
        """Name the rates that are there."""
        told = (
            (_INTERNET, self.internet_bps, "internet", self.internet_measured),
            (_LAN, self.lan_bps, "lan", self.lan_measured),
        )
        return tuple(
            Input(name, bps, "bps", *rate_known(f"site file, links.{link}.rate", day))
            for name, bps, link, day in told
            if bps is not None
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """An addend of a time, and what stands in it."""

    expression: str
    inputs: tuple[Input, ...] = ()


def rate_known(source: str, measured: str) -> tuple[str, str]:
    """Tell how a link's rate is known, and its source; `measured` is the day on which it was measured, "" for none."""
    return ("measured", f"{source}, measured on {measured}") if measured else ("declared", source)


def boot_formula(way: str, site: Site, pulls: Pulls, share: float) -> Formula | None:
    """Tell how the time comes about by which `share` of the hosts have their images; None where no time is known.

    `way` is direct, primary or bundle, as `simulate` has them; the formula's value is that time, in seconds.
    """
    times_of, told = _WAYS[way]
    times = times_of(site, pulls)
    if not times:
        return None
    rank = max(math.ceil(share * len(times)), 1)
    chosen = sorted(range(len(times)), key=lambda place: times[place])[rank - 1]
    internet, lan = site.internet_link, site.lan_link
    rates = _Rates(
        None if internet is None else internet.rate_bps,
        None if lan is None else lan.rate_bps,
        "" if internet is None else internet.measured,
        "" if lan is None else lan.measured,
    )
    parts = told(pulls, pulls.hosts[chosen], rates)
    expression = " + ".join(part.expression for part in parts)
    given = [each for part in parts for each in part.inputs]
    used = [each for each in rates.inputs() if each.name in expression]
    return Formula(way, expression, (*given, *used), "s")


def _direct(pulls: Pulls, host: HostPulls, rates: _Rates) -> list[_Part]:
    sizes = [each.all_bytes for each in pulls.hosts]
    return [_shared("", sizes, host.all_bytes, (_INTERNET, rates.internet_bps, rates.lan_bps))]


def _bundle(pulls: Pulls, host: HostPulls, rates: _Rates) -> list[_Part]:
    return [_shared("", [each.all_bytes for each in pulls.hosts], host.all_bytes, (_LAN, rates.lan_bps, None))]


def _primary(pulls: Pulls, host: HostPulls, rates: _Rates) -> list[_Part]:
    early = [each.early_bytes for each in pulls.hosts]
    link = (_INTERNET, rates.internet_bps, rates.lan_bps)
    if any(each.all_bytes for each in pulls.hosts) and not host.served_bytes:
        return [_shared("early_", early, host.early_bytes, link)]
    parts = [_shared("early_", early, max(early), link)] if any(early) else []
    slower = _LAN if rates.lan_bps is not None and rates.lan_bps < (rates.internet_bps or 0) else _INTERNET
    content = Input("content_bytes", pulls.content_bytes, "bytes", "measured", "what the registry is seeded with")
    parts.append(_Part(f"8 * content_bytes / {slower}", (content,)))
    if host.served_bytes:
        served = [each.served_bytes for each in pulls.hosts]
        parts.append(_shared("served_", served, host.served_bytes, (_LAN, rates.lan_bps, None)))
    return parts


def _shared(prefix: str, sizes: Sequence[int], own: int, link: tuple[str, int | None, int | None]) -> _Part:
    """Tell when a host is ready that pulls `own` beside others that share a link evenly, none faster than its cap.

    As long as enough hosts are left, the link is full: it has then carried what the hosts before have taken, and of
    each that is left as much as of this one. Once too few are left to fill it, each runs at its cap.
    """
    name, link_bps, cap_bps = link
    order = sorted(sizes)
    most = len(order) if not cap_bps or not link_bps else len(order) + 1 - math.ceil(link_bps / cap_bps)
    place = order.index(own)
    if place >= max(most, 0):
        if most < 1:
            return _Part(f"8 * {prefix}own / {_LAN}", (_own(prefix, own, place, order),))
        place = most - 1
    common = order[place]
    hosts = "host takes that is" if place == 1 else "hosts take that are"
    ready = Input(f"{prefix}ready", sum(order[:place]), source=f"what the {place} {hosts} ready before")
    left = Input(
        f"{prefix}left", len(order) - place, "hosts", "measured", f"of {len(order)} hosts those that share the link"
    )
    before, given = (f"{prefix}ready + ", (ready, left)) if place else ("", (left,))
    if common == own:
        inputs = (*given, _own(prefix, own, place, order))
        return _Part(f"8 * ({before}{prefix}left * {prefix}own) / {name}", inputs)
    each = Input(f"{prefix}each", common, source="what each of them has when the link is no longer full")
    shared = f"8 * ({before}{prefix}left * {prefix}each) / {name}"
    inputs = (*given, each, _own(prefix, own, order.index(own), order))
    return _Part(f"{shared} + 8 * ({prefix}own - {prefix}each) / {_LAN}", inputs)


def _own(prefix: str, own: int, place: int, order: Sequence[int]) -> Input:
    return Input(f"{prefix}own", own, source=f"what the host takes that is ready as number {place + 1} of {len(order)}")


_WAYS: Final[
    Mapping[
        str,
        tuple[
            Callable[[Site, Pulls], tuple[float, ...] | None],
            Callable[[Pulls, HostPulls, _Rates], list[_Part]],
        ],
    ]
] = {
    "direct": (direct_times, _direct),
    "primary": (primary_times, _primary),
    "bundle": (bundle_times, _bundle),
}
