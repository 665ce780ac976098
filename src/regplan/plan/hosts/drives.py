"""What a host's main drive must hold: images compressed and unpacked, what lies beside them, and what must stay free."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidSite
from regplan.model.formula import Formula, Input
from regplan.model.plan import HostDisk
from regplan.plan.backends import is_pinned
from regplan.plan.facts import claimed_bytes
from regplan.plan.hosts.capacity import Reckoned, share_of
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from regplan.model.site import Assumptions, Host
    from regplan.plan.facts import PlanFacts
    from regplan.plan.hosts.hosting import Hosting

__all__ = ["Beside", "Sizes", "beside_images", "disk_of", "drive_need"]

_EXPRESSION: Final = (
    "max(minimum, ceil(max((images + claim) / image_gc_low,"
    " (images * (1 + version_delta) + claim) / image_gc_high,"
    " (images + claim + bundle) / (1 - eviction_drive)) + system_partitions_bytes))"
)


class Sizes(NamedTuple):
    """What was reckoned before, in bytes: the content of a bundle with all images, and what the registry must hold."""

    content: int
    need: int


class Beside(NamedTuple):
    """What lies on a drive besides images, in bytes: the registry's claim, a bundle while it is uploaded, partitions."""

    claim: int
    bundle: int
    partitions: int


def disk_of(host: Host, facts: PlanFacts) -> HostDisk:
    """Tell what a host's images take on its drive; where nobody reckoned it, what it pulls and what is assumed tell."""
    known = facts.disks.get(host.name)
    if known is not None:
        return known
    image_bytes = facts.image_bytes_by_host.get(host.name, 0)
    ratio = share_of(facts.site.assumptions.unpacked_ratio)
    return HostDisk(image_bytes, math.ceil(image_bytes * ratio))


def beside_images(host: Host, facts: PlanFacts, hosting: Hosting, sizes: Sizes) -> Beside:
    """Tell what lies on a host's drive besides images.

    A claim of a local storage class is on the registry's host. A locally managed host holds the bundle's archive and what
    is extracted of it while it is uploaded; an appliance's drive has the partitions of its system.
    """
    site = facts.site
    has_claim = is_pinned(facts) and host.name == hosting.registry_host
    claimed = claimed_bytes(facts)
    copies = share_of(site.assumptions.bundle_copies) if site.management == "local" else Fraction(0)
    return Beside(
        (sizes.need if claimed is None else claimed) if has_claim else 0,
        math.ceil(copies * sizes.content),
        site.assumptions.system_partitions_bytes if site.deployment == "appliance" else 0,
    )


def drive_need(images: int, beside: Beside, minimum: int, assumptions: Assumptions) -> Reckoned:
    """Tell what a drive must have at least; raises `InvalidSite` for a threshold of nothing or of all."""
    for name in ("image_gc_low", "image_gc_high"):
        if not 0 < getattr(assumptions, name) <= 1:
            raise InvalidSite(
                f"assumptions.{name} is {getattr(assumptions, name):g}: a share of a drive is above 0 and at most 1"
            )
    if not 0 <= assumptions.eviction_drive < 1:
        raise InvalidSite(f"assumptions.eviction_drive is {assumptions.eviction_drive:g}: it must be below 100%")
    thresholds = (
        assumptions.image_gc_low,
        assumptions.image_gc_high,
        assumptions.version_delta,
        assumptions.eviction_drive,
    )
    return _drive_need(images, beside, minimum, thresholds)


@lru_cache(maxsize=4_096)
def _drive_need(images: int, beside: Beside, minimum: int, thresholds: tuple[float, float, float, float]) -> Reckoned:
    low, high, delta, eviction = thresholds
    inputs = (
        Input("minimum", minimum, "bytes", "rule", "the documented main drive"),
        Input("images", images, "bytes", "assumed", "the host's `content_bytes` and `unpacked_bytes`"),
        Input("claim", beside.claim, "bytes", "declared", "the registry's claim, where it lies on this host's drive"),
        Input(
            "bundle", beside.bundle, "bytes", "assumed", "assumptions.bundle_copies x the content, while it is uploaded"
        ),
        _assumed("image_gc_low", low),
        _assumed("image_gc_high", high),
        _assumed("version_delta", delta),
        _assumed("eviction_drive", eviction),
        Input(
            "system_partitions_bytes", beside.partitions, "bytes", "assumed", "OEM, RECOVERY and STATE of an appliance"
        ),
    )
    formula = Formula("required", _EXPRESSION, inputs)
    return Reckoned(int(formula), formula)


def _assumed(name: str, value: float) -> Input:
    return Input(name, value, "ratio", "assumed", f"assumptions.{name}")
