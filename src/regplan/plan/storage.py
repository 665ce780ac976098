"""What the registry's PVC must hold, term by term; every ratio is an assumption that the site file can set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.formula import Formula, Input
from regplan.model.plan import MINIMUM_BYTES, StorageNeed, VersionsNeed
from regplan.model.site import RegistrySpec, Site
from regplan.plan.facts import PlanFacts, claimed_bytes, wanted_platforms
from regplan.plan.measured import measure
from regplan.plan.reckoning import reckoning_of
from regplan.plan.releases import assumption
from regplan.plan.terms import overhead_terms, set_formula, share_of, sum_of, written_terms
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.plan import StorageTerm
    from regplan.oci.platform import Platform
    from regplan.plan.measured import Measured
    from regplan.plan.prepared import Prepared
    from regplan.plan.reckoning import Reckoning

__all__ = ["measured_of", "need_of", "required_of", "storage_need"]

# What does not grow with the images; all else is a share of them.
_CONSTANT: Final = frozenset({"palette_images", "charts_packs", "uploads", "abandoned", "on_demand", "metadata"})


class _Written(NamedTuple):
    """What is written to the PVC, whatever that offers: terms, and the formulas that need no claim."""

    terms: tuple[StorageTerm, ...]
    formulas: tuple[Formula, ...]
    versions: VersionsNeed
    scale: _Scale | None


class _Scale(NamedTuple):
    """What turns a need round: its constant part, the part that grows with the live images, and the inputs of both."""

    constant: Formula
    scaled: Formula
    inputs: tuple[Input, ...]


def storage_need(facts: PlanFacts) -> StorageNeed:
    """Tell what the registry's PVC must hold, in bytes, and what it offers.

    The images of this version, their growth, other versions, garbage, uploads in flight and links add up to what is
    written; the file system and the share kept free come on top: written / (1 - file system) / (1 - free). Terms round
    up. Without a registry the need is what one would take, and nothing is claimed. Raises `InvalidSite` for a share
    of 100 % or more, and for growth beyond any number.
    """
    written = facts.prepared.once(_written_for, wanted_platforms(facts), _written_by(facts.site))
    return _offered(written, claimed_bytes(facts))


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
    return _offered(_written(reckoning_of(facts, measured)), claimed_bytes(facts))


def _written_by(site: Site) -> Site:
    """Tell what of a site its need hangs on: neither hosts and links nor what is claimed, in which sites of a fleet differ."""
    stated = site.registry
    return Site(
        "",
        registry=None
        if stated is None
        else RegistrySpec(stated.kind, keep_versions=stated.keep_versions, gc=stated.gc, on_demand=stated.on_demand),
        palette_images=site.palette_images,
        compliance_images=site.compliance_images,
        palette_images_bytes=site.palette_images_bytes,
        packs_bytes=site.packs_bytes,
        assumptions=site.assumptions,
        scenario=site.scenario,
        defaulted=site.defaulted,
        file=site.file,
    )


def _written_for(prepared: Prepared, platforms: tuple[Platform, ...], site: Site) -> _Written:
    facts = PlanFacts(
        site,
        prepared.declarations,
        prepared.inventory,
        prepared.upgrade,
        unpacked=prepared.unpacked,
        prepared=prepared,
        older=prepared.older,
    )
    return _written(reckoning_of(facts, prepared.once(measure, platforms)))


def _written(this: Reckoning) -> _Written:
    releases = this.releases
    written = tuple(written_terms(this))
    held = sum_of("written", written)
    terms = (*written, *overhead_terms(this, held))
    version, required = _version(this), sum_of("required_bytes", terms)
    versions = VersionsNeed(
        count=this.count,
        measured=len(this.beside),
        deletes=releases.deletes,
        releases_per_year=releases.per_year.value,
        years=releases.years.value,
        next_bytes=int(version),
        is_measured=bool(this.measured.versions) and not this.measured.declared,
        why=releases.why,
    )
    formulas = (set_formula(written), version, *this.counts, held, required, _pvc(required))
    return _Written(terms, formulas, versions, _scale(this, written))


def _offered(written: _Written, claimed: int | None) -> StorageNeed:
    """Put what is claimed beside what is written, and what it would hold."""
    holds = () if claimed is None or written.scale is None else _holds(written.scale, claimed)
    return StorageNeed(
        written.terms,
        claimed,
        versions=written.versions,
        holds_bytes=int(holds[-1]) if holds else None,
        formulas=(*written.formulas, *holds),
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


def _scale(this: Reckoning, written: Sequence[StorageTerm]) -> _Scale | None:
    """Tell what grows with the live images and what does not; None where there is no live set to scale."""
    constant = sum_of("constant", [term for term in written if term.key in _CONSTANT])
    scaled = sum_of("scaled", [term for term in written if term.key not in _CONSTANT])
    live = this.measured.live_bytes
    if not live:
        return None
    inputs = (
        share_of(this.site, "filesystem_overhead"),
        share_of(this.site, "free_space", "free_space_share"),
        Input("constant", int(constant), "bytes", "assumed", "terms that do not grow with the images"),
        Input("live", live, "bytes", "measured", "the live images"),
        Input("scaled", int(scaled), "bytes", "assumed", "terms that grow as the live images do"),
    )
    return _Scale(constant, scaled, inputs)


def _holds(scale: _Scale, claimed: int) -> tuple[Formula, ...]:
    """Turn the need round: the largest live set that the claim holds."""
    offered = Input("claimed_bytes", claimed, "bytes", "declared", "registry.storage, or the profiles' values")
    usable = "claimed_bytes * (1 - filesystem_overhead) * (1 - free_space_share)"
    expression = f"max(floor(({usable} - constant) * live / scaled), 0)"
    return scale.constant, scale.scaled, Formula("holds_bytes", expression, (offered, *scale.inputs))
