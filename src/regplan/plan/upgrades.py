"""An upgrade image by image, and over several versions."""

from __future__ import annotations

import itertools
from dataclasses import field
from typing import TYPE_CHECKING, Final, TypeAlias

from regplan.model.upgrade import ImageChange, KeptVersions, Upgrade, UpgradeStep
from regplan.oci.digest import Digest
from regplan.plan.growth import compare_inventories
from regplan.plan.sharing import known_sizes
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.model.image import Inventory
    from regplan.oci.platform import Platform

__all__ = ["compare_versions"]

_Key: TypeAlias = "tuple[str, Platform]"
# What changed stands before what stays.
_ORDER: Final = ("changed", "added", "removed", "same")


@dataclass(slots=True)
class _Side:
    """One repository's images in one version: references, manifests and all digests."""

    references: dict[str, None] = field(default_factory=dict)
    manifests: set[Digest] = field(default_factory=set)
    digests: set[Digest] = field(default_factory=set)


def compare_versions(versions: Sequence[tuple[str, Inventory]]) -> Upgrade:
    """Compare two or more versions in order, each with the name that it is told by; an unknown size counts 0."""
    sizes = known_sizes(*(inventory for _, inventory in versions))
    steps = tuple(_step(old, new, sizes) for old, new in itertools.pairwise(versions))
    whole = steps[0] if len(steps) == 1 else _step(versions[0], versions[-1], sizes)
    return Upgrade(whole, steps, _kept(versions, sizes), sum(size is None for size in sizes.values()))


def _step(old: tuple[str, Inventory], new: tuple[str, Inventory], sizes: Mapping[Digest, int | None]) -> UpgradeStep:
    before, after = _sides(old[1]), _sides(new[1])
    gone = known_sizes(old[1]).keys() - known_sizes(new[1]).keys()
    come = known_sizes(new[1]).keys() - known_sizes(old[1]).keys()
    nothing = _Side()
    changes = []
    for key in dict.fromkeys((*before, *after)):
        one, other = before.get(key, nothing), after.get(key, nothing)
        changes.append(
            ImageChange(
                *key,
                status=_status(one, other),
                old=tuple(one.references),
                new=tuple(other.references),
                before_bytes=_total(one.digests, sizes),
                after_bytes=_total(other.digests, sizes),
                new_bytes=_total(other.digests & come, sizes),
                dropped_bytes=_total(one.digests & gone, sizes),
            )
        )
    changes.sort(key=lambda each: (_ORDER.index(each.status), -each.new_bytes, each.repository, str(each.platform)))
    return UpgradeStep(old[0], new[0], compare_inventories(old[1], new[1], sizes), tuple(changes))


def _sides(inventory: Inventory) -> dict[_Key, _Side]:
    found: dict[_Key, _Side] = {}
    for entry in inventory.entries:
        for image in entry.images:
            side = found.setdefault((entry.reference.name, image.platform), _Side())
            side.references[str(entry.reference)] = None
            side.manifests.add(image.digest)
            side.digests.update(blob.digest for blob in image.content())
    return found


def _status(old: _Side, new: _Side) -> str:
    if not old.manifests:
        return "added"
    if not new.manifests:
        return "removed"
    return "same" if old.manifests == new.manifests else "changed"


def _kept(versions: Sequence[tuple[str, Inventory]], sizes: Mapping[Digest, int | None]) -> tuple[KeptVersions, ...]:
    digests = [known_sizes(inventory).keys() for _, inventory in versions]
    kept = []
    for count in range(1, len(versions) + 1):
        windows = [
            (_total(set[Digest]().union(*digests[first : first + count]), sizes), first)
            for first in range(len(versions) - count + 1)
        ]
        peak_bytes, first = max(windows, key=lambda window: (window[0], -window[1]))
        kept.append(KeptVersions(count, peak_bytes, tuple(name for name, _ in versions[first : first + count])))
    return tuple(kept)


def _total(digests: Iterable[Digest], sizes: Mapping[Digest, int | None]) -> int:
    return sum(sizes[digest] or 0 for digest in digests)
