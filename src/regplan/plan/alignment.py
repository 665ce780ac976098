"""What it would free if images on several versions of one base had one: an estimate that never overstates.

Digests do not tell that two prefixes are versions of one base. Taken for a base is a prefix that images of at least two
repositories have; two of them, side by side under the same longer one or none, are taken for versions of one base where
all annotated images of both name the same base (`org.opencontainers.image.base.name`), or where one repository has tags on
both that differ in nothing but their numbers. Counted is what would then be held by nobody, with the largest prefix kept.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

from regplan.model.sharing import Alignment
from regplan.patterns import pattern
from regplan.plan.families import prefix_sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.model.image import Image, Inventory
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference
    from regplan.plan.prefixes import Prefix

__all__ = ["align"]

_BASE_NAME: Final = "org.opencontainers.image.base.name"
_NUMBERS: Final = pattern(r"\d+(?:[._]\d+)*")
_LEAST_REPOSITORIES: Final = 2
# How prefixes are tied together: annotation or repository, and the name that both have.
_Tie: TypeAlias = "tuple[str, str]"


def align(inventory: Inventory, prefixes: Sequence[Prefix]) -> tuple[Alignment, ...]:
    """Find prefixes that look like versions of one base, and tell what aligning each group of them frees, most first."""
    references = _references(inventory)
    below: dict[str | None, list[Prefix]] = {}
    for prefix in prefixes:
        below.setdefault(prefix.parent, []).append(prefix)
    holders = Counter(digest for image in inventory.images() for digest in {each.digest for each in image.content()})
    found: list[Alignment] = []
    waiting: list[str | None] = [None]
    while waiting:
        siblings = below.get(waiting.pop(), [])
        grouped: set[str] = set()
        for tie, group in _groups(siblings, references):
            made = _alignment(tie, group, holders)
            if made.saved_bytes:
                found.append(made)
                grouped.update(made.families)
        # What a group leaves of its bases is counted there; only elsewhere may longer prefixes be bases.
        waiting += [prefix.key for prefix in siblings if prefix.key not in grouped]
    return tuple(sorted(found, key=lambda each: (-each.saved_bytes, each.kept)))


def _references(inventory: Inventory) -> dict[Digest, list[Reference]]:
    found: dict[Digest, list[Reference]] = {}
    for entry in inventory.entries:
        for image in entry.images:
            found.setdefault(image.digest, []).append(entry.reference)
    return found


def _groups(
    siblings: Iterable[Prefix], references: Mapping[Digest, list[Reference]]
) -> list[tuple[_Tie, list[Prefix]]]:
    """Put together what any tie joins; a group is known by its first tie, annotations first."""
    groups: list[tuple[set[_Tie], list[Prefix], set[_Tie]]] = []
    for prefix in siblings:
        ties = _ties(prefix, references)
        joined = [group for group in groups if group[0] & ties]
        shared = {tie for group in joined for tie in (group[0] & ties) | group[2]}
        groups = [group for group in groups if group not in joined]
        every = ties.union(*(group[0] for group in joined))
        groups.append((every, [each for group in joined for each in group[1]] + [prefix], shared))
    return [(min(shared), members) for _, members, shared in groups if len(members) > 1]


def _ties(prefix: Prefix, references: Mapping[Digest, list[Reference]]) -> set[_Tie]:
    named = [reference for image in prefix.images for reference in references[image.digest]]
    if len({reference.name for reference in named}) < _LEAST_REPOSITORIES:
        return set()
    platform = str(prefix.images[0].platform)
    bases = {base for image in prefix.images if (base := _base_name(image))}
    ties = {("annotation", f"{base} {platform}") for base in bases} if len(bases) == 1 else set()
    series = (f"{each.name}:{_NUMBERS.sub('#', each.tag)}" for each in named if each.tag)
    return ties | {("repository", f"{name} {platform}") for name in series if "#" in name.rpartition(":")[2]}


def _base_name(image: Image) -> str:
    """Tell the base that a manifest names (image specification, annotations.md), "" where it names none."""
    if image.raw is None:
        return ""
    annotations = json.loads(image.raw).get("annotations")
    name = annotations.get(_BASE_NAME) if isinstance(annotations, dict) else None
    return name if isinstance(name, str) else ""


def _alignment(tie: _Tie, group: Sequence[Prefix], holders: Mapping[Digest, int]) -> Alignment:
    sizes = {prefix.key: prefix_sizes(prefix) for prefix in group}
    kept = min(group, key=lambda prefix: (-sum(sizes[prefix.key].values()), prefix.key))
    dropped = [prefix for prefix in group if prefix is not kept]
    # Of a digest that is also above its image's prefix, or in another image, nothing is freed.
    without = Counter(digest for prefix in dropped for image in prefix.images for digest in _only_below(prefix, image))
    union = {digest: size for prefix in dropped for digest, size in sizes[prefix.key].items()}
    return Alignment(
        by=tie[0],
        name=tie[1].rpartition(" ")[0],
        platform=kept.images[0].platform,
        families=tuple(sorted(sizes)),
        kept=kept.key,
        saved_bytes=sum(size for digest, size in union.items() if without[digest] == holders[digest]),
    )


def _only_below(prefix: Prefix, image: Image) -> set[Digest]:
    above = {layer.digest for layer in image.layers[prefix.length :]}
    return {digest for digest in prefix.layers(image) if digest not in above}
