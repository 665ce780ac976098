"""What is placed on a host, as a plan tells it."""

from __future__ import annotations

from regplan.values import dataclass

__all__ = ["Placed"]


@dataclass(frozen=True, slots=True)
class Placed:
    """What pods of one workload ask for on one host, together: in thousandths of a CPU and in bytes of memory.

    `provenance` is declared (the workload states it), rule (somebody documents it), assumed, or mixed.
    """

    workload: str
    pods: int
    cpu_milli: int
    memory_bytes: int
    provenance: str = "declared"
