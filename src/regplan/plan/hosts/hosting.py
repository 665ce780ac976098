"""Where the pods of a site are placed: reckoned once for a site, and looked at by every rule about hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.hosting import Placed
from regplan.plan.facts import registry_kind
from regplan.plan.hosts.demand import Open
from regplan.plan.hosts.demands import demands_of, rolling_demands
from regplan.plan.hosts.placing import Layout, Terms, place_pods
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from regplan.plan.facts import PlanFacts
    from regplan.plan.hosts.demand import Demand
    from regplan.plan.hosts.placing import Load

__all__ = ["Hosting", "hosting_of", "placed_on"]


class Hosting(NamedTuple):
    """What pods are placed by, the arrangement, and the host that the registry is on, "" where it has none.

    `rolling` is what pods are placed by while every Deployment is rolled at once.
    """

    terms: Terms
    layout: Layout
    registry_host: str
    rolling: Terms


def hosting_of(facts: PlanFacts) -> Hosting:
    """Place the pods of a site on its hosts; raises `InvalidSite` for a share of all."""
    assumptions = facts.site.assumptions
    unsaid = Open(
        assumptions.container_cpu_milli,
        assumptions.container_memory_bytes,
        assumptions.hosts_per_image,
        assumptions.surge,
    )
    kind, prepared = registry_kind(facts), facts.prepared
    terms = Terms(prepared.once(demands_of, kind, unsaid), assumptions)
    layout = place_pods(facts.site.hosts, terms)
    # While Longhorn is upgraded its old instance manager runs beside the new one.
    rolling = Terms(prepared.once(rolling_demands, kind, unsaid), assumptions, managers=2)
    return Hosting(terms, layout, _registry_host(layout), rolling)


def placed_on(load: Load) -> tuple[Placed, ...]:
    """List what is placed on a host, the pods of a workload in one row."""
    rows: dict[int, tuple[Demand, int]] = {}
    for demand, pods in load.placed:
        rows[id(demand)] = (demand, pods + rows.get(id(demand), (demand, 0))[1])
    return tuple(
        Placed(demand.name, pods, demand.cpu_milli * pods, demand.memory_bytes * pods, demand.provenance)
        for demand, pods in rows.values()
    )


def _registry_host(layout: Layout) -> str:
    """Name the host with the registry's pod; of a registry of many pods, the one that holds the images."""
    found = [
        (not _holds_images(demand), -demand.share, load.host.name)
        for load in layout.loads
        for demand, _ in load.placed
        if demand.is_registry
    ]
    return min(found)[2] if found else ""


def _holds_images(demand: Demand) -> bool:
    return demand.workload is None or any(word in demand.workload.name for word in ("registry", "zot"))
