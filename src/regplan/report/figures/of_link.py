"""Charts of what the internet link carries."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from regplan.report.figures.chart import Axis, Bar, Bars, Chart, Line, Panel
from regplan.report.series import internet_bars
from regplan.report.words import WAYS, counted, readable
from regplan.units import GB, format_bytes, format_duration

if TYPE_CHECKING:
    from regplan.model.clock import Clock
    from regplan.model.life import ExpectedWay, LifeExpected
    from regplan.model.plan import Plan
    from regplan.model.wire import Wire
    from regplan.report.figures.chart import Colour
    from regplan.report.series import Bar as SizeBar

__all__ = ["bootstrap_chart", "carried_chart", "internet_chart"]

_WAY_COLOURS: Final[tuple[Colour, ...]] = ("vermillion", "blue", "green", "orange", "purple", "sky")
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_LONG_S: Final = 3 * _HOUR_S
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


def bootstrap_chart(clock: Clock | None, site: str) -> Chart | None:
    """Show when hosts have unpacked their images, one way of bringing them below the other; None where that is unknown."""
    boots = () if clock is None else tuple(each for each in clock.boots if each.ready_max_s is not None)
    if not boots:
        return None
    names = tuple(WAYS.get(each.name, each.name) for each in boots)
    unit, per_s = (
        ("hours", _HOUR_S) if max(each.ready_max_s or 0 for each in boots) > _LONG_S else ("minutes", _MINUTE_S)
    )
    spans: tuple[tuple[str, Colour, list[Bar]], ...] = (
        ("until half of the hosts are ready", "blue", []),
        ("until 95 % are", "sky", []),
        ("until all are", "orange", []),
    )
    for boot, name in zip(boots, names, strict=True):
        done = 0.0
        ends = (boot.ready_p50_s, boot.ready_p95_s, boot.ready_max_s)
        for nth, ((what, _, bars), end) in enumerate(zip(spans, ends, strict=True), 1):
            if end is not None and end >= done:
                label = format_duration(end) if nth == len(ends) else ""
                bars.append(Bar(name, done / per_s, end / per_s, f"{name}, {what}: {format_duration(end)}", label))
                done = end
    series = tuple(Bars(what, colour, tuple(bars)) for what, colour, bars in spans if bars)
    high = max(each.ready_max_s or 0 for each in boots) * 1.2 / per_s
    panel = Panel(
        Axis(f"{unit} since the start", low=0, high=high or 1), Axis("", names), series, rows=max(len(names), 2)
    )
    best, worst = (f(boots, key=lambda each: each.ready_max_s or 0) for f in (min, max))
    title = (
        f"All hosts of {site} have their images after {format_duration(best.ready_max_s or 0)} ({WAYS.get(best.name, best.name)}) "
        f"to {format_duration(worst.ready_max_s or 0)} ({WAYS.get(worst.name, worst.name)})"
    )
    alt = "Bars along time, one way below the other: until half of the hosts are ready, until 95 % are, until all are."
    return Chart("bootstrap", title, alt, (panel,))


def carried_chart(expected: LifeExpected | None, site: str) -> Chart | None:
    """Show what the internet link has carried by the end of each month, way by way; None without a scenario."""
    ways = () if expected is None else expected.ways[: len(_WAY_COLOURS)]
    if not ways or not any(way.wan_bytes for way in ways):
        return None
    lines = tuple(_carried(way, colour) for way, colour in zip(ways, _WAY_COLOURS, strict=False))
    most = max(max(y for _, y in line.points) for line in lines)
    months = max(len(way.wan_month_bytes) for way in ways)
    axes = Axis("months from now", low=0, high=float(max(months, 1))), Axis("GB", low=0, high=most * 1.1)
    ordered = sorted(ways, key=lambda way: way.wan_bytes)
    least, worst = ordered[0], ordered[-1]
    title = (
        f"In {counted(months, 'month')} the internet link of {site} carries {format_bytes(least.wan_bytes)} "
        f"({WAYS.get(least.topology, least.topology)}) to {format_bytes(worst.wan_bytes)} ({WAYS.get(worst.topology, worst.topology)}) (GB)"
    )
    alt = f"{counted(len(lines), 'line')} that rise over {counted(months, 'month')}, one for each way to bring the images."
    return Chart("carried", title, alt, (Panel(*axes, lines),))


def _carried(way: ExpectedWay, colour: Colour) -> Line:
    sums = [0, *accumulate(way.wan_month_bytes)]
    name = WAYS.get(way.topology, way.topology)
    points = tuple((float(month), size / GB) for month, size in enumerate(sums))
    says = tuple(f"{name}, by the end of month {month}: {size:,} bytes" for month, size in enumerate(sums))
    return Line(name, colour, points, says)


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
