"""The Edge hosts, and what the internet link carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.sections import Block, Cell, ChartBlock, Column, Paragraph, Quantity, Section, Table
from regplan.report.series import Bar, internet_bars, unresolved_or_unknown
from regplan.report.words import counted
from regplan.units import format_bytes, format_rate

if TYPE_CHECKING:
    from regplan.model.plan import HostPlan, Plan, Study
    from regplan.model.wire import Simulation, Wire

__all__ = ["hosts_section", "internet_section"]


def hosts_section(plan: Plan) -> Section:
    """List every Edge host with its verdict, what it has, and the images that it pulls at first bootstrap."""
    columns = (
        Column("Host"),
        Column("Verdict"),
        Column("Role"),
        Column("CPU", right=True),
        Column("Memory", right=True),
        Column("Storage", right=True),
        Column("Architecture"),
        Column("Images, compressed", right=True),
    )
    rows = tuple(_host(each, plan) for each in plan.hosts)
    blocks: tuple[Block, ...] = (Table(counted(len(rows), "Edge host"), columns, rows),)
    return Section("hosts", "Edge hosts", blocks if rows else (Paragraph(("The site file names no hosts.",)),))


def internet_section(study: Study) -> Section:
    """Say what the first bootstrap carries over the internet link, with and without the registry, with its range."""
    plan = study.plan
    if plan.wire is None:
        said = Paragraph(("What the internet link carries was not worked out.",))
        return Section("internet", "Internet bandwidth", (said,))
    blocks: list[Block] = [Paragraph((_link(plan),)), *_unknown(plan.wire), _chart(plan, plan.wire)]
    if study.simulation is not None and study.simulation.scenarios:
        blocks.append(_scenarios(study.simulation, low=unresolved_or_unknown(plan)))
    return Section("internet", "Internet bandwidth", tuple(blocks))


def _host(each: HostPlan, plan: Plan) -> tuple[Cell, ...]:
    host = next((host for host in plan.site.hosts if host.name == each.name), None)
    return (
        each.name,
        each.verdict,
        "" if host is None else host.role,
        Quantity(each.cpu_milli, "milli"),
        Quantity(each.memory_bytes, "bytes"),
        Quantity(None if host is None else host.storage_bytes, "bytes"),
        "" if host is None else host.arch,
        Quantity(each.image_bytes, "bytes", at_least=unresolved_or_unknown(plan)),
    )


def _link(plan: Plan) -> str:
    link = plan.site.internet_link
    rate = "no internet link is described, so times are unknown" if link is None else f"at {format_rate(link.rate_bps)}"
    if plan.site.internet == "none":
        return f"First bootstrap, {rate}. The site has no internet: this is what it would take."
    return f"First bootstrap, {rate}."


def _unknown(wire: Wire) -> list[Block]:
    count = wire.images_of_unknown_placement
    if not count:
        return []
    said = f"Where {counted(count, 'image')} will run is unknown: the range has them on one host, and on all hosts."
    return [Paragraph((said,))]


def _chart(plan: Plan, wire: Wire) -> ChartBlock:
    low = unresolved_or_unknown(plan)
    title = "Internet bytes of the first bootstrap (GB)"
    columns = tuple(Column(name, right=name != "What") for name in ("What", "Bytes", "Lowest", "Highest", "Time"))
    bars = internet_bars(wire)
    rows: list[tuple[Cell, ...]] = [_bar(bar, low=low and bar is not bars[-1]) for bar in bars]
    rows.append(("saved share", Quantity(wire.saved_ratio, "ratio"), "", "", ""))
    alt = (
        f"Bars: {format_bytes(wire.direct_bytes)} without the registry, {format_bytes(wire.primary_bytes)} with it, "
        f"{format_bytes(wire.saved_bytes)} saved, between {format_bytes(wire.saved_low_bytes)} "
        f"and {format_bytes(wire.saved_high_bytes)}."
    )
    return ChartBlock("internet", title, alt, Table(title, columns, tuple(rows)))


def _bar(bar: Bar, *, low: bool) -> tuple[Cell, ...]:
    return (
        bar.label,
        Quantity(bar.size_bytes, "bytes", at_least=low, exact=True),
        Quantity(bar.low_bytes, "bytes"),
        Quantity(bar.high_bytes, "bytes"),
        Quantity(bar.boot_s, "s"),
    )


def _scenarios(simulation: Simulation, *, low: bool) -> Table:
    names = ("Scenario", "Internet", "LAN", "Media", "Boot p50", "Boot p95", "Boot max")
    rows: list[tuple[Cell, ...]] = []
    for each in simulation.scenarios:
        sizes = (each.wan_bytes, each.lan_bytes, each.media_bytes)
        times = (each.boot_p50_s, each.boot_p95_s, each.boot_max_s)
        carried = (Quantity(size, "bytes", at_least=low and size > 0) for size in sizes)
        rows.append((each.name, *carried, *(Quantity(time, "s") for time in times)))
    columns = tuple(Column(name, right=name != "Scenario") for name in names)
    return Table("Ways to bring the images", columns, tuple(rows))
