"""The columns of the tables of a seeding."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from regplan.report.words import counted, tidy
from regplan.tui.columns import bytes_column
from regplan.tui.table import Column
from regplan.tui.text import bar, digest_text, end, reference_text, size_text
from regplan.units import format_duration

if TYPE_CHECKING:
    from regplan.model.coverage import CoveredImage
    from regplan.model.preflight import Phase
    from regplan.model.run import RunItem
    from regplan.report.seed_run.images import SeedImage
    from regplan.seed.lines import RunLine

__all__ = ["COVERED", "ITEMS", "LINES", "PHASES", "SEED_IMAGES"]

_BAR: Final = 8
# What wants to be seen first stands first.
_STATES: Final = (
    "failed",
    "retrying",
    "moving",
    "waiting",
    "sent",
    "put",
    "mounted",
    "present",
    "skipped",
    "there",
)
_GLYPHS: Final = {"failed": "✗", "retrying": "…", "moving": "▸", "waiting": "·"}
_STYLES: Final = {"failed": "bold red", "retrying": "yellow", "moving": "bold"}
_COVERED: Final = ("missing", "wrong", "equivalent", "unpinned", "complete")


def _state(state: str) -> str:
    return f"{_GLYPHS.get(state, '✓')} {state}"


def _order(state: str) -> int:
    return _STATES.index(state) if state in _STATES else len(_STATES)


def _share(row: SeedImage) -> float:
    return row.there_bytes / row.size_bytes if row.size_bytes else float(row.there_parts == row.parts)


SEED_IMAGES: Final[tuple[Column[SeedImage], ...]] = (
    Column(
        "state",
        "STATE",
        lambda row, _: _state(row.state),
        lambda row: _order(row.state),
        style=lambda row: _STYLES.get(row.state, ""),
        facts=lambda row: {"state": row.state},
    ),
    Column(
        "image",
        "IMAGE",
        lambda row, _: tidy(row.reference),
        lambda row: row.reference,
        shorten=reference_text,
        flexible=True,
        names=True,
    ),
    Column(
        "bar",
        "THERE",
        lambda row, _: bar(row.there_bytes, row.size_bytes, _BAR),
        _share,
        largest_first=True,
        facts=lambda row: {"there_bytes": row.there_bytes},
    ),
    Column(
        "parts",
        "PARTS",
        lambda row, _: f"{row.there_parts} of {row.parts}",
        lambda row: row.there_parts - row.parts,
        right=True,
        from_width=70,
        facts=lambda row: {"there_parts": row.there_parts, "parts": row.parts},
    ),
    bytes_column("size", "SIZE", lambda row: row.size_bytes, "size_bytes"),
    Column("why", "WHY", lambda row, _: tidy(row.why), lambda row: row.why, shorten=end, flexible=True, from_width=120),
)

ITEMS: Final[tuple[Column[RunItem], ...]] = (
    Column(
        "state",
        "STATE",
        lambda row, _: _state(row.state),
        lambda row: _order(row.state),
        style=lambda row: _STYLES.get(row.state, ""),
        facts=lambda row: {"state": row.state},
    ),
    Column("kind", "KIND", lambda row, _: row.kind, lambda row: row.kind, from_width=100),
    Column(
        "name",
        "NAME",
        lambda row, _: tidy(row.name),
        lambda row: row.name,
        shorten=digest_text,
        flexible=True,
        most=80,
        names=True,
    ),
    Column(
        "repository",
        "REPOSITORY",
        lambda row, _: tidy(row.repository),
        lambda row: row.repository,
        flexible=True,
        from_width=60,
    ),
    Column(
        "sent",
        "SENT",
        lambda row, binary: size_text(row.wire_bytes, binary=binary) if row.wire_bytes else "",
        lambda row: row.wire_bytes,
        right=True,
        largest_first=True,
        facts=lambda row: {"wire_bytes": row.wire_bytes},
    ),
    bytes_column("size", "SIZE", lambda row: row.size_bytes, "size_bytes"),
    Column(
        "tries",
        "TRIES",
        lambda row, _: str(row.attempts) if row.attempts else "",
        lambda row: row.attempts,
        right=True,
        largest_first=True,
        from_width=100,
        facts=lambda row: {"attempts": row.attempts},
    ),
    Column(
        "took",
        "TOOK",
        lambda row, _: format_duration(row.seconds) if row.seconds else "",
        lambda row: row.seconds,
        right=True,
        largest_first=True,
        from_width=100,
        facts=lambda row: {"seconds": round(row.seconds, 3)},
    ),
    Column(
        "why",
        "WHY",
        lambda row, _: tidy(f"{row.problem}: {row.why}" if row.problem else row.why),
        lambda row: row.why,
        shorten=end,
        flexible=True,
        from_width=130,
    ),
)

LINES: Final[tuple[Column[RunLine], ...]] = (
    Column(
        "at",
        "TIME UTC",
        lambda row, _: f"{datetime.fromtimestamp(row.at_s, UTC):%H:%M:%S}",
        lambda row: row.at_s,
        largest_first=True,
        facts=lambda row: {"at": datetime.fromtimestamp(row.at_s, UTC).isoformat(timespec="milliseconds")},
    ),
    Column(
        "kind",
        "KIND",
        lambda row, _: row.kind,
        lambda row: row.kind,
        style=lambda row: _STYLES.get(row.kind, ""),
    ),
    Column("text", "WHAT", lambda row, _: tidy(row.text), lambda row: row.text, shorten=end, flexible=True, names=True),
)

PHASES: Final[tuple[Column[Phase], ...]] = (
    Column("phase", "PHASE", lambda row, _: str(row.number), lambda row: row.number),
    Column("what", "WHAT", lambda row, _: tidy(row.title), lambda row: row.title, flexible=True, names=True),
    Column("how", "BY", lambda row, _: tidy(row.how), lambda row: row.how, from_width=70),
    Column(
        "images",
        "IMAGES",
        lambda row, _: str(len(row.references)) if row.references else "",
        lambda row: len(row.references),
        right=True,
        largest_first=True,
        facts=lambda row: {"images": len(row.references)},
    ),
    Column(
        "size",
        "SIZE",
        lambda row, binary: size_text(row.size_bytes, binary=binary) if row.size_bytes else "",
        lambda row: row.size_bytes,
        right=True,
        largest_first=True,
        facts=lambda row: {"size_bytes": row.size_bytes, "hosts": row.hosts},
    ),
    Column("state", "STATE", lambda row, _: row.state, lambda row: row.state),
)

COVERED: Final[tuple[Column[CoveredImage], ...]] = (
    Column(
        "state",
        "STATE",
        lambda row, _: (
            f"{'✓' if row.state == 'complete' else '✗' if row.state in {'missing', 'wrong'} else '?'} {row.state}"
        ),
        lambda row: _COVERED.index(row.state) if row.state in _COVERED else len(_COVERED),
        style=lambda row: "bold red" if row.state in {"missing", "wrong"} else "",
        facts=lambda row: {"state": row.state},
    ),
    Column(
        "image",
        "IMAGE",
        lambda row, _: tidy(row.reference),
        lambda row: row.reference,
        shorten=reference_text,
        flexible=True,
        names=True,
    ),
    Column("effect", "IF PULLED", lambda row, _: row.effect or "served", lambda row: row.effect),
    Column("versions", "VERSIONS", lambda row, _: ", ".join(row.versions), lambda row: row.versions, from_width=100),
    Column(
        "hosts",
        "HOSTS",
        lambda row, _: counted(len(row.hosts), "host") if row.hosts else "",
        lambda row: len(row.hosts),
        largest_first=True,
        from_width=120,
        facts=lambda row: {"hosts": ", ".join(row.hosts)},
    ),
)
