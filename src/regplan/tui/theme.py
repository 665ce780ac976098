"""Colours that people with any colour vision can tell apart (Okabe and Ito 2008, "Color Universal Design")."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from textual.theme import Theme

from regplan.model.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OKABE_ITO", "VERDICT_STYLES"]

_ORANGE: Final = "#E69F00"
_SKY: Final = "#56B4E9"
_GREEN: Final = "#009E73"
_YELLOW: Final = "#F0E442"
_BLUE: Final = "#0072B2"
_VERMILLION: Final = "#D55E00"
_PURPLE: Final = "#CC79A7"
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
    surface="#171B21",
    panel="#20262E",
    dark=True,
)

# Dark letters on the colour: at least 4.5 to 1 for each, on every theme. The word and the glyph say the same.
VERDICT_STYLES: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.FAIL: f"bold {_INK} on {_VERMILLION}",
        Verdict.INCOMPLETE: f"bold {_INK} on {_PURPLE}",
        Verdict.MARGINAL: f"bold {_INK} on {_YELLOW}",
        Verdict.PASS: f"bold {_INK} on {_GREEN}",
        Verdict.INFO: f"bold {_INK} on {_SKY}",
    }
)
