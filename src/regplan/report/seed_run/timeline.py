"""The rate of a run over its time: as numbers for every reader, and as a drawing that needs no script."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

from regplan.report.cells import Quantity
from regplan.report.sections import ChartBlock, Column, Table
from regplan.units import format_duration, format_rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["rate_chart", "rate_svg"]

_MOST_ROWS: Final = 20
_WIDTH: Final = 800
_HEIGHT: Final = 200
_LEFT: Final = 90
_BELOW: Final = 24
_TITLE: Final = "Bits per second on the wire"


def rate_chart(document: Mapping[str, Any]) -> Iterator[ChartBlock]:
    """Give the chart of a run's rate, with its numbers in at most twenty rows; nothing where nothing left."""
    line = None if document["run"] is None else document["run"]["timeline"]
    if line is None or not any(line["bytes"]):
        return
    step_s, sizes = line["step_s"], line["bytes"]
    wide = -(-len(sizes) // _MOST_ROWS)
    rows = tuple(
        (Quantity(float(at * step_s), "s"), Quantity(_bps(sizes[at : at + wide], step_s), "bps"))
        for at in range(0, len(sizes), wide)
    )
    columns = (Column("From", "number"), Column("Rate", "number"))
    top = format_rate(int(max(size * 8 / step_s for size in sizes)))
    alt = f"The rate over {format_duration(len(sizes) * step_s)}; at most {top}."
    yield ChartBlock("rate", _TITLE, alt, Table("Mean rates", columns, rows, folded=True))


def rate_svg(document: Mapping[str, Any], alt: str) -> str:
    """Draw a run's rate as SVG, with the cap as a line where there was one; colours are the page's own."""
    line = document["run"]["timeline"]
    step_s = line["step_s"]
    rates = [size * 8 / step_s for size in line["bytes"]]
    cap = 0 if document["limits"] is None else document["limits"]["max_bps"] or 0
    top = max(1.0, *rates, cap) * 1.05
    # A step for each stretch of time: between two of them nothing is known.
    points = " ".join(
        f"{_x(place + end, len(rates)):.1f},{_y(rate, top):.1f}" for place, rate in enumerate(rates) for end in (0, 1)
    )
    area = f"{_LEFT},{_HEIGHT} {points} {_WIDTH},{_HEIGHT}"
    limit = _line(_y(cap, top), "cap", f"cap {format_rate(cap)}") if cap else ""
    ends = format_duration(len(rates) * step_s)
    return (
        f'<svg class="rate" viewBox="0 0 {_WIDTH} {_HEIGHT + _BELOW}" role="img" aria-label="{html.escape(alt)}">'
        f"<title>{html.escape(alt)}</title>"
        f"{_line(_y(max(rates), top), 'most', format_rate(int(max(rates))))}"
        f'<polygon points="{area}"/><polyline points="{points}"/>{limit}'
        f'<text x="{_LEFT}" y="{_HEIGHT + 18}">0 s</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT + 18}" text-anchor="end">{html.escape(ends)}</text></svg>'
    )


def _line(y: float, kind: str, says: str) -> str:
    return (
        f'<line class="{kind}" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{_LEFT - 6}" y="{y + (12 if kind == "cap" else 4):.1f}" text-anchor="end">{html.escape(says)}</text>'
    )


def _x(place: int, count: int) -> float:
    return _LEFT + (_WIDTH - _LEFT) * place / count


def _y(rate: float, top: float) -> float:
    return _HEIGHT * (1 - rate / top)


def _bps(sizes: Sequence[int], step_s: int) -> float:
    return sum(sizes) * 8 / (step_s * len(sizes))
