"""The columns of the matrix of packs, of the blobs that two packs share, and of families of one base."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.words import tidy
from regplan.tui.sharing import pack_name, path_name
from regplan.tui.table import Column
from regplan.tui.text import digest_text, end, size_text

if TYPE_CHECKING:
    from regplan.model.sharing import PackPair, PackSharing
    from regplan.tui.sharing import CommonBlob, FamilyRow, MatrixRow

__all__ = ["CELL", "COMMON", "FAMILIES", "matrix_columns", "shade"]

# Cells of a column of the matrix: a shade of two, a size, and a sign that the size is a lower bound.
CELL: Final = 10
_NOTHING: Final = "·"
_ITSELF: Final = "══"
_SORTED: Final = 2
# Sizes of shared bytes are apart by powers of ten: a shade is for the next four times as much.
_SHADES: Final = ((4, "█"), (16, "▓"), (64, "▒"))


def shade(shared_bytes: int, most_bytes: int) -> str:
    """Draw how much is shared, beside the most that any two packs do.

    >>> "".join(shade(size, 1000) for size in (1000, 250, 249, 63, 62, 16, 15, 1, 0))
    '██▓▓▒▒░░░'
    """
    return next((glyph for part, glyph in _SHADES if shared_bytes * part >= most_bytes > 0), "░")


def matrix_columns(sharing: PackSharing) -> tuple[Column[MatrixRow], ...]:
    """List the columns of the matrix: a pack's name, what it takes, what it shares at all, and then a column for each pack."""
    most_bytes = max((each.shared_bytes for (one, other), each in sharing.pairs.items() if one != other), default=0)
    names = [pack_name(pack) for pack in sharing.packs]
    # Two profiles may have packs of one name.
    keys = [
        name.casefold() if names.count(name) == 1 else path_name(pack).casefold()
        for name, pack in zip(names, sharing.packs, strict=True)
    ]
    return (
        *_PACK,
        *(_with(place, name, key, most_bytes) for place, (name, key) in enumerate(zip(names, keys, strict=True))),
    )


def _with(place: int, name: str, key: str, most_bytes: int) -> Column[MatrixRow]:
    """Tell what the pack at a place shares with each."""
    number = f"{place + 1} "

    def cell(row: MatrixRow, binary: bool) -> str:  # noqa: FBT001  as every cell is asked
        pair = row.pairs[place]
        if row.place == place:
            return _ITSELF
        # Shades stand below each other, whatever is written beside them.
        return f"{2 * shade(pair.shared_bytes, most_bytes)}{_size(pair, binary=binary):>8}" if pair.blobs else _NOTHING

    return Column(
        key,
        number + end(name, CELL - _SORTED - len(number)),
        cell,
        lambda row: row.pairs[place].shared_bytes,
        largest_first=True,
        facts=lambda row: {f"shared_with_{key}_bytes": row.pairs[place].shared_bytes},
    )


def _size(pair: PackPair, *, binary: bool) -> str:
    return size_text(pair.shared_bytes, binary=binary, unknown=pair.sizes_unknown)


_PACK: Final[tuple[Column[MatrixRow], ...]] = (
    Column(
        "pack",
        "PACK",
        lambda row, _: f"{row.place + 1:>2} {pack_name(row.pack)}",
        lambda row: path_name(row.pack),
        most=26,
        flexible=True,
        facts=lambda row: {"pack": pack_name(row.pack), "layer": row.pack.layer, "profile": row.pack.profile},
        names=True,
    ),
    Column(
        "size",
        "SIZE",
        lambda row, binary: size_text(row.pack.unique_bytes, binary=binary, unknown=row.pack.sizes_unknown),
        lambda row: row.pack.unique_bytes,
        right=True,
        largest_first=True,
        from_width=110,
        facts=lambda row: {"unique_bytes": row.pack.unique_bytes, "sizes_unknown": row.pack.sizes_unknown},
    ),
    Column(
        "shared",
        "SHARED",
        lambda row, binary: _size(row.pairs[row.place], binary=binary),
        lambda row: row.pairs[row.place].shared_bytes,
        right=True,
        largest_first=True,
        facts=lambda row: {"shared_bytes": row.pairs[row.place].shared_bytes},
    ),
)

