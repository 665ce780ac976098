"""The columns of the tables of a site beside its next version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.words import ABSENT, exact_bytes, tidy
from regplan.tui.columns import bytes_column
from regplan.tui.differences import CHANGES, change_words, tags_words
from regplan.tui.table import Column
from regplan.tui.text import end, reference_text, size_text
from regplan.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.upgrade import ImageChange, UpgradeWay
    from regplan.tui.differences import SumRow

__all__ = ["IMAGE_CHANGES", "SUMS", "WAYS"]


def _change_size(key: str, label: str, size: Callable[[ImageChange], int], from_width: int = 0) -> Column[ImageChange]:
    return bytes_column(key, label, size, f"{key.replace('-', '_')}_bytes", from_width)


IMAGE_CHANGES: Final[tuple[Column[ImageChange], ...]] = (
    Column(
        "change",
        "CHANGE",
        lambda row, _: change_words(row),
        lambda row: list(CHANGES).index(row.status),
        facts=lambda row: {"change": row.status},
    ),
    Column(
        "repository",
        "REPOSITORY",
        lambda row, _: tidy(row.repository),
        lambda row: row.repository,
        shorten=reference_text,
        flexible=True,
        names=True,
    ),
    Column("platform", "PLATFORM", lambda row, _: str(row.platform), lambda row: str(row.platform), from_width=160),
    Column(
        "tags",
        "TAGS",
        lambda row, _: tags_words(row),
        lambda row: (row.old, row.new),
        shorten=reference_text,
        flexible=True,
        from_width=60,
        facts=lambda row: {"old": ", ".join(row.old), "new": ", ".join(row.new)},
    ),
    _change_size("before", "BEFORE", lambda row: row.before_bytes, 110),
    _change_size("after", "AFTER", lambda row: row.after_bytes, 110),
    _change_size("new", "NEW", lambda row: row.new_bytes),
    _change_size("dropped", "DROPPED", lambda row: row.dropped_bytes),
)

SUMS: Final[tuple[Column[SumRow], ...]] = (
    Column("what", "BYTES", lambda row, _: row.key, lambda row: row.key, names=True),
    Column(
        "size",
        "SIZE",
        lambda row, binary: size_text(row.size_bytes, binary=binary, unknown=row.unknown),
        lambda row: row.size_bytes,
        right=True,
        largest_first=True,
        facts=lambda row: {"size_bytes": row.size_bytes, "unknown": row.unknown},
    ),
    Column(
        "exact",
        "EXACT",
        lambda row, _: exact_bytes(row.size_bytes),
        lambda row: row.size_bytes,
        right=True,
        largest_first=True,
        from_width=50,
        facts=lambda row: {"size_bytes": row.size_bytes},
    ),
    Column("says", "IS", lambda row, _: row.says, lambda row: row.says, shorten=end, flexible=True, from_width=80),
)


def _way_size(key: str, label: str, size: Callable[[UpgradeWay], int], from_width: int = 0) -> Column[UpgradeWay]:
    return Column(
        key,
        label,
        lambda row, binary: size_text(size(row), binary=binary),
        size,
        right=True,
        largest_first=True,
        from_width=from_width,
        facts=lambda row: {f"{key.replace('-', '_')}_bytes": size(row)},
    )


WAYS: Final[tuple[Column[UpgradeWay], ...]] = (
    Column("topology", "TOPOLOGY", lambda row, _: row.topology, lambda row: row.topology, names=True),
    _way_size("wan", "INTERNET", lambda row: row.wan_bytes),
    Column(
        "link",
        "ON LINK",
        lambda row, _: ABSENT if row.link_s is None else format_duration(row.link_s),
        lambda row: -1.0 if row.link_s is None else row.link_s,
        right=True,
        largest_first=True,
        facts=lambda row: {"link_s": row.link_s},
    ),
    Column(
        "nights",
        "NIGHTS",
        lambda row, _: ABSENT if row.nights is None else f"{row.nights:,}",
        lambda row: -1 if row.nights is None else row.nights,
        right=True,
        largest_first=True,
        facts=lambda row: {"nights": row.nights},
    ),
    _way_size("wan-low", "LEAST", lambda row: row.wan_low_bytes, 75),
    _way_size("wan-high", "MOST", lambda row: row.wan_high_bytes, 75),
    _way_size("lan", "LAN", lambda row: row.lan_bytes, 55),
    _way_size("media", "MEDIA", lambda row: row.media_bytes, 55),
)
