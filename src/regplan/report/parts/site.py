"""The Edge hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.cells import Cell, Quantity, prose
from regplan.report.parts.hosting import requests_blocks
from regplan.report.sections import Block, Column, Paragraph, Section, Table
from regplan.report.series import unresolved_or_unknown
from regplan.report.survival import answered, survival_columns, survival_reasons, survival_rows
from regplan.report.words import counted

if TYPE_CHECKING:
    from regplan.model.plan import HostPlan, Plan

__all__ = ["hosts_section"]


def hosts_section(plan: Plan) -> Section:
    """List every Edge host with its verdict, what it has, and what its images take, pulled and unpacked."""
    reckoned = any(each.unpacked_bytes is not None for each in plan.hosts)
    columns = (
        Column("Host"),
        Column("Verdict"),
        Column("Role"),
        Column("Architecture"),
        Column("CPU", "number"),
        Column("Memory", "number"),
        Column("Storage", "number"),
        Column("Pulls at first bootstrap", "number"),
        *((Column("Unpacked", "number"), Column("Unpacked size is")) if reckoned else ()),
    )
    rows = tuple((*_host(each, plan), *(_unpacked(each, plan) if reckoned else ())) for each in plan.hosts)
    beside = ", and lies beside what is unpacked of it" if reckoned else ""
    caption = f"{counted(len(rows), 'Edge host')}; what is pulled is compressed{beside}"
    blocks: tuple[Block, ...] = (Table(caption, columns, rows), *requests_blocks(plan), *_survival(plan))
    return Section("hosts", "Edge hosts", blocks if rows else (Paragraph(("The site file names no hosts.",)),))


def _survival(plan: Plan) -> tuple[Block, ...]:
    """Tell which hosts come back, and which new ones join, while the internet link is cut; nothing of an older plan."""
    if not plan.survival:
        return ()
    headings = survival_columns(plan.survival)
    columns = (Column("Host"), *(Column(heading.capitalize()) for heading in headings.values()))
    rows = tuple(
        (str(row["host"]), *(answered(row.get(key)) for key in headings)) for row in survival_rows(plan.survival)
    )
    said = (Paragraph((*prose(reason),)) for reason in survival_reasons(plan.survival))
    return (Table("With the internet cut, which hosts come back, and which new ones join", columns, rows), *said)


def _host(each: HostPlan, plan: Plan) -> tuple[Cell, ...]:
    host = next((host for host in plan.site.hosts if host.name == each.name), None)
    return (
        each.name,
        each.verdict,
        "" if host is None else host.role,
        "" if host is None else host.arch,
        Quantity(each.cpu_milli, "milli"),
        Quantity(each.memory_bytes, "bytes"),
        Quantity(None if host is None else host.storage_bytes, "bytes"),
        Quantity(each.image_bytes, "bytes", at_least=unresolved_or_unknown(plan)),
    )


def _unpacked(each: HostPlan, plan: Plan) -> tuple[Cell, ...]:
    size = Quantity(each.unpacked_bytes, "bytes", at_least=unresolved_or_unknown(plan))
    return (size, each.unpacked_provenance)