COMMON: Final[tuple[Column[CommonBlob], ...]] = (
    Column("kind", "BLOB", lambda row, _: row.blob.kind, lambda row: row.blob.kind),
    Column(
        "digest",
        "DIGEST",
        lambda row, _: str(row.blob.digest),
        lambda row: str(row.blob.digest),
        shorten=digest_text,
        most=19,
        names=True,
    ),
    Column(
        "size",
        "SIZE",
        lambda row, binary: size_text(row.blob.size_bytes, binary=binary),
        lambda row: -1 if row.blob.size_bytes is None else row.blob.size_bytes,
        right=True,
        largest_first=True,
        facts=lambda row: {"size_bytes": row.blob.size_bytes},
    ),
    Column(
        "images",
        "IMAGES",
        lambda row, _: str(row.blob.images),
        lambda row: row.blob.images,
        right=True,
        largest_first=True,
        facts=lambda row: {"images": row.blob.images},
    ),
    Column(
        "packs",
        "PACKS",
        lambda row, _: str(len(row.packs)),
        lambda row: len(row.packs),
        right=True,
        largest_first=True,
        facts=lambda row: {"packs": len(row.packs), "in_packs": ", ".join(row.packs)},
    ),
    Column(
        "which",
        "WHICH IMAGES",
        lambda row, _: ", ".join(map(tidy, row.blob.references)),
        lambda row: row.blob.references,
        shorten=end,
        flexible=True,
        from_width=60,
    ),
)

FAMILIES: Final[tuple[Column[FamilyRow], ...]] = (
    Column("family", "FAMILY", lambda row, _: row.family.key, lambda row: row.family.key, names=True),
    Column(
        "images",
        "IMAGES",
        lambda row, _: str(len(row.family.images)),
        lambda row: len(row.family.images),
        right=True,
        largest_first=True,
        facts=lambda row: {"images": len(row.family.images), "platform": str(row.family.platform)},
    ),
    Column(
        "once",
        "ONCE",
        lambda row, binary: size_text(row.family.prefix_bytes, binary=binary),
        lambda row: row.family.prefix_bytes,
        right=True,
        largest_first=True,
        facts=lambda row: {"prefix_bytes": row.family.prefix_bytes, "times_bytes": row.family.times_bytes},
    ),
    Column(
        "saved",
        "SAVED",
        lambda row, binary: size_text(row.family.saved_bytes, binary=binary),
        lambda row: row.family.saved_bytes,
        right=True,
        largest_first=True,
        facts=lambda row: {"saved_bytes": row.family.saved_bytes},
    ),
    Column(
        "align",
        "ALIGNING FREES",
        lambda row, binary: _aligned(row, binary=binary),
        lambda row: row.alignment.saved_bytes if row.alignment is not None and row.is_kept else -1,
        largest_first=True,
        facts=lambda row: {
            "aligned_to": None if row.alignment is None else row.alignment.kept,
            "aligning_frees_bytes": row.alignment.saved_bytes if row.alignment is not None and row.is_kept else None,
        },
    ),
    Column(
        "which",
        "WHICH IMAGES",
        lambda row, _: ", ".join(map(tidy, row.family.images)),
        lambda row: row.family.images,
        shorten=end,
        flexible=True,
        from_width=60,
    ),
)


def _aligned(row: FamilyRow, *, binary: bool) -> str:
    """Tell on the build that is kept what aligning frees, and on each other one which is kept."""
    if row.alignment is None:
        return ""
    return size_text(row.alignment.saved_bytes, binary=binary) if row.is_kept else f"on {row.alignment.kept}"
