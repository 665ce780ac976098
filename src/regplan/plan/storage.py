"""What the registry's PVC must hold, term by term; every ratio is an assumption that the site file can set."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from regplan.errors import InvalidSite
from regplan.model.plan import StorageNeed, StorageTerm
from regplan.plan.facts import claimed_bytes, kept_versions, palette_bytes
from regplan.plan.growth import compare_inventories
from regplan.plan.sharing import known_sizes, repository_links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.image import Inventory
    from regplan.model.site import Assumptions
    from regplan.plan.facts import PlanFacts

__all__ = ["Measured", "measure", "need_of", "storage_need", "version_bytes"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the terms are reckoned from, added up once; `declared_bytes` are of `declared` images together.

    `all_links` and `new_bytes` count the upgrade's images too, None where there is no upgrade.
    """

    digests: int
    live_bytes: int
    declared: int
    declared_bytes: int
    largest_bytes: int
    links: int
    all_links: int | None = None
    new_bytes: int | None = None

    @property
    def set_bytes(self) -> int:
        """What the images take in one version: what digests tell, and what is declared."""
        return self.live_bytes + self.declared_bytes

    @property
    def names(self) -> str:
        """What `set_bytes` adds up, as a term's source names it."""
        return "(live + declared)" if self.declared else "live"


def storage_need(facts: PlanFacts) -> StorageNeed:
    """Tell what the registry's PVC must hold, in bytes, and what it offers.

    The live images, their declared companions and growth, older versions, uploads in flight and links add up to what is
    written; the file system and the share kept free come on top: written / (1 - file system) / (1 - free). Terms round
    up. Without a registry the need is what one would take, and nothing is claimed. Raises `InvalidSite` for a share
    of 100 % or more.
    """
    return need_of(facts, measure(facts))


def need_of(facts: PlanFacts, measured: Measured) -> StorageNeed:
    """Tell the same of sums that were added up before; raises the same."""
    written = tuple(_written(facts, measured))
    held = sum(term.size_bytes for term in written)
    return StorageNeed((*written, *_overhead(held, facts.site.assumptions)), claimed_bytes(facts))


def measure(facts: PlanFacts) -> Measured:
    """Add up what the storage need is reckoned from."""
    inventory, upgrade = facts.inventory, facts.upgrade
    sizes = known_sizes(inventory)
    every = sizes if upgrade is None else known_sizes(inventory, upgrade)
    count = max(facts.site.assumptions.parallel_uploads, 0)
    links = repository_links(inventory)
    return Measured(
        digests=len(sizes),
        live_bytes=sum(size or 0 for size in sizes.values()),
        declared=len(inventory.declared),
        declared_bytes=_declared_bytes(inventory),
        largest_bytes=sum(sorted((size or 0 for size in every.values()), reverse=True)[:count]),
        links=len(links),
        all_links=None if upgrade is None else len(links | repository_links(upgrade)),
        new_bytes=None if upgrade is None else compare_inventories(inventory, upgrade).new_bytes,
    )


def version_bytes(facts: PlanFacts) -> tuple[int, bool]:
    """Tell what one more version adds to the live images, in bytes, and whether that is measured, not assumed.

    Digests tell it of resolved images alone: of those whose size is only declared, a share is assumed always.
    """
    delta = facts.site.assumptions.version_delta
    if facts.upgrade is None:
        return _share(_set_bytes(facts.inventory), delta), False
    measured = compare_inventories(facts.inventory, facts.upgrade).new_bytes
    return measured + _share(_declared_bytes(facts.inventory), delta), not facts.inventory.declared


def _written(facts: PlanFacts, measured: Measured) -> Iterator[StorageTerm]:
    count = len(facts.inventory.entries)
    yield StorageTerm(
        "live",
        measured.live_bytes,
        "measured",
        f"{measured.digests} distinct digests of {count} references, each once",
    )
    if measured.declared:
        source = f"declared_sizes of {measured.declared} references; what they share is not known"
        yield StorageTerm("declared", measured.declared_bytes, "declared", source)
    own = palette_bytes(facts)
    if own is not None:
        yield StorageTerm("palette_images", own, "declared", "content.palette_images_size, without growth and versions")
    yield _growth(facts, measured)
    yield from _versions(facts, measured)
    yield _uploads(facts, measured)
    yield _metadata(facts, measured)


