"""What the registry's PVC must hold, term by term; every ratio is an assumption that the site file can set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.formula import Formula, Input
from regplan.model.plan import MINIMUM_BYTES, StorageNeed, VersionsNeed
from regplan.plan.facts import claimed_bytes, wanted_platforms
from regplan.plan.measured import measure
from regplan.plan.reckoning import reckoning_of
from regplan.plan.releases import assumption
from regplan.plan.terms import overhead_terms, set_formula, share_of, sum_of, written_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.plan import StorageTerm
    from regplan.plan.facts import PlanFacts
    from regplan.plan.measured import Measured
    from regplan.plan.reckoning import Reckoning

__all__ = ["measured_of", "need_of", "required_of", "storage_need"]

# What does not grow with the images; all else is a share of them.
_CONSTANT: Final = frozenset({"palette_images", "charts_packs", "uploads", "abandoned", "on_demand", "metadata"})


def storage_need(facts: PlanFacts) -> StorageNeed:
    """Tell what the registry's PVC must hold, in bytes, and what it offers.

    The images of this version, their growth, other versions, garbage, uploads in flight and links add up to what is
    written; the file system and the share kept free come on top: written / (1 - file system) / (1 - free). Terms round
    up. Without a registry the need is what one would take, and nothing is claimed. Raises `InvalidSite` for a share
    of 100 % or more, and for growth beyond any number.
    """
    return need_of(facts, measured_of(facts))


def measured_of(facts: PlanFacts) -> Measured:
    """Tell what was added up of a site's profiles and images, once for all sites that share them."""
    return facts.prepared.once(measure, wanted_platforms(facts))


def required_of(facts: PlanFacts, measured: Measured) -> int:
    """Tell the bytes that `need_of` requires and nothing else, which is cheaper; raises the same."""
    this = reckoning_of(facts, measured)
    written = tuple(written_terms(this))
    overhead = overhead_terms(this, sum_of("written", written))
    return sum(term.size_bytes for term in (*written, *overhead))


def need_of(facts: PlanFacts, measured: Measured) -> StorageNeed:
    """Tell the same of sums that were added up before; raises the same."""
    this = reckoning_of(facts, measured)
    releases = this.releases
    written = tuple(written_terms(this))
    held = sum_of("written", written)
    terms = (*written, *overhead_terms(this, held))
    version, required = _version(this), sum_of("required_bytes", terms)
    claimed = claimed_bytes(facts)
    holds = None if claimed is None else _holds(this, written, claimed)
    formulas = (set_formula(written), version, *this.counts, held, required, _pvc(required), *(holds or ()))
    return StorageNeed(
        terms,
        claimed,
        versions=VersionsNeed(
            count=this.count,
            measured=len(this.beside),
            deletes=releases.deletes,
            releases_per_year=releases.per_year.value,
            years=releases.years.value,
            next_bytes=int(version),
            is_measured=bool(measured.versions) and not measured.declared,
            why=releases.why,
        ),
        holds_bytes=int(holds[-1]) if holds else None,
        formulas=formulas,
    )


def _version(this: Reckoning) -> Formula:
    """Tell what one more version adds: digests tell it of resolved images alone, of declared ones a share is assumed."""
    if not this.measured.versions:
        return Formula("version", "ceil(version_delta * set)", this.delta)
    other = this.measured.versions[0]
    new = Input(
        "new_digests", other.new_bytes, "bytes", "measured", f"digests of {other.key} that the live images lack"
    )
    if not this.measured.declared:
        return Formula("version", "new_digests", (new,))
    declared = Input("declared", this.measured.declared_bytes, "bytes", "declared", "declared_sizes")
    inputs = (new, assumption(this.site, "version_delta"), declared)
    return Formula("version", "new_digests + ceil(version_delta * declared)", inputs)


def _pvc(required: Formula) -> Formula:
    need = Input("required_bytes", int(required), "bytes", "assumed", "the sum of the terms")
    least = Input(
        "minimum_bytes", MINIMUM_BYTES, "bytes", "rule", 'Palette docs, "Deploy Cluster with a Primary Registry"'
    )
    return Formula("pvc_bytes", "max(required_bytes, minimum_bytes)", (need, least))


def _holds(this: Reckoning, written: Sequence[StorageTerm], claimed: int) -> tuple[Formula, ...]:
    """Turn the need round: the largest live set that the claim holds; nothing where there is no live set to scale."""
    constant = sum_of("constant", [term for term in written if term.key in _CONSTANT])
    scaled = sum_of("scaled", [term for term in written if term.key not in _CONSTANT])
    live = this.measured.live_bytes
    if not live:
        return ()
    inputs = (
        Input("claimed_bytes", claimed, "bytes", "declared", "registry.storage, or the profiles' values"),
        share_of(this.site, "filesystem_overhead"),
        share_of(this.site, "free_space", "free_space_share"),
        Input("constant", int(constant), "bytes", "assumed", "terms that do not grow with the images"),
        Input("live", live, "bytes", "measured", "the live images"),
        Input("scaled", int(scaled), "bytes", "assumed", "terms that grow as the live images do"),
    )
    usable = "claimed_bytes * (1 - filesystem_overhead) * (1 - free_space_share)"
    holds = Formula("holds_bytes", f"max(floor(({usable} - constant) * live / scaled), 0)", inputs)
    return constant, scaled, holds
