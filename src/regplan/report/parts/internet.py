"""What the internet link carries, and the ways to bring the images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.cells import Cell, Line, Quantity, Stack
from regplan.report.figures.of_link import internet_chart
from regplan.report.sections import Block, ChartBlock, Column, Paragraph, Section, Table
from regplan.report.series import Bar, internet_bars, unresolved_or_unknown
from regplan.report.words import counted
from regplan.units import format_rate

if TYPE_CHECKING:
    from regplan.model.plan import Plan, Study
    from regplan.model.wire import SimulatedScenario, Simulation, Wire

__all__ = ["internet_section", "ways_table"]

# The simulation's name of a way, what readers call it, and what happens then.
_WAYS: Final = {
    "direct": ("no registry", "every host pulls over the internet"),
    "primary": ("primary registry", "seeded over the internet, it serves the hosts over the LAN"),
    "bundle": ("content bundle", "brought on media, it serves the hosts over the LAN"),
}


def internet_section(study: Study) -> Section:
    """Say what the first bootstrap carries over the internet link, with and without the registry, with its range."""
    plan = study.plan
    if plan.wire is None:
        said = Paragraph((_why_not(plan),))
        return Section("internet", "Internet bandwidth", (said,))
    blocks: list[Block] = [Paragraph((_link(plan), _unknown(plan.wire))), _chart(plan, plan.wire)]
    if study.simulation is not None and study.simulation.scenarios:
        blocks.append(ways_table(study.simulation, low=unresolved_or_unknown(plan)))
    if study.clock is not None and study.clock.boots:
        from regplan.report.parts.clock import clock_block

        blocks.append(clock_block(study.clock, plan.site.name))
    if study.life is not None:
        from regplan.report.parts.life import life_blocks

        blocks += life_blocks(study.life, plan.site.name, low=unresolved_or_unknown(plan))
    if study.chance is not None:
        from regplan.report.parts.chance import chance_blocks

        left = study.life is not None and bool(study.life.upgrade_unresolved)
        blocks += chance_blocks(study.chance, low=left or unresolved_or_unknown(plan))
    return Section("internet", "Internet bandwidth", tuple(blocks))


def _why_not(plan: Plan) -> str:
    if not plan.site.hosts:
        return "The site names no hosts, so what the internet link carries is unknown."
    return "What the internet link carries was not worked out."


def _link(plan: Plan) -> str:
    link = plan.site.internet_link
    rate = "no internet link is described, so times are unknown" if link is None else f"at {format_rate(link.rate_bps)}"
    if plan.site.internet == "none":
        return f"First bootstrap, {rate}. The site has no internet: this is what it would take."
    return f"First bootstrap, {rate}."


def _unknown(wire: Wire) -> str:
    count = wire.images_of_unknown_placement
    if not count:
        return ""
    return f" Where {counted(count, 'image')} will run is unknown: the range has them on one host, and on all hosts."


def _chart(plan: Plan, wire: Wire) -> ChartBlock:
    low = unresolved_or_unknown(plan)
    title = "Internet bytes of the first bootstrap (GB)"
    columns = tuple(
        Column(name, "text" if name == "What" else "number") for name in ("What", "Bytes", "Lowest", "Highest", "Time")
    )
    bars = internet_bars(wire)
    rows: list[tuple[Cell, ...]] = [_bar(bar, low=low and bar is not bars[-1]) for bar in bars]
    rows.append(("saved share", Quantity(wire.saved_ratio, "ratio"), "", "", ""))
    return ChartBlock(internet_chart(plan), Table(title, columns, tuple(rows)))


def _bar(bar: Bar, *, low: bool) -> tuple[Cell, ...]:
    return (
        bar.label,
        Quantity(bar.size_bytes, "bytes", at_least=low, exact=True),
        Quantity(bar.low_bytes, "bytes"),
        Quantity(bar.high_bytes, "bytes"),
        Quantity(bar.boot_s, "s"),
    )


def ways_table(simulation: Simulation, *, low: bool) -> Table:
    """Lay out the ways to bring the images side by side: bytes over each link, and when hosts are ready; `low` marks lower bounds."""
    names = ("Internet", "LAN", "Media", "Half the hosts ready", "95 % ready", "All ready")
    columns = (Column("Way"), *(Column(name, "number") for name in names))
    rows = tuple(_scenario(each, low=low) for each in simulation.scenarios)
    caption = "Ways to bring the images; times are of the transfers alone, without unpacking"
    return Table(caption, columns, rows)


def _scenario(each: SimulatedScenario, *, low: bool) -> tuple[Cell, ...]:
    sizes = (each.wan_bytes, each.lan_bytes, each.media_bytes)
    times = (each.boot_p50_s, each.boot_p95_s, each.boot_max_s)
    carried = (Quantity(size, "bytes", at_least=low and size > 0) for size in sizes)
    name, what = _WAYS.get(each.name, (each.name, ""))
    way = Stack((Line((name,)), *((Line((what,), quiet=True),) if what else ())))
    return (way, *carried, *(Quantity(time, "s") for time in times))
