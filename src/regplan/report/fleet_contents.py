"""A fleet as a report's document: what all sites come to, what binds them, each of them worst first, and the hardware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.finding import Verdict
from regplan.plan.verdict import worst_of
from regplan.report.cells import Cell, Code, Line, Quantity, Stack, prose
from regplan.report.document import tool_document
from regplan.report.figures.of_fleet import claims_chart, fullest
from regplan.report.sections import ChartBlock, Column, Document, Fact, Facts, Paragraph, Section, Table
from regplan.report.words import counted, full_stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.fleet import Fleet, FleetSite, HardwareClass
    from regplan.model.years import FleetYears
    from regplan.report.front import Front
    from regplan.report.sections import Block

__all__ = ["fleet_contents"]

_CONFIDENCE = "95 %"


def fleet_contents(fleet: Fleet, file: str, at: str, front: Front) -> Document:
    """Lay out what is said of a fleet that was read from a file of this name, at a time (RFC 3339)."""
    parts = (
        Section("short", "In short", tuple(_short(fleet))),
        Section("claims", "What sites need of what they claim", tuple(_claims(fleet))) if fleet.sites else None,
        Section("sites", "Sites, worst first", tuple(_sites(fleet))),
        Section("hardware", "Hardware", (_hardware(fleet),)) if fleet.hardware else None,
        Section("profiles", "Profiles that sites have in common", (_profiles(fleet),)) if fleet.profile_sets else None,
        None if fleet.years is None else Section("years", "Drawn years", tuple(_years(fleet.years))),
        Section("problems", "Rows that could not be planned", (_problems(fleet),)) if fleet.problems else None,
    )
    tool = " ".join(str(each) for each in tool_document().values())
    sections = tuple(part for part in parts if part is not None)
    verdict = worst_of(site.verdict for site in fleet.sites) if fleet.sites else Verdict.INCOMPLETE
    cover = (Fact("Planned at", at), Fact("Sites from", Code(file)), Fact("Made by", tool))
    about = (counted(len(fleet.sites), "site"), " from ", Code(file))
    return Document("Fleet", about, verdict, (_headline(fleet),), sections, f"{tool}, {at}", cover, at, front)


def _headline(fleet: Fleet) -> str:
    told = ", ".join(f"{count:,} {verdict}" for verdict, count in fleet.totals.verdicts)
    missed = fleet.totals.rows_with_problems
    beside = f"; {counted(missed, 'row')} could not be planned" if missed else ""
    return f"{counted(fleet.totals.sites, 'site')}: {told or 'none planned'}{beside}."


def _short(fleet: Fleet) -> Iterator[Block]:
    totals = fleet.totals
    yield Facts(
        "All sites together",
        (
            Fact("Sites", Quantity(totals.sites), (_headline(fleet),)),
            Fact("Hosts", Quantity(totals.hosts), (f"{totals.failing_hosts:,} of them fail a check",)),
            Fact("Registries must hold", Quantity(totals.required_bytes, "bytes")),
            Fact("Registries claim", Quantity(totals.claimed_bytes, "bytes")),
            Fact("Internet at first bootstrap, without registries", Quantity(totals.direct_bytes, "bytes")),
            Fact("Internet at first bootstrap, with them", Quantity(totals.primary_bytes, "bytes")),
            Fact("Saved on the internet links", Quantity(totals.saved_bytes, "bytes")),
        ),
    )
    if totals.binding:
        rows = tuple((Code(rule), Quantity(count, "sites")) for rule, count in totals.binding)
        yield Table("What binds, and how many sites", (Column("Rule"), Column("Sites", "number")), rows)
    for note in fleet.notes:
        yield Paragraph((full_stop(note),))


def _claims(fleet: Fleet) -> Iterator[Block]:
    chart = claims_chart(fleet)
    if chart is None:
        yield Paragraph(("No site claims anything.",))
        return
    rows = tuple(
        (Code(site.name), Quantity(site.required_bytes, "bytes"), Quantity(site.claimed_bytes, "bytes"))
        for site in fullest(fleet)
    )
    columns = (Column("Site"), Column("Needs", "number"), Column("Claims", "number"))
    yield ChartBlock(chart, Table(chart.title, columns, rows, folded=True))


def _sites(fleet: Fleet) -> Iterator[Block]:
    if not fleet.sites:
        yield Paragraph(("No site could be planned.",))
        return
    columns = (
        Column("Verdict"),
        Column("Site"),
        Column("What binds, and what to do", "prose"),
        Column("Hosts", "number"),
        Column("Needs", "number"),
        Column("Claims", "number"),
        Column("Saved", "number"),
    )
    yield Table(counted(len(fleet.sites), "site"), columns, tuple(map(_site, fleet.sites)), head=1)


def _site(site: FleetSite) -> tuple[Cell, ...]:
    at_least = site.unresolved > 0
    return (
        site.verdict,
        Code(site.name),
        _binds(site),
        Quantity(site.hosts),
        Quantity(site.required_bytes, "bytes", at_least=at_least),
        Quantity(site.claimed_bytes, "bytes"),
        Quantity(site.saved_bytes, "bytes"),
    )


def _binds(site: FleetSite) -> Cell:
    if site.verdict is Verdict.PASS:
        return ""
    found = Line((Code(site.binding_constraint or ""), f" {site.where}: ", *prose(full_stop(site.message))))
    return Stack((found, Line(("→ ", *prose(full_stop(site.fix))))) if site.fix else (found,))


def _hardware(fleet: Fleet) -> Table:
    columns = (
        Column("CPU", "number"),
        Column("Memory", "number"),
        Column("Drive", "number"),
        Column("Architecture"),
        Column("Hosts", "number"),
        Column("Sites", "number"),
        Column("Fail a check", "number"),
        Column("Rules", "prose"),
    )
    rows = tuple(map(_class, fleet.hardware))
    return Table("Hosts of one kind, over all sites: a bill of materials", columns, rows)


def _class(each: HardwareClass) -> tuple[Cell, ...]:
    shape = each.shape
    return (
        Quantity(shape.cpu_milli, "milli"),
        Quantity(shape.memory_bytes, "bytes"),
        Quantity(shape.storage_bytes, "bytes"),
        shape.arch,
        Quantity(each.hosts),
        Quantity(each.sites),
        Quantity(each.failing),
        ", ".join(f"{rule} {count:,}" for rule, count in each.rules),
    )


def _profiles(fleet: Fleet) -> Table:
    columns = (
        Column("Profiles", "prose"),
        Column("Sites", "number"),
        Column("Images", "number"),
        Column("Each digest once", "number"),
    )
    rows = tuple(
        (
            Stack(tuple(Line((Code(name),)) for name in each.profiles)),
            Quantity(each.sites),
            Quantity(each.images),
            Quantity(each.unique_bytes, "bytes", at_least=each.unresolved > 0),
        )
        for each in fleet.profile_sets
    )
    return Table("Each is read and resolved once", columns, rows)


def _years(years: FleetYears) -> Iterator[Block]:
    from regplan.report.years import fleet_way_record

    yield Paragraph(
        (f"Drawn {counted(years.draws, 'time')}; the same again: --draws {years.draws} --seed {years.seed}.",)
    )
    records = [fleet_way_record(way) for way in years.ways]
    keys = [
        key
        for key, value in (records[0] if records else {}).items()
        if key != "name" and isinstance(value, int | float)
    ]
    rows = tuple((key, *(_drawn(key, record[key]) for record in records)) for key in keys)
    columns = (Column("What"), *(Column(str(record["name"]), "number") for record in records))
    yield Table(f"All sites together, with the ends of {_CONFIDENCE} intervals", columns, rows)


def _drawn(key: str, value: object) -> Cell:
    unit = next((unit for unit in ("bytes", "bps", "ratio", "s") if key.endswith(f"_{unit}")), "")
    return Quantity(value if isinstance(value, int | float) else None, unit)


def _problems(fleet: Fleet) -> Table:
    columns = (Column("Line", "number"), Column("Site"), Column("Column"), Column("What is wrong", "prose"))
    rows = tuple(
        (Quantity(each.line), each.site, Code(each.column) if each.column else "", full_stop(each.problem))
        for each in fleet.problems
    )
    return Table(counted(len(fleet.problems), "problem"), columns, rows)
