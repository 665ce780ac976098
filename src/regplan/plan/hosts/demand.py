"""What one pod asks for: the requests of its containers, and what is assumed where a container states none."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from regplan.model.profile import Spread
from regplan.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.profile import Workload

__all__ = ["Demand", "Open", "Own", "Several", "own_of", "pod_demand"]


class Open(NamedTuple):
    """What is assumed where profiles do not say: of a container without request, and of hosts and pods."""

    cpu_milli: int
    memory_bytes: int
    hosts_per_image: int
    surge: float


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Equal pods: what each of `count` asks for, in thousandths of a CPU and in bytes of memory.

    `cpu_stated` and `memory_stated` are the part of it that is stated or documented, which is all that the scheduler counts.
    `unstated` names the containers whose request is assumed. `surge` are further pods while they are rolled. `is_spread`:
    no two of them may share a host; `is_choosy`: `workload`, or what a registry needs, keeps them off some hosts. `packs` run
    them, by their names.
    """

    name: str
    cpu_milli: int
    memory_bytes: int
    cpu_stated: int
    memory_stated: int
    count: int = 1
    surge: int = 0
    is_spread: bool = False
    is_registry: bool = False
    is_choosy: bool = False
    provenance: str = "declared"
    unstated: tuple[str, ...] = ()
    workload: Workload | None = None
    packs: frozenset[str] = frozenset()

    @property
    def share(self) -> Fraction:
        """How large a pod is: the larger of its shares of a host as the documentation has it at least, 4 CPU and 8 GB."""
        return max(Fraction(self.cpu_milli, 4_000), Fraction(self.memory_bytes, 8_000_000_000))


class Several(NamedTuple):
    """So many of a demand's pods."""

    demand: Demand
    pods: int


class Own(NamedTuple):
    """What has its place on a host, and what of CPU and memory it asks for: all of it, and the part that is stated."""

    rows: tuple[Several, ...]
    asked: tuple[int, int]
    stated: tuple[int, int]


class _Asked(NamedTuple):
    """A pod's request for one resource: all of it, the part that is stated, and the containers that state none."""

    total: int
    stated: int
    unstated: tuple[str, ...]


def own_of(rows: tuple[Several, ...]) -> Own:
    """Add up what pods of several kinds ask for."""
    return Own(
        rows,
        (sum(each.cpu_milli * pods for each, pods in rows), sum(each.memory_bytes * pods for each, pods in rows)),
        (sum(each.cpu_stated * pods for each, pods in rows), sum(each.memory_stated * pods for each, pods in rows)),
    )


def pod_demand(workload: Workload, unsaid: Open, registry: tuple[int, int] | None = None) -> Demand:
    """Tell what a workload's pods ask for.

    A pod asks for the larger of what its containers ask for together and what one of its init containers does. A
    container that states a limit alone has it as its request (Kubernetes docs, "Resource Management for Pods and
    Containers"). `registry` is what a container of a registry is taken to use.
    """
    cpu_assumed, memory_assumed = registry or (unsaid.cpu_milli, unsaid.memory_bytes)
    containers = workload.containers
    cpu = _asked(
        ((each.name, each.is_init, each.cpu_request_milli, each.cpu_limit_milli) for each in containers), cpu_assumed
    )
    memory = _asked(
        ((each.name, each.is_init, each.memory_request_bytes, each.memory_limit_bytes) for each in containers),
        memory_assumed,
    )
    name = f"{workload.namespace}/{workload.name}"
    count, is_known = workload.replicas or 0, workload.spread is Spread.REPLICAS and workload.replicas is not None
    return Demand(
        name=name,
        cpu_milli=cpu.total,
        memory_bytes=memory.total,
        cpu_stated=cpu.stated,
        memory_stated=memory.stated,
        count=count if is_known else unsaid.hosts_per_image if workload.spread is Spread.UNKNOWN else 1,
        surge=_surge(workload, count, unsaid) if is_known else 0,
        is_spread=workload.is_spread or workload.spread is Spread.UNKNOWN,
        is_registry=registry is not None,
        is_choosy=registry is not None or bool(workload.node_selector or workload.node_affinity),
        provenance=_provenance(cpu, memory),
        unstated=tuple(f"{name}/{each}" if each else name for each in dict.fromkeys((*cpu.unstated, *memory.unstated))),
        workload=workload,
        packs=frozenset((workload.provenance.pack,)),
    )


def _asked(told: Iterable[tuple[str, bool, int | None, int | None]], assumed: int) -> _Asked:
    sums, most = [0, 0], [0, 0]
    open_main: list[str] = []
    open_init: list[str] = []
    rows = list(told) or [("", False, None, None)]
    for name, is_init, request, limit in rows:
        stated = request if request is not None else limit
        value = assumed if stated is None else stated
        if is_init:
            most = [max(most[0], value), max(most[1], stated or 0)]
        else:
            sums = [sums[0] + value, sums[1] + (stated or 0)]
        if stated is None:
            (open_init if is_init else open_main).append(name)
    # An init container counts only where it asks for more than all others together.
    decides = open_init if assumed > sums[0] else []
    return _Asked(max(sums[0], most[0]), max(sums[1], most[1]), (*open_main, *decides))


def _provenance(cpu: _Asked, memory: _Asked) -> str:
    if not (cpu.unstated or memory.unstated):
        return "declared"
    return "mixed" if cpu.stated or memory.stated else "assumed"


def _surge(workload: Workload, count: int, unsaid: Open) -> int:
    if workload.surge is not None:
        return workload.surge
    return math.ceil(count * Fraction(str(unsaid.surge))) if workload.kind == "Deployment" else 0
