"""Deduplicated sizes of a set of images: what is stored once, what several images share, what one image costs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from regplan.model.plan import ImageSize, LayerReport
from regplan.oci.digest import Digest
from regplan.oci.mediatype import is_uncompressed
from regplan.plan.referring import add_referrers, referring_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.model.image import Image, Inventory, ResolvedReference

__all__ = ["known_sizes", "measure_layers", "repository_links", "uncompressed_layers"]


def known_sizes(*inventories: Inventory) -> dict[Digest, int | None]:
    """Map every distinct digest of the sets to its size, None where none of them knows it, in order of first mention.

    What refers to the images is among them where it was asked for.
    """
    sizes: dict[Digest, int | None] = {}
    for inventory in inventories:
        for entry in inventory.entries:
            for blob in entry.content(with_referrers=True):
                if sizes.get(blob.digest) is None:
                    sizes[blob.digest] = blob.size
    return sizes


def repository_links(inventory: Inventory) -> set[tuple[str, Digest]]:
    """List the distinct (repository, config or layer) pairs, referrers' included; a repository is registry and path."""
    links = (
        (entry.reference.name, digest)
        for entry in inventory.entries
        for image in entry.images
        for digest in _blobs(image)
    )
    return {*links, *referring_links(inventory)}


def measure_layers(inventory: Inventory) -> LayerReport:
    """Measure what a set of images takes together, and each of them beside the others, in bytes.

    `referenced_bytes` adds up each reference's distinct digests (a layer that stands twice in an image counts once);
    `unique_bytes` counts each distinct digest of the set once, manifests and kept indexes included. Both are the same
    for every kind of registry. An unknown size counts 0 and is counted in `sizes_unknown`, and so is a config of which
    not even the digest is known. Foreign layers count nowhere and are listed. Sizes that the site file only declares
    are no digests and not in here. What refers to the images is added to the sums where it was asked for.
    """
    sizes = inventory.blobs()
    images = inventory.images()
    repositories: dict[str, set[Digest]] = {}
    referenced_bytes = 0
    for entry in inventory.entries:
        content = {blob.digest for blob in entry.content()}
        referenced_bytes += _total(content, sizes)
        repositories.setdefault(entry.reference.name, set()).update(content)
    unique_bytes = _total(sizes, sizes)
    report = LayerReport(
        referenced_bytes=referenced_bytes,
        unique_bytes=unique_bytes,
        blobs=len({digest for image in images for digest in _blobs(image)}),
        manifests=len(images) + len(inventory.indexes()),
        pairs=len({(entry.reference.name, each) for entry in inventory.entries for each in _all_blobs(entry)}),
        stored_bytes=sum(_total(content, sizes) for content in repositories.values()),
        quota_bytes=unique_bytes,
        sizes_unknown=sum(size is None for size in sizes.values()) + sum(image.config is None for image in images),
        images=_rows(inventory, sizes),
        foreign=_foreign(inventory),
        last_seen=inventory.last_seen(),
        uncompressed_bytes=sum(uncompressed_layers(images).values()),
    )
    return add_referrers(report, inventory)


def _rows(inventory: Inventory, sizes: Mapping[Digest, int | None]) -> tuple[ImageSize, ...]:
    holders = Counter(blob.digest for image in inventory.images() for blob in image.content())
    return tuple(
        _row(str(entry.reference), image, sizes, holders) for entry in inventory.entries for image in entry.images
    )


def _row(reference: str, image: Image, sizes: Mapping[Digest, int | None], holders: Counter[Digest]) -> ImageSize:
    content = [blob.digest for blob in image.content()]
    size_bytes = _total(content, sizes)
    unique_bytes = _total((digest for digest in content if holders[digest] == 1), sizes)
    unknown = sum(sizes[digest] is None for digest in content) + (image.config is None)
    return ImageSize(
        reference, image.digest, image.platform, size_bytes, size_bytes - unique_bytes, unique_bytes, unknown
    )


def uncompressed_layers(images: Iterable[Image]) -> dict[Digest, int]:
    """Map each distinct layer that is a plain tar to its size in bytes."""
    layers = (layer for image in images for layer in image.kept_layers)
    return {layer.digest: layer.size for layer in layers if is_uncompressed(layer.media_type)}


def _foreign(inventory: Inventory) -> tuple[str, ...]:
    found: dict[Digest, str] = {}
    for entry in inventory.entries:
        for image in entry.images:
            for layer in image.foreign_layers:
                found.setdefault(layer.digest, f"{layer.digest} ({entry.reference})")
    return tuple(found.values())


def _all_blobs(entry: ResolvedReference) -> set[Digest]:
    return set[Digest]().union(*map(_blobs, entry.images))


def _blobs(image: Image) -> set[Digest]:
    config = set() if image.config is None else {image.config.digest}
    return config | {layer.digest for layer in image.kept_layers}


def _total(digests: Iterable[Digest], sizes: Mapping[Digest, int | None]) -> int:
    return sum(sizes[digest] or 0 for digest in digests)
