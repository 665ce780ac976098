"""The first bootstrap's internet bytes, with and without the primary registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.wire import Wire
from regplan.sim.boot import direct_times, primary_times
from regplan.sim.pulls import Content

if TYPE_CHECKING:
    from regplan.model.image import Inventory
    from regplan.model.site import Site
    from regplan.sim.placement import Placement
    from regplan.sim.pulls import Range

__all__ = ["bootstrap_wire", "wire_of"]


def bootstrap_wire(site: Site, placement: Placement, inventory: Inventory) -> Wire:
    """Tell what the first bootstrap costs on the internet link, in bytes and seconds.

    Without a registry each host pulls the union of its images' digests. With one, all images go over the link once, and
    what runs before the registry goes to each host besides. Both are told whether or not the site plans a registry, and
    with `internet: none` they are what it would take. An upgrade is no part of it.

    Images of unknown placement are on `hosts_per_image` hosts; the bounds put them on one host and on every host, since
    the more hosts pull them, the more is saved. Times are of the transfers only (see `boot`).
    """
    return wire_of(site, Content(inventory).range(site, placement))


def wire_of(site: Site, pulled: Range) -> Wire:
    """Tell the same from pulls that are added up already."""
    pulls, on_one, on_all = pulled.usual, pulled.on_one, pulled.on_all
    return Wire(
        direct_bytes=pulls.direct_bytes,
        primary_bytes=pulls.primary_bytes,
        saved_low_bytes=on_one.direct_bytes - on_one.primary_bytes,
        saved_high_bytes=on_all.direct_bytes - on_all.primary_bytes,
        direct_boot_s=_last(direct_times(site, pulls)),
        primary_boot_s=_last(primary_times(site, pulls)),
        images_of_unknown_placement=pulled.unknown,
        host_bytes=tuple((host.name, host.all_bytes) for host in pulls.hosts),
        early_bytes=tuple((host.name, host.early_bytes) for host in pulls.hosts),
        host_images=tuple((host.name, host.images) for host in pulls.hosts),
        content_bytes=pulls.content_bytes,
        content_images=pulls.content_images,
        direct_low_bytes=on_one.direct_bytes,
        direct_high_bytes=on_all.direct_bytes,
    )


def _last(times: tuple[float, ...] | None) -> float | None:
    return max(times) if times else None