def _growth(facts: PlanFacts, measured: Measured) -> StorageTerm:
    years = facts.site.scenario.years if facts.site.scenario is not None else 1.0
    rate = facts.site.assumptions.growth_per_year
    try:
        factor = Fraction(str((1 + rate) ** years)) - 1
    except (OverflowError, ValueError) as error:
        raise InvalidSite(f"assumptions.growth_per_year {rate:g} over {years:g} years is beyond any number") from error
    source = f"{measured.names} x ((1 + growth_per_year {rate:g}) ^ {years:g} years - 1)"
    return StorageTerm("growth", math.ceil(measured.set_bytes * factor), "assumed", source)


def _versions(facts: PlanFacts, measured: Measured) -> Iterator[StorageTerm]:
    further, ratio = max(kept_versions(facts) - 1, 0), facts.site.assumptions.version_delta
    each, delta = _share(measured.set_bytes, ratio), f"version_delta {ratio:g} x {measured.names}"
    if measured.new_bytes is None or further == 0:
        yield StorageTerm("kept_versions", further * each, "assumed", f"{further} further versions, each {delta}")
        return
    source = "digests of upgrade_to that are not among the live ones"
    yield StorageTerm("kept_versions", measured.new_bytes, "measured", source)
    told = [f"{further - 1} versions beside these two, each {delta}"] if further > 1 else []
    if measured.declared:
        told.append(f"of upgrade_to version_delta {ratio:g} x declared, which no digests tell")
    if told:
        older = (further - 1) * each + _share(measured.declared_bytes, ratio)
        yield StorageTerm("older_versions", older, "assumed", "; ".join(told))


def _uploads(facts: PlanFacts, measured: Measured) -> StorageTerm:
    count = facts.site.assumptions.parallel_uploads
    source = f"the parallel_uploads {count} largest blobs, each in its own room until it is complete"
    return StorageTerm("uploads", measured.largest_bytes, "assumed", source)


def _metadata(facts: PlanFacts, measured: Measured) -> StorageTerm:
    assumptions, further = facts.site.assumptions, max(kept_versions(facts) - 1, 0)
    links, assumed = measured.links, further
    if measured.all_links is not None and further > 0:
        links, assumed = measured.all_links, further - 1
    links += assumed * _share(measured.links, assumptions.version_delta)
    each = assumptions.metadata_bytes_per_link
    source = f"{links} (repository, blob) links x metadata_bytes_per_link {each}"
    return StorageTerm("metadata", links * each, "assumed", source)


def _overhead(held: int, assumptions: Assumptions) -> Iterator[StorageTerm]:
    filesystem = _on_top(held, assumptions.filesystem_overhead, "filesystem_overhead")
    share = f"filesystem_overhead {assumptions.filesystem_overhead:g} of the PVC"
    yield StorageTerm("filesystem", filesystem, "assumed", f"{share}: what is written / (1 - share), less itself")
    free = _on_top(held + filesystem, assumptions.free_space, "free_space")
    source = f"free_space {assumptions.free_space:g} of the PVC: the sum before / (1 - share), less itself"
    yield StorageTerm("free_space", free, "assumed", source)


def _on_top(size_bytes: int, share: float, name: str) -> int:
    """Tell what must be added so that `share` of the sum is left over."""
    if not 0 <= share < 1:
        raise InvalidSite(f"assumptions.{name} is {share:g}: a share of the PVC is at least 0 and below 1, such as 15%")
    exact = Fraction(str(share))
    return math.ceil(size_bytes * exact / (1 - exact))


def _live_bytes(inventory: Inventory) -> int:
    return sum(size or 0 for size in known_sizes(inventory).values())


def _declared_bytes(inventory: Inventory) -> int:
    return sum(image.size_bytes for image in inventory.declared)


def _set_bytes(inventory: Inventory) -> int:
    return _live_bytes(inventory) + _declared_bytes(inventory)


def _share(count: int, ratio: float) -> int:
    return math.ceil(count * Fraction(str(ratio)))
