"""The colours: for any colour vision (Okabe and Ito 2008, "Color Universal Design"), dark, light, and of high contrast."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from textual.theme import Theme

from regplan.model.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OKABE_ITO", "THEMES", "VERDICT_STYLES"]

_ORANGE: Final = "#E69F00"
_SKY: Final = "#56B4E9"
_GREEN: Final = "#009E73"
_YELLOW: Final = "#F0E442"
_BLUE: Final = "#0066A0"  # darker than theirs: it lies under light letters
_VERMILLION: Final = "#D55E00"
_INK: Final = "#101317"

OKABE_ITO: Final = Theme(
    name="okabe-ito",
    primary=_SKY,
    secondary=_BLUE,
    accent=_ORANGE,
    warning=_YELLOW,
    error=_VERMILLION,
    success=_GREEN,
    foreground="#E6E8EB",
    background=_INK,
    surface="#15191E",
    panel="#20262E",
    dark=True,
)

_DARK: Final = Theme(
    name="dark",
    primary="#7AA2F7",
    secondary="#3B4A75",
    accent="#C8A15A",
    warning="#E0AF68",
    error="#F7768E",
    success="#73C991",
    foreground="#D5D9E2",
    background="#1A1B22",
    surface="#20222B",
    panel="#2A2D38",
    dark=True,
)

_LIGHT: Final = Theme(
    name="light",
    primary="#0B5394",
    secondary="#BFDDF5",
    accent="#8A4B00",
    warning="#7A4F00",
    error="#A31515",
    success="#1B6B2F",
    foreground="#1B1F24",
    background="#FFFFFF",
    surface="#F6F8FA",
    panel="#E7EBF0",
    dark=False,
)

_HIGH_CONTRAST: Final = Theme(
    name="high-contrast",
    primary="#FFFF00",
    secondary="#00308F",
    accent="#00FFFF",
    warning="#FFFF00",
    error="#FF9E9E",
    success="#7CFC00",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#1C1C1C",
    dark=True,
    text_alpha=1.0,
)

# The first is the one to begin with.
THEMES: Final = (OKABE_ITO, _DARK, _LIGHT, _HIGH_CONTRAST)

# Tints of theirs, on which dark letters have a contrast of 7 to 1, on every theme. The word and the glyph say the same.
_VERMILLION_TINT: Final = "#E28E4D"
_PURPLE_TINT: Final = "#D38CB3"
_GREEN_TINT: Final = "#3BB493"
VERDICT_STYLES: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.FAIL: f"bold {_INK} on {_VERMILLION_TINT}",
        Verdict.INCOMPLETE: f"bold {_INK} on {_PURPLE_TINT}",
        Verdict.MARGINAL: f"bold {_INK} on {_YELLOW}",
        Verdict.PASS: f"bold {_INK} on {_GREEN_TINT}",
        Verdict.INFO: f"bold {_INK} on {_SKY}",
    }
)
