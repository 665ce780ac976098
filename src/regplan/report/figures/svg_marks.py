"""Bars, lines, dots and tiles as SVG: one element of class "mark" for each, with what it says."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from regplan.report.figures.chart import Bars, Dots, Line, Tiles, elided
from regplan.report.figures.looks import GREY, LOOKS, ink_on, shaded
from regplan.report.figures.svg_tags import FONT_SIZE, element, fill_of, outline, said, wide_of, words
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.report.figures.chart import Bar, Series, Tile
    from regplan.report.figures.scales import Scale

__all__ = ["Frame", "drawn_series"]

_BAR_HALF: Final = 0.34
_TILE_FONT: Final = 10
_TILE_PAD: Final = 2
# What is left of a name that is shorter than that says nothing.
_FEWEST: Final = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a panel's numbers lie: its scales, the row of each category, and the chart's key for its patterns."""

    key: str
    x: Scale
    y: Scale
    rows: dict[str, int]


def drawn_series(series: Series, frame: Frame) -> str:
    """Draw a series into its panel."""
    match series:
        case Bars():
            return "".join(part for bar in series.bars for part in _bar(bar, series, frame))
        case Line():
            return _line(series, frame)
        case Dots():
            return _dots(series, frame)
        case Tiles():
            return "".join(part for tile in series.tiles for part in _tile(tile, frame))


def _bar(bar: Bar, series: Bars, frame: Frame) -> Iterator[str]:
    row = frame.rows[bar.at]
    left, right = sorted((frame.x.at(bar.start), frame.x.at(bar.end)))
    top, bottom = frame.y.at(row - _BAR_HALF), frame.y.at(row + _BAR_HALF)
    place = {"x": left, "y": top, "width": max(right - left, 0.75), "height": bottom - top}
    yield element("rect", said(bar.says), class_="mark", **place, fill=fill_of(frame.key, series.colour), **outline())
    ends = [end for end in (bar.low, bar.high) if end is not None]
    middle = (top + bottom) / 2
    if ends:
        low, high = (frame.x.at(end) for end in (min(ends), max(ends)))
        right = max(right, high)
        whisker = (
            f"M{low:.1f},{middle:.1f} H{high:.1f} M{low:.1f},{middle - 5:.1f} v10 M{high:.1f},{middle - 5:.1f} v10"
        )
        yield element("path", d=whisker, stroke="currentColor", stroke_width=1.5, fill="none")
    if bar.label:
        yield words(elided(bar.label), right + 6, middle + FONT_SIZE * 0.36)


def _line(line: Line, frame: Frame) -> str:
    look = LOOKS[line.colour]
    places = [(frame.x.at(x), frame.y.at(y)) for x, y in line.points]
    if line.stepped:
        places = [each for one, two in pairwise(places) for each in (one, (two[0], one[1]))] + places[-1:]
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    ground = frame.y.start
    below = (
        f"{places[0][0]:.1f},{ground:.1f} {joined} {places[-1][0]:.1f},{ground:.1f}" if places and line.filled else ""
    )
    area = element("polygon", points=below, fill=look.colour, fill_opacity=0.18) if below else ""
    told = line.name if not line.says else f"{line.name}; last: {line.says[-1]}"
    look_of = {"stroke": look.colour, "stroke_width": 2.5, "stroke_dasharray": look.dashes, "fill": "none"}
    return area + element("polyline", said(told), class_="mark", points=joined, **look_of)


def _dots(dots: Dots, frame: Frame) -> str:
    look = LOOKS[dots.colour]
    return "".join(
        element(
            "circle", said(says), class_="mark", cx=frame.x.at(x), cy=frame.y.at(y), r=5, fill=look.colour, stroke=GREY
        )
        for (x, y), says in zip(dots.points, dots.says, strict=True)
    )


def _tile(tile: Tile, frame: Frame) -> Iterator[str]:
    left, right = frame.x.at(tile.left), frame.x.at(tile.right)
    top, bottom = sorted((frame.y.at(tile.top), frame.y.at(tile.bottom)))
    place = {"x": left, "y": top, "width": max(right - left, 0.25), "height": bottom - top}
    line = {"stroke": "#ffffff", "stroke_width": 0.5}
    yield element("rect", said(tile.says), class_="mark", **place, fill=shaded(tile.shade), **line)
    letters = int((right - left - 2 * _TILE_PAD) / wide_of("x", _TILE_FONT))
    if tile.label and letters >= min(_FEWEST, len(tile.label)) and bottom - top >= _TILE_FONT + 2:
        middle = (top + bottom) / 2 + _TILE_FONT * 0.36
        look = {"text_anchor": "middle", "font_size": _TILE_FONT, "fill": ink_on(tile.shade)}
        yield words(elided(tile.label, letters), (left + right) / 2, middle, **look)
