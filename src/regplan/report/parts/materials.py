"""What the plan counts on: hosts of one kind, the registry with its disks, links and drives, as a list to order by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.cells import Quantity
from regplan.report.sections import Column, Section, Table
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.plan import Plan
    from regplan.model.site import Host
    from regplan.report.cells import Cell

__all__ = ["materials_section"]


def materials_section(plan: Plan) -> Section:
    """List what the verdict counts on; what the site file does not say is left open."""
    columns = (Column("How many", "number"), Column("What"), Column("Which", "prose"))
    table = Table("What the verdict counts on", columns, tuple(_rows(plan)))
    return Section("materials", "Bill of materials", (table,))


def _rows(plan: Plan) -> Iterator[tuple[Cell, ...]]:
    kinds: dict[tuple[object, ...], list[Host]] = {}
    for host in plan.site.hosts:
        kinds.setdefault((host.role, host.arch, host.cpu_milli, host.memory_bytes, host.storage_bytes), []).append(host)
    for hosts in kinds.values():
        yield (Quantity(len(hosts)), "Edge host", _host(hosts[0]))
    if plan.site.registry is not None:
        yield from _registry(plan)
    for name, link in (("Internet link", plan.site.internet_link), ("Link on site", plan.site.lan_link)):
        if link is not None:
            yield (Quantity(1), name, Quantity(link.rate_bps, "bps"))
    for media in plan.media or ():
        held = f"{format_bytes(media.drive_bytes)} each, for {format_bytes(media.total_bytes)} of blobs"
        yield (Quantity(len(media.drives)), "USB drive", held)


def _host(host: Host) -> str:
    told = (
        host.role,
        host.arch,
        "CPU not stated" if host.cpu_milli is None else f"{host.cpu_milli / 1000:g} CPU",
        "memory not stated" if host.memory_bytes is None else f"{format_bytes(host.memory_bytes)} of memory",
        "drive not stated" if host.storage_bytes is None else f"a drive of {format_bytes(host.storage_bytes)}",
    )
    return ", ".join(told)


def _registry(plan: Plan) -> Iterator[tuple[Cell, ...]]:
    registry, storage = plan.site.registry, plan.storage
    kind = "" if registry is None else registry.kind
    claim = storage.claimed_bytes if storage.claimed_bytes is not None else storage.pvc_bytes
    stated = "as claimed" if storage.claimed_bytes is not None else "to claim: nothing is stated"
    yield (Quantity(1), f"Primary registry, {kind}", f"a PVC of {format_bytes(claim)}, {stated}")
    if plan.disks is not None:
        each, all_of_them = map(format_bytes, (plan.disks.raw_node_bytes, plan.disks.raw_cluster_bytes))
        told = f"{each} of disk each, {all_of_them} together"
        yield (Quantity(plan.disks.copies), "Room for a copy of the claim", told)
