"""How marks look: colours that colour-blind readers tell apart (Okabe and Ito 2008), and a pattern and dashes for each."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.report.figures.chart import Colour

__all__ = ["GREY", "GRID", "LOOKS", "Look", "ink_on", "shaded"]

# Read on white and on black alike; the report's style sheet puts its own text colour over it.
GREY: Final = "#767676"
GRID: Final = "rgba(128,128,128,0.3)"
_LIGHT: Final = (0xE3, 0xF1, 0xFA)
_DARK: Final = (0x00, 0x72, 0xB2)
_READABLE: Final = 0.55


@dataclass(frozen=True, slots=True)
class Look:
    """A colour with what says the same without it: plotly's names of a pattern, of dashes and of a symbol, and SVG's dashes."""

    colour: str
    pattern: str
    dash: str
    symbol: str
    dashes: str


LOOKS: Final[Mapping[Colour, Look]] = MappingProxyType(
    {
        "blue": Look("#0072B2", "", "solid", "circle", ""),
        "green": Look("#009E73", "x", "longdash", "diamond", "12 5"),
        "orange": Look("#E69F00", "/", "dash", "square", "8 5"),
        "purple": Look("#CC79A7", ".", "dot", "cross", "2 4"),
        "sky": Look("#56B4E9", "\\", "dashdot", "triangle-up", "8 4 2 4"),
        "vermillion": Look("#D55E00", "+", "longdashdot", "x", "12 4 2 4"),
    }
)


def shaded(shade: float) -> str:
    """Tell the colour of a shade from 0 (light) to 1 (dark).

    >>> shaded(0), shaded(1)
    ('#e3f1fa', '#0072b2')
    """
    part = min(max(shade, 0.0), 1.0) if math.isfinite(shade) else 0.0
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in zip(_LIGHT, _DARK, strict=True))


def ink_on(shade: float) -> str:
    """Tell the colour of a text that is read on a shade.

    >>> ink_on(0), ink_on(1)
    ('#000000', '#ffffff')
    """
    return "#ffffff" if shade > _READABLE else "#000000"
