"""Fair shares, sharers, families, packs, projects and image by image upgrades, computed from facts alone.

Everything here goes the long way round, with fractions and plain sets over all pairs, and imports nothing of regplan.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from independent.bytes import merged, total
from independent.material import normalise, same_platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from independent.material import Image, Pack

__all__ = ["changes", "exact_shares", "families", "groups", "projects", "read_stacks", "sharers", "union_bytes"]


def exact_shares(images: Sequence[Image]) -> dict[str, Fraction]:
    """Each image's fair share by digest, as a fraction: every digest's bytes over the number of its holders."""
    distinct = {image.digest: image for image in images}
    return {
        own: sum(
            (
                Fraction(size or 0, sum(digest in other.sizes for other in distinct.values()))
                for digest, size in image.sizes.items()
            ),
            Fraction(),
        )
        for own, image in distinct.items()
    }


def sharers(images: Sequence[Image]) -> dict[str, tuple[int | None, int, frozenset[str]]]:
    """Each digest's size, how many images hold it, and under which references."""
    return {
        digest: (
            size,
            len({image.digest for image in images if digest in image.sizes}),
            frozenset(image.reference for image in images if digest in image.sizes),
        )
        for digest, size in merged(images).items()
    }


def groups(images: Sequence[Image], packs: Iterable[Pack], key: Callable[[Pack], str]) -> dict[str, dict[str, int]]:
    """What each pack, or each profile, takes: once, and what nothing else needs."""
    found: dict[str, set[str]] = {}
    for pack in packs:
        named = {*pack.references, *(each for work in pack.workloads for each in work.references)}
        found.setdefault(key(pack), set()).update(named)
    held = {name: merged(image for image in images if image.reference in named) for name, named in found.items()}
    answer = {}
    for name, sizes in held.items():
        others = frozenset().union(*(digests for other, digests in held.items() if other != name))
        own = [image for image in images if image.reference in found[name]]
        answer[name] = {
            "references": len(own),
            "images": len({image.digest for image in own}),
            "referenced_bytes": sum(total(image.sizes) for image in own),
            "unique_bytes": total(sizes),
            "exclusive_bytes": total({digest: size for digest, size in sizes.items() if digest not in others}),
        }
    return answer


def projects(images: Iterable[Image], project_of: Mapping[str, str]) -> dict[str, int]:
    """What Harbor charges each project: each digest once in it."""
    inside: dict[str, list[Image]] = {}
    for image in images:
        inside.setdefault(project_of[image.reference], []).append(image)
    return {project: total(merged(found)) for project, found in inside.items()}


def read_stacks(path: Path, references: Iterable[str], platform: str) -> dict[str, list[tuple[str, int]]]:
    """Each distinct image's layers in order, with their sizes, by manifest digest."""
    wanted = {normalise(text) for text in references}
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {
        record["manifest"]["digest"]: [(layer["digest"], layer["size"]) for layer in record["layers"]]
        for record in records
        if normalise(record["reference"]) in wanted and same_platform(record["platform"], platform)
    }


def families(stacks: Mapping[str, Sequence[tuple[str, int]]]) -> dict[tuple[str, ...], frozenset[str]]:
    """Every longest common beginning of any two images, with all images that begin so."""
    digests = {own: tuple(digest for digest, _ in stack) for own, stack in stacks.items()}
    begins = {
        _common(one, other) for own, one in digests.items() for another, other in digests.items() if own != another
    }
    return {
        begin: frozenset(own for own, stack in digests.items() if stack[: len(begin)] == begin)
        for begin in begins
        if begin
    }


def changes(old: Sequence[Image], new: Sequence[Image]) -> dict[str, dict[str, Any]]:
    """Each repository's bytes before and after, and those that are new to the whole set or leave it."""
    before, after = merged(old), merged(new)
    answer = {}
    for name in {_repository(image) for image in (*old, *new)}:
        one = [image for image in old if _repository(image) == name]
        other = [image for image in new if _repository(image) == name]
        same = {image.digest for image in one} == {image.digest for image in other}
        answer[name] = {
            "status": "added" if not one else "removed" if not other else "same" if same else "changed",
            "before_bytes": total(merged(one)),
            "after_bytes": total(merged(other)),
            "new_bytes": total({each: size for each, size in merged(other).items() if each not in before}),
            "dropped_bytes": total({each: size for each, size in merged(one).items() if each not in after}),
        }
    return answer


def union_bytes(*sets: Sequence[Image]) -> int:
    """What several sets take together."""
    return total(merged(image for images in sets for image in images))


def _repository(image: Image) -> str:
    name = image.reference.partition("@")[0]
    path, colon, tag = name.rpartition(":")
    return path if colon and "/" not in tag else name


def _common(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return tuple(one[:length])
