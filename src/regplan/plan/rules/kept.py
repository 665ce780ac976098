"""Rules about what is counted and copied beyond the wanted images, and what cannot be told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.facts import inventory_references, named_references, wanted_platforms
from regplan.plan.measured import measure
from regplan.plan.rules.rule import Observation, Rule, listed
from regplan.plan.rules.sources import INDEX, OWN
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.image import ResolvedReference
    from regplan.oci.platform import Platform
    from regplan.plan.prepared import Prepared
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]


def _look_kept(_: Rule, basis: Basis) -> Iterator[Observation]:
    yield from basis.prepared.once(_see_kept, wanted_platforms(basis.facts))


def _see_kept(prepared: Prepared, wanted: tuple[Platform, ...]) -> tuple[Observation, ...]:
    beyond = prepared.once(measure, wanted).other_platforms_bytes
    return tuple(_of_kept(prepared.inventory.entries, wanted, beyond))


def _of_kept(entries: Sequence[ResolvedReference], wanted: tuple[Platform, ...], beyond: int) -> Iterator[Observation]:
    kept = [entry for entry in entries if entry.indexes]
    if not kept:
        return
    pinned = sum(entry.reference.digest is not None for entry in kept)
    why = [f"{pinned} pinned to the digest of an index"] if pinned else []
    why += [f"{len(kept) - pinned} because all platforms were asked for"] if pinned < len(kept) else []
    platforms = {image.platform for entry in kept for image in entry.images if image.platform.is_known}
    yield Observation(
        f"{len(kept)} of {len(entries)} references are counted and copied whole, {' and '.join(why)}: their indexes and the images for "
        f"{len(platforms)} platforms. That is {format_bytes(beyond)} more than {listed([str(each) for each in wanted])} "
        f"alone: {listed([str(entry.reference) for entry in kept])}.",
        beyond,
        where="images",
        fix="Where one platform is enough, pin the digest of its image." if pinned else "Plan without --all-platforms.",
        verdict=Verdict.INFO,
    )


def _look_mixed(_: Rule, basis: Basis) -> Iterator[Observation]:
    yield from basis.prepared.once(_see_mixed)


def _see_mixed(prepared: Prepared) -> tuple[Observation, ...]:
    return tuple(_of_mixed(prepared.inventory.entries))


def _of_mixed(entries: Sequence[ResolvedReference]) -> Iterator[Observation]:
    split = [entry for entry in entries if len(entry.images) > 1 and not entry.indexes]
    if not split:
        return
    platforms = dict.fromkeys(str(image.platform) for entry in split for image in entry.images)
    yield Observation(
        f"{len(split)} of {len(entries)} references have several images here, for {listed(list(platforms))}, and a tag names one image or "
        "a whole index: they can only be seeded with --all-platforms, and what the indexes and their other platforms "
        f"add is unknown and not counted: {listed([str(entry.reference) for entry in split])}.",
        where="images",
        fix="Plan and seed with --all-platforms.",
        verdict=Verdict.INFO,
    )


def _look_unused(_: Rule, basis: Basis) -> Iterator[Observation]:
    facts = basis.facts
    if not facts.site.inputs.declared_sizes:
        return
    named = {*named_references(facts), *facts.prepared.once(_other_references)}
    unused = [reference for reference, _ in facts.site.inputs.declared_sizes if reference not in named]
    if unused:
        yield Observation(
            f"The site file states sizes that no image uses, {len(unused)} of {len(facts.site.inputs.declared_sizes)}: {listed(unused)}.",
            where="declared_sizes",
            fix="Write the reference as the profile does, or remove it.",
            verdict=Verdict.INFO,
        )


def _other_references(prepared: Prepared) -> tuple[str, ...]:
    """List what the next version and older ones name."""
    others = [each for each in (prepared.upgrade, *prepared.older) if each is not None]
    known = (str(reference) for each in others for reference in inventory_references(each))
    return (*known, *(lost.reference for each in others for lost in each.unresolved))


RULES: Final = (
    Rule(
        id="image.index-kept",
        title="References that are kept with all their platforms",
        compares="the bytes of references that are kept whole, pinned to the digest of an index or with --all-platforms, "
        "with those of the images for the hosts' platforms alone",
        source=INDEX,
        verdicts=(Verdict.INFO,),
        look=_look_kept,
        unit="bytes",
    ),
    Rule(
        id="image.mixed-platforms",
        title="Several platforms under one tag",
        compares="whether a reference has images for several platforms and no index is kept that a tag could name",
        source=INDEX,
        verdicts=(Verdict.INFO,),
        look=_look_mixed,
    ),
    Rule(
        id="site.unused-size",
        title="Declared sizes that nothing uses",
        compares="the keys of `declared_sizes` with every reference that the site or another version of it names",
        source=OWN,
        verdicts=(Verdict.INFO,),
        look=_look_unused,
    ),
)
