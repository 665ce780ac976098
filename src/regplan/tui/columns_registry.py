"""The columns of the tables of a running registry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from regplan.report.words import tidy
from regplan.tui.columns import bytes_column
from regplan.tui.table import Column
from regplan.tui.text import digest_text, end, reference_text, size_text

if TYPE_CHECKING:
    from regplan.model.exchange import Exchange
    from regplan.model.holdings import HeldManifest
    from regplan.model.pruning import PruneItem
    from regplan.model.verifying import Moved

__all__ = ["EXCHANGES", "HELD", "MOVED", "ORPHANS"]

_FIRST_BAD: Final = 400

HELD: Final[tuple[Column[HeldManifest], ...]] = (
    Column(
        "name",
        "NAME",
        lambda row, _: tidy(row.name),
        lambda row: row.name,
        shorten=reference_text,
        flexible=True,
        names=True,
    ),
    Column(
        "digest",
        "DIGEST",
        lambda row, _: str(row.digest),
        lambda row: str(row.digest),
        shorten=digest_text,
        most=19,
        from_width=100,
    ),
    Column("tags", "TAGS", lambda row, _: tidy(", ".join(row.tags)) or "none", lambda row: row.tags, from_width=130),
    Column(
        "platform",
        "PLATFORM",
        lambda row, _: f"{'✗ ' if row.is_wrong_arch else ''}{tidy(' '.join(row.platforms)) or 'not told'}",
        lambda row: (not row.is_wrong_arch, row.platforms),
        style=lambda row: "bold red" if row.is_wrong_arch else "",
        most=24,
        facts=lambda row: {"platforms": " ".join(row.platforms), "wrong_arch": int(row.is_wrong_arch)},
    ),
    bytes_column("size", "SIZE", lambda row: row.size_bytes, "size_bytes"),
    bytes_column("unique", "UNIQUE", lambda row: row.unique_bytes, "unique_bytes"),
)

ORPHANS: Final[tuple[Column[PruneItem], ...]] = (
    Column(
        "name",
        "NAME",
        lambda row, _: tidy(f"{row.repository}:{row.tags[0]}" if row.tags else f"{row.repository}@{row.digest}"),
        lambda row: (row.repository, row.tags),
        shorten=reference_text,
        flexible=True,
        names=True,
    ),
    Column(
        "digest", "DIGEST", lambda row, _: str(row.digest), lambda row: str(row.digest), shorten=digest_text, most=19
    ),
    Column("why", "WHY", lambda row, _: row.why, lambda row: row.why, from_width=70),
    bytes_column("size", "SIZE", lambda row: row.size_bytes, "size_bytes"),
)

MOVED: Final[tuple[Column[Moved], ...]] = (
    Column(
        "image",
        "IMAGE",
        lambda row, _: tidy(row.reference),
        lambda row: row.reference,
        shorten=reference_text,
        flexible=True,
        names=True,
    ),
    Column("seeded", "HERE", lambda row, _: str(row.seeded), lambda row: str(row.seeded), shorten=digest_text, most=19),
    Column(
        "now",
        "AT ITS SOURCE",
        lambda row, _: "gone" if row.now is None else str(row.now),
        lambda row: str(row.now or ""),
        shorten=digest_text,
        most=19,
    ),
)

EXCHANGES: Final[tuple[Column[Exchange], ...]] = (
    Column(
        "at",
        "TIME UTC",
        lambda row, _: f"{datetime.fromtimestamp(row.at_s, UTC):%H:%M:%S}",
        lambda row: row.at_s,
        largest_first=True,
        facts=lambda row: {"at": datetime.fromtimestamp(row.at_s, UTC).isoformat(timespec="milliseconds")},
    ),
    Column("method", "METHOD", lambda row, _: row.method, lambda row: row.method),
    Column("url", "REQUEST", lambda row, _: tidy(row.url), lambda row: row.url, shorten=end, flexible=True, names=True),
    Column(
        "status",
        "STATUS",
        lambda row, _: row.problem if row.status is None else str(row.status),
        lambda row: row.status or 0,
        style=lambda row: "bold red" if row.status is None or row.status >= _FIRST_BAD else "",
        right=True,
        largest_first=True,
        facts=lambda row: {"status": row.status, "problem": row.problem},
    ),
    Column(
        "size",
        "BYTES",
        lambda row, binary: "" if row.size_bytes is None else size_text(row.size_bytes, binary=binary),
        lambda row: -1 if row.size_bytes is None else row.size_bytes,
        right=True,
        largest_first=True,
        facts=lambda row: {"size_bytes": row.size_bytes},
    ),
    Column(
        "took",
        "MS",
        lambda row, _: f"{row.took_s * 1000:,.0f}",
        lambda row: row.took_s,
        right=True,
        largest_first=True,
        facts=lambda row: {"took_ms": round(row.took_s * 1000, 3)},
    ),
)
