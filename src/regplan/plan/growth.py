"""What an upgrade changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.plan import Growth
from regplan.plan.sharing import known_sizes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.image import Inventory
    from regplan.oci.digest import Digest

__all__ = ["compare_inventories"]


def compare_inventories(old: Inventory, new: Inventory, sizes: Mapping[Digest, int | None] | None = None) -> Growth:
    """Tell what stays, comes and goes from one set of images to the next, each distinct digest once, in bytes.

    An image whose size is declared counts whole, and is the same under the same reference. The peak is what both sets take
    together, while both are kept. `sizes` are known from more sets than these two; an unknown size counts 0.
    """
    sizes = known_sizes(old, new) if sizes is None else sizes
    before, after = known_sizes(old).keys(), known_sizes(new).keys()
    was = {image.reference: image.size_bytes for image in old.declared}
    comes = {image.reference: image.size_bytes for image in new.declared}
    kept_bytes = sum(sizes[digest] or 0 for digest in before & after) + sum(
        was[each] for each in was.keys() & comes.keys()
    )
    new_bytes = sum(sizes[digest] or 0 for digest in after - before) + sum(
        comes[each] for each in comes.keys() - was.keys()
    )
    dropped_bytes = sum(sizes[digest] or 0 for digest in before - after) + sum(
        was[each] for each in was.keys() - comes.keys()
    )
    return Growth(kept_bytes, new_bytes, dropped_bytes, kept_bytes + new_bytes + dropped_bytes)
