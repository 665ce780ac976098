"""Charts of what the internet link carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.figures.chart import Axis, Bar, Bars, Chart, Panel
from regplan.report.series import internet_bars
from regplan.report.words import readable
from regplan.units import GB, format_bytes

if TYPE_CHECKING:
    from regplan.model.plan import Plan
    from regplan.model.wire import Wire
    from regplan.report.figures.chart import Colour
    from regplan.report.series import Bar as SizeBar

__all__ = ["internet_chart"]

_COLOURS: Final[tuple[Colour, ...]] = ("vermillion", "blue", "green")


def internet_chart(plan: Plan) -> Chart:
    """Show the first bootstrap's internet bytes with and without the registry, with the range as error bars."""
    wire, name = plan.wire, plan.site.name
    if wire is None:
        title = f"Internet bytes of the first bootstrap of {name} are not worked out (GB)"
        return Chart("internet", title, "Not worked out.", ())
    bars = internet_bars(wire)
    series = tuple(Bars("", colour, (_bar(bar),)) for bar, colour in zip(bars, _COLOURS, strict=True))
    high = max(1, *(max(bar.size_bytes, bar.high_bytes) for bar in bars)) * 1.2 / GB
    low = min(0, *(min(bar.size_bytes, bar.low_bytes) for bar in bars)) * 1.2 / GB
    panel = Panel(Axis("GB", low=low, high=high), Axis("", tuple(bar.label for bar in bars)), series, rows=4)
    return Chart("internet", _title(wire, name), _alt(wire), (panel,))


def _title(wire: Wire, name: str) -> str:
    ratio = wire.saved_ratio
    share = "" if ratio is None else f", {readable(abs(ratio), 'ratio')}"
    verb = "saves" if wire.saved_bytes >= 0 else "costs"
    return (
        f"With its registry the first bootstrap of {name} {verb} {format_bytes(abs(wire.saved_bytes))} "
        f"of internet traffic{share} (GB)"
    )


def _alt(wire: Wire) -> str:
    return (
        f"Bars: {format_bytes(wire.direct_bytes)} without the registry, {format_bytes(wire.primary_bytes)} with it, "
        f"{format_bytes(wire.saved_bytes)} saved, between {format_bytes(wire.saved_low_bytes)} "
        f"and {format_bytes(wire.saved_high_bytes)}."
    )


def _bar(bar: SizeBar) -> Bar:
    says = f"{bar.label}: {bar.size_bytes:,} bytes, from {bar.low_bytes:,} to {bar.high_bytes:,}"
    ends = (bar.low_bytes / GB, bar.high_bytes / GB) if bar.low_bytes < bar.high_bytes else (None, None)
    return Bar(bar.label, 0, bar.size_bytes / GB, says, format_bytes(bar.size_bytes), *ends)
