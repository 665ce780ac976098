"""What each mention's status is, once everything that is listed anywhere is known.

A workload's image that some list has is `listed`, since the registry holds what any profile of the site lists; else it
is `missing` where Palette manages the pack, and `listed` where manifests were handed over by themselves. A listed image
is `unused` only where all that its pack runs is in sight and mentions it nowhere: a manifest pack with workloads,
without charts, custom objects or hidden manifests. Images that only values show are `unknown`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.profile import UseStatus
from regplan.profile.mention import tells_same
from regplan.profile.parts import Origin
from regplan.profile.tree import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.profile import ImageUse
    from regplan.oci.reference import Reference
    from regplan.profile.pack import PackUses

__all__ = ["settle"]


def settle(packs: Sequence[PackUses]) -> tuple[ImageUse, ...]:
    """Tell every mention of every pack, in order, each with its status."""
    listed = _by_name(use for pack in packs for use in pack.listed if use.status is UseStatus.LISTED)
    run = _by_name(use for pack in packs for use in pack.run)
    settled: list[ImageUse] = []
    for pack in packs:
        settled += _settle_listed(pack, run)
        is_lost = pack.raw.origin in {Origin.PROFILE, Origin.VALUES}
        settled += (_settle_named(use, listed, UseStatus.MISSING if is_lost else use.status) for use in pack.run)
        settled += (_settle_named(use, listed, use.status) for use in pack.seen)
    return tuple(settled)


def _by_name(uses: Iterator[ImageUse]) -> dict[str, list[Reference]]:
    found: dict[str, list[Reference]] = {}
    for use in uses:
        if use.reference is not None:
            found.setdefault(use.reference.name, []).append(use.reference)
    return found


def _settle_listed(pack: PackUses, run: dict[str, list[Reference]]) -> Iterator[ImageUse]:
    is_known = pack.is_in_sight and bool(pack.workloads) and all(use.reference is not None for use in pack.run)
    objects = [document for each in pack.raw.manifests for document in each.documents or ()]
    texts = "\n".join(text for document in objects for text in texts_of(document)) if is_known else ""
    for use in pack.listed:
        is_used = (
            use.reference is None
            or use.status is not UseStatus.LISTED
            or any(tells_same(use.reference, each) for each in run.get(use.reference.name, ()))
            or use.reference.repository.removeprefix("library/") in texts
        )
        yield use if is_used or not is_known else replace(use, status=UseStatus.UNUSED)


def _settle_named(use: ImageUse, listed: dict[str, list[Reference]], otherwise: UseStatus) -> ImageUse:
    if use.reference is None:
        return use
    is_listed = any(tells_same(each, use.reference) for each in listed.get(use.reference.name, ()))
    return replace(use, status=UseStatus.LISTED if is_listed else otherwise)
