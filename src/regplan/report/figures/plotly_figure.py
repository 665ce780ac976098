"""A chart as a plotly figure, for pages with scripts and for notebooks."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import MissingExtra
from regplan.report.figures.chart import Bars, Dots, Line, Tiles
from regplan.report.figures.looks import GREY, GRID, LOOKS, ink_on, shaded
from regplan.report.words import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import plotly.graph_objects as go

    from regplan.report.figures.chart import Axis, Bar, Chart, Panel, Rule, Series

__all__ = ["STANDOFF", "empty_figure", "figure_of", "report_template", "shown"]

STANDOFF: Final = 6
_GAP: Final = 0.2
_PER_ROW: Final = 29
_HEAD: Final = 180
# A name that would have to be smaller than so many pixels to stand in its tile stands in what hovers over it alone.
_LEAST_FONT: Final = 9


def figure_of(chart: Chart) -> go.Figure:
    """Draw a chart; one without panels says that it was not worked out. Raises `MissingExtra` without plotly."""
    figure = empty_figure(chart.title, sum(panel.rows for panel in chart.panels))
    if not chart.panels:
        figure.add_annotation(text="not worked out", showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper")
        return figure
    if any(isinstance(series, Tiles) for panel in chart.panels for series in panel.series):
        figure.update_layout(uniformtext={"minsize": _LEAST_FONT, "mode": "hide"})
    domains = _domains(chart.panels)
    for place, (panel, domain) in enumerate(zip(chart.panels, domains, strict=True), 1):
        nth = "" if place == 1 else str(place)
        figure.update_layout({f"xaxis{nth}": _x_axis(panel, nth), f"yaxis{nth}": _y_axis(panel, nth, domain)})
        for series in panel.series:
            for trace in _traces(series, panel):
                figure.add_trace({**trace, "xaxis": f"x{nth}", "yaxis": f"y{nth}"})
            for label in _labels_beyond(series):
                figure.add_annotation(**label, xref=f"x{nth}", yref=f"y{nth}")
        for above, rule in enumerate(sorted(panel.rules, key=lambda rule: rule.at)):
            _draw_rule(figure, rule, panel, nth, above)
    return figure


def empty_figure(title: str, rows: int) -> go.Figure:
    """Make a figure with the report's looks and nothing on it; raises `MissingExtra` without plotly."""
    try:
        import plotly.graph_objects as go
    except ImportError as error:
        raise MissingExtra("a chart", "report") from error
    figure = go.Figure(layout={"template": "none"})
    figure.update_layout(
        title={"text": shown(title), "font": {"size": 15}},
        height=_HEAD + _PER_ROW * max(rows, 4),
        font={"color": GREY, "size": 13},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 20, "r": 30, "t": 80, "b": 50},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        barmode="overlay",
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": LOOKS["blue"].colour},
    )
    figure.update_xaxes(gridcolor=GRID, zerolinecolor=GREY, automargin=True)
    figure.update_yaxes(automargin=True, ticksuffix=" ")
    return figure


def report_template() -> go.layout.Template:
    """Make a plotly template of the report's looks, for charts that others draw; raises `MissingExtra` without plotly."""
    try:
        import plotly.graph_objects as go
    except ImportError as error:
        raise MissingExtra("a chart", "report") from error
    axis = {"gridcolor": GRID, "zerolinecolor": GREY, "automargin": True}
    layout = {
        "colorway": [each.colour for each in LOOKS.values()],
        "title": {"font": {"size": 15}},
        "font": {"color": GREY, "size": 13},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": LOOKS["blue"].colour},
        "xaxis": axis,
        "yaxis": axis,
    }
    return go.layout.Template(layout=layout)


def shown(text: str) -> str:
    """Make a text that others wrote harmless: plotly.js takes a few HTML tags in texts, links among them."""
    return html.escape(tidy(text), quote=False)


def _domains(panels: Sequence[Panel]) -> list[list[float]]:
    room = 1 - _GAP * (len(panels) - 1)
    rows = sum(panel.rows for panel in panels)
    ends, top = [], 1.0
    for panel in panels:
        bottom = top - room * panel.rows / rows
        ends.append([max(round(bottom, 4), 0.0), round(top, 4)])
        top = bottom - _GAP
    return ends


def _x_axis(panel: Panel, nth: str) -> dict[str, Any]:
    axis = panel.x
    base = {"anchor": f"y{nth}", "gridcolor": GRID, "zerolinecolor": GREY, "automargin": True}
    return {**base, "title": {"text": shown(axis.title), "standoff": STANDOFF}, **_ends(axis), **_named(axis)}


def _y_axis(panel: Panel, nth: str, domain: Sequence[float]) -> dict[str, Any]:
    axis = panel.y
    base = {"anchor": f"x{nth}", "domain": domain, "automargin": True, "ticksuffix": " "}
    tiled = panel.tiled and not panel.rising
    if axis.categories and not tiled:
        order = [shown(name) for name in axis.categories]
        return {**base, "categoryorder": "array", "categoryarray": order[::-1]}
    if tiled:
        named = {"tickvals": list(range(len(axis.categories))), "ticktext": [shown(name) for name in axis.categories]}
        last = len(axis.categories) - 0.5 if axis.categories else axis.high
        return {**base, **(named if axis.categories else _named(axis)), "range": [last, -0.5 if axis.categories else 0]}
    ends = _ends(axis) or {"rangemode": "tozero"}
    return {**base, "title": {"text": shown(axis.title)}, "gridcolor": GRID, **ends, **_named(axis)}


