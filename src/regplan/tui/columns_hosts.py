"""The columns of the tables of hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.words import WORST_FIRST, marked, tidy
from regplan.tui.table import Column
from regplan.tui.text import bar, quantity
from regplan.tui.theme import VERDICT_STYLES

if TYPE_CHECKING:
    from regplan.model.hosting import Placed
    from regplan.tui.hosts import HostRow

__all__ = ["HOSTS", "PLACED"]

_BAR: Final = 10


def _drawn(need: int | None, room: int | None) -> str:
    return "not known" if need is None or room is None else bar(need, room, _BAR)


def _of(need: int | None, room: int | None, unit: str, *, binary: bool) -> str:
    return f"{quantity(need, unit, binary=binary)} of {quantity(room, unit, binary=binary)}"


def _share(need: int | None, room: int | None) -> float:
    return -1.0 if need is None or not room else need / room


HOSTS: Final[tuple[Column[HostRow], ...]] = (
    Column(
        "verdict",
        "VERDICT",
        lambda row, _: marked(row.plan.verdict),
        lambda row: WORST_FIRST.index(row.plan.verdict),
        style=lambda row: VERDICT_STYLES[row.plan.verdict],
        facts=lambda row: {"verdict": str(row.plan.verdict)},
    ),
    Column("host", "HOST", lambda row, _: tidy(row.name), lambda row: row.name, flexible=True, most=24, names=True),
    Column("role", "ROLE", lambda row, _: row.host.role, lambda row: row.host.role, from_width=120),
    Column("arch", "ARCH", lambda row, _: row.host.arch, lambda row: row.host.arch, from_width=120),
    Column(
        "cpu",
        "CPU",
        lambda row, _: _drawn(row.plan.requested_cpu_milli, row.plan.allocatable_cpu_milli),
        lambda row: _share(row.plan.requested_cpu_milli, row.plan.allocatable_cpu_milli),
        largest_first=True,
        facts=lambda row: {
            "requested_cpu_milli": row.plan.requested_cpu_milli,
            "allocatable_cpu_milli": row.plan.allocatable_cpu_milli,
        },
    ),
    Column(
        "cpu-asked",
        "CPU ASKED",
        lambda row, binary: _of(row.plan.requested_cpu_milli, row.plan.allocatable_cpu_milli, "milli", binary=binary),
        lambda row: row.plan.requested_cpu_milli or -1,
        largest_first=True,
        from_width=110,
    ),
    Column(
        "memory",
        "MEMORY",
        lambda row, _: _drawn(row.plan.requested_memory_bytes, row.plan.allocatable_memory_bytes),
        lambda row: _share(row.plan.requested_memory_bytes, row.plan.allocatable_memory_bytes),
        largest_first=True,
        facts=lambda row: {
            "requested_memory_bytes": row.plan.requested_memory_bytes,
            "allocatable_memory_bytes": row.plan.allocatable_memory_bytes,
        },
    ),
    Column(
        "memory-asked",
        "MEMORY ASKED",
        lambda row, binary: _of(
            row.plan.requested_memory_bytes, row.plan.allocatable_memory_bytes, "bytes", binary=binary
        ),
        lambda row: row.plan.requested_memory_bytes or -1,
        largest_first=True,
        from_width=110,
    ),
    Column(
        "disk",
        "DISK",
        lambda row, _: _drawn(row.plan.disk_required_bytes, row.host.storage_bytes),
        lambda row: _share(row.plan.disk_required_bytes, row.host.storage_bytes),
        largest_first=True,
        facts=lambda row: {
            "disk_required_bytes": row.plan.disk_required_bytes,
            "storage_bytes": row.host.storage_bytes,
        },
    ),
    Column(
        "disk-needed",
        "DISK NEEDED",
        lambda row, binary: _of(row.plan.disk_required_bytes, row.host.storage_bytes, "bytes", binary=binary),
        lambda row: row.plan.disk_required_bytes or -1,
        largest_first=True,
        from_width=150,
    ),
)

PLACED: Final[tuple[Column[Placed], ...]] = (
    Column(
        "workload", "WORKLOAD", lambda row, _: tidy(row.workload), lambda row: row.workload, flexible=True, names=True
    ),
    Column(
        "pods",
        "PODS",
        lambda row, _: str(row.pods),
        lambda row: row.pods,
        right=True,
        largest_first=True,
        facts=lambda row: {"pods": row.pods},
    ),
    Column(
        "cpu",
        "CPU",
        lambda row, binary: quantity(row.cpu_milli, "milli", binary=binary),
        lambda row: row.cpu_milli,
        right=True,
        largest_first=True,
        facts=lambda row: {"cpu_milli": row.cpu_milli},
    ),
    Column(
        "memory",
        "MEMORY",
        lambda row, binary: quantity(row.memory_bytes, "bytes", binary=binary),
        lambda row: row.memory_bytes,
        right=True,
        largest_first=True,
        facts=lambda row: {"memory_bytes": row.memory_bytes},
    ),
    Column("known", "KNOWN", lambda row, _: row.provenance, lambda row: row.provenance),
)
