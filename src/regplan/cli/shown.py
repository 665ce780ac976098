"""How values read for people, in every table alike."""

from __future__ import annotations

from typing import Final

from regplan.model.finding import Verdict
from regplan.units import format_bytes, format_duration

__all__ = ["GLYPHS", "amount", "duration", "pill", "ratio", "size"]

# Glyph and word together: nothing is said by colour alone.
GLYPHS: Final = {
    Verdict.PASS: "✓", Verdict.MARGINAL: "!", Verdict.FAIL: "✗", Verdict.INCOMPLETE: "?", Verdict.INFO: "i",
}  # fmt: skip


def size(value: object) -> str:
    """Write bytes for people; an unknown size says so."""
    return format_bytes(value) if isinstance(value, int) else "unknown"


def pill(value: object) -> str:
    """Write a verdict as glyph and word."""
    verdict = Verdict(str(value))
    return f"{GLYPHS[verdict]} {verdict}"


def duration(value: object) -> str:
    """Write seconds for people; None is a link that the site file does not name."""
    return format_duration(value) if isinstance(value, (int, float)) else "-"


def ratio(value: object) -> str:
    """Write a share in per cent."""
    return f"{value:.1%}" if isinstance(value, float) else "-"


def amount(value: object, unit: object) -> str:
    """Write a finding's number in its unit."""
    if value is None or isinstance(value, str):
        return value or "-"
    if unit == "bytes" and isinstance(value, (int, float)):
        return format_bytes(int(value))
    if unit == "milli" and isinstance(value, (int, float)):
        return f"{value / 1000:g} CPU"
    return f"{value:g} {unit}".strip() if isinstance(value, float) else f"{value} {unit}".strip()
