"""Everything that is wrong with packs and their mentions, once their statuses are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.profile import UseStatus
from regplan.profile.checks.collisions import tag_collisions
from regplan.profile.checks.gap import host_mismatch, missing_from_list, unused_images
from regplan.profile.checks.packs import (
    attached_manifests,
    charts_not_at_hand,
    kubernetes_layer,
    legacy_harbor,
    passed_names,
)
from regplan.profile.lint.forms import is_mutable, mutable_tag, not_understood, unresolved_macro
from regplan.profile.lint.lists import hidden_manifests, no_image_list, no_image_seen
from regplan.profile.macros import has_macro
from regplan.profile.pack import MANAGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from regplan.model.finding import Finding
    from regplan.model.profile import Declarations, ImageUse
    from regplan.oci.reference import Reference
    from regplan.profile.pack import PackUses
    from regplan.profile.settle import Settled

__all__ = ["pack_findings", "unreadable", "use_findings"]


def pack_findings(
    packs: Sequence[PackUses], settled: Sequence[Settled], architectures: frozenset[str] = frozenset()
) -> Iterator[Finding]:
    """Tell what is wrong with packs, each defect once: form first, then what the list lacks and what it has too much."""
    for pack in packs:
        yield from pack.findings
        yield from kubernetes_layer(pack)
        yield from legacy_harbor(pack)
        yield from passed_names(pack)
    yield from _without_list(packs, settled)
    yield from missing_from_list(settled)
    yield from host_mismatch(settled)
    yield from unused_images(settled)
    yield from use_findings([each.use for each in settled])
    if not architectures:
        from regplan.profile.checks.platforms import other_platforms

        yield from other_platforms(settled)
    yield from tag_collisions(each.use for each in settled)
    yield from attached_manifests(packs)
    yield from charts_not_at_hand(packs)


def use_findings(uses: Iterable[ImageUse]) -> Iterator[Finding]:
    """Tell what is wrong with mentions that count, wherever they stand: macros without a value, and tags that move."""
    moved: set[Reference] = set()
    for use in uses:
        if not use.is_counted:
            continue
        if use.reference is None:
            if has_macro(use.text):
                yield unresolved_macro(use)
        elif use.reference not in moved and is_mutable(use.reference):
            moved.add(use.reference)
            yield mutable_tag(use.reference, str(use.provenance))


def unreadable(declarations: Declarations) -> tuple[Finding, ...]:
    """Tell of each needed text that is no reference, one finding each; macros have their own.

    A plan says it of all images together (`image.unresolved`), so this is for what has no plan.
    """
    return tuple(
        not_understood(use)
        for use in declarations.uses
        if use.reference is None and use.is_counted and not has_macro(use.text)
    )


def _without_list(packs: Sequence[PackUses], settled: Sequence[Settled]) -> Iterator[Finding]:
    """Tell of each pack that Palette manages and that lists nothing."""
    named: dict[int, list[ImageUse]] = {}
    for each in settled:
        named.setdefault(id(each.raw), []).append(each.use)
    for pack in packs:
        if pack.raw.origin in MANAGED and not pack.listed:
            yield from _unlisted(pack, named.get(id(pack.raw), ()))


def _unlisted(pack: PackUses, uses: Sequence[ImageUse]) -> Iterator[Finding]:
    where = str(pack.raw.where)
    possible = [use for use in uses if use.status is not UseStatus.ONLY_IF_ENABLED]
    is_hidden = any(each.documents is None for each in pack.raw.manifests)
    told = len({use.reference for use in possible if use.reference is not None})
    untold = len({use.text or use.provenance.key for use in possible if use.reference is None})
    if told or untold:
        yield no_image_list(where, told, untold)
    if is_hidden:
        yield hidden_manifests(where)
    if not (told or untold or is_hidden or pack.has_list or pack.is_in_sight):
        yield no_image_seen(where)
