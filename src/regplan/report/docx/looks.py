"""Colours, fonts and sizes of a Word file."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["COLOURS", "MONO", "QUIET", "SERIF", "SMALL"]

COLOURS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.FAIL: "B34700",
        Verdict.INCOMPLETE: "8A4B73",
        Verdict.MARGINAL: "8A5F00",
        Verdict.PASS: "00694C",
        Verdict.INFO: "1F5F85",
    }
)
QUIET: Final = "55595E"
MONO: Final = "Courier New"
SERIF: Final = "Times New Roman"  # of the widths of which every word processor has a font
# Letters of tables, in points.
SMALL: Final = 8.0
