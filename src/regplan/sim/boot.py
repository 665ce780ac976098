"""How long the first bootstrap's transfers take, host by host, for each way to bring images to a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.sim.link import finish_times
from regplan.units import transfer_seconds

if TYPE_CHECKING:
    from regplan.model.site import Site
    from regplan.sim.pulls import Pulls

__all__ = ["bundle_times", "direct_times", "primary_times"]

Times = tuple[float, ...] | None


def direct_times(site: Site, pulls: Pulls) -> Times:
    """Tell when each host has its images where all pull over the internet link at once, in seconds.

    Transfers only: no round trips, no unpacking. None where the site names no internet link.
    """
    if site.internet_link is None:
        return None
    cap_bps = None if site.lan_link is None else site.lan_link.rate_bps
    return finish_times([host.all_bytes for host in pulls.hosts], site.internet_link.rate_bps, cap_bps)


def primary_times(site: Site, pulls: Pulls) -> Times:
    """Tell when each host has its images where a registry is seeded over the internet and then serves, in seconds.

    One after the other: every host pulls what runs before the registry, sharing the internet link; the registry is
    seeded with all images at the internet's rate; the hosts pull the rest, sharing its network port. Where no host is
    known to pull anything, they are told to wait for the seeding. Transfers only. None where the site names no internet link, or no LAN link and there is something to serve.
    """
    if site.internet_link is None:
        return None
    lan_bps = None if site.lan_link is None else site.lan_link.rate_bps
    served = [host.served_bytes for host in pulls.hosts]
    if lan_bps is None and any(served):
        return None
    early = finish_times([host.early_bytes for host in pulls.hosts], site.internet_link.rate_bps, lan_bps)
    seed_bps = min(site.internet_link.rate_bps, lan_bps or site.internet_link.rate_bps)
    seeded = max(early, default=0.0) + transfer_seconds(pulls.content_bytes, seed_bps)
    if not any(host.all_bytes for host in pulls.hosts):
        return (seeded,) * len(pulls.hosts)
    # Without a LAN link nothing is left to serve here.
    ends = [0.0] * len(served) if lan_bps is None else finish_times(served, lan_bps)
    return tuple(seeded + end if size else first for size, first, end in zip(served, early, ends, strict=True))


def bundle_times(site: Site, pulls: Pulls) -> Times:
    """Tell when each host has its images where a content bundle brought them to the site, in seconds.

    Everything goes over the LAN, from the host that the bundle was uploaded to. Reading the media is not counted, since
    it may happen long before. Transfers only. None where the site names no LAN link.
    """
    if site.lan_link is None:
        return None
    return finish_times([host.all_bytes for host in pulls.hosts], site.lan_link.rate_bps)
