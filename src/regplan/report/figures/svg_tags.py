"""Elements of a drawing as text: every attribute and every word is escaped, and numbers are short."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from regplan.report.figures.looks import GREY, LOOKS
from regplan.report.words import tidy

if TYPE_CHECKING:
    from regplan.report.figures.chart import Colour

__all__ = ["FONT_SIZE", "element", "fill_of", "outline", "patterns", "said", "wide_of", "words"]

FONT_SIZE: Final = 12
# A sans-serif letter's mean width as a share of its size, on the wide side: room that stays empty harms nobody.
_LETTER: Final = 0.54
# Capitals are wider by that; of a word of them alone it is much.
_CAPITAL: Final = 0.16
_STROKES: Final = {
    "/": "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4",
    "\\": "M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4",
    "x": "M0,0 l8,8 M0,8 l8,-8",
    "+": "M4,0 v8 M0,4 h8",
    ".": "M3,4 h2 M4,3 v2",
}
# XML 1.0 has no place for these, however they are written.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """Write an element; `content` is markup, and an underscore in an attribute's name is a hyphen.

    >>> element("rect", x=1.0, fill="<")
    '<rect x="1" fill="&lt;"/>'
    """
    told = "".join(
        f' {key.strip("_").replace("_", "-")}="{_value(each)}"' for key, each in attributes.items() if each != ""
    )
    return f"<{name}{told}>{content}</{name}>" if content else f"<{name}{told}/>"


def words(text: str, x: float, y: float, **attributes: object) -> str:
    """Write one line of text at a place; its colour is that of the page."""
    given: dict[str, object] = {"fill": "currentColor", "font_size": FONT_SIZE, **attributes}
    return element("text", _escaped(tidy(text)) or " ", x=x, y=y, **given)


def said(text: str) -> str:
    """Write what a mark says when one points at it."""
    return element("title", _escaped(tidy(text))) if text else ""


def wide_of(text: str, size: float = FONT_SIZE) -> float:
    """Tell about how wide a text is, never less than it is in a common sans-serif."""
    return (len(text) * _LETTER + sum(map(str.isupper, text)) * _CAPITAL) * size


def fill_of(key: str, colour: Colour) -> str:
    """Tell how a mark of a chart is filled: with the colour, and with its pattern where it has one."""
    look = LOOKS[colour]
    return f"url(#{key}-{colour})" if look.pattern else look.colour


def patterns(key: str, colours: set[Colour]) -> str:
    """Write the patterns of a chart, under names that no other chart of the page has."""
    return "".join(_pattern(key, colour) for colour in sorted(colours) if LOOKS[colour].pattern)


def _pattern(key: str, colour: Colour) -> str:
    look = LOOKS[colour]
    ground = element("rect", width=8, height=8, fill=look.colour)
    lines = element(
        "path", d=_STROKES[look.pattern], stroke="#000000", stroke_opacity=0.45, stroke_width=1, fill="none"
    )
    return element("pattern", ground + lines, id=f"{key}-{colour}", width=8, height=8, patternUnits="userSpaceOnUse")


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return _escaped(str(value))


def _escaped(text: str) -> str:
    return html.escape(_NOT_XML.sub("\ufffd", text))


def outline() -> dict[str, object]:
    """Tell how marks are outlined, so that they stand apart on white, on black and on paper."""
    return {"stroke": GREY, "stroke_width": 0.75}
