"""The disks behind the registry's claim: copies, what storage reserves, and whether the drives can take it."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from regplan.model.disks import DiskNeed, HostRoom
from regplan.model.formula import Formula, Input, exact
from regplan.plan.backends import backend_of, copies_of
from regplan.plan.facts import claimed_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.site import Host
    from regplan.plan.backends import Backend
    from regplan.plan.facts import PlanFacts

__all__ = ["disk_need"]


def disk_need(facts: PlanFacts) -> DiskNeed | None:
    """Tell what the claim takes of the hosts' disks; None where nothing is claimed, or the storage is outside the site.

    Each copy lies whole on a host of its own, so that with drives of several sizes the smallest that must hold one decides;
    Ceph alone spreads a volume, with no more than one copy of each byte on a host.
    """
    claimed, backend = claimed_bytes(facts), backend_of(facts)
    if claimed is None or (backend is not None and backend.is_outside):
        return None
    copies = copies_of(facts)
    reserve = 0.0 if backend is None else backend.reserve
    inputs = (
        Input("claimed_bytes", claimed, "bytes", "declared", "registry.storage, or the profiles' values"),
        Input("copies", copies.count, "copies", copies.provenance, copies.why),
        Input(
            "reserve",
            reserve,
            "ratio",
            "assumed",
            "nothing is known to be reserved" if backend is None else backend.source,
        ),
    )
    node = Formula("raw_node_bytes", "ceil(claimed_bytes / (1 - reserve))", (inputs[0], inputs[2]))
    cluster = Formula("raw_cluster_bytes", "ceil(claimed_bytes * copies / (1 - reserve))", inputs)
    each, needed = int(node), int(cluster)
    room = _room(facts.site.hosts, each, copies.count, needed, spreads=backend is not None and backend.spreads)
    return DiskNeed(
        backend="" if backend is None else backend.name,
        copies=copies.count,
        copies_known=copies.provenance,
        reserve=reserve,
        claimed_bytes=claimed,
        raw_node_bytes=each,
        raw_cluster_bytes=needed,
        room_bytes=None if room is None else int(room),
        hosts=_hosts(facts.site.hosts, backend, each, copies.count),
        formulas=(node, cluster, *(() if room is None else (room,))),
    )


def _room(hosts: Sequence[Host], node: int, copies: int, needed: int, *, spreads: bool) -> Formula | None:
    """Tell what the drives can take of equal copies; None where an unknown drive decides, or there is no host."""
    if not hosts:
        return None
    drives = sorted((host.storage_bytes or 0 for host in hosts), reverse=True)
    if len(drives) < copies:
        few = Input("hosts", len(drives), "hosts", "declared", f"fewer than {copies} copies need")
        return Formula("room_bytes", "0 * hosts", (few,))
    if spreads:
        room = _spread(drives, node)
    else:
        least = Input(
            "drive_bytes", drives[copies - 1], "bytes", "declared", f"the drive that copy {copies} needs, hosts.storage"
        )
        room = Formula(
            "room_bytes", "copies * drive_bytes", (Input("copies", copies, "copies", "declared", "above"), least)
        )
    unknown = any(host.storage_bytes is None for host in hosts)
    return None if unknown and int(room) < needed else room


def _spread(drives: Sequence[int], node: int) -> Formula:
    """Add up what drives take of a volume that is spread over them, those of one size together: a site may have thousands."""
    each = Input("raw_node_bytes", node, "bytes", "declared", "the most of one copy that a host holds")
    inputs, parts = [each], []
    for number, (drive, count) in enumerate(Counter(drives).items(), 1):
        inputs.append(Input(f"drive_{number}", drive, "bytes", "declared", "hosts.storage"))
        inputs.append(Input(f"hosts_{number}", count, "hosts", "declared", "hosts with such a drive"))
        parts.append(f"hosts_{number} * min(drive_{number}, raw_node_bytes)")
    return Formula("room_bytes", " + ".join(parts), tuple(inputs))


def _hosts(hosts: Sequence[Host], backend: Backend | None, node: int, copies: int) -> tuple[HostRoom, ...]:
    """Tell each host's drive; the copies go to the largest drives, in the site's order where they are equal."""
    share = 1 - exact(0.0 if backend is None else backend.reserve)
    holders = {host.name for host in sorted(hosts, key=lambda host: -(host.storage_bytes or 0))[:copies]}
    spread = backend is not None and backend.spreads
    return tuple(
        HostRoom(
            host.name,
            host.storage_bytes,
            None if host.storage_bytes is None else math.floor(host.storage_bytes * share),
            node if host.name in holders and not spread else 0,
        )
        for host in hosts
    )
