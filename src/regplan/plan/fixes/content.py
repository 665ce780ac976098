"""Changes of what the registry holds: images added to their lists, other platforms left out, base images aligned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.fix import Cost
from regplan.model.profile import UseStatus
from regplan.oci.platform import Platform
from regplan.plan.fixes.ground import Lever, Part, changed
from regplan.units import format_bytes, format_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.model.image import Image, Inventory, ResolvedReference
    from regplan.model.profile import Declarations
    from regplan.model.sharing import Alignment, Family
    from regplan.oci.reference import Reference
    from regplan.plan.fixes.ground import Ground, Put

__all__ = ["aligned", "content_levers", "without_other_platforms"]

_IN_A_LIST: Final = frozenset({UseStatus.LISTED, UseStatus.UNUSED})
_IN_NO_LIST: Final = frozenset({UseStatus.MISSING, UseStatus.UNKNOWN})
_PLATFORMS: Final = "platforms"


def content_levers(ground: Ground) -> Iterator[Lever]:
    """Tell how the registry's content may be changed, in the documented order."""
    parts = [
        _listing(reference, pack) for reference, pack in ground.once("unlisted", ground.declarations, _unlisted).items()
    ]
    if parts:
        yield Lever("pack.content.images", Cost.CONTENT, 1, lambda _: parts)
    kept = [entry for entry in ground.inventory.entries if entry.indexes]
    if kept:
        yield Lever(_PLATFORMS, Cost.CONTENT, 1, lambda _: [_dropping(ground, kept)])
    alignments = [each for each in ground.analysis.alignments if each.saved_bytes]
    if alignments:
        yield Lever(
            "base images", Cost.CONTENT, len(alignments), lambda steps: [_aligning(each) for each in alignments[:steps]]
        )


def _unlisted(declarations: Declarations) -> dict[Reference, str]:
    """Map what is used and no list has to the pack that uses it, in order of mention."""
    uses = [use for use in declarations.uses if use.reference is not None and use.is_counted]
    listed = {use.reference for use in uses if use.status in _IN_A_LIST}
    found: dict[Reference, str] = {}
    for use in uses:
        if use.reference is not None and use.status in _IN_NO_LIST and use.reference not in listed:
            found.setdefault(use.reference, " > ".join(filter(None, (use.provenance.profile, use.provenance.pack))))
    return found


def _listing(reference: Reference, pack: str) -> Part:
    key = " > ".join(filter(None, (pack, "pack.content.images")))

    def put(ground: Ground) -> Ground:
        declarations = ground.once(f"listed {reference}", ground.declarations, lambda given: _listed(given, reference))
        return replace(ground, declarations=declarations)

    return Part(changed(key, None, reference), put, f"Add {{}} to {key}", str(reference))


def _listed(declarations: Declarations, reference: Reference) -> Declarations:
    """Tell the same declarations with an image in its pack's list."""
    uses = tuple(
        replace(use, status=UseStatus.LISTED) if use.reference == reference and use.status in _IN_NO_LIST else use
        for use in declarations.uses
    )
    return replace(declarations, uses=uses)


def _dropping(ground: Ground, kept: Sequence[ResolvedReference]) -> Part:
    wanted = tuple(dict.fromkeys(Platform.of("linux", host.arch) for host in ground.site.hosts))
    wanted = wanted or ground.inventory.platforms
    names = ", ".join(map(str, wanted))
    others = dict.fromkeys(
        str(image.platform) for entry in kept for image in entry.images if image.platform not in wanted
    )

    def put(ground: Ground) -> Ground:
        fewer = ground.once(f"for {names}", ground.inventory, lambda given: without_other_platforms(given, wanted))
        return replace(ground, inventory=fewer)

    pinned = sum(entry.reference.digest is not None for entry in kept)
    how = (
        f"by pinning {format_count(pinned, 'image')} to their own digests in place of an index's"
        if pinned
        else "without --all-platforms"
    )
    change = changed(_PLATFORMS, ", ".join(sorted({*others, *map(str, wanted)})), names)
    return Part(change, put, f"Bring {names} alone, {how}")


def without_other_platforms(inventory: Inventory, wanted: Sequence[Platform]) -> Inventory:
    """Tell the same images for the wanted platforms alone, and no index."""
    entries = tuple(
        replace(entry, images=images, indexes=()) if entry.indexes and (images := _chosen(entry, wanted)) else entry
        for entry in inventory.entries
    )
    return replace(inventory, entries=entries)


def _chosen(entry: ResolvedReference, wanted: Sequence[Platform]) -> tuple[Image, ...]:
    best = {platform.choose(image.platform for image in entry.images) for platform in wanted}
    return tuple(image for image in entry.images if image.platform in best)


def _aligning(alignment: Alignment) -> Part:
    what = f"{len(alignment.families)} versions of {alignment.name}"
    change = changed(f"base {alignment.name} ({alignment.platform})", what, "1 version")
    says = f"Build the images on {{}} upon one of its {len(alignment.families)} versions (frees {format_bytes(alignment.saved_bytes)}, assumed)"
    return Part(change, _put_aligned(alignment), says, alignment.name)


def _put_aligned(alignment: Alignment) -> Put:
    def put(ground: Ground) -> Ground:
        families = {family.key: family for family in ground.analysis.families if family.key in alignment.families}
        name = f"aligned {alignment.kept} {' '.join(alignment.families)}"
        one = ground.once(name, ground.inventory, lambda given: aligned(given, families, alignment.kept))
        return replace(ground, inventory=one)

    return put


def aligned(inventory: Inventory, families: Mapping[str, Family], kept: str) -> Inventory:
    """Tell the images as they would be if all that begin as any of `families` began as `kept` does.

    Their digests stay as they are: what a new build would be called nobody knows, and its size is the same.
    """
    base = families[kept]
    layers = next((image.layers[: len(base.prefix)] for image in inventory.images() if _begins(image, base)), ())

    def on_base(image: Image) -> Image:
        mine = max(
            (each for each in families.values() if _begins(image, each)),
            key=lambda each: len(each.prefix),
            default=base,
        )
        if mine is base:
            return image
        return replace(image, layers=(*layers, *image.layers[len(mine.prefix) :]), diff_ids=())

    entries = tuple(replace(entry, images=tuple(map(on_base, entry.images))) for entry in inventory.entries)
    return replace(inventory, entries=entries) if layers else inventory


def _begins(image: Image, family: Family) -> bool:
    begin = tuple(layer.digest for layer in image.layers[: len(family.prefix)])
    return image.platform == family.platform and begin == family.prefix
