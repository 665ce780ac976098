"""The columns of the tables of what profiles name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.words import tidy
from regplan.tui.columns import FINDINGS
from regplan.tui.table import Column
from regplan.tui.text import end, reference_text, size_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.finding import Finding
    from regplan.tui.mentions import MentionRow, PackRow

__all__ = ["LINTS", "MENTIONS", "PACKS"]

# Narrower than that a table has room for a pack's name and how many images it names.
_FOR_GAPS: Final = 60


def _count(key: str, label: str, count: Callable[[PackRow], int], *, always: bool = False) -> Column[PackRow]:
    """Tell a number of images; nothing stands for none, unless it is `always` told."""
    return Column(
        key,
        label,
        lambda row, _: str(count(row)) if always or count(row) else "",
        count,
        right=True,
        largest_first=True,
        from_width=0 if always else _FOR_GAPS,
        facts=lambda row: {key: count(row)},
    )


PACKS: Final[tuple[Column[PackRow], ...]] = (
    Column(
        "pack",
        "PROFILE, PACK",
        lambda row, _: "  " * row.depth + tidy(row.name),
        lambda row: row.key,
        flexible=True,
        facts=lambda row: {"pack": row.name, "path": " > ".join(part for part in row.key if part)},
        names=True,
    ),
    _count("images", "IMAGES", lambda row: row.images, always=True),
    _count("missing", "MISSING", lambda row: row.missing),
    _count("unresolved", "UNRESOLVED", lambda row: row.unresolved),
)

MENTIONS: Final[tuple[Column[MentionRow], ...]] = (
    Column(
        "image",
        "IMAGE",
        lambda row, _: tidy(row.reference),
        lambda row: row.reference,
        shorten=reference_text,
        flexible=True,
        names=True,
    ),
    Column("status", "STATUS", lambda row, _: row.status, lambda row: row.status),
    Column(
        "size",
        "SIZE",
        lambda row, binary: size_text(row.size_bytes, binary=binary, unknown=row.sizes_unknown),
        lambda row: -1 if row.size_bytes is None else row.size_bytes,
        right=True,
        largest_first=True,
        facts=lambda row: {"size_bytes": row.size_bytes, "sizes_unknown": row.sizes_unknown},
    ),
    Column(
        "named",
        "NAMED IN",
        lambda row, _: tidy(row.named_in),
        lambda row: row.named_in,
        flexible=True,
        from_width=100,
        facts=lambda row: {"provenance": "; ".join(row.provenance)},
    ),
)

_WANTED: Final = ("verdict", "rule", "where")
LINTS: Final[tuple[Column[Finding], ...]] = (
    *(column for column in FINDINGS if column.key in _WANTED),
    Column(
        "message",
        "MESSAGE",
        lambda row, _: tidy(row.message),
        lambda row: row.message,
        shorten=end,
        flexible=True,
        from_width=70,
    ),
)
