"""Which packs share bytes with which: every pair with the digests that both hold."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Final

from regplan.model.sharing import PackPair, PackSharing
from regplan.plan.by_pack import digests_by_pack, held_together, measure_packs
from regplan.plan.sharers import shared_blobs

if TYPE_CHECKING:
    from regplan.model.image import Inventory
    from regplan.model.profile import Declarations
    from regplan.model.sharing import GroupSize, SharedBlob
    from regplan.oci.digest import Digest

__all__ = ["MOST_PACKS", "share_packs"]

# One layer that all packs hold makes as many pairs as the square of these.
MOST_PACKS: Final = 200


def share_packs(inventory: Inventory, declarations: Declarations, most: int = MOST_PACKS) -> PackSharing:
    """Tell what each pack shares with each other; of more than `most` that share, those are paired that share most bytes.

    A digest counts once in a pair however many images of either hold it, and in every pair of its holders. What nobody
    knows the size of is shared all the same.
    """
    held = digests_by_pack(inventory, declarations)
    keys = list(held)
    together = {among: digests for among, digests in held_together(held.values()).items() if len(among) > 1}
    common = {keys[number] for among in together for number in among}
    groups = measure_packs(inventory, declarations)
    sharing = sorted((each for each in groups if _key(each) in common), key=lambda each: -each.shared_bytes)
    packs = tuple(sharing[:most])
    places = {_key(each): place for place, each in enumerate(packs)}
    blobs = {blob.digest: blob for blob in shared_blobs(inventory)}
    holders: dict[Digest, tuple[int, ...]] = {}
    found: defaultdict[tuple[int, int], list[SharedBlob]] = defaultdict(list)
    for numbers, digests in together.items():
        among = tuple(sorted(places[keys[number]] for number in numbers if keys[number] in places))
        holders.update(dict.fromkeys(digests, among))
        for pair in combinations_with_replacement(among, 2):
            found[pair] += [blobs[digest] for digest in digests]
    return PackSharing(
        packs,
        {pair: PackPair(tuple(sorted(shared, key=_largest_first))) for pair, shared in found.items()},
        holders,
        tuple(each for each in groups if _key(each) not in common),
        tuple(sharing[most:]),
    )


def _key(group: GroupSize) -> tuple[str, str, str]:
    return group.profile, group.pack, group.layer


def _largest_first(blob: SharedBlob) -> tuple[int, str]:
    return -(blob.size_bytes or 0), str(blob.digest)
