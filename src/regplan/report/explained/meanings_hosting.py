"""What the numbers are that tell of pods on hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.explained.told import Told

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HOSTING"]

_REQUESTS: Final = "requests of the profiles' workloads, and what is assumed where they state none"
_HOW: Final = "{row[provenance]}"

HOSTING: Final[Mapping[str, Told]] = {
    "hosts[].requested_cpu_milli": Told("What the pods placed on {row[name]} ask for.", "declared", _REQUESTS),
    "hosts[].requested_memory_bytes": Told("What the pods placed on {row[name]} ask for.", "declared", _REQUESTS),
    "hosts[].allocatable_cpu_milli": Told(
        "What pods can have of {row[name]}'s CPU.", "assumed", "site file, hosts.cpu, less what the system keeps"
    ),
    "hosts[].allocatable_memory_bytes": Told(
        "What pods can have of {row[name]}'s memory.", "assumed", "site file, hosts.memory, less what the system keeps"
    ),
    "hosts[].disk_required_bytes": Told(
        "What {row[name]}'s main drive must have at least.", "assumed", "docs/model.md"
    ),
    "hosts[].placed[].pods": Told("Pods of {row[workload]} on this host.", "assumed", "docs/model.md", "pods"),
    "hosts[].placed[].cpu_milli": Told("What the pods of {row[workload]} here ask for.", _HOW, _REQUESTS),
    "hosts[].placed[].memory_bytes": Told("What the pods of {row[workload]} here ask for.", _HOW, _REQUESTS),
}
