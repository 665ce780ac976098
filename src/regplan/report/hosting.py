"""What is placed on each host, as a document and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.model.hosting import Placed
from regplan.values import fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.plan import HostPlan

__all__ = ["hosting_document", "hosting_of"]

_NUMBERS = (
    "requested_cpu_milli",
    "requested_memory_bytes",
    "allocatable_cpu_milli",
    "allocatable_memory_bytes",
    "disk_required_bytes",
    "unpacked_measured_bytes",
    "unpacked_compressed_bytes",
    "unpacked_high_measured_bytes",
    "unpacked_high_compressed_bytes",
)


def hosting_document(host: HostPlan) -> dict[str, object]:
    """Write what is asked for of a host, what it can allocate, what is placed there, and what its unpacked bytes are made of."""
    numbers: dict[str, object] = {name: getattr(host, name) for name in _NUMBERS}
    return {**numbers, "placed": [fields_of(each) for each in host.placed]}


def hosting_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """Read the same back as fields of a `HostPlan`; a document of an older regplan has none of it."""
    placed = tuple(
        Placed(
            each["workload"], int(each["pods"]), int(each["cpu_milli"]), int(each["memory_bytes"]), each["provenance"]
        )
        for each in told.get("placed", ())
    )
    numbers = {name: told.get(name) for name in _NUMBERS}
    return {**{name: None if value is None else int(value) for name, value in numbers.items()}, "placed": placed}