def _ends(axis: Axis) -> dict[str, Any]:
    if axis.high is None:
        return {}
    return {"range": [0.0 if axis.low is None else axis.low, axis.high]}


def _named(axis: Axis) -> dict[str, Any]:
    if axis.bare:
        return {"visible": False}
    if not axis.ticks:
        return {}
    return {"tickvals": [at for at, _ in axis.ticks], "ticktext": [shown(text) for _, text in axis.ticks]}


def _traces(series: Series, panel: Panel) -> Iterator[dict[str, Any]]:
    named = {"name": shown(series.name), "showlegend": bool(series.name), "hoverinfo": "text"}
    match series:
        case Bars():
            yield {**named, **_bars(series)}
        case Line():
            yield {**named, **_line(series)}
        case Dots():
            yield {**named, **_dots(series, panel)}
        case Tiles():
            yield {**named, **_tiles(series), "showlegend": False}


def _bars(series: Bars) -> dict[str, Any]:
    look = LOOKS[series.colour]
    # Dark lines over the colour, so that it also shows in grey and on paper.
    pattern = {"shape": look.pattern, "fillmode": "overlay", "fgcolor": "#000000", "fgopacity": 0.6, "size": 7}
    ranged = any(bar.low is not None or bar.high is not None for bar in series.bars)
    return {
        "type": "bar",
        "orientation": "h",
        "y": [shown(bar.at) for bar in series.bars],
        "x": [bar.end - bar.start for bar in series.bars],
        "base": [bar.start for bar in series.bars],
        "text": ["" if _reaches(bar) else shown(bar.label) for bar in series.bars],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [shown(bar.says) for bar in series.bars],
        "marker": {"color": look.colour, "line": {"color": GREY, "width": 1}, "pattern": pattern},
        **({"error_x": _range(series.bars)} if ranged else {}),
    }


def _reaches(bar: Bar) -> bool:
    return bar.high is not None and bar.high > bar.end


def _labels_beyond(series: Series) -> Iterator[dict[str, Any]]:
    """Yield labels of bars at the far end of their range, which plotly would strike through."""
    for bar in series.bars if isinstance(series, Bars) else ():
        if _reaches(bar):
            place = {"x": bar.high, "y": shown(bar.at), "xanchor": "left", "xshift": 4}
            yield {**place, "text": shown(bar.label), "showarrow": False}


def _range(bars: Sequence[Bar]) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [max((bar.end if bar.high is None else bar.high) - bar.end, 0) for bar in bars],
        "arrayminus": [max(bar.end - (bar.end if bar.low is None else bar.low), 0) for bar in bars],
        "color": GREY,
        "thickness": 2,
    }


def _line(series: Line) -> dict[str, Any]:
    look = LOOKS[series.colour]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for x, _ in series.points],
        "y": [y for _, y in series.points],
        "line": {"color": look.colour, "dash": look.dash, "width": 3, "shape": "hv" if series.stepped else "linear"},
        "hovertext": [shown(each) for each in series.says],
        **({"fill": "tozeroy"} if series.filled else {}),
    }


def _dots(series: Dots, panel: Panel) -> dict[str, Any]:
    look, rows = LOOKS[series.colour], panel.y.categories
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [x for x, _ in series.points],
        "y": [shown(rows[round(y)]) if rows else y for _, y in series.points],
        "marker": {"color": look.colour, "symbol": look.symbol, "size": 10, "line": {"color": GREY, "width": 1}},
        "hovertext": [shown(each) for each in series.says],
    }


def _tiles(series: Tiles) -> dict[str, Any]:
    tiles = series.tiles
    return {
        "type": "bar",
        "x": [(tile.left + tile.right) / 2 for tile in tiles],
        "width": [tile.right - tile.left for tile in tiles],
        "base": [tile.top for tile in tiles],
        "y": [tile.bottom - tile.top for tile in tiles],
        "text": [shown(tile.label) for tile in tiles],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "inside",
        "textfont": {"color": [ink_on(tile.shade) for tile in tiles], "size": 12},
        "hovertext": [shown(tile.says) for tile in tiles],
        "marker": {"color": [shaded(tile.shade) for tile in tiles], "line": {"color": "#ffffff", "width": 0.5}},
    }


def _draw_rule(figure: go.Figure, rule: Rule, panel: Panel, nth: str, above: int) -> None:
    look = LOOKS[rule.colour]
    line = {"color": look.colour, "dash": look.dash, "width": 3}
    text = f" {shown(rule.label)} "
    if rule.of == "y":
        on = {"xref": f"x{nth} domain", "yref": f"y{nth}"}
        figure.add_shape(type="line", x0=0, x1=1, y0=rule.at, y1=rule.at, line=line, **on)
        figure.add_annotation(text=text, showarrow=False, x=1, y=rule.at, xanchor="right", yanchor="bottom", **on)
        return
    # Each line ends above the one before it, with its label at the end, on the side that has more room.
    top = 1 + (0.3 + 0.35 * above) / max(panel.rows, 1)
    far = panel.x.high is not None and rule.at > panel.x.high / 2
    on = {"xref": f"x{nth}", "yref": f"y{nth} domain"}
    figure.add_shape(type="line", x0=rule.at, x1=rule.at, y0=0, y1=top, line=line, **on)
    anchor = "right" if far else "left"
    figure.add_annotation(text=text, showarrow=False, x=rule.at, y=top, xanchor=anchor, yanchor="middle", **on)
