"""Packs beside packs as rows: what each shares with each other, and the blobs and the families behind that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.words import counted, exact_bytes, tidy
from regplan.tui.text import size_text
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.sharing import Alignment, Analysis, Family, GroupSize, PackPair, PackSharing, SharedBlob

__all__ = [
    "CommonBlob",
    "FamilyRow",
    "MatrixRow",
    "PairAsked",
    "common_blobs",
    "family_rows",
    "family_words",
    "heading_words",
    "matrix_rows",
    "pack_name",
    "pair_words",
    "path_name",
]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One pack beside all packs that share: `place` is its place among them, `pairs` are in their order."""

    place: int
    pack: GroupSize
    pairs: tuple[PackPair, ...]


@dataclass(frozen=True, slots=True)
class PairAsked:
    """A cell of the matrix: two packs, or a pack with itself, and what they both hold."""

    one: GroupSize
    other: GroupSize
    pair: PackPair


@dataclass(frozen=True, slots=True)
class CommonBlob:
    """A digest that two packs both hold, and every pack that holds it."""

    blob: SharedBlob
    packs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """A family of images with one base; `alignment` is the one that it is a build in, None where it is in none.

    `place` is its place in the plan.
    """

    place: int
    family: Family
    alignment: Alignment | None

    @property
    def is_kept(self) -> bool:
        """Whether it is the build that aligning would keep."""
        return self.alignment is not None and self.alignment.kept == self.family.key


def pack_name(pack: GroupSize) -> str:
    """Name a pack, or the file whose images stand in no pack."""
    return tidy(pack.pack or pack.profile)


def path_name(pack: GroupSize) -> str:
    """Name a pack with its profile and its layer."""
    return tidy("/".join(part for part in (pack.profile, pack.layer, pack.pack) if part))


def matrix_rows(sharing: PackSharing) -> tuple[MatrixRow, ...]:
    """List the packs that share, each with what it shares with every one of them."""
    places = range(len(sharing.packs))
    return tuple(
        MatrixRow(place, pack, tuple(sharing.pair(place, other) for other in places))
        for place, pack in enumerate(sharing.packs)
    )


def common_blobs(sharing: PackSharing, pair: PackPair) -> tuple[CommonBlob, ...]:
    """List the digests of a pair with all packs that hold each."""
    names = [path_name(pack) for pack in sharing.packs]
    return tuple(
        CommonBlob(blob, tuple(names[place] for place in sharing.holders.get(blob.digest, ()))) for blob in pair.blobs
    )


def family_rows(analysis: Analysis) -> tuple[FamilyRow, ...]:
    """List the families in the plan's order, each with the alignment that it is in."""
    builds = {key: each for each in analysis.alignments for key in each.families}
    return tuple(FamilyRow(place, each, builds.get(each.key)) for place, each in enumerate(analysis.families))


def heading_words(sharing: PackSharing) -> str:
    """Tell how many packs share at all, and which do not."""
    among = len(sharing.packs) + len(sharing.left_out)
    if not among + len(sharing.alone):
        return "No pack names an image. Name profiles in the site file, then press r."
    if not among:
        return f"{counted(len(sharing.alone), 'pack')}, and no two share a byte."
    words = f"{counted(among, 'pack')} of {among + len(sharing.alone)} share bytes with another"
    if sharing.left_out:
        words += f"; the {len(sharing.packs)} that share most are shown, {len(sharing.left_out)} more share less"
    alone = ", ".join(map(pack_name, sharing.alone))
    return words + (f" · these share nothing: {alone}" if alone else "")


def pair_words(cell: PairAsked, *, binary: bool) -> str:
    """Tell a cell in words: who shares how much of what each takes."""
    pair = cell.pair
    shared = size_text(pair.shared_bytes, binary=binary, unknown=pair.sizes_unknown)
    exact = f"{shared} ({exact_bytes(pair.shared_bytes)}) in {counted(len(pair.blobs), 'blob')}"

    def named(pack: GroupSize) -> str:
        return f"{path_name(pack)} ({size_text(pack.unique_bytes, binary=binary, unknown=pack.sizes_unknown)})"

    if cell.one is cell.other:
        return f"{named(cell.one)} shares {exact} with other packs"
    if not pair.blobs:
        return f"{named(cell.one)} and {named(cell.other)} share nothing"
    return f"{named(cell.one)} and {named(cell.other)} share {exact}"


def family_words(row: FamilyRow) -> str:
    """Tell of a family which images stand on it, and what aligning it with others would free."""
    family, aligned = row.family, row.alignment
    images = ", ".join(map(tidy, family.images))
    if aligned is None:
        return f"{counted(len(family.images), 'image')}: {images}"
    others = len(aligned.families) - 1
    told = f"{tidy(aligned.name)} stands on {counted(others + 1, 'build')}: on {aligned.kept} alone {exact_bytes(aligned.saved_bytes)} less"
    return f"{told} ({aligned.provenance}, by {aligned.by}) · {images}"
