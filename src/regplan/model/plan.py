"""A plan: everything that is said of a site, as one value that every face reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regplan.model.finding import Finding, Verdict
    from regplan.model.image import Inventory, Unresolved
    from regplan.model.profile import Declarations
    from regplan.model.site import Site
    from regplan.model.wire import Simulation, Wire
    from regplan.oci.digest import Digest
    from regplan.oci.platform import Platform

__all__ = [
    "Growth",
    "HostPlan",
    "ImageCounts",
    "ImageSize",
    "LayerReport",
    "Plan",
    "StorageNeed",
    "StorageTerm",
    "Study",
    "UnresolvedNeed",
]


@dataclass(frozen=True, slots=True)
class ImageSize:
    """What one image costs beside the others: `size_bytes` is `shared_bytes` plus `unique_bytes`.

    `unique_bytes` is what no other image of the set has. Two references to one digest are one image, shown twice.
    """

    reference: str
    digest: Digest
    platform: Platform
    size_bytes: int
    shared_bytes: int
    unique_bytes: int
    sizes_unknown: int = 0


@dataclass(frozen=True, slots=True)
class LayerReport:
    """Deduplicated sizes of a set of images, in bytes; `sizes_unknown` counts digests whose size nobody knows.

    `blobs` counts distinct configs and layers, `manifests` distinct manifests and kept indexes, `pairs` distinct
    (repository, config or layer) pairs. `stored_bytes` is what Zot without deduplication holds, once for each
    repository; `quota_bytes` is what Harbor charges one project. `last_seen` are the times (RFC 3339, UTC) at which
    tags were last seen that no source could be asked for, oldest first.
    """

    referenced_bytes: int
    unique_bytes: int
    blobs: int
    manifests: int
    pairs: int
    stored_bytes: int
    quota_bytes: int
    sizes_unknown: int
    images: tuple[ImageSize, ...]
    foreign: tuple[str, ...] = ()
    last_seen: tuple[str, ...] = ()

    @property
    def repeated_bytes(self) -> int:
        """What `referenced_bytes` counts more than once: what sharing saves."""
        return self.referenced_bytes - self.unique_bytes


@dataclass(frozen=True, slots=True)
class Growth:
    """What an upgrade changes, in bytes; `peak_bytes` is while both versions are kept."""

    kept_bytes: int
    new_bytes: int
    dropped_bytes: int
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class StorageTerm:
    """One addend of the storage need; `provenance` is measured, declared, rule or assumed."""

    key: str
    size_bytes: int
    provenance: str
    source: str


@dataclass(frozen=True, slots=True)
class UnresolvedNeed:
    """What the `count` images that nobody could answer for may add to the need; everything here is assumed.

    `break_even_bytes` is the largest average size at which all still fits the PVC: 0 where it does not fit without
    them, None where nothing is claimed. `need_p50_bytes` is the whole need with each of them at `p50_bytes`.
    """

    count: int
    break_even_bytes: int | None
    p50_bytes: int
    p90_bytes: int
    need_p50_bytes: int
    need_p90_bytes: int


@dataclass(frozen=True, slots=True)
class StorageNeed:
    """What the registry's PVC must hold: `required_bytes` is the sum of `terms`, without the documented minimum.

    `unresolved` is what images that nobody could answer for may add, None where there is none.
    """

    terms: tuple[StorageTerm, ...]
    claimed_bytes: int | None
    unresolved: UnresolvedNeed | None = None

    @property
    def required_bytes(self) -> int:
        """The sum of the terms."""
        return sum(term.size_bytes for term in self.terms)


@dataclass(frozen=True, slots=True)
class HostPlan:
    """What is said of one host; `image_bytes` are the compressed images that it pulls at first bootstrap."""

    name: str
    verdict: Verdict
    cpu_milli: int | None
    memory_bytes: int | None
    image_bytes: int


@dataclass(frozen=True, slots=True)
class ImageCounts:
    """References as written, distinct ones, resolved ones, and those that nobody could answer for."""

    declared: int
    unique: int
    resolved: int
    unresolved: tuple[Unresolved, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is said of a site; `generated_at` is RFC 3339, `inputs_digest` covers all that was read."""

    site: Site
    verdict: Verdict
    binding_constraint: str | None
    findings: tuple[Finding, ...]
    counts: ImageCounts
    layers: LayerReport
    storage: StorageNeed
    hosts: tuple[HostPlan, ...]
    wire: Wire | None
    upgrade: Growth | None
    generated_at: str
    inputs_digest: str

    def __repr__(self) -> str:
        """Tell the verdict and what binds, which is what one wants to see in a notebook or a failing test."""
        return f"<Plan {self.site.name}: {self.verdict}, bound by {self.binding_constraint or 'nothing'}>"


@dataclass(frozen=True, slots=True)
class Study:
    """A plan together with what it was made from: the one value that screens, notebooks and reports are given."""

    declarations: Declarations
    inventory: Inventory
    plan: Plan
    simulation: Simulation | None = None

    def __repr__(self) -> str:
        """Tell what the plan says, which is what one wants to see in a notebook or a failing test."""
        return f"<Study {self.inventory!r} {self.plan!r}>"
