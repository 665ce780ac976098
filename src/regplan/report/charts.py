"""Charts of a study as plotly figures: their values come from `report.figures`, and any other renderer draws the same."""

from __future__ import annotations

import textwrap
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from regplan.report.figures.looks import GREY, GRID, LOOKS
from regplan.report.figures.of_fleet import claims_chart
from regplan.report.figures.of_link import internet_chart
from regplan.report.figures.of_storage import growth_chart, storage_chart, tornado_chart
from regplan.report.figures.plotly_figure import STANDOFF, empty_figure, figure_of, shown
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go

    from regplan.model.fleet import Fleet
    from regplan.model.plan import Study

__all__ = [
    "CHARTS",
    "CONFIG",
    "Curve",
    "fleet_strips",
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
    return figure_of(storage_chart(study))


def internet_bytes(study: Study) -> go.Figure:
    """Draw the first bootstrap's internet bytes with and without the registry in GB, with the range as error bars.

    Without a worked-out internet link the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    return figure_of(internet_chart(study.plan))


def sensitivity_tornado(study: Study) -> go.Figure:
    """Draw in GB how far each assumption alone moves the storage need, what moves most on top.

    Without a worked-out sensitivity the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    return figure_of(tornado_chart(study.plan))


def growth_lines(study: Study) -> go.Figure:
    """Draw in GB what lies in the registry month by month, against what the claim holds and where one should act.

    Without an outlook the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    return figure_of(growth_chart(study.plan))


def fleet_strips(fleet: Fleet) -> go.Figure:
    """Draw each site of a fleet as a dot in its verdict's strip, at its storage need in percent of what its registry claims.

    Where nothing is claimed the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    chart = claims_chart(fleet)
    return empty_figure("No site claims storage", 3) if chart is None else figure_of(chart)


CHARTS: Final = MappingProxyType(
    {
        "growth": growth_lines,
        "internet": internet_bytes,
        "sensitivity": sensitivity_tornado,
        "storage": storage_waterfall,
    }
)


def held_against(
    title: str, axes: tuple[str, str], curves: Sequence[Curve], *, source: str = "", logarithmic: bool = False
) -> go.Figure:
    """Draw measured points beside simulated lines, with the bands in which the points are expected.

    `axes` are what stands at x and y; `source` stands below the title. Raises `MissingExtra` where plotly is not installed.
    """
    below = [shown(line) for line in textwrap.wrap(source, 110)]
    figure = empty_figure(title, 14)
    figure.update_layout(title_text=shown(title) + "".join(f"<br><sub>{line}</sub>" for line in below))
    looks = [LOOKS[colour] for colour in ("blue", "vermillion", "green", "purple")]
    for place, curve in enumerate(curves):
        look = looks[place % len(looks)]
        colour = look.colour
        places, values = list(curve.simulated), list(curve.simulated.values())
        ends = [value * (1 + curve.above) for value in values] + [value * (1 + curve.below) for value in values][::-1]
        band = {"fill": "toself", "fillcolor": colour, "line": {"width": 0}, "opacity": 0.2, "mode": "lines"}
        name = shown(curve.name)
        figure.add_scatter(x=[*places, *places[::-1]], y=ends, hoverinfo="skip", showlegend=False, **band)
        line = {"color": colour, "width": 2}
        figure.add_scatter(x=places, y=values, name=f"{name}, simulated", mode="lines", line=line)
        marker = {"color": colour, "symbol": look.symbol, "size": 10, "line": {"color": GREY, "width": 1}}
        seen = {"x": list(curve.measured), "y": list(curve.measured.values())}
        figure.add_scatter(name=f"{name}, measured", mode="markers", marker=marker, **seen)
    figure.update_xaxes(title_text=axes[0], title_standoff=STANDOFF)
    figure.update_yaxes(title_text=axes[1], gridcolor=GRID, rangemode="tozero")
    if logarithmic:
        figure.update_xaxes(type="log", tickvals=sorted({place for curve in curves for place in curve.simulated}))
        figure.update_yaxes(type="log", dtick=1, tickformat=",~r")
    figure.update_layout(legend={"x": 0, "y": -0.2, "yanchor": "top"}, margin={"t": 80 + 14 * len(below), "b": 110})
    return figure
