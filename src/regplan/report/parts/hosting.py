"""What pods ask for on each Edge host, of what can be allocated there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.cells import Cell, Quantity
from regplan.report.sections import Block, Column, Table
from regplan.report.words import counted

if TYPE_CHECKING:
    from regplan.model.hosting import Placed
    from regplan.model.plan import HostPlan, Plan

__all__ = ["requests_blocks"]


def requests_blocks(plan: Plan) -> tuple[Block, ...]:
    """List what is asked for of each host and what its drive needs; then, folded, what is placed where."""
    known = [each for each in plan.hosts if each.requested_cpu_milli is not None]
    if not known:
        return ()
    columns = (
        Column("Host"),
        Column("CPU asked for", "number"),
        Column("CPU to allocate", "number"),
        Column("Memory asked for", "number"),
        Column("Memory to allocate", "number"),
        Column("Main drive needed", "number"),
    )
    rows = tuple(_host(each) for each in known)
    placed = tuple(_placed(each, host.name) for host in known for each in host.placed)
    caption = "What pods ask for on each host, of what can be allocated there"
    return (Table(caption, columns, rows), *((_all_pods(placed),) if placed else ()))


def _all_pods(rows: tuple[tuple[Cell, ...], ...]) -> Table:
    columns = (
        Column("Host"),
        Column("Workload"),
        Column("Pods", "number"),
        Column("CPU", "number"),
        Column("Memory", "number"),
        Column("Requests are"),
    )
    return Table(f"{counted(len(rows), 'workload')} placed, host by host", columns, rows, head=1, folded=True)


def _host(each: HostPlan) -> tuple[Cell, ...]:
    return (
        each.name,
        Quantity(each.requested_cpu_milli, "milli"),
        Quantity(each.allocatable_cpu_milli, "milli"),
        Quantity(each.requested_memory_bytes, "bytes"),
        Quantity(each.allocatable_memory_bytes, "bytes"),
        Quantity(each.disk_required_bytes, "bytes"),
    )


def _placed(each: Placed, host: str) -> tuple[Cell, ...]:
    return (
        host,
        each.workload,
        Quantity(each.pods, ""),
        Quantity(each.cpu_milli, "milli"),
        Quantity(each.memory_bytes, "bytes"),
        each.provenance,
    )
