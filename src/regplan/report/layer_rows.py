"""An inventory as rows, one for each (image, layer): what notebooks group, join and add up."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from regplan.oci.config import chain_ids
from regplan.oci.mediatype import is_foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.image import Image, Inventory, ResolvedReference
    from regplan.oci.digest import Digest

__all__ = ["LAYER_COLUMNS", "layer_rows"]

# Every column of a row, with its type as pandas names it.
LAYER_COLUMNS: Final = {
    "reference": "string",
    "digest": "string",
    "platform": "string",
    "position": "Int64",
    "layer": "string",
    "media_type": "string",
    "size_bytes": "Int64",
    "images": "Int64",
    "shared": "boolean",
    "counted": "boolean",
    "diff_id": "string",
    "chain_id": "string",
}


def layer_rows(inventory: Inventory) -> list[dict[str, object]]:
    """List the layers of every image of every reference, base first from 1, repeats and foreign ones too.

    `counted` is false for a layer that stands in the image a second time, and for a foreign one: sizes of the counted
    rows of an image, with its manifest and config, are its size. `images` counts the distinct images that hold the
    layer. `diff_id` and `chain_id` are None where no config was read.
    """
    holders = Counter(digest for image in inventory.images() for digest in {each.digest for each in image.layers})
    return [row for entry in inventory.entries for image in entry.images for row in _rows(entry, image, holders)]


def _rows(entry: ResolvedReference, image: Image, holders: Counter[Digest]) -> Iterator[dict[str, object]]:
    told = image.diff_ids if len(image.diff_ids) == len(image.layers) else ()
    chains = chain_ids(told)
    seen: set[Digest] = set()
    for place, layer in enumerate(image.layers):
        yield {
            "reference": str(entry.reference),
            "digest": str(image.digest),
            "platform": str(image.platform),
            "position": place + 1,
            "layer": str(layer.digest),
            "media_type": layer.media_type,
            "size_bytes": layer.size,
            "images": holders[layer.digest],
            "shared": holders[layer.digest] > 1,
            "counted": layer.digest not in seen and not is_foreign(layer.media_type),
            "diff_id": str(told[place]) if told else None,
            "chain_id": str(chains[place]) if told else None,
        }
        seen.add(layer.digest)
