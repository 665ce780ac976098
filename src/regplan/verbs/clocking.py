"""When the hosts of a planned site have unpacked their images: placement and layers in, the clock out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.sim.carried.life import cache_kind
from regplan.sim.clock.booting import boot_clock
from regplan.sim.clock.site_pulls import site_pulls
from regplan.sim.placement import place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.clock import Clock
    from regplan.model.plan import Study
    from regplan.oci.compression import UnpackedSize
    from regplan.oci.digest import Digest

__all__ = ["clock_study"]


def clock_study(
    study: Study, tier: int | None = None, sizes: Mapping[Digest, UnpackedSize] | None = None
) -> Clock | None:
    """Tell when the hosts of a site are ready, for each way to bring images; None for a site without hosts.

    `tier` is 1 for the closed form, 2 for the fluid model of layers, None for whichever suits the number of layers.
    Raises `InputError` for a plan that was read from a document, which has no layers to follow; its own is `study.clock`.
    """
    site, wire = study.plan.site, study.plan.wire
    if not site.hosts or wire is None:
        return None
    if study.plan.counts.resolved > len(study.inventory.entries) + len(study.inventory.declared):
        raise InputError(
            f"{site.name}: a plan that was read from a document has no layers whose times can be reckoned anew"
        )
    placement = place(site, study.declarations, study.inventory)
    pulls = site_pulls(site, placement, study.inventory, sizes or {})
    cache = (
        cache_kind("zot" if site.registry is None else site.registry.kind) if study.life is None else study.life.cache
    )
    return boot_clock(site, pulls, wire.content_bytes, tier, cache)
