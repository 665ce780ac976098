"""A site as lives are drawn of it: its chances, its internet link, and what its hosts pull at the bootstrap."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidSite
from regplan.model.clock import Pulling
from regplan.sim.chance.closed import Boot
from regplan.sim.chance.counted import Line
from regplan.sim.chance.draws import Chances, Varied
from regplan.sim.clock.booting import rest_of, site_network, site_runtime
from regplan.sim.clock.cold import cold_of
from regplan.sim.clock.loads import connections_of, load_of
from regplan.sim.pulls import HostPulls, Pulls

if TYPE_CHECKING:
    from regplan.model.site import Link, Scenario, Site
    from regplan.sim.clock.site_pulls import SitePulls

__all__ = ["boot_of_site", "boot_over_lines", "chances_of", "line_of"]

# A network of which nobody told any rate holds nobody up.
_ANY_BPS: Final = 10**15


def chances_of(site: Site, scenario: Scenario, images: tuple[str, ...]) -> Chances:
    """Tell what a site's lives are drawn from; `images` are those that its registry may lack.

    Raises `InvalidSite` for rates of a link that the site does not name, and for a rate in a window that it does not.
    """
    link, rates = site.internet_link, scenario.internet_rates_bps
    if rates and link is None:
        raise InvalidSite(
            "scenario.internet_rates: the site names no link that was seen at these rates: write links.internet.rate"
        )
    if scenario.window_bps is not None and scenario.window is None:
        raise InvalidSite("scenario.window_rate: the site names no window in which that holds: write scenario.window")
    ratios = (1.0,) if link is None or not rates else tuple(rate / link.rate_bps for rate in rates)
    return Chances(
        scenario,
        len(site.hosts),
        images,
        scenario.missing,
        Varied(ratios, scenario.internet_spread),
        Varied(spread=scenario.unpack_spread),
    )


def line_of(site: Site) -> Line:
    """Tell the internet link of a site, and what a single host takes of it."""
    pulling = site.pulls or Pulling()
    link = site.internet_link
    lan_bps = inf if site.lan_link is None else site.lan_link.rate_bps
    connections = connections_of(site_runtime(pulling))
    return Line(
        None if link is None else link.rate_bps, min(lan_bps, _host_bps(link, connections, 1.0)), pulling.wire_ratio
    )


def boot_of_site(site: Site, pulls: SitePulls, content_bytes: int, cache: str = "distribution") -> Boot | None:
    """Tell what hosts pull at the bootstrap, and through what, as tier 1 has it; None where nobody told the internet's rate.

    `cache` is the kind of a pull-through cache.
    """
    pulling = site.pulls or Pulling()
    runtime = site_runtime(pulling)
    every = [load_of(host, runtime) for host in pulls.all]
    early = [load_of(host, runtime) for host in pulls.early]
    left = [rest_of(host, first, 0.0) for host, first in zip(pulls.all, pulls.early, strict=True)]
    rest = [load_of(host, runtime) for host in left]
    hosts = tuple(
        HostPulls(host.name, load.fetched_bytes, first.fetched_bytes, len(host.images))
        for host, load, first in zip(pulls.all, every, early, strict=True)
    )
    pulled = Boot(
        Pulls(hosts, content_bytes),
        0,
        _ANY_BPS,
        tuple(load.unpacked_bytes for load in every),
        pulling.unpack_bytes_per_s,
        tuple(load.unpacked_bytes for load in early),
        before_s=tuple(
            (one.before_s, two.before_s, three.before_s) for one, two, three in zip(every, early, rest, strict=True)
        ),
        cold=cold_of(left),
        cache=cache,
        peer_extra=site.scenario.peer_extra if site.scenario else 0.0,
        answer_s=runtime.answer_s,
    )
    return boot_over_lines(pulled, site)


def boot_over_lines(pulled: Boot, site: Site) -> Boot | None:
    """Tell the same pulls over the lines of another site, whose hosts pull in the same way; None where nobody told the internet's rate."""
    link, lan = site.internet_link, site.lan_link
    if link is None:
        return None
    pulling = site.pulls or Pulling()
    ratio, connections = site_network(site, pulling).wire_ratio, connections_of(site_runtime(pulling))
    return replace(
        pulled,
        internet_bps=round(link.rate_bps / ratio),
        lan_bps=_ANY_BPS if lan is None else round(lan.rate_bps / ratio),
        internet_host_bps=_host_bps(link, connections, ratio),
        lan_host_bps=_host_bps(lan, connections, ratio),
        connection_bps=_host_bps(link, 1, ratio),
        has_lan=lan is not None,
    )


def _host_bps(link: Link | None, connections: int, ratio: float) -> float:
    """Tell what all connections of a host carry over a link at most, in bits of content."""
    if link is None or link.connection_bps is None:
        return inf
    return connections * round(link.connection_bps / ratio)
