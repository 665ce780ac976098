"""The course of a site's first bootstrap: which host pulls which image from when until when, layer by layer."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from regplan.model.clock import Course, PullBar, Pulling
from regplan.sim.clock.booting import CACHE, PEERS, REGISTRY, rest_of, seeding_s, site_network, site_runtime
from regplan.sim.clock.pulling import HostPulls
from regplan.sim.clock.run import pull_all
from regplan.sim.clock.site_pulls import INTERNET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.site import Site
    from regplan.sim.clock.finished import Finished
    from regplan.sim.clock.site_pulls import SitePulls

__all__ = ["boot_course"]

_AFTER: Final[Mapping[str, str]] = MappingProxyType({"primary": REGISTRY, "pull-through": CACHE, "peer-to-peer": PEERS})


def boot_course(site: Site, pulls: SitePulls, content_bytes: int, way: str, cache: str = "distribution") -> Course:
    """Follow one way to bring images, as `boot_clock` has them, by tier 2: it ends when that way's last host is ready.

    `way` is direct, primary, bundle, pull-through or peer-to-peer; the links that it takes are named by the site. `cache` is the
    kind of a pull-through cache.
    """
    pulling = site.pulls or Pulling()
    network, runtime = site_network(site, pulling, cache), site_runtime(pulling)
    if way == "direct":
        return Course(way, _bars(pull_all(pulls.all, network, runtime), INTERNET))
    if way == "bundle":
        served = [rest_of(host, HostPulls(host.name, ()), 0.0) for host in pulls.all]
        return Course(way, _bars(pull_all(served, network, runtime), REGISTRY))
    early = pull_all(pulls.early, network, runtime)
    bars = _bars(early, INTERNET)
    since_s = max((host.ready_s for host in early.hosts if host.ready_s is not None), default=0.0)
    if way == "primary":
        ends_s = since_s + seeding_s(network, content_bytes)
        bars += (PullBar(REGISTRY, "", "seeding", since_s, ends_s, ends_s),)
        since_s = ends_s
    source = _AFTER[way]
    rest = [rest_of(host, first, since_s, source) for host, first in zip(pulls.all, pulls.early, strict=True)]
    return Course(way, bars + _bars(pull_all(rest, network, runtime), source))


def _bars(finished: Finished, source: str) -> tuple[PullBar, ...]:
    return tuple(
        PullBar(host.name, image.name, source, image.begin_s, image.fetched_s, image.end_s)
        for host in finished.hosts
        for image in host.images
    )
