"""Charts as plotly figures, in colours that colour-blind readers tell apart (Okabe and Ito) and with patterns."""

from __future__ import annotations

import html
import textwrap
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import MissingExtra
from regplan.report.series import internet_bars, storage_steps, tornado_blades
from regplan.report.words import tidy
from regplan.units import GB, format_bytes
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go

    from regplan.model.plan import Study
    from regplan.report.series import Bar, Blade, Step, Waterfall

__all__ = [
    "CHARTS",
    "CONFIG",
    "Curve",
    "growth_lines",
    "held_against",
    "internet_bytes",
    "sensitivity_tornado",
    "storage_waterfall",
]

# plotly.js has a button that sends the chart's data to a cloud, on by default; here there is none, and no address either.
CONFIG: Final[Mapping[str, object]] = MappingProxyType(
    {
        "displaylogo": False,
        "modeBarButtonsToRemove": ("lasso2d", "select2d"),
        "plotlyServerURL": "",
        "responsive": True,
        "showSendToCloud": False,
    }
)
_BLUE: Final = "#0072B2"
_GREEN: Final = "#009E73"
_ORANGE: Final = "#E69F00"
_PURPLE: Final = "#CC79A7"
_VERMILLION: Final = "#D55E00"
# Read on white and on black alike; the report's style sheet puts its own text colour over it.
_GREY: Final = "#767676"
_STANDOFF: Final = 6
_GRID: Final = "rgba(128,128,128,0.3)"


@dataclass(frozen=True, slots=True)
class Curve:
    """What was measured and what is simulated, each as places on the x axis with their values.

    Measurements are expected between `below` and `above` what is simulated, both shares of it: `Curve(..., -0.04, 0.04)`.
    """

    name: str
    measured: Mapping[Any, float]
    simulated: Mapping[Any, float]
    below: float = 0.0
    above: float = 0.0

    def outside(self) -> tuple[tuple[Any, float], ...]:
        """Tell the measurements that lie outside, each by how many times it is what was simulated."""
        ratios = {place: value / self.simulated[place] for place, value in self.measured.items()}
        return tuple((place, ratio) for place, ratio in ratios.items() if not 1 + self.below <= ratio <= 1 + self.above)


def storage_waterfall(study: Study) -> go.Figure:
    """Draw in GB how the images become what the registry must hold, and that against the documented minimum and the PVC.

    Raises `MissingExtra` where plotly is not installed.
    """
    waterfall = storage_steps(study)
    figure = _figure(
        f"Storage of {_shown(study.plan.site.name)} in GB (10^9 bytes, compressed)", len(waterfall.steps) + 4
    )
    _split(figure)
    _add_steps(figure, waterfall.steps)
    need = waterfall.steps[-1]
    look = {"marker": _marker(_BLUE, ""), "xaxis": "x2", "yaxis": "y2", "showlegend": False}
    figure.add_bar(**look, **_steps([need]))
    lines = _lines(waterfall)
    room = _room([need.end_bytes, *(line.size_bytes for line in lines)])
    for place, line in enumerate(lines):
        _line(figure, line, room, place)
    figure.update_layout(xaxis_range=_room([step.end_bytes for step in waterfall.steps]), xaxis2_range=room)
    return figure


