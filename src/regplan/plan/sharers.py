"""Who shares a blob: every distinct digest of a set with the images and references that hold it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from regplan.model.sharing import SharedBlob
from regplan.oci.mediatype import is_foreign
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.image import Image, Inventory, ResolvedReference
    from regplan.oci.digest import Digest

__all__ = ["image_labels", "shared_blobs"]


@dataclass(slots=True)
class _Found:
    kind: str
    media_type: str
    size: int | None
    images: dict[Digest, None] = field(default_factory=dict)
    references: dict[str, None] = field(default_factory=dict)


def shared_blobs(inventory: Inventory) -> tuple[SharedBlob, ...]:
    """List every distinct digest of a set once, what saves most first; their sizes add up to its unique bytes."""
    found: dict[Digest, _Found] = {}
    for entry in inventory.entries:
        for digest, told, holder in _named(entry):
            blob = found.setdefault(digest, told)
            blob.size = told.size if blob.size is None else blob.size
            blob.references[str(entry.reference)] = None
            if holder is not None:
                blob.images[holder] = None
    blobs = [
        SharedBlob(digest, each.kind, each.media_type, each.size, len(each.images), tuple(each.references))
        for digest, each in found.items()
    ]
    return tuple(sorted(blobs, key=lambda blob: (-blob.saved_bytes, -(blob.size_bytes or 0), blob.digest)))


def image_labels(inventory: Inventory) -> dict[Digest, str]:
    """Name each distinct image by the first of its references, with its platform where that has several."""
    labels: dict[Digest, str] = {}
    for entry in inventory.entries:
        for image in entry.images:
            platform = f" ({image.platform})" if len(entry.images) > 1 else ""
            labels.setdefault(image.digest, f"{entry.reference}{platform}")
    return labels


def _named(entry: ResolvedReference) -> Iterator[tuple[Digest, _Found, Digest | None]]:
    for index in entry.indexes:
        yield index.digest, _Found("index", index.media_type, index.size), None
    for image in entry.images:
        yield from ((digest, told, image.digest) for digest, told in _held(image))
    for referrer in entry.referrers.found if entry.referrers is not None else ():
        yield from ((blob.digest, _Found("referrer", "", blob.size), None) for blob in referrer.content())


def _held(image: Image) -> Iterator[tuple[Digest, _Found]]:
    yield image.digest, _Found("manifest", image.media_type, image.manifest_size)
    if image.config is not None:
        yield image.config.digest, _Found("config", image.config_type, image.config.size)
    for layer in image.layers:
        if not is_foreign(layer.media_type):
            yield layer.digest, _Found("layer", layer.media_type, layer.size)
