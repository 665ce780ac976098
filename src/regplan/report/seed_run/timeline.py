"""The rate of a run over its time: as numbers for every reader, and as a drawing that needs no script."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

from regplan.report.cells import Quantity
from regplan.report.figures.chart import Axis, Chart, Line, Panel, Rule
from regplan.report.sections import ChartBlock, Column, Table
from regplan.units import format_bytes, format_duration, format_rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["rate_chart", "rate_figure"]

_MOST_ROWS: Final = 20
_WIDTH: Final = 800
_HEIGHT: Final = 200
_MBIT: Final = 10**6


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
    title = f"{format_bytes(sum(sizes))} went, the fastest {format_duration(step_s)} of it at {top}"
    chart = Chart("rate", title, alt, (_panel(document, [size * 8 / step_s for size in sizes], step_s),))
    yield ChartBlock(chart, Table("Mean rates", columns, rows, folded=True))


def rate_figure(document: Mapping[str, Any], chart: ChartBlock) -> str:
    """Draw a run's rate as SVG, with the cap as a line where there was one; colours are the page's own.

    The drawing is stretched to the page, and all words stand beside it as text: so none is cut off, none lies over
    another, and none shrinks with the page.
    """
    line = document["run"]["timeline"]
    step_s = line["step_s"]
    rates = [size * 8 / step_s for size in line["bytes"]]
    cap = 0 if document["limits"] is None else document["limits"]["max_bps"] or 0
    most = max(rates)
    top = max(1.0, most, cap) * 1.05
    # A step for each stretch of time: between two of them nothing is known.
    points = " ".join(
        f"{_WIDTH * (place + end) / len(rates):.1f},{_y(rate, top):.1f}"
        for place, rate in enumerate(rates)
        for end in (0, 1)
    )
    lines = _line(_y(most, top), "most") + (_line(_y(cap, top), "cap") if cap else "")
    says = [
        ("most", f"bits per second on the wire, at most {format_rate(int(most))}"),
        *([("cap", f"cap {format_rate(cap)}")] if cap else []),
    ]
    keys = "".join(f'<li class="{kind}">{html.escape(text)}</li>' for kind, text in says)
    alt, ends = html.escape(chart.alt), html.escape(format_duration(len(rates) * step_s))
    return (
        f'<figure class="rate"><figcaption>{html.escape(chart.title)}</figcaption>\n<ul class="key">{keys}</ul>\n'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{alt}">'
        f"<title>{alt}</title>"
        f'<polygon points="0,{_HEIGHT} {points} {_WIDTH},{_HEIGHT}"/><polyline points="{points}"/>{lines}</svg>\n'
        f'<p class="axis"><span>0 s</span><span>{ends}</span></p></figure>'
    )


def _panel(document: Mapping[str, Any], rates: Sequence[float], step_s: int) -> Panel:
    cap = 0 if document["limits"] is None else document["limits"]["max_bps"] or 0
    points = tuple((float(place * step_s), rate / _MBIT) for place, rate in enumerate((*rates, rates[-1])))
    says = tuple(f"from {format_duration(at)}: {format_rate(int(rate * _MBIT))}" for at, rate in points)
    drawn = Line("", "blue", points, says, stepped=True, filled=True)
    rules = (Rule(cap / _MBIT, f"cap {format_rate(cap)}", "vermillion", "y"),) if cap else ()
    high = max(1e-6, *rates, cap) * 1.15 / _MBIT
    axes = Axis("s since the start", low=0, high=len(rates) * step_s), Axis("Mbit/s", low=0, high=high)
    return Panel(*axes, (drawn,), rules)


def _line(y: float, kind: str) -> str:
    return f'<line class="{kind}" x1="0" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _y(rate: float, top: float) -> float:
    return _HEIGHT * (1 - rate / top)


def _bps(sizes: Sequence[int], step_s: int) -> float:
    return sum(sizes) * 8 / (step_s * len(sizes))
