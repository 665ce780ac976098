"""Reckons where the bytes of a set lie, small enough to be drawn and to be sent: what is narrow is told as one."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Final

from regplan.model.shares import Held, HeldPack, Part, Shares, Together
from regplan.plan.by_pack import held_together, pack_contents
from regplan.plan.sharing import known_sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from regplan.model.image import Inventory
    from regplan.model.profile import Declarations
    from regplan.oci.digest import Digest
    from regplan.plan.by_pack import PackContent

    Sizes = Mapping[Digest, int | None]

__all__ = ["DRAWN_PACKS", "DRAWN_ROWS", "NARROWEST", "merged_part", "share_out"]

# An image or a layer that is less than this share of the set is told as one with its neighbours.
NARROWEST: Final = 0.004
# So many packs can be set against each other on a page, and so many rows are read.
DRAWN_PACKS: Final = 14
DRAWN_ROWS: Final = 20


def share_out(inventory: Inventory, declarations: Declarations) -> Shares:
    """Tell what packs hold together, and divide the bytes of a set among profiles, packs, images and blobs.

    A digest that several images of packs hold is divided evenly among them, the bytes that are left over going one each
    to the first of them, so that all parts come to the set's bytes. What no pack names is in no part.
    """
    packs, sizes = pack_contents(inventory, declarations), known_sizes(inventory)
    return Shares(_held(packs, sizes), _parts(packs, sizes))


def merged_part(parts: Sequence[Part]) -> Part:
    """Tell parts as one without parts: of several the name is "", and `merged` how many there are."""
    size, whole = (sum(sizes) for sizes in zip(*((part.size_bytes, part.whole_bytes) for part in parts), strict=True))
    return Part(parts[0].name, size, whole) if len(parts) == 1 else Part("", size, whole, merged=len(parts))


def _held(packs: Iterable[PackContent], sizes: Sizes) -> Held:
    measured = [(_total(pack.digests, sizes), pack) for pack in packs]
    measured.sort(key=lambda each: -each[0])
    groups = held_together(pack.digests for _, pack in measured)
    sets = [Together(among, _total(digests, sizes), len(digests)) for among, digests in groups.items()]
    sets.sort(key=lambda each: (-each.size_bytes, each.packs))
    several = [each for each in sets if len(each.packs) > 1 and each.size_bytes]
    pairs = _pairs(several)
    return Held(
        tuple(HeldPack(pack.profile, pack.pack, pack.layer, pack.version, size) for size, pack in measured),
        dict(_most(pairs)),
        len(pairs),
        # The first of several packs names a chart even where single packs hold more.
        tuple(each for place, each in enumerate(sets) if place < DRAWN_ROWS or each in several[:1]),
        len(sets),
        sum(each.size_bytes for each in several),
    )


def _pairs(sets: Iterable[Together]) -> Counter[tuple[int, int]]:
    pairs: Counter[tuple[int, int]] = Counter()
    for each in sets:
        for pair in combinations(each.packs, 2):
            pairs[pair] += each.size_bytes
    return pairs


def _most(pairs: Mapping[tuple[int, int], int]) -> Iterator[tuple[tuple[int, int], int]]:
    """Keep the pairs of the largest packs, and those that share most, which come first."""
    for place, (pair, size) in enumerate(sorted(pairs.items(), key=lambda each: (-each[1], each[0]))):
        if place < DRAWN_ROWS or max(pair) < DRAWN_PACKS:
            yield pair, size


def _parts(packs: Sequence[PackContent], sizes: Sizes) -> tuple[Part, ...]:
    holders = Counter(digest for pack in packs for _, digests in pack.contents for digest in digests)
    left = {digest: (sizes[digest] or 0) % times for digest, times in holders.items()}
    narrowest = sum(sizes[digest] or 0 for digest in holders) * NARROWEST

    def blob(digest: Digest) -> Part:
        size = sizes[digest] or 0
        left[digest] -= 1
        return Part(str(digest), size // holders[digest] + (left[digest] >= 0), size)

    def image(name: str, digests: Iterable[Digest]) -> Part:
        return _joined(name, _wide([blob(digest) for digest in digests], narrowest))

    profiles: dict[str, list[Part]] = {}
    for pack in packs:
        images = [image(str(reference), digests) for reference, digests in pack.contents]
        name = f"{pack.pack} {pack.version}".strip() or pack.profile
        profiles.setdefault(pack.profile, []).append(_joined(name, _wide(images, narrowest)))
    return _ordered(_joined(name, _ordered(parts)) for name, parts in profiles.items())


def _wide(parts: Sequence[Part], narrowest: float) -> tuple[Part, ...]:
    """Keep what can be seen, the largest first, and tell the rest as one part without parts, the last."""
    small = [part for part in parts if part.size_bytes < narrowest]
    shown = _ordered(part for part in parts if part.size_bytes >= narrowest)
    return (*shown, merged_part(small)) if small else shown


def _joined(name: str, parts: Sequence[Part]) -> Part:
    return Part(name, sum(part.size_bytes for part in parts), sum(part.whole_bytes for part in parts), tuple(parts))


def _ordered(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: (-part.size_bytes, part.name)))


def _total(digests: Iterable[Digest], sizes: Sizes) -> int:
    return sum(sizes[digest] or 0 for digest in digests)
