"""What profiles name, as rows: profiles and packs as a tree, the images that each names, and what is wrong with the lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.mentions import images_document, named_in
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from regplan.model.plan import Study
    from regplan.model.profile import Declarations

__all__ = ["MentionRow", "PackRow", "mention_rows", "pack_rows"]


@dataclass(frozen=True, slots=True)
class MentionRow:
    """One image that profiles name: its status among the lists, its size where it was resolved, and every mention.

    `packs` are the (profile, layer, pack, version) that name it; a list or a site file is a profile without a pack.
    """

    reference: str
    status: str
    counted: bool
    size_bytes: int | None
    sizes_unknown: int
    named_in: str
    provenance: tuple[str, ...]
    packs: frozenset[tuple[str, str, str, str]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackRow:
    """One branch of the tree: everything, a profile, or a pack in it; `key` is what it begins with.

    `missing` counts the images that the chart or the manifests use and no list has: the gaps.
    """

    depth: int
    name: str
    key: tuple[str, ...]
    images: int
    missing: int
    unresolved: int

    def holds(self, row: MentionRow) -> bool:
        """Tell whether an image is named in this branch."""
        return any(pack[: len(self.key)] == self.key for pack in row.packs)


def mention_rows(study: Study) -> tuple[MentionRow, ...]:
    """List the images that profiles name, in the order of their first mention."""
    sizes = {image.reference: image for image in study.plan.layers.images}
    rows: Iterable[Mapping[str, Any]] = images_document(study.declarations)["images"]  # type: ignore[assignment]
    made = []
    for row in rows:
        name = row["normalized"] or row["reference"]
        size = sizes.get(name)
        said = [row.get("problem"), *(each.get("note") for each in row["mentions"])]
        made.append(
            MentionRow(
                name,
                row["status"],
                row["counted"],
                size.size_bytes if size is not None else None,
                size.sizes_unknown if size is not None else 0,
                named_in(row),
                tuple(row["provenance"]),
                frozenset(_branch(each) for each in row["mentions"]),
                tuple(dict.fromkeys(text for text in said if text)),
            )
        )
    return tuple(made)


def pack_rows(declarations: Declarations, rows: Iterable[MentionRow]) -> tuple[PackRow, ...]:
    """Lay out the tree: everything, then each profile with its packs in order, then the files that name images."""
    rows = tuple(rows)
    named = list(dict.fromkeys(pack for row in rows for pack in sorted(row.packs)))
    branches: dict[tuple[str, ...], tuple[int, str]] = {(): (0, "everything")}
    for profile in declarations.profiles:
        branches[profile.name,] = (1, f"{profile.name} {profile.version}")
        packs = [(profile.name, pack.layer, pack.name, pack.version) for pack in profile.packs]
        for key in (*packs, *(key for key in named if key[0] == profile.name)):
            branches[key] = (2, _pack_words(key))
    for key in named:
        branches.setdefault((key[0],), (1, key[0]))
        branches.setdefault(key, (2, _pack_words(key)))
    return tuple(_pack_row(key, depth, name.strip(), rows) for key, (depth, name) in branches.items() if name)


def _pack_words(key: tuple[str, str, str, str]) -> str:
    """Name a pack with its layer and version; what stands in no pack has no branch of its own."""
    _, layer, pack, version = key
    return f"{layer}/{pack} {version}" if layer and pack else f"{pack} {version}" if pack else ""


def _pack_row(key: tuple[str, ...], depth: int, name: str, rows: tuple[MentionRow, ...]) -> PackRow:
    empty = PackRow(depth, name, key, 0, 0, 0)
    held = [row for row in rows if empty.holds(row)]
    missing = sum(row.status == "missing" for row in held)
    unresolved = sum(row.counted and row.size_bytes is None for row in held)
    return PackRow(depth, name, key, len(held), missing, unresolved)


def _branch(mention: Mapping[str, Any]) -> tuple[str, str, str, str]:
    profile = mention["profile"] or mention["file"]
    return profile, mention["layer"], mention["pack"], mention["version"]
