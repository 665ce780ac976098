"""The ways to bring images to a site, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.wire import SimulatedScenario, Simulation
from regplan.sim.boot import bundle_times, direct_times, primary_times
from regplan.sim.link import percentile
from regplan.sim.pulls import Content
from regplan.sim.wire import wire_of

if TYPE_CHECKING:
    from regplan.model.image import Inventory
    from regplan.model.site import Site
    from regplan.sim.placement import Placement
    from regplan.sim.pulls import Range

__all__ = ["simulate", "simulation_of"]


def simulate(site: Site, placement: Placement, inventory: Inventory) -> Simulation:
    """Tell what each way to bring images to a site carries over internet, LAN and media at first bootstrap.

    direct: every host pulls over the internet. primary: the registry is seeded over the internet and serves over the
    LAN, and what runs before it is pulled by each host. bundle: a content bundle brings all images on media, once, and
    every host is served over the LAN. Sizes are compressed bytes; times are of the transfers only, p50 and p95 by
    nearest rank over the hosts, None where a link that they need is not named.
    """
    return simulation_of(site, Content(inventory).range(site, placement))


def simulation_of(site: Site, pulled: Range) -> Simulation:
    """Tell the same from pulls that are added up already."""
    pulls = pulled.usual
    served_bytes = pulls.direct_bytes - pulls.early_bytes
    scenarios = (
        _scenario("direct", (pulls.direct_bytes, 0, 0), direct_times(site, pulls)),
        _scenario("primary", (pulls.primary_bytes, served_bytes, 0), primary_times(site, pulls)),
        _scenario("bundle", (0, pulls.direct_bytes, pulls.content_bytes), bundle_times(site, pulls)),
    )
    return Simulation(site.name, scenarios, wire_of(site, pulled))


def _scenario(name: str, carried: tuple[int, int, int], times: tuple[float, ...] | None) -> SimulatedScenario:
    wan_bytes, lan_bytes, media_bytes = carried
    p50, p95, most = (percentile(times, share) for share in (0.5, 0.95, 1.0)) if times else (None, None, None)
    return SimulatedScenario(name, wan_bytes, lan_bytes, media_bytes, p50, p95, most)
