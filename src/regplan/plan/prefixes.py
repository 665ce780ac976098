"""Which images begin with the same layers: the tree of their common chain prefixes."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from regplan.oci.digest import Digest
from regplan.oci.mediatype import is_foreign
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.model.image import Image, Inventory

__all__ = ["Prefix", "find_prefixes"]

# A platform, then an image's layers base first: by diff_id where that is known of the layer, else by digest.
_Chain: TypeAlias = "tuple[str, ...]"
_Member: TypeAlias = "tuple[_Chain, Image]"


@dataclass(frozen=True, slots=True)
class Prefix:
    """The first `length` layers, which two or more images have and no one layer more; `parent` is the next shorter one."""

    key: str
    parent: str | None
    length: int
    images: tuple[Image, ...]

    def layers(self, image: Image) -> dict[Digest, int]:
        """Map the prefix's distinct digests in one of its images to their sizes; foreign layers take no room."""
        begin = image.layers[: self.length]
        return {layer.digest: layer.size for layer in begin if not is_foreign(layer.media_type)}


def find_prefixes(inventory: Inventory) -> tuple[Prefix, ...]:
    """Find every common prefix of two or more images of one platform, parents before children.

    One layer packed twice has two digests and one diff_id, and counts as the same where a config told it.
    """
    images = inventory.images()
    known = _diff_ids(images)
    chains = sorted(((_chain(image, known), image) for image in images), key=lambda each: (each[0], each[1].digest))
    found: list[Prefix] = []
    waiting: list[tuple[Sequence[_Member], int, str | None]] = [(chains, 0, None)]
    while waiting:
        members, depth, parent = waiting.pop()
        for group in _groups(members, depth):
            length = _common(group[0][0], group[-1][0])
            key = parent
            if length > 1:
                key = Digest.of(" ".join(group[0][0][:length]).encode()).short
                found.append(Prefix(key, parent, length - 1, tuple(image for _, image in group)))
            waiting.append((group, length, key))
    return tuple(found)


def _diff_ids(images: Sequence[Image]) -> dict[Digest, str]:
    return {
        layer.digest: str(diff_id)
        for image in images
        if len(image.diff_ids) == len(image.layers)
        for layer, diff_id in zip(image.layers, image.diff_ids, strict=True)
    }


def _chain(image: Image, known: Mapping[Digest, str]) -> _Chain:
    layers = (known.get(layer.digest) or str(layer.digest) for layer in image.layers)
    return (str(image.platform), *layers)


def _groups(members: Sequence[_Member], depth: int) -> Iterator[list[_Member]]:
    """Part sorted members by what stands at `depth`; who is alone or ends there is left out."""
    longer = (member for member in members if len(member[0]) > depth)
    for _, group in groupby(longer, key=lambda member: member[0][depth]):
        listed = list(group)
        if len(listed) > 1:
            yield listed


def _common(one: _Chain, other: _Chain) -> int:
    """Tell how much the first and the last of sorted chains, and so all of them, have in common."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))