def internet_bytes(study: Study) -> go.Figure:
    """Draw the first bootstrap's internet bytes with and without the registry in GB, with the range as error bars.

    Without a worked-out internet link the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    wire = study.plan.wire
    bars = () if wire is None else internet_bars(wire)
    figure = _figure(
        f"Internet bytes of the first bootstrap of {_shown(study.plan.site.name)} in GB (10^9 bytes)", len(bars)
    )
    figure.update_xaxes(title_text="GB", title_standoff=_STANDOFF)
    if not bars:
        figure.add_annotation(text="not worked out", showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper")
        return figure
    for bar, (colour, pattern) in zip(bars, ((_VERMILLION, "/"), (_BLUE, ""), (_GREEN, "x")), strict=True):
        figure.add_bar(marker=_marker(colour, pattern), showlegend=False, **_bar(bar))
    figure.update_yaxes(autorange="reversed")
    return figure


def sensitivity_tornado(study: Study) -> go.Figure:
    """Draw in GB how far each assumption alone moves the storage need, what moves most on top.

    Without a worked-out sensitivity the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    blades = tornado_blades(study.plan)
    name = _shown(study.plan.site.name)
    figure = _figure(f"What the assumptions move of the storage need of {name} in GB (10^9 bytes)", len(blades) // 2)
    figure.update_xaxes(title_text="GB", title_standoff=_STANDOFF)
    if not blades:
        figure.add_annotation(text="not worked out", showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper")
        return figure
    kinds: tuple[tuple[str, str, str, list[Blade]], ...] = (
        ("low end", _GREEN, "x", [each for each in blades if each.end == "low" and not each.other_verdict]),
        ("high end", _ORANGE, "/", [each for each in blades if each.end == "high" and not each.other_verdict]),
        ("another verdict there", _VERMILLION, "+", [each for each in blades if each.other_verdict]),
    )
    for name, colour, pattern, those in kinds:
        if those:
            figure.add_bar(name=name, marker=_marker(colour, pattern), **_blades(those))
    order = list(dict.fromkeys(_shown(each.label) for each in blades))
    figure.update_layout(yaxis={"categoryorder": "array", "categoryarray": order[::-1]})
    figure.add_vline(x=blades[0].now_bytes / GB, line={"color": _GREY, "width": 2})
    return figure


def growth_lines(study: Study) -> go.Figure:
    """Draw in GB what lies in the registry month by month, against what the claim holds and where one should act.

    Without an outlook the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    outlook = study.plan.outlook
    figure = _figure(f"What lies in the registry of {_shown(study.plan.site.name)} in GB (10^9 bytes)", 10)
    if outlook is None:
        figure.add_annotation(text="not worked out", showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper")
        return figure
    months = list(range(len(outlook.used_bytes)))
    levels: tuple[tuple[str, str, str, Sequence[int]], ...] = (
        ("in the registry", _BLUE, "solid", outlook.used_bytes),
        ("warning", _ORANGE, "dash", [outlook.warn_bytes] * len(months)),
        ("full", _VERMILLION, "dot", [outlook.usable_bytes] * len(months)),
    )
    for name, colour, dash, sizes in levels:
        hover = [f"{name}, month {month}: {size:,} bytes" for month, size in zip(months, sizes, strict=True)]
        line = {"color": colour, "dash": dash, "width": 3}
        gigabytes = [size / GB for size in sizes]
        figure.add_scatter(x=months, y=gigabytes, name=name, mode="lines", line=line, hovertext=hover, hoverinfo="text")
    figure.update_xaxes(title_text="months from now", title_standoff=_STANDOFF)
    figure.update_yaxes(title_text="GB", rangemode="tozero", gridcolor=_GRID)
    return figure


def held_against(
    title: str, axes: tuple[str, str], curves: Sequence[Curve], *, source: str = "", logarithmic: bool = False
) -> go.Figure:
    """Draw measured points beside simulated lines, with the bands in which the points are expected.

    `axes` are what stands at x and y; `source` stands below the title. Raises `MissingExtra` where plotly is not installed.
    """
    below = _wrapped(source)
    figure = _figure(_shown(title) + "".join(f"<br><sub>{line}</sub>" for line in below), 14)
    looks = ((_BLUE, "circle"), (_VERMILLION, "square"), (_GREEN, "diamond"), (_PURPLE, "cross"))
    for place, curve in enumerate(curves):
        colour, symbol = looks[place % len(looks)]
        places, values = list(curve.simulated), list(curve.simulated.values())
        ends = [value * (1 + curve.above) for value in values] + [value * (1 + curve.below) for value in values][::-1]
        band = {"fill": "toself", "fillcolor": colour, "line": {"width": 0}, "opacity": 0.2, "mode": "lines"}
        name = _shown(curve.name)
        figure.add_scatter(x=[*places, *places[::-1]], y=ends, hoverinfo="skip", showlegend=False, **band)
        line = {"color": colour, "width": 2}
        figure.add_scatter(x=places, y=values, name=f"{name}, simulated", mode="lines", line=line)
        marker = {"color": colour, "symbol": symbol, "size": 10, "line": {"color": _GREY, "width": 1}}
        seen = {"x": list(curve.measured), "y": list(curve.measured.values())}
        figure.add_scatter(name=f"{name}, measured", mode="markers", marker=marker, **seen)
    figure.update_xaxes(title_text=axes[0], title_standoff=_STANDOFF)
    figure.update_yaxes(title_text=axes[1], gridcolor=_GRID, rangemode="tozero")
    if logarithmic:
        figure.update_xaxes(type="log", tickvals=sorted({place for curve in curves for place in curve.simulated}))
        figure.update_yaxes(type="log", dtick=1, tickformat=",~r")
    figure.update_layout(legend={"x": 0, "y": -0.2, "yanchor": "top"}, margin={"t": 80 + 14 * len(below), "b": 110})
    return figure


def _wrapped(text: str, most: int = 110) -> list[str]:
    return [_shown(line) for line in textwrap.wrap(text, most)]


def _blades(blades: Sequence[Blade]) -> dict[str, Any]:
    return {
        "orientation": "h",
        "y": [_shown(each.label) for each in blades],
        "x": [(each.end_bytes - each.now_bytes) / GB for each in blades],
        "base": [each.now_bytes / GB for each in blades],
        "hovertext": [f"{_shown(each.label)} at {each.value}: {each.end_bytes:,} bytes" for each in blades],
        "hoverinfo": "text",
    }


CHARTS: Final = MappingProxyType(
    {
        "growth": growth_lines,
        "internet": internet_bytes,
        "sensitivity": sensitivity_tornado,
        "storage": storage_waterfall,
    }
)


@dataclass(frozen=True, slots=True)
class _Line:
    size_bytes: int
    label: str
    colour: str
    dash: str


def _lines(waterfall: Waterfall) -> list[_Line]:
    minimum, claimed = waterfall.minimum_bytes, waterfall.claimed_bytes
    lines = [] if minimum is None else [_Line(minimum, "minimum", _VERMILLION, "dash")]
    lines += [] if claimed is None else [_Line(claimed, "PVC", _PURPLE, "dot")]
    return sorted(lines, key=lambda line: line.size_bytes)


def _figure(title: str, bars: int) -> go.Figure:
    try:
        import plotly.graph_objects as go
    except ImportError as error:
        raise MissingExtra("a chart", "report") from error
    figure = go.Figure(layout={"template": "none"})
    figure.update_layout(
        title={"text": title, "font": {"size": 15}},
        height=180 + 29 * max(bars, 4),
        font={"color": _GREY, "size": 13},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 20, "r": 30, "t": 80, "b": 50},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        barmode="overlay",
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": _GREY, "activecolor": _BLUE},
    )
    figure.update_xaxes(gridcolor=_GRID, zerolinecolor=_GREY, automargin=True)
    figure.update_yaxes(automargin=True, ticksuffix=" ")
    return figure


def _split(figure: go.Figure) -> None:
    # The need is often a few hundredths of the PVC: on one scale its steps could not be seen.
    figure.update_layout(
        xaxis={"anchor": "y", "title": {"text": "GB", "standoff": _STANDOFF}},
        yaxis={"anchor": "x", "domain": [0.36, 1]},
        xaxis2={"anchor": "y2", "title": {"text": "GB", "standoff": _STANDOFF}},
        yaxis2={"anchor": "x2", "domain": [0, 0.12], "automargin": True, "ticksuffix": " "},
    )
    figure.update_xaxes(gridcolor=_GRID, zerolinecolor=_GREY, automargin=True)


def _add_steps(figure: go.Figure, steps: Sequence[Step]) -> None:
    kinds: tuple[tuple[str, str, str, list[Step]], ...] = (
        ("sum", _BLUE, "", [step for step in steps if step.is_sum]),
        ("added", _ORANGE, "/", [step for step in steps if not step.is_sum and step.change_bytes >= 0]),
        ("taken off", _GREEN, "x", [step for step in steps if not step.is_sum and step.change_bytes < 0]),
    )
    for name, colour, pattern, those in kinds:
        if those:
            figure.add_bar(name=name, marker=_marker(colour, pattern), **_steps(those))
    order = [_shown(step.label) for step in steps]
    figure.update_layout(yaxis={"categoryorder": "array", "categoryarray": order[::-1]})


def _room(sizes: Sequence[int]) -> list[float]:
    return [0, max(*sizes, 1) * 1.25 / GB]


def _steps(steps: Sequence[Step]) -> dict[str, Any]:
    return {
        "orientation": "h",
        "y": [_shown(step.label) for step in steps],
        "x": [step.change_bytes / GB for step in steps],
        "base": [step.start_bytes / GB for step in steps],
        "text": [format_bytes(step.change_bytes) for step in steps],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [f"{_shown(step.label)}: {step.change_bytes:,} bytes, then {step.end_bytes:,}" for step in steps],
        "hoverinfo": "text",
    }


def _marker(colour: str, shape: str) -> dict[str, Any]:
    # Dark lines over the colour, so that it also shows in grey and on paper.
    pattern = {"shape": shape, "fillmode": "overlay", "fgcolor": "#000000", "fgopacity": 0.6, "size": 7}
    return {"color": colour, "line": {"color": _GREY, "width": 1}, "pattern": pattern}


def _line(figure: go.Figure, line: _Line, room: Sequence[float], nth: int) -> None:
    at = line.size_bytes / GB
    # Each line ends above the one before it, with its label at the end, on the side that has more room.
    top = 1.3 + 0.35 * nth
    anchor = "right" if at > room[1] / 2 else "left"
    look = {"color": line.colour, "dash": line.dash, "width": 3}
    on = {"xref": "x2", "yref": "y2 domain"}
    figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=top, line=look, **on)
    text = f" {line.label} {format_bytes(line.size_bytes)} "
    figure.add_annotation(text=text, showarrow=False, x=at, y=top, xanchor=anchor, yanchor="middle", **on)


def _bar(bar: Bar) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "orientation": "h",
        "y": [f"{bar.label}<br>{format_bytes(bar.size_bytes)}"],
        "x": [bar.size_bytes / GB],
        "hovertext": [f"{bar.size_bytes:,} bytes, from {bar.low_bytes:,} to {bar.high_bytes:,}"],
        "hoverinfo": "text",
    }
    return {**drawn, "error_x": _range(bar)} if bar.low_bytes < bar.high_bytes else drawn


def _range(bar: Bar) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(bar.high_bytes - bar.size_bytes, 0) / GB],
        "arrayminus": [max(bar.size_bytes - bar.low_bytes, 0) / GB],
        "color": _GREY,
        "thickness": 2,
    }


def _shown(text: str) -> str:
    # plotly.js takes a few HTML tags in texts, links among them: what others wrote must not become one.
    return html.escape(tidy(text), quote=False)
