"""Deduplicated sizes of a set of images: what is stored once, what several images share, what one image costs."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING

from regplan.model.layers import ImageSize, LayerReport
from regplan.model.sharing import ProjectSize
from regplan.oci.mediatype import is_foreign, is_uncompressed
from regplan.plan.attribution import attribute, stored
from regplan.plan.projects import project_of_repository
from regplan.plan.referring import add_referrers, referring_links
from regplan.plan.tally import tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.model.image import Image, Inventory
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference
    from regplan.plan.tally import Attribution, Tally

__all__ = ["known_sizes", "measure_layers", "repository_links", "uncompressed_layers"]


def known_sizes(*inventories: Inventory) -> dict[Digest, int | None]:
    """Map every distinct digest of the sets to its size, None where none of them knows it, in order of first mention.

    What refers to the images is among them where it was asked for.
    """
    sizes: dict[Digest, int | None] = {}
    for inventory in inventories:
        for entry in inventory.entries:
            for digest, size in entry.content(with_referrers=True):
                if sizes.get(digest) is None:
                    sizes[digest] = size
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


def measure_layers(inventory: Inventory, names: Mapping[Reference, str] | None = None) -> LayerReport:
    """Measure what a set of images takes together, and each of them beside the others, in bytes.

    `referenced_bytes` adds up each reference's distinct digests (a layer that stands twice in an image counts once);
    `unique_bytes` counts each distinct digest of the set once, manifests and kept indexes included. Both are the same
    for every kind of registry. An unknown size counts 0 and is counted in `sizes_unknown`, and so is a config of which
    not even the digest is known. Foreign layers count nowhere and are listed. Sizes that the site file only declares
    are no digests and not in here. `names` maps references to their repositories at the registry, which decide the
    projects, and what is stored where nothing is deduplicated; without it all lie in one project under their own names.
    What refers to the images is added to the sums where it was asked for.
    """
    tallied = tally(inventory)
    parts = attribute(tallied)
    named = [entry.reference.name if names is None else names[entry.reference] for entry in inventory.entries]
    projects = () if names is None else _projects(tallied, named)
    unique_bytes = tallied.total(range(len(tallied.sizes)))
    stored_bytes, pairs = stored(tallied, _grouped(named))
    report = LayerReport(
        referenced_bytes=_referenced(tallied, parts),
        unique_bytes=unique_bytes,
        blobs=len({*tallied.layers, *tallied.configs} - {-1}),
        manifests=len(tallied.chosen) + len(set(tallied.indexes)),
        pairs=pairs,
        stored_bytes=stored_bytes,
        quota_bytes=sum(each.quota_bytes for each in projects) if projects else unique_bytes,
        sizes_unknown=tallied.sizes.count(None) + sum(each.config is None for each in tallied.images),
        images=_rows(tallied, parts),
        foreign=_foreign(inventory) if any(map(is_foreign, tallied.kinds)) else (),
        index_bytes=tallied.total(number for number, held in enumerate(parts.holders) if not held),
        projects=projects,
        last_seen=inventory.last_seen(),
        uncompressed_bytes=_uncompressed(tallied),
    )
    return add_referrers(report, inventory, named)


def _grouped(names: Sequence[str]) -> list[int]:
    groups: defaultdict[str, int] = defaultdict(count().__next__)
    return [groups[name] for name in names]


def _referenced(tallied: Tally, parts: Attribution) -> int:
    return sum(parts.size_bytes) if tallied.is_plain else sum(map(tallied.total, tallied.contents()))


def _projects(tallied: Tally, named: Sequence[str]) -> tuple[ProjectSize, ...]:
    entries: dict[str, list[int]] = {}
    for entry, name in enumerate(named):
        entries.setdefault(project_of_repository(name), []).append(entry)
    contents = tallied.contents()
    return tuple(
        ProjectSize(
            project,
            tallied.total(set[int]().union(*(contents[entry] for entry in found))),
            len(found),
            len({image.digest for entry in found for image in tallied.entries[entry].images}),
        )
        for project, found in sorted(entries.items())
    )


def _rows(tallied: Tally, parts: Attribution) -> tuple[ImageSize, ...]:
    shared = [size - unique for size, unique in zip(parts.size_bytes, parts.unique_bytes, strict=True)]
    sums = list(zip(parts.size_bytes, shared, parts.unique_bytes, parts.unknown, parts.fair_bytes, strict=True))
    if not tallied.is_plain:
        of_manifest = {tallied.manifests[place]: each for place, each in zip(tallied.chosen, sums, strict=True)}
        sums = [of_manifest[number] for number in tallied.manifests]
    references = [str(entry.reference) for entry in tallied.entries for _ in entry.images]
    return tuple(
        [
            ImageSize(reference, image.digest, image.platform, *each[:-1], fair_bytes=each[-1])
            for reference, image, each in zip(references, tallied.told, sums, strict=True)
        ]
    )


def uncompressed_layers(images: Iterable[Image]) -> dict[Digest, int]:
    """Map each distinct layer that is a plain tar to its size in bytes."""
    layers = (layer for image in images for layer in image.kept_layers)
    return {layer.digest: layer.size for layer in layers if is_uncompressed(layer.media_type)}


def _uncompressed(tallied: Tally) -> int:
    is_any = any(map(is_uncompressed, tallied.kinds))
    return sum(uncompressed_layers(tallied.images).values()) if is_any else 0


def _foreign(inventory: Inventory) -> tuple[str, ...]:
    found: dict[Digest, str] = {}
    kinds: dict[str, bool] = {}
    for entry in inventory.entries:
        for image in entry.images:
            for layer in image.layers:
                kind = layer.media_type
                if kinds[kind] if kind in kinds else kinds.setdefault(kind, is_foreign(kind)):
                    found.setdefault(layer.digest, f"{layer.digest} ({entry.reference})")
    return tuple(found.values())


def _blobs(image: Image) -> set[Digest]:
    config = set() if image.config is None else {image.config.digest}
    return config | {layer.digest for layer in image.kept_layers}
