"""What drawn lives of a site come to, topology by topology."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from regplan.report.cells import Cell, Line, Quantity, Stack
from regplan.report.chance import window_text
from regplan.report.sections import Block, Column, Paragraph, Table
from regplan.report.words import WAYS, counted
from regplan.units import format_count, format_rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.chance import Chance, ChanceWay, Estimate, Spread

__all__ = ["chance_blocks"]

_CARRIED: Final = ("Internet, mean", "Half below", "95 % below", "Most", "Saved, mean", "Saved share")

_LOW: Final = " What they carry is a lower bound, as not every size is known."


def chance_blocks(chance: Chance, *, low: bool = False) -> tuple[Block, ...]:
    """Lay out what lives carry, save and cost, with between what that is, and say how they were drawn; `low` is of lower bounds."""
    sure = "known to within 2 %" if chance.is_enough else "not known to within 2 % yet"
    said = (
        f"{chance.draws:,} lives of {format_count(chance.years, 'year')} were drawn with seed {chance.seed}, at most {chance.most:,}: {sure}. "
        f"Every way has the same lives. {_pays(chance)}{_window(chance)}{_LOW if low else ''}"
    )
    title = "The scenario as drawn; below a number is between what it is with 95 %"
    carried = Table(title, _columns(_CARRIED), tuple(map(_carried, chance.ways)))
    shown = _shown(chance)
    beside = Table(
        "Hosts at the bootstrap, waits and costs in the same lives",
        _columns(tuple(shown)),
        tuple((_name(way), *(cell(way) for cell in shown.values())) for way in chance.ways),
    )
    months = Table(
        "Internet bytes of each month as drawn, the mean",
        (Column("Month"), *(Column(_name(way), "number") for way in chance.ways)),
        _months(chance),
        folded=True,
    )
    drawn_from = Table(
        "What lives are drawn from",
        (Column("Scenario"), Column("Value", "number"), Column("Law"), Column("Known")),
        tuple((each.key, each.value, each.law, each.provenance) for each in chance.drawn_from),
        folded=True,
    )
    return Paragraph((said,)), carried, beside, months, drawn_from


def _columns(names: tuple[str, ...]) -> tuple[Column, ...]:
    return (Column("Way"), *(Column(name, "number") for name in names))


def _carried(way: ChanceWay) -> tuple[Cell, ...]:
    wan = way.wan_bytes
    return (
        _name(way),
        _with_ends(wan.mean, "bytes"),
        _with_ends(wan.p50, "bytes"),
        _with_ends(wan.p95, "bytes"),
        Quantity(wan.most, "bytes"),
        _with_ends(way.saved_bytes.mean, "bytes"),
        "" if way.saved_ratio is None else _with_ends(way.saved_ratio, "ratio"),
    )


def _shown(chance: Chance) -> dict[str, Callable[[ChanceWay], Cell]]:
    """Name the columns beside bytes that have anything in them, each with how it reads."""
    columns: dict[str, tuple[str, Callable[[ChanceWay], Cell]]] = {
        "All ready, half below": ("ready_s", lambda way: _time(way.ready_s, "p50")),
        "All ready, 95 % below": ("ready_s", lambda way: _time(way.ready_s, "p95")),
        "All ready, most": ("ready_s", lambda way: "" if way.ready_s is None else Quantity(way.ready_s.most, "s")),
        "Highest rate": (
            "peak_bps",
            lambda way: "" if way.peak_bps is None else Quantity(round(way.peak_bps.most), "bps"),
        ),
        "Minutes blocked, mean": ("blocked_minutes", lambda way: f"{way.blocked_minutes.mean.value:,.0f}"),
        "Visits, mean": ("visits", lambda way: f"{way.visits.mean.value:,.1f}".removesuffix(".0")),
        "Cost, mean": ("cost", lambda way: "" if way.cost is None else _money(way.cost.mean)),
        "Nights of the bootstrap": ("boot_nights", lambda way: _nights(way.boot_nights)),
        "Nights of an upgrade": ("upgrade_nights", lambda way: _nights(way.upgrade_nights)),
    }
    return {
        title: cell
        for title, (field, cell) in columns.items()
        if any(getattr(way, field) is not None for way in chance.ways)
    }


def _name(way: ChanceWay) -> str:
    return WAYS.get(way.topology, way.topology)


def _time(told: Spread | None, share: Literal["p50", "p95"]) -> Cell:
    return "" if told is None else Quantity((told.p50 if share == "p50" else told.p95).value, "s")


def _with_ends(told: Estimate, unit: str) -> Cell:
    if told.low is None or told.high is None:
        return Quantity(told.value, unit)
    ends = (Quantity(told.low, unit), " to ", Quantity(told.high, unit))
    return Stack((Line((Quantity(told.value, unit),)), Line(ends, quiet=True)))


def _money(told: Estimate) -> Cell:
    if told.low is None or told.high is None:
        return f"{told.value:,.2f}"
    return Stack((Line((f"{told.value:,.2f}",)), Line((f"{told.low:,.2f} to {told.high:,.2f}",), quiet=True)))


def _nights(told: Spread | None) -> str:
    if told is None:
        return ""
    half, most = round(told.p50.value), round(told.p95.value)
    return str(half) if half == most else f"{half} (95 %: {most})"


def _months(chance: Chance) -> tuple[tuple[Cell, ...], ...]:
    count = max((len(way.wan_month_bytes) for way in chance.ways), default=0)
    return tuple(
        (str(month + 1), *(Quantity(way.wan_month_bytes[month].mean.value, "bytes") for way in chance.ways))
        for month in range(count)
    )


def _pays(chance: Chance) -> str:
    hosts = chance.pays.hosts
    if hosts is None:
        return "A registry that is seeded over the internet never carries less than direct pulls."
    never = (
        f", and in {100 * chance.pays.never_ratio:.1f} % of the lives it never does" if chance.pays.never_ratio else ""
    )
    return f"A registry that is seeded over the internet carries less from {counted(hosts, 'host')} on by the means{never}."


def _window(chance: Chance) -> str:
    if chance.window is None:
        return ""
    at = "" if chance.window_bps is None else f" at {format_rate(chance.window_bps)}"
    return f" Nights are those in which the internet link may be filled: {window_text(chance.window)}{at}."
