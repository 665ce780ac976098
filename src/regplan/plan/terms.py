"""The terms of the storage need: each is a formula over what was measured, what the site file says, and assumptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidSite
from regplan.model.formula import Formula, Input
from regplan.model.plan import StorageTerm
from regplan.plan.facts import on_demand, palette_bytes, registry_kind
from regplan.plan.releases import assumption, gc_period_hours
from regplan.units import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.site import Site
    from regplan.plan.measured import MeasuredVersion
    from regplan.plan.reckoning import Reckoning

__all__ = ["overhead_terms", "set_formula", "share_of", "sum_of", "written_terms"]

_HOURS_PER_YEAR: Final = 8760
# Beyond any exabyte: what grows past it is a slip of the pen.
_MOST_BYTES: Final = 10**30
_SHARE: Final = "ceil(version_delta * set)"


def sum_of(key: str, terms: Sequence[StorageTerm]) -> Formula:
    """Make the formula that adds terms up."""
    inputs = tuple(Input(term.key, term.size_bytes, "bytes", term.provenance, term.source) for term in terms)
    return Formula(key, " + ".join(each.name for each in inputs) or "0", inputs)


def set_formula(terms: Sequence[StorageTerm]) -> Formula:
    """Make the formula of what the images take in one version, out of the terms that are part of it."""
    parts = {"live", "other_platforms", "provider_image", "declared"}
    return sum_of("set", [term for term in terms if term.key in parts])


def share_of(site: Site, name: str, told: str = "") -> Input:
    """Tell an assumption that is a share of the PVC; raises `InvalidSite` for one that leaves nothing."""
    found = assumption(site, name, told)
    if not 0 <= found.value < 1:
        raise InvalidSite(
            f"assumptions.{name} is {found.value:g}: a share of the PVC is at least 0 and below 1, such as 15%"
        )
    return found


def written_terms(this: Reckoning) -> Iterator[StorageTerm]:
    """Yield what is written to the PVC, term by term; raises `InvalidSite` for growth beyond any number."""
    yield from _set_terms(this)
    own, packs = palette_bytes(this.facts), this.site.packs_bytes
    if own is not None:
        yield _stated("palette_images", own, "content.palette_images_size, without growth and versions")
    if packs is not None:
        yield _stated("charts_packs", packs, "content.packs_size, without growth and versions")
    yield _growth(this)
    yield from _versions(this)
    if this.releases.deletes:
        yield _garbage(this)
    yield from _uploads(this)
    yield _metadata(this)


def overhead_terms(this: Reckoning, written: Formula) -> Iterator[StorageTerm]:
    """Yield what the file system takes and what is kept free, on top of what is written."""
    held = Input("written", int(written), "bytes", "assumed", "the terms before, added up")
    share = share_of(this.site, "filesystem_overhead")
    told = f"filesystem_overhead {share.value:g} of the PVC: what is written / (1 - share), less itself"
    expression = "ceil(written * filesystem_overhead / (1 - filesystem_overhead))"
    filesystem = _term("filesystem", expression, (held, share), "assumed", told)
    yield filesystem
    free = share_of(this.site, "free_space", "free_space_share")
    told = f"free_space {free.value:g} of the PVC: the sum before / (1 - share), less itself"
    taken = Input("filesystem", filesystem.size_bytes, "bytes", "assumed", filesystem.source)
    expression = "ceil((written + filesystem) * free_space_share / (1 - free_space_share))"
    yield _term("free_space", expression, (held, taken, free), "assumed", told)


def _term(key: str, expression: str, inputs: tuple[Input, ...], provenance: str, source: str) -> StorageTerm:
    formula = Formula(key, expression, inputs)
    return StorageTerm(key, int(formula), provenance, source, formula)


def _stated(key: str, size_bytes: int, source: str) -> StorageTerm:
    name = f"{key}_size"
    return _term(key, name, (Input(name, size_bytes, "bytes", "declared", source),), "declared", source)


def _digests(key: str, size_bytes: int, source: str) -> StorageTerm:
    name = f"{key}_digests"
    return _term(key, name, (Input(name, size_bytes, "bytes", "measured", source),), "measured", source)


def _set_terms(this: Reckoning) -> Iterator[StorageTerm]:
    measured = this.measured
    other, provider = measured.other_platforms_bytes, measured.provider_bytes
    each = f"{measured.digests} distinct digests of {format_count(measured.references, 'reference')}, each once"
    less = " less ".join(name for name, size in (("other_platforms", other), ("provider_image", provider)) if size)
    yield _digests("live", measured.live_bytes, f"{each}, less {less}" if less else each)
    if other:
        yield _digests(
            "other_platforms", other, "further digests of the indexes that are kept with all their platforms"
        )
    if provider:
        yield _digests("provider_image", provider, "digests that only images of profile layer os have")
    if measured.declared:
        source = f"declared_sizes of {format_count(measured.declared, 'reference')}; what they share is not known"
        yield _stated("declared", measured.declared_bytes, source)


def _growth(this: Reckoning) -> StorageTerm:
    rate, years = assumption(this.site, "growth_per_year"), this.releases.years
    source = f"set x ((1 + growth_per_year {rate.value:g}) ^ {years.value:g} years - 1)"
    expression = "ceil(set * ((1 + growth_per_year) ** years - 1))"
    try:
        found = _term("growth", expression, (this.set, rate, years), "assumed", source)
    except ArithmeticError:
        found = None
    if found is None or found.size_bytes > _MOST_BYTES:
        told = f"assumptions.growth_per_year {rate.value:g} over {years.value:g} years is beyond any number"
        raise InvalidSite(told)
    return found


def _versions(this: Reckoning) -> Iterator[StorageTerm]:
    each = f"version_delta {this.site.assumptions.version_delta:g} x set"
    assumed, count = this.assumed, len(this.beside)
    share = f"assumed_versions * {_SHARE}"
    if not this.beside:
        source = f"{assumed.value} further versions, each {each}: {this.releases.why}"
        yield _term("kept_versions", share, (assumed, *this.delta), "assumed", source)
        return
    given = tuple(Input(each.key, each.new_bytes, "bytes", *_known_by(each)) for each in this.beside)
    named = ", ".join(each.key for each in this.beside)
    source = f"digests of {named} that neither the live images nor a newer version has"
    lost = sum(each.unresolved for each in this.beside)
    source += f"; {lost} images of them are unresolved and not counted" if lost else ""
    yield _term("kept_versions", " + ".join(each.name for each in given), given, "measured", source)
    if this.measured.declared:
        further = Input("measured_versions", count, "versions", "measured", f"{named}")
        declared = Input("declared", this.measured.declared_bytes, "bytes", "declared", "declared_sizes")
        told = f"{assumed.value} versions beside these {count + 1}, each {each}; " if assumed.value else ""
        source = f"{told}of {named} version_delta x declared, which no digests tell"
        expression = f"{share} + measured_versions * ceil(version_delta * declared)"
        yield _term("older_versions", expression, (assumed, *this.delta, further, declared), "assumed", source)
    elif assumed.value:
        source = f"{assumed.value} versions beside these {count + 1}, each {each}: {this.releases.why}"
        yield _term("older_versions", share, (assumed, *this.delta), "assumed", source)


def _garbage(this: Reckoning) -> StorageTerm:
    """Reckon what was deleted and is still there: each version that goes is taken for an assumed share of the set."""
    dropped = this.dropped
    if dropped is not None:
        source = "every version that is deleted within the years: nothing collects garbage, and so nothing is freed"
        inputs = (dropped, *this.delta)
        return _term("garbage", f"dropped_versions * {_SHARE}", inputs, "assumed", source)
    waits = _waits(this)
    hours = " + ".join(each.name for each in waits)
    expression = f"ceil(releases_per_year * {_SHARE} * ({hours}) / {_HOURS_PER_YEAR})"
    source = f"versions that were deleted and wait {sum(each.value for each in waits):g} h for their collection"
    return _term("garbage", expression, (this.releases.per_year, *this.delta, *waits), "assumed", source)


def _waits(this: Reckoning) -> tuple[Input, Input]:
    """Tell how long what was deleted waits at most, in hours: until a collection comes, and until it is old enough."""
    gc = this.site.registry.gc if this.site.registry is not None else "default"
    period, is_zot = gc_period_hours(gc), registry_kind(this.facts) == "zot"
    old_enough = assumption(this.site, "gc_delay_hours" if is_zot else "gc_window_hours")
    if period is None:
        return old_enough, assumption(this.site, "gc_interval_hours")
    return old_enough, Input("gc_period_hours", period, "hours", "declared", f"registry.gc: {gc}")


def _uploads(this: Reckoning) -> Iterator[StorageTerm]:
    largest, assumed = this.measured.largest, this.site.assumptions
    count = max(assumed.parallel_uploads, 0)
    source = f"the parallel_uploads {count} largest blobs, each in its own room until it is complete"
    yield _largest("uploads", sum(largest[:count]), source)
    left = assumed.abandoned_uploads
    if left > 0:
        source = f"the abandoned_uploads {left} largest blobs, whose uploads broke and are not cleared away yet"
        yield _largest("abandoned", sum(largest[:left]), source)
    if on_demand(this.facts):
        told = "the largest image with all its platforms that are known"
        image = Input("largest_image", this.measured.largest_image_bytes, "bytes", this.set.provenance, told)
        source = f"registry.on_demand: {told}, once as it comes and once as it is stored"
        yield _term("on_demand", "2 * largest_image", (image,), "assumed", source)


def _largest(key: str, size_bytes: int, source: str) -> StorageTerm:
    return _term(
        key, "largest_blobs", (Input("largest_blobs", size_bytes, "bytes", "measured", source),), "assumed", source
    )


def _metadata(this: Reckoning) -> StorageTerm:
    """Reckon the room of links: those of versions that digests tell of, and of the others a share."""
    each = assumption(this.site, "metadata_bytes_per_link")
    links = Input("live_links", this.measured.links, "links", "measured", "(repository, config or layer) pairs")
    kept = Input(
        "kept_links", sum(one.links for one in this.beside), "links", "measured", "further ones of kept versions"
    )
    others = (this.assumed, *([] if this.dropped is None else [this.dropped]))
    versions = " + ".join(one.name for one in others)
    expression = (
        f"(live_links + kept_links + ({versions}) * ceil(version_delta * live_links)) * metadata_bytes_per_link"
    )
    inputs = (links, kept, *others, assumption(this.site, "version_delta"), each)
    source = f"(repository, blob) links of every version x metadata_bytes_per_link {each.value}"
    return _term("metadata", expression, inputs, "assumed", source)


def _known_by(version: MeasuredVersion) -> tuple[str, str]:
    source = "digests that no newer version has"
    if not version.declared_bytes:
        return "measured", source
    return "declared", f"{source}, and {version.declared_bytes:,} bytes of declared_sizes"
