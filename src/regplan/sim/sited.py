"""What the hosts of a site pull, keep and need, from what was prepared of its profiles and images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.site import Assumptions, Host, Site
from regplan.model.survival import HostNeeds
from regplan.plan.facts import inventory_references
from regplan.sim.disks import Snapshots, disks_of
from regplan.sim.placement import place, place_references
from regplan.sim.pulls import Content, HostPulls, Pulls, Range
from regplan.sim.simulate import simulation_of
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.plan import HostDisk
    from regplan.model.wire import Simulation
    from regplan.plan.prepared import Prepared
    from regplan.sim.placement import Placement

__all__ = ["Sited", "sited"]


@dataclass(frozen=True, slots=True)
class Sited:
    """The first bootstrap of a site, None where it names no hosts; by host, what images take there and which it needs."""

    simulation: Simulation | None
    disks: dict[str, HostDisk]
    needs: dict[str, HostNeeds]

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
        needs=dict(zip(names, found.needs, strict=True)),
    )


@dataclass(frozen=True, slots=True)
class _Reckoned:
    """The pulls and drives of hosts without names, in order."""

    pulled: Range
    disks: tuple[HostDisk, ...]
    needs: tuple[HostNeeds, ...]


def _reckon(
    prepared: Prepared, shape: tuple[tuple[str, str], ...], hosts_per_image: int, unpacked_ratio: float
) -> _Reckoned:
    hosts = tuple(Host(str(place), role, arch=arch) for place, (role, arch) in enumerate(shape))
    assumptions = Assumptions(hosts_per_image=hosts_per_image, unpacked_ratio=unpacked_ratio)
    site = Site("", hosts=hosts, assumptions=assumptions)
    placement = place(site, prepared.declarations, prepared.inventory)
    content = prepared.once(_content)
    disks = disks_of(site, placement, content, prepared.once(_snapshots))
    return _Reckoned(
        content.range(site, placement),
        tuple(disks[host.name] for host in hosts),
        _needs(site, prepared, placement),
    )


def _needs(site: Site, prepared: Prepared, placement: Placement) -> tuple[HostNeeds, ...]:
    """Tell which references each host needs, those too that nobody could answer for; the only host needs every one."""
    known = inventory_references(prepared.inventory)
    named = dict.fromkeys((*known, *prepared.declarations.references()))
    placed = placement if len(named) == len(set(known)) else place_references(site, prepared.declarations, named)
    adrift = frozenset(map(str, placed.unknown))
    texts = (frozenset(map(str, references)) for _, references in placed.hosts)
    if len(placed.hosts) == 1:
        return tuple(HostNeeds(each | adrift) for each in texts)
    return tuple(HostNeeds(each, adrift - each) for each in texts)


def _content(prepared: Prepared) -> Content:
    return Content(prepared.inventory)


def _snapshots(prepared: Prepared) -> Snapshots:
    return Snapshots(prepared.inventory, prepared.unpacked)


def _named(pulls: Pulls, names: Sequence[str]) -> Pulls:
    hosts = (
        HostPulls(name, host.all_bytes, host.early_bytes, host.images)
        for name, host in zip(names, pulls.hosts, strict=True)
    )
    return replace(pulls, hosts=tuple(hosts))
