"""The few images that make most of a set's bytes."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from regplan.model.sharing import Dominance
from regplan.plan.sharers import image_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.image import Inventory
    from regplan.model.layers import ImageSize, LayerReport
    from regplan.oci.digest import Digest

__all__ = ["dominating"]

_PERCENT: Final = (50, 80)


def dominating(inventory: Inventory, report: LayerReport) -> tuple[Dominance, ...]:
    """Tell the fewest images that make 50 and 80 % of what all images take, in two ways.

    By fair share: the fewest whose fair shares add up to it; no smaller number does. By what is freed: the shortest
    beginning of the list of images, most unique bytes first, that frees it when all of them are removed together, which
    is more than their unique bytes where they share among themselves; another choice may do with fewer.
    """
    rows = list({row.digest: row for row in report.images}.values())
    if not any(row.fair_bytes for row in rows):
        return ()
    labels = image_labels(inventory)
    fair = sorted(rows, key=lambda row: (-row.fair_bytes, row.digest))
    freed = sorted(rows, key=lambda row: (-row.unique_bytes, -row.fair_bytes, row.digest))
    orders = (
        ("fair_share", fair, list(accumulate(row.fair_bytes for row in fair))),
        ("freed", freed, _freed(inventory, [row.digest for row in freed])),
    )
    return tuple(_least(percent, by, order, sums, labels) for by, order, sums in orders for percent in _PERCENT)


def _freed(inventory: Inventory, order: Sequence[Digest]) -> list[int]:
    """Tell what is freed once the first, the first two, ... of the images are removed."""
    rank = {digest: place for place, digest in enumerate(order)}
    last: dict[Digest, int] = {}
    for image in inventory.images():
        for blob in image.content():
            last[blob.digest] = max(last.get(blob.digest, 0), rank[image.digest])
    steps = [0] * len(order)
    sizes = inventory.blobs()
    for digest, place in last.items():
        steps[place] += sizes[digest] or 0
    return list(accumulate(steps))


def _least(
    percent: int, by: str, order: Sequence[ImageSize], sums: Sequence[int], labels: dict[Digest, str]
) -> Dominance:
    count = next(place for place, size in enumerate(sums, 1) if size * 100 >= percent * sums[-1])
    return Dominance(percent, by, tuple(labels[row.digest] for row in order[:count]), sums[count - 1])
