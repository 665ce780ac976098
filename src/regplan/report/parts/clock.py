"""When hosts have unpacked their images at the first bootstrap, way by way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.cells import Cell, Quantity
from regplan.report.figures.of_link import bootstrap_chart
from regplan.report.sections import ChartBlock, Column, Table
from regplan.report.words import WAYS

if TYPE_CHECKING:
    from regplan.model.clock import Boot, Clock

__all__ = ["clock_block", "clock_table"]

_HEADINGS: Final = (
    "Half the hosts ready",
    "95 % ready",
    "All ready",
    "At least",
    "Highest rate",
    "Busiest 5 minutes",
    "Requests",
)
_HOW: Final = {1: "by the closed form", 2: "layer by layer"}


def clock_table(clock: Clock) -> Table:
    """Lay out when hosts are ready; rates and the busiest minutes are of the internet link."""
    how = _HOW[clock.boots[0].tier] if clock.boots else ""
    caption = f"When hosts have unpacked their images, {how}, with round trips and unpacking"
    return Table(
        caption, (Column("Way"), *(Column(name, "number") for name in _HEADINGS)), tuple(map(_row, clock.boots))
    )


def clock_block(clock: Clock, site: str) -> ChartBlock | Table:
    """Draw when hosts are ready beside its numbers; where no time is known the numbers are alone."""
    chart = bootstrap_chart(clock, site)
    table = clock_table(clock)
    return table if chart is None else ChartBlock(chart, table)


def _row(boot: Boot) -> tuple[Cell, ...]:
    return (
        WAYS[boot.name],
        *(Quantity(time, "s") for time in (boot.ready_p50_s, boot.ready_p95_s, boot.ready_max_s, boot.least_s)),
        Quantity(boot.peak_bps, "bps"),
        Quantity(boot.busiest_bytes, "bytes"),
        Quantity(boot.requests, ""),
    )
