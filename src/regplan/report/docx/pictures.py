"""Charts as PNG, for files whose readers draw no SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.figures.svg import chart_svg

if TYPE_CHECKING:
    from regplan.report.figures.chart import Chart

__all__ = ["chart_png"]

_PAGE: Final = b'#set page(width: auto, height: auto, margin: 0pt)\n#image("chart.svg", width: 760pt)\n'
_PIXELS_PER_INCH: Final = 110.0


def chart_png(chart: Chart) -> bytes | None:
    """Draw a chart as PNG, None where typst, which draws it, is not installed."""
    try:
        import typst
    except ImportError:
        return None
    files = {"main.typ": _PAGE, "chart.svg": chart_svg(chart).encode("utf-8", "replace")}
    made = typst.compile(files, format="png", ppi=_PIXELS_PER_INCH)  # type: ignore[call-overload]
    return bytes(made)
