"""The columns of the tables of hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.words import WORST_FIRST, marked, tidy
from regplan.tui.table import Column
from regplan.tui.text import bar, quantity
from regplan.tui.theme import VERDICT_STYLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.hosting import Placed
    from regplan.tui.hosts import HostRow

__all__ = ["HOSTS", "PLACED"]

_BAR: Final = 10


def _resource(
    drawn: tuple[str, str],
    written: tuple[str, str],
    unit: str,
    from_width: int,
    facts: Callable[[HostRow], dict[str, int | None]],
) -> tuple[Column[HostRow], Column[HostRow]]:
    """Tell what is needed of what a host has, as a bar and, where there is room, in numbers; `facts` are these two."""

    def bar_of(row: HostRow, _: bool) -> str:  # noqa: FBT001  as every cell is asked
        need, room = facts(row).values()
        return "not known" if need is None or room is None else bar(need, room, _BAR)

    def share_of(row: HostRow) -> float:
        need, room = facts(row).values()
        return -1.0 if need is None or not room else need / room

    def words_of(row: HostRow, binary: bool) -> str:  # noqa: FBT001
        need, room = facts(row).values()
        return f"{quantity(need, unit, binary=binary)} of {quantity(room, unit, binary=binary)}"

    def need_of(row: HostRow) -> int:
        return next(iter(facts(row).values())) or -1

    return (
        Column(*drawn, bar_of, share_of, largest_first=True, facts=facts),
        Column(*written, words_of, need_of, largest_first=True, from_width=from_width),
    )


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
    *_resource(
        ("cpu", "CPU"),
        ("cpu-asked", "CPU ASKED"),
        "milli",
        110,
        lambda row: {
            "requested_cpu_milli": row.plan.requested_cpu_milli,
            "allocatable_cpu_milli": row.plan.allocatable_cpu_milli,
        },
    ),
    *_resource(
        ("memory", "MEMORY"),
        ("memory-asked", "MEMORY ASKED"),
        "bytes",
        110,
        lambda row: {
            "requested_memory_bytes": row.plan.requested_memory_bytes,
            "allocatable_memory_bytes": row.plan.allocatable_memory_bytes,
        },
    ),
    *_resource(
        ("disk", "DISK"),
        ("disk-needed", "DISK NEEDED"),
        "bytes",
        150,
        lambda row: {"disk_required_bytes": row.plan.disk_required_bytes, "storage_bytes": row.host.storage_bytes},
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
