"""A chart as SVG, drawn by arithmetic alone: no browser, no script, no font file, the same bytes for the same values.

Words take the page's colour, so that it is read on light and on dark ground; marks have patterns besides colours.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from regplan.report.figures.chart import Bars, Dots, Line, Tiles, elided, reach
from regplan.report.figures.looks import GREY, LOOKS, shaded
from regplan.report.figures.scales import Scale, scale_of, ticks
from regplan.report.figures.svg_marks import Frame, drawn_series
from regplan.report.figures.svg_tags import FONT_SIZE, element, fill_of, outline, patterns, wide_of, words
from regplan.report.words import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.report.figures.chart import Chart, Colour, Panel, Rule, Series

__all__ = ["WIDTH", "chart_svg"]

WIDTH: Final = 760
_RIGHT: Final = 22
_LEGEND: Final = 26
_ROW: Final = 25
_AXIS: Final = 44
_GAP: Final = 14
_RULE: Final = 17
_PAD: Final = 8
_SWATCH: Final = 22
_NOTHING: Final = 60
_TITLE: Final = 100


def chart_svg(chart: Chart, *, titled: bool = False) -> str:
    """Draw a chart 760 points wide; with `titled` its title stands above it, for a picture that stands alone."""
    lines = textwrap.wrap(tidy(chart.title), _TITLE) if titled else []
    looks = {"font_weight": 600, "font_size": FONT_SIZE + 1}
    head = "".join(words(line, 0, FONT_SIZE + 2 + _RULE * nth, **looks) for nth, line in enumerate(lines))
    top = _RULE * len(lines) + 8.0 if titled else 0.0
    legend, top = _legend(chart, top)
    drawn = []
    left = max(map(_left, chart.panels), default=0.0)
    for panel in chart.panels:
        part, top = _panel(chart.key, panel, top, left)
        drawn.append(part)
    if not chart.panels:
        drawn.append(words("not worked out", WIDTH / 2, top + _NOTHING / 2, text_anchor="middle"))
        top += _NOTHING
    colours = {colour for panel in chart.panels for colour in _colours(panel)}
    inside = element("defs", patterns(chart.key, colours)) if any(LOOKS[each].pattern for each in colours) else ""
    return element(
        "svg",
        element("title", _plain(chart.title)) + inside + head + legend + "".join(drawn),
        xmlns="http://www.w3.org/2000/svg",
        class_="static",
        role="img",
        viewBox=f"0 0 {WIDTH} {top:.0f}",
        width=WIDTH,
        height=f"{top:.0f}",
        font_family="system-ui, 'Liberation Sans', 'Libertinus Serif', sans-serif",
        color="#1b1d1f" if titled else "",
    )


def _plain(text: str) -> str:
    # What stands between the tags of a text element is the text, escaped.
    return words(text, 0, 0).partition(">")[2].rpartition("</")[0]


def _colours(panel: Panel) -> Iterator[Colour]:
    yield from (each.colour for each in panel.series if not isinstance(each, Tiles))


def _legend(chart: Chart, top: float) -> tuple[str, float]:
    keys = {each.name: each for panel in chart.panels for each in panel.series if each.name}
    drawn, x, y = [], 0.0, top + _LEGEND / 2
    for name, series in keys.items():
        texts = (series.light, series.dark) if isinstance(series, Tiles) else (elided(name),)
        wide = sum(wide_of(text) + _SWATCH + 2 * _PAD for text in texts) + (6 * _SWATCH if len(texts) > 1 else 0)
        if x and x + wide > WIDTH:
            x, y = 0.0, y + _RULE
        drawn.append(_key(chart.key, series, x, y))
        x += wide + _PAD
    return "".join(drawn), y + _LEGEND / 2 if drawn else top


def _key(key: str, series: Series, x: float, y: float) -> str:
    base = y + FONT_SIZE * 0.36
    match series:
        case Tiles():
            after = x + wide_of(series.light) + _PAD
            steps = "".join(
                element(
                    "rect",
                    x=after + nth * _SWATCH,
                    y=y - 6,
                    width=_SWATCH,
                    height=12,
                    fill=shaded(nth / 5),
                    **outline(),
                )
                for nth in range(6)
            )
            return words(series.light, x, base) + steps + words(series.dark, after + 6 * _SWATCH + _PAD, base)
        case Bars():
            swatch = element(
                "rect", x=x, y=y - 6, width=_SWATCH, height=12, fill=fill_of(key, series.colour), **outline()
            )
        case Line() | Dots():
            swatch = _stroke(series, x, y)
    return swatch + words(elided(series.name), x + _SWATCH + _PAD, base)


def _stroke(series: Line | Dots, x: float, y: float) -> str:
    look = LOOKS[series.colour]
    if isinstance(series, Dots):
        return element("circle", cx=x + _SWATCH / 2, cy=y, r=5, fill=look.colour, stroke=GREY)
    ends = {"x1": x, "x2": x + _SWATCH, "y1": y, "y2": y}
    return element("line", **ends, stroke=look.colour, stroke_width=2.5, stroke_dasharray=look.dashes)


def _panel(key: str, panel: Panel, top: float, left: float) -> tuple[str, float]:
    upright = [rule for rule in panel.rules if rule.of == "x"]
    top += _RULE * len(upright) + (_GAP if upright else 6)
    height = _ROW * panel.rows
    corners = list(reach(panel))
    x = scale_of(panel.x, [*(each[0] for each in corners), *(rule.at for rule in upright)], left, WIDTH - _RIGHT)
    y = _upright_scale(panel, [each[1] for each in corners], top, top + height)
    frame = Frame(key, x, y, {name: place for place, name in enumerate(panel.y.categories)})
    marks = "".join(drawn_series(series, frame) for series in panel.series)
    rules = "".join(_rule(rule, nth, frame) for nth, rule in enumerate(_across(panel)))
    bottom = top + height
    axes = _x_axis(panel, frame, top, bottom) + _y_axis(panel, frame, left)
    return axes + marks + rules, bottom + (_PAD if panel.x.bare else _AXIS)


def _across(panel: Panel) -> list[Rule]:
    # Those of x first, the leftmost at the bottom: so no label stands on another's line.
    return sorted((rule for rule in panel.rules if rule.of == "x"), key=lambda rule: rule.at) + [
        rule for rule in panel.rules if rule.of == "y"
    ]


def _upright_scale(panel: Panel, values: list[float], top: float, bottom: float) -> Scale:
    if panel.y.categories:
        return Scale(-0.5, len(panel.y.categories) - 0.5, top, bottom)
    ends = (top, bottom) if panel.downward else (bottom, top)
    return scale_of(panel.y, [*values, *(rule.at for rule in panel.rules if rule.of == "y")], *ends)


def _left(panel: Panel) -> float:
    if panel.y.categories or panel.y.ticks:
        names = [*panel.y.categories, *(text for _, text in panel.y.ticks)]
        return min(max(wide_of(elided(name)) for name in names) + _PAD, WIDTH * 0.42)
    return 0.0 if panel.y.bare else 62.0


def _x_axis(panel: Panel, frame: Frame, top: float, bottom: float) -> str:
    if panel.x.bare:
        return ""
    parts = []
    for at, text in panel.x.ticks or ticks(frame.x):
        x = frame.x.at(at)
        parts.append(_grid(x1=x, x2=x, y1=top, y2=bottom))
        parts.append(words(text, x, bottom + FONT_SIZE + 3, text_anchor="middle"))
    parts.append(element("line", x1=frame.x.start, x2=frame.x.end, y1=bottom, y2=bottom, stroke=GREY))
    middle = (frame.x.start + frame.x.end) / 2
    parts.append(words(panel.x.title, middle, bottom + 2 * FONT_SIZE + 8, text_anchor="middle"))
    return "".join(parts)


def _y_axis(panel: Panel, frame: Frame, left: float) -> str:
    if panel.y.bare:
        return ""
    shift = FONT_SIZE * 0.36
    places = [(at, elided(text)) for at, text in (*enumerate(panel.y.categories), *panel.y.ticks)]
    if places:
        names = "".join(words(text, left - _PAD, frame.y.at(at) + shift, text_anchor="end") for at, text in places)
        return names + element("line", x1=left, x2=left, y1=frame.y.start, y2=frame.y.end, stroke=GREY)
    parts = []
    for at, text in ticks(frame.y):
        y = frame.y.at(at)
        parts.append(_grid(x1=left, x2=frame.x.end, y1=y, y2=y))
        parts.append(words(text, left - _PAD, y + shift, text_anchor="end"))
    middle = (frame.y.start + frame.y.end) / 2
    turned = f"rotate(-90 {FONT_SIZE} {middle:.1f})"
    parts.append(words(panel.y.title, FONT_SIZE, middle, text_anchor="middle", transform=turned))
    return "".join(parts)


def _grid(**ends: float) -> str:
    return element("line", **ends, stroke=GREY, stroke_opacity=0.3, stroke_width=0.75)


def _rule(rule: Rule, nth: int, frame: Frame) -> str:
    look = LOOKS[rule.colour]
    line = {"stroke": look.colour, "stroke_width": 2, "stroke_dasharray": look.dashes}
    low, high = min(frame.y.start, frame.y.end), max(frame.y.start, frame.y.end)
    if rule.of == "y":
        y = frame.y.at(rule.at)
        drawn = element("line", class_="rule", x1=frame.x.start, x2=frame.x.end, y1=y, y2=y, **line)
        return drawn + words(elided(rule.label), frame.x.end, y - 5, text_anchor="end")
    x, top = frame.x.at(rule.at), low - _GAP - _RULE * nth
    is_right = x > (frame.x.start + frame.x.end) / 2
    room = int((x if is_right else WIDTH - x) / wide_of("x"))
    drawn = element("line", class_="rule", x1=x, x2=x, y1=top, y2=high, **line)
    at, anchor = (x - 5, "end") if is_right else (x + 5, "start")
    return drawn + words(elided(rule.label, min(room - 1, 46)), at, top + 8, text_anchor=anchor)
