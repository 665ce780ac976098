"""What the hosts of a site pull and keep, from what was prepared of its profiles and images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from regplan.model.site import Assumptions, Host, Site
from regplan.sim.disks import Snapshots, disks_of
from regplan.sim.placement import place
from regplan.sim.pulls import Content, Pulls, Range
from regplan.sim.simulate import simulation_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.plan import HostDisk
    from regplan.model.wire import Simulation
    from regplan.plan.prepared import Prepared

__all__ = ["Sited", "sited"]


@dataclass(frozen=True, slots=True)
class Sited:
    """The first bootstrap of a site, None where it names no hosts, and what the images take on each host's drive."""

    simulation: Simulation | None
    disks: dict[str, HostDisk]

    @property
    def image_bytes_by_host(self) -> dict[str, int]:
        """What each host pulls, by its name."""
        return {} if self.simulation is None else dict(self.simulation.wire.host_bytes)


def sited(site: Site, prepared: Prepared) -> Sited:
    """Tell what the hosts of a site pull and keep.

    Which images a host gets depends on its place among the others, on its role and on its architecture: sites whose hosts
    are alike in these are reckoned once.
    """
    shape = tuple((host.role, host.arch) for host in site.hosts)
    assumed = site.assumptions.hosts_per_image, site.assumptions.unpacked_ratio
    found = prepared.once(_reckon, shape, *assumed)
    names = [host.name for host in site.hosts]
    usual, on_one, on_all = (
        _named(each, names) for each in (found.pulled.usual, found.pulled.on_one, found.pulled.on_all)
    )
    return Sited(
        # Without hosts nothing is known of who pulls what.
        simulation=simulation_of(site, Range(usual, on_one, on_all, found.pulled.unknown)) if names else None,
        disks=dict(zip(names, found.disks, strict=True)),
    )


@dataclass(frozen=True, slots=True)
class _Reckoned:
    """The pulls and drives of hosts without names, in order."""

    pulled: Range
    disks: tuple[HostDisk, ...]


def _reckon(
    prepared: Prepared, shape: tuple[tuple[str, str], ...], hosts_per_image: int, unpacked_ratio: float
) -> _Reckoned:
    hosts = tuple(Host(str(place), role, arch=arch) for place, (role, arch) in enumerate(shape))
    assumptions = Assumptions(hosts_per_image=hosts_per_image, unpacked_ratio=unpacked_ratio)
    site = Site("", hosts=hosts, assumptions=assumptions)
    placement = place(site, prepared.declarations, prepared.inventory)
    content = prepared.once(_content)
    disks = disks_of(site, placement, content, prepared.once(_snapshots))
    return _Reckoned(content.range(site, placement), tuple(disks[host.name] for host in hosts))


def _content(prepared: Prepared) -> Content:
    return Content(prepared.inventory)


def _snapshots(prepared: Prepared) -> Snapshots:
    return Snapshots(prepared.inventory, prepared.unpacked)


def _named(pulls: Pulls, names: Sequence[str]) -> Pulls:
    hosts = tuple(replace(host, name=name) for host, name in zip(pulls.hosts, names, strict=True))
    return Pulls(hosts, pulls.content_bytes)
