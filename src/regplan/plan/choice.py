"""What a choice of platforms does, told from the indexes that were read on the way; nothing further is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.choice import Attestations, ChoiceReport, PlatformShare
from regplan.model.image import KeptIndex
from regplan.oci.manifest import Index, parse_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regplan.model.image import Image, Inventory, ResolvedReference
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest

__all__ = ["describe_choice"]

# BuildKit, "Attestation storage": how an index marks what is no image.
_REFERENCE_TYPE: Final = "vnd.docker.reference.type"
_ATTESTATION: Final = "attestation-manifest"


def describe_choice(inventory: Inventory, *, all_platforms: bool) -> ChoiceReport:
    """Tell what the choice of an inventory's platforms keeps, in bytes for each platform, and what it breaks."""
    indexed = [entry for entry in inventory.entries if entry.indexes or _left(entry)]
    broken = sum(not entry.indexes for entry in indexed)
    platforms = tuple(map(str, inventory.platforms))
    attestations, offered = _outside(inventory)
    marked = {child.digest for entry in indexed for child in _children(entry.indexes) if _is_attestation(child)}
    images = {image.digest: image for entry in inventory.entries for image in entry.images}
    counted = [image for digest, image in images.items() if digest in marked]
    return ChoiceReport(
        platforms=platforms,
        kept="indexes" if all_platforms else "children",
        indexes=len(indexed),
        broken=broken,
        note=_note(platforms, len(indexed), broken),
        shares=(*_shares(inventory, marked), *offered),
        attestations=Attestations(len(counted), sum(_contents(counted).values()), attestations),
        elsewhere=() if all_platforms else tuple(_elsewhere(inventory)),
    )


def _elsewhere(inventory: Inventory) -> Iterator[str]:
    """Name the references whose images run on no platform that was asked for: what names one image alone is taken as it is."""
    for entry in inventory.entries:
        there = [image.platform for image in entry.images if image.platform.is_known]
        if there and not entry.indexes and not any(wanted.choose(there) for wanted in inventory.platforms):
            yield f"{entry.reference} ({', '.join(dict.fromkeys(map(str, there)))})"


def _note(platforms: tuple[str, ...], indexes: int, broken: int) -> str:
    if not indexes:
        return "no reference names an index: each image is kept as it is, and signatures on it hold"
    if not broken:
        kept = "the index is kept whole" if indexes == 1 else f"{indexes} indexes are kept whole"
        return f"{kept}, with every platform: digests and signatures hold"
    names = "1 reference names an index" if broken == 1 else f"{broken} references name an index"
    whole = f"; {indexes - broken} pinned to the index's own digest are kept whole" if indexes > broken else ""
    only = f"{', '.join(platforms)} {'is' if len(platforms) == 1 else 'are'} kept"
    return (
        f"{names} of which only {only}: the tag then names the image's digest, so that "
        "digest-pinned references to the index and signatures on it no longer verify; signatures on the image do; "
        f"--all-platforms keeps the index{whole}"
    )


def _shares(inventory: Inventory, attestations: set[Digest]) -> Iterator[PlatformShare]:
    """Yield what each platform's images take, in order of first mention."""
    groups: dict[str, dict[Digest, Image]] = {}
    for entry in inventory.entries:
        for image in entry.images:
            if image.digest not in attestations:
                groups.setdefault(str(image.platform), {})[image.digest] = image
    contents = {platform: _contents(images.values()) for platform, images in groups.items()}
    holders: dict[Digest, int] = {}
    for content in contents.values():
        for digest in content:
            holders[digest] = holders.get(digest, 0) + 1
    for platform, content in contents.items():
        only_here = sum(size for digest, size in content.items() if holders[digest] == 1)
        yield PlatformShare(platform, len(groups[platform]), sum(content.values()), only_here)


def _outside(inventory: Inventory) -> tuple[int, tuple[PlatformShare, ...]]:
    """Count the attestations of indexes that are not kept, and the references that offer each platform not taken."""
    attestations: set[Digest] = set()
    taken = {str(image.platform) for entry in inventory.entries for image in entry.images}
    offers: dict[str, int] = {}
    for entry in inventory.entries:
        children = list(_children(_left(entry)))
        attestations.update(child.digest for child in children if _is_attestation(child))
        named = (child.platform for child in children if child.platform is not None and child.platform.is_known)
        for platform in dict.fromkeys(map(str, named)):
            if platform not in taken:
                offers[platform] = offers.get(platform, 0) + 1
    return len(attestations), tuple(PlatformShare(platform, count) for platform, count in sorted(offers.items()))


def _left(entry: ResolvedReference) -> list[KeptIndex]:
    """List the indexes that led to the images and are not kept."""
    return [each for each in entry.passed if isinstance(each, KeptIndex)]


def _children(indexes: Iterable[KeptIndex]) -> Iterator[Descriptor]:
    for index in indexes:
        document = parse_manifest(index.raw, index.media_type) if index.raw is not None else None
        yield from document.manifests if isinstance(document, Index) else ()


def _is_attestation(child: Descriptor) -> bool:
    return dict(child.annotations).get(_REFERENCE_TYPE) == _ATTESTATION


def _contents(images: Iterable[Image]) -> dict[Digest, int]:
    return {blob.digest: blob.size or 0 for image in images for blob in image.content()}
