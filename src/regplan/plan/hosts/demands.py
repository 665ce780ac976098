"""All pods of a set of profiles, reckoned once for all sites that share them, and sorted as they are placed."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.model.profile import Spread, UseStatus, Workload
from regplan.plan.hosts.demand import Demand, Open, Own, Several, pod_demand
from regplan.plan.hosts.needs import needed_beside
from regplan.plan.hosts.own import (
    agent_demands,
    control_plane_demands,
    distribution_of,
    registry_container,
    registry_demand,
    v2_engine_demands,
)
from regplan.plan.hosts.queue import Queue, queue_of
from regplan.plan.packs import EARLY_LAYERS, PROVIDED_LAYER
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from regplan.model.profile import Declarations, Pack, Provenance
    from regplan.oci.reference import Reference
    from regplan.plan.prepared import Prepared

__all__ = ["Demands", "demands_of", "rolling_demands"]

_API_SERVER: Final = "kube-apiserver"


@dataclass(frozen=True, slots=True)
class Demands:
    """What pods ask for on every host, on those of the control plane, on the others, and wherever there is room.

    `free` are sorted by size, the largest first, and `queues` have those of them that have pods: in this order, by CPU and
    by memory. `asked` is what they ask for together, and `stated` the part of it that is stated; `least` is what those of
    them that any host may run ask for. `distribution` is rke2, k3s or "". `longhorn` names the pack that is Longhorn, ""
    where none is. `unstated` are the containers whose requests are assumed. `kept` is what was added up for hosts of a
    role and an architecture.
    """

    every_host: tuple[Demand, ...]
    control_plane: tuple[Demand, ...]
    agents: tuple[Demand, ...]
    free: tuple[Several, ...]
    queues: tuple[Queue, ...]
    distribution: str = ""
    longhorn: str = ""
    unstated: tuple[str, ...] = ()
    asked: tuple[int, int] = (0, 0)
    stated: tuple[int, int] = (0, 0)
    least: tuple[int, int] = (0, 0)
    kept: dict[tuple[str, str], Own] = field(default_factory=dict, init=False, repr=False, compare=False)


def demands_of(prepared: Prepared, kind: str, unsaid: Open) -> Demands:
    """Tell what the pods of a set of profiles ask for, with a registry of `kind` beside them ("" is none).

    Asked through `Prepared.once`, so that sites that share profiles and assumptions share the answer.
    """
    declarations = prepared.declarations
    packs = [pack for profile in declarations.profiles for pack in profile.packs]
    distribution = distribution_of(packs)
    pods = [*_known(declarations, unsaid, kind), *_images(declarations, unsaid, kind)]
    if not any(each.is_registry for _, each in pods):
        pods += [(Spread.REPLICAS, each) for each in registry_demand(kind)]
    own = () if any(map(_is_api_server, declarations.workloads)) else control_plane_demands(distribution)
    more = tuple(needed_beside(packs, pods))
    free = _in_order((*_on(Spread.REPLICAS, pods), *_on(Spread.UNKNOWN, pods), *_on(Spread.REPLICAS, more)))
    return Demands(
        every_host=(
            *_on(Spread.EVERY_HOST, pods),
            *v2_engine_demands(declarations.settings.wiring.engines),
            *_on(Spread.EVERY_HOST, more),
        ),
        control_plane=(*own, *_on(Spread.CONTROL_PLANE, pods), *_on(Spread.CONTROL_PLANE, more)),
        agents=agent_demands(distribution),
        free=free,
        queues=_queues(free),
        distribution=distribution,
        longhorn=_longhorn(packs),
        unstated=tuple(name for _, each in pods for name in each.unstated),
        asked=_asked(free),
        stated=_stated(free),
        least=_asked(_anywhere(free)),
    )


def rolling_demands(prepared: Prepared, kind: str, unsaid: Open) -> Demands:
    """Tell the same while every Deployment is rolled at once; asked through `Prepared.once` too."""
    demands = prepared.once(demands_of, kind, unsaid)
    more = tuple(Several(each, pods + each.surge) for each, pods in demands.free)
    return replace(
        demands,
        free=more,
        queues=_queues(more),
        asked=_asked(more),
        stated=_stated(more),
        least=_asked(_anywhere(more)),
    )


def _known(declarations: Declarations, unsaid: Open, kind: str) -> Iterator[tuple[Spread, Demand]]:
    for workload in declarations.workloads:
        registry = registry_container(workload.provenance.pack) if kind else None
        yield workload.spread, pod_demand(workload, unsaid, registry)


def _images(declarations: Declarations, unsaid: Open, kind: str) -> Iterator[tuple[Spread, Demand]]:
    """Yield one container for each image of which no workload is known, and which something may run.

    What lies in the provider image, and what the distribution's and the registry's own numbers stand for, is left out.
    """
    run = {image for workload in declarations.workloads for image in workload.images}
    named: dict[Reference, list[Provenance]] = {}
    wanted: set[Reference] = set()
    for use in declarations.uses:
        if use.reference is not None and use.is_counted and use.reference not in run:
            named.setdefault(use.reference, []).append(use.provenance)
            if use.status is not UseStatus.UNUSED:
                wanted.add(use.reference)
    for reference, places in named.items():
        if reference not in wanted or any(_is_told_otherwise(where, kind) for where in places):
            continue
        spread = Spread.EVERY_HOST if any(where.layer in EARLY_LAYERS for where in places) else Spread.UNKNOWN
        made = Workload("", "", str(reference), spread, None, (reference,), places[0])
        demand = pod_demand(made, unsaid)
        packs = frozenset(where.pack for where in places)
        yield spread, replace(demand, name=str(reference), unstated=(str(reference),), workload=None, packs=packs)


def _is_told_otherwise(where: Provenance, kind: str) -> bool:
    return where.layer in {PROVIDED_LAYER, "k8s"} or (bool(kind) and registry_container(where.pack) is not None)


def _in_order(demands: Iterable[Demand]) -> tuple[Several, ...]:
    return tuple(Several(each, each.count) for each in sorted(demands, key=_largest_first))


def _queues(free: Sequence[Several]) -> tuple[Queue, ...]:
    by_cpu = sorted(free, key=lambda each: -each.demand.cpu_milli)
    by_memory = sorted(free, key=lambda each: -each.demand.memory_bytes)
    return queue_of(free), queue_of(by_cpu), queue_of(by_memory)


def _anywhere(free: Iterable[Several]) -> list[Several]:
    return [each for each in free if not (each.demand.is_choosy or each.demand.is_spread)]


def _asked(free: Iterable[Several]) -> tuple[int, int]:
    told = tuple(free)
    return sum(each.cpu_milli * pods for each, pods in told), sum(each.memory_bytes * pods for each, pods in told)


def _stated(free: Iterable[Several]) -> tuple[int, int]:
    told = tuple(free)
    return sum(each.cpu_stated * pods for each, pods in told), sum(each.memory_stated * pods for each, pods in told)


def _on(spread: Spread, pods: Iterable[tuple[Spread, Demand]]) -> tuple[Demand, ...]:
    return tuple(each for told, each in pods if told is spread)


def _largest_first(each: Demand) -> tuple[object, ...]:
    return (-each.share, each.name)


def _is_api_server(workload: Workload) -> bool:
    return workload.spread is Spread.CONTROL_PLANE and _API_SERVER in workload.name


def _longhorn(packs: Sequence[Pack]) -> str:
    return next((pack.name for pack in packs if "longhorn" in pack.name.lower()), "")
