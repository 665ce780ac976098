"""The columns of every table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from regplan.report.words import WORST_FIRST, counted, exact_bytes, marked, readable, tidy
from regplan.tui.table import Column
from regplan.tui.text import digest_text, end, quantity, reference_text, size_text
from regplan.tui.theme import VERDICT_STYLES
from regplan.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.finding import Finding
    from regplan.model.image import Unresolved
    from regplan.model.layers import ImageSize
    from regplan.model.plan import StorageTerm
    from regplan.tui.rows import BlobRow, WireRow

__all__ = ["BLOBS", "FINDINGS", "IMAGES", "TERMS", "UNRESOLVED", "WIRE", "bytes_column"]

Row = TypeVar("Row")


def bytes_column(
    key: str, label: str, size_bytes: Callable[[Row], int | None], fact: str, from_width: int = 0
) -> Column[Row]:
    """Make a column of sizes: shown in the chosen units, sorted by the bytes, exported to the byte under the name `fact`."""
    return Column(
        key,
        label,
        lambda row, binary: size_text(size_bytes(row), binary=binary),
        size_bytes,
        right=True,
        largest_first=True,
        from_width=from_width,
        facts=lambda row: {fact: size_bytes(row)},
    )


def _verdict_order(finding: Finding) -> int:
    return WORST_FIRST.index(finding.verdict)


FINDINGS: Final[tuple[Column[Finding], ...]] = (
    Column(
        "verdict",
        "VERDICT",
        lambda row, _: marked(row.verdict),
        _verdict_order,
        style=lambda row: VERDICT_STYLES[row.verdict],
        facts=lambda row: {"verdict": str(row.verdict)},
    ),
    Column("rule", "RULE", lambda row, _: row.rule, lambda row: row.rule, names=True),
    Column("where", "WHERE", lambda row, _: tidy(row.where), lambda row: row.where, flexible=True, most=24),
    Column(
        "need",
        "NEED",
        lambda row, binary: quantity(row.required, row.unit, binary=binary),
        lambda row: _number_order(row.required),
        right=True,
        facts=lambda row: {"required": row.required, "unit": row.unit},
        largest_first=True,
    ),
    Column(
        "have",
        "HAVE",
        lambda row, binary: quantity(row.measured, row.unit, binary=binary),
        lambda row: _number_order(row.measured),
        right=True,
        facts=lambda row: {"measured": row.measured, "unit": row.unit},
        largest_first=True,
    ),
    Column(
        "message",
        "MESSAGE",
        lambda row, _: tidy(row.message),
        lambda row: row.message,
        shorten=end,
        flexible=True,
        from_width=100,
    ),
)

IMAGES: Final[tuple[Column[ImageSize], ...]] = (
    Column(
        "image",
        "IMAGE",
        lambda row, _: row.reference,
        lambda row: row.reference,
        shorten=reference_text,
        flexible=True,
        names=True,
    ),
    Column("platform", "PLATFORM", lambda row, _: str(row.platform), lambda row: str(row.platform), from_width=100),
    Column(
        "size",
        "SIZE",
        lambda row, binary: size_text(row.size_bytes, binary=binary, unknown=row.sizes_unknown),
        lambda row: row.size_bytes,
        right=True,
        facts=lambda row: {"size_bytes": row.size_bytes, "sizes_unknown": row.sizes_unknown},
        largest_first=True,
    ),
    Column(
        "shared",
        "SHARED",
        lambda row, binary: size_text(row.shared_bytes, binary=binary, unknown=row.sizes_unknown),
        lambda row: row.shared_bytes,
        right=True,
        facts=lambda row: {"shared_bytes": row.shared_bytes, "sizes_unknown": row.sizes_unknown},
        largest_first=True,
    ),
    Column(
        "unique",
        "UNIQUE",
        lambda row, binary: size_text(row.unique_bytes, binary=binary, unknown=row.sizes_unknown),
        lambda row: row.unique_bytes,
        right=True,
        facts=lambda row: {"unique_bytes": row.unique_bytes, "sizes_unknown": row.sizes_unknown},
        largest_first=True,
    ),
    Column(
        "unpacked",
        "UNPACKED",
        lambda row, binary: _unpacked(row, binary=binary),
        lambda row: -1 if row.unpacked_bytes is None else row.unpacked_bytes,
        right=True,
        facts=lambda row: {"unpacked_bytes": row.unpacked_bytes, "unpacked_provenance": row.unpacked_provenance},
        largest_first=True,
        from_width=110,
    ),
)

BLOBS: Final[tuple[Column[BlobRow], ...]] = (
    Column("kind", "BLOB", lambda row, _: row.kind, lambda row: row.place),
    Column(
        "digest",
        "DIGEST",
        lambda row, _: str(row.digest),
        lambda row: str(row.digest),
        shorten=digest_text,
        most=19,
        names=True,
    ),
    Column(
        "size",
        "SIZE",
        lambda row, binary: size_text(row.size_bytes, binary=binary),
        lambda row: -1 if row.size_bytes is None else row.size_bytes,
        right=True,
        facts=lambda row: {"size_bytes": row.size_bytes},
        largest_first=True,
    ),
    Column(
        "bytes",
        "EXACT",
        lambda row, _: "unknown" if row.size_bytes is None else exact_bytes(row.size_bytes),
        lambda row: -1 if row.size_bytes is None else row.size_bytes,
        right=True,
        facts=lambda row: {"size_bytes": row.size_bytes},
        largest_first=True,
    ),
    Column(
        "others",
        "ALSO IN",
        lambda row, _: _also_in(row),
        lambda row: len(row.others),
        facts=lambda row: {"others": len(row.others), "counts": row.counts},
        largest_first=True,
    ),
    Column(
        "which",
        "WHICH",
        lambda row, _: ", ".join(row.others),
        lambda row: row.others,
        shorten=end,
        flexible=True,
        from_width=100,
    ),
)

TERMS: Final[tuple[Column[StorageTerm], ...]] = (
    Column("term", "TERM", lambda row, _: row.key, lambda row: row.key, flexible=True, names=True),
    bytes_column("size", "SIZE", lambda row: row.size_bytes, "bytes"),
    Column("provenance", "KNOWN", lambda row, _: row.provenance, lambda row: row.provenance),
    Column(
        "source",
        "SOURCE",
        lambda row, _: tidy(row.source),
        lambda row: row.source,
        shorten=end,
        flexible=True,
        from_width=50,
    ),
)

WIRE: Final[tuple[Column[WireRow], ...]] = (
    Column(
        "what",
        "REGISTRY",
        lambda row, _: row.label,
        lambda row: row.key,
        flexible=True,
        facts=lambda row: {"key": row.key, "what": row.label},
        names=True,
    ),
    bytes_column("size", "BYTES", lambda row: row.size_bytes, "bytes"),
    Column(
        "time",
        "TIME",
        lambda row, _: _time(row),
        lambda row: row.boot_s or 0.0,
        right=True,
        facts=lambda row: {"boot_s": row.boot_s, "ratio": row.ratio},
        largest_first=True,
    ),
)

UNRESOLVED: Final[tuple[Column[Unresolved], ...]] = (
    Column(
        "reference",
        "UNRESOLVED",
        lambda row, _: tidy(row.reference),
        lambda row: row.reference,
        shorten=reference_text,
        flexible=True,
        names=True,
    ),
    Column("reason", "WHY", lambda row, _: tidy(row.reason), lambda row: row.reason, shorten=end, flexible=True),
)


def _number_order(value: float | str | None) -> tuple[int, float, str]:
    """Sort what is absent first, then texts, then numbers."""
    if value is None:
        return 0, 0.0, ""
    return (1, 0.0, value) if isinstance(value, str) else (2, value, "")


def _unpacked(row: ImageSize, *, binary: bool) -> str:
    """Write what a node unpacks of an image; `~` marks what was not all measured."""
    if row.unpacked_bytes is None:
        return ""
    text = size_text(row.unpacked_bytes, binary=binary)
    return text if row.unpacked_provenance == "measured" else f"~{text}"


def _also_in(row: BlobRow) -> str:
    if not row.counts:
        return "not counted"
    return counted(len(row.others), "image") if row.others else "only here"


def _time(row: WireRow) -> str:
    if row.ratio is not None:
        return readable(row.ratio, "ratio")
    return "" if row.boot_s is None else format_duration(row.boot_s)
