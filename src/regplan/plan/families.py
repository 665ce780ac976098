"""Base-image families: what their common layers take once, and what aligning versions of one base would free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.sharing import Family
from regplan.plan.sharers import image_labels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.image import Inventory
    from regplan.oci.digest import Digest
    from regplan.plan.prefixes import Prefix

__all__ = ["families_of", "prefix_sizes"]


def families_of(inventory: Inventory, prefixes: Iterable[Prefix]) -> tuple[Family, ...]:
    """Tell of each prefix what a registry holds of it once, and what it would be once for every image; most saved first."""
    labels = image_labels(inventory)
    found = [
        Family(
            key=prefix.key,
            parent=prefix.parent,
            platform=prefix.images[0].platform,
            prefix=tuple(layer.digest for layer in prefix.images[0].layers[: prefix.length]),
            prefix_bytes=sum(prefix_sizes(prefix).values()),
            times_bytes=sum(sum(prefix.layers(image).values()) for image in prefix.images),
            images=tuple(sorted(labels[image.digest] for image in prefix.images)),
        )
        for prefix in prefixes
    ]
    return tuple(sorted(found, key=lambda family: (-family.saved_bytes, family.key)))


def prefix_sizes(prefix: Prefix) -> dict[Digest, int]:
    """Map every distinct digest that any of a prefix's images has in it to its size."""
    sizes: dict[Digest, int] = {}
    for image in prefix.images:
        sizes |= prefix.layers(image)
    return sizes
