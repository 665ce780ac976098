"""Charts of a study as plotly figures: their values come from `report.figures`, and any other renderer draws the same."""

from __future__ import annotations

import textwrap
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from regplan.report.figures.looks import GREY, GRID, LOOKS
from regplan.report.figures.of_fleet import claims_chart
from regplan.report.figures.of_link import bootstrap_chart, carried_chart, internet_chart
from regplan.report.figures.of_parts import icicle_chart
from regplan.report.figures.of_sharing import pareto_chart, sharing_chart, upset_chart
from regplan.report.figures.of_storage import growth_chart, storage_chart, tornado_chart
from regplan.report.figures.plotly_figure import STANDOFF, empty_figure, figure_of, shown
from regplan.report.portable import study_files
from regplan.report.shares import shares_of
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go

    from regplan.model.fleet import Fleet
    from regplan.model.plan import Study
    from regplan.model.shares import Shares
    from regplan.report.figures.chart import Chart

__all__ = [
    "CHARTS",
    "CONFIG",
    "Curve",
    "bootstrap_gantt",
    "bytes_icicle",
    "carried_lines",
    "fleet_strips",
    "growth_lines",
    "held_against",
    "image_pareto",
    "internet_bytes",
    "pack_heat_map",
    "pack_upset",
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


_UNSHARED: Final = "No two packs hold the same bytes"


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


def bytes_icicle(study: Study) -> go.Figure:
    """Draw profiles, packs, images and layers below each other, each as wide as its bytes, by how many share it.

    Of no image, and of an older plan from a registry, the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    return _drawn(icicle_chart(_shares(study).parts, study.plan.site.name), "No image's layers are known")


def image_pareto(study: Study) -> go.Figure:
    """Draw in percent which few images make most of the bytes, the largest first.

    Of fewer than two images the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    return _drawn(pareto_chart(study.plan), "Fewer than two images are known")


def pack_heat_map(study: Study) -> go.Figure:
    """Draw which two packs hold how many bytes both, each pack against each.

    Where no two share anything the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    return _drawn(sharing_chart(_shares(study).held, study.plan.site.name), _UNSHARED)


def pack_upset(study: Study) -> go.Figure:
    """Draw what exactly which packs hold together, and no other pack, the most bytes first.

    Where no two share anything the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    return _drawn(upset_chart(_shares(study).held, study.plan.site.name), _UNSHARED)


def bootstrap_gantt(study: Study) -> go.Figure:
    """Draw when half of the hosts, 95 % and all are ready, one way to bring the images below the other.

    Without times, which `Options(life=True)` asks for, the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    return _drawn(bootstrap_chart(study.clock, study.plan.site.name), "No time is known at which hosts are ready")


def carried_lines(study: Study) -> go.Figure:
    """Draw in GB what each way has carried over the internet link by each month of the scenario.

    Without a scenario, which `Options(life=True)` follows, the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    expected = None if study.life is None else study.life.expected
    return _drawn(carried_chart(expected, study.plan.site.name), "No scenario was followed")


def _shares(study: Study) -> Shares:
    return shares_of(study, study_files(study))


def _drawn(chart: Chart | None, absent: str) -> go.Figure:
    return empty_figure(absent, 3) if chart is None else figure_of(chart)


def fleet_strips(fleet: Fleet) -> go.Figure:
    """Draw each site of a fleet as a dot in its verdict's strip, at its storage need in percent of what its registry claims.

    Where nothing is claimed the chart is empty and says so. Raises `MissingExtra` where plotly is not installed.
    """
    return _drawn(claims_chart(fleet), "No site claims storage")


CHARTS: Final = MappingProxyType(
    {
        "bootstrap": bootstrap_gantt,
        "carried": carried_lines,
        "growth": growth_lines,
        "icicle": bytes_icicle,
        "internet": internet_bytes,
        "pareto": image_pareto,
        "sensitivity": sensitivity_tornado,
        "sharing": pack_heat_map,
        "storage": storage_waterfall,
        "upset": pack_upset,
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
