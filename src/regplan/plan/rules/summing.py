"""How rules about pods tell amounts, and compare what is asked for with the room there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.formula import Formula, Input
from regplan.plan.hosts.adding import free_asked, rooms_together
from regplan.plan.hosts.bins import may_hold
from regplan.plan.hosts.capacity import CPU
from regplan.plan.hosts.enough import enough_for, more_hosts
from regplan.plan.hosts.own import AMD64
from regplan.plan.rules.rule import Observation, listed
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.plan.hosts.capacity import Resource
    from regplan.plan.hosts.demand import Several
    from regplan.plan.hosts.enough import Enough, Search
    from regplan.plan.hosts.placing import Layout

__all__ = ["advise", "amount", "give", "has_amd64", "names_of", "own_hosts", "sum_of"]


def amount(value: int, resource: Resource) -> str:
    """Write so much of a resource for people."""
    return f"{value / 1000:g} CPU" if resource is CPU else f"{format_bytes(value)} of memory"


def give(found: Enough) -> str:
    """Tell what to give a host; memory to the byte, since it is the least that will do."""
    parts = []
    if found.cpu_milli is not None:
        parts.append(f"{found.cpu_milli / 1000:g} CPU")
    if found.memory_bytes is not None:
        parts.append(f"{format_bytes(found.memory_bytes)} ({found.memory_bytes:,} B) of memory")
    return f"Give {found.host} at least {' and '.join(parts)}."


def advise(search: Search, most: tuple[int, int]) -> str:
    """Tell the least that makes all hold: a larger host, or more hosts like it."""
    found = enough_for(search, most)
    if found is not None:
        return give(found)
    count, like = more_hosts(search), search.hosts[search.at].name
    if count is None:
        return "Ask for less, or add hosts."
    return f"Add {'a host' if count == 1 else f'{count} hosts'} like {like}."


def has_amd64(layout: Layout) -> bool:
    """Tell whether any host of an arrangement is of the architecture that a registry needs."""
    return any(load.host.arch in AMD64 for load in layout.loads)


def names_of(pods: Sequence[Several]) -> str:
    """Name pods, and how many of each."""
    return listed([f"{each.demand.name} ({each.pods})" if each.pods > 1 else each.demand.name for each in pods])


def own_hosts(pods: Sequence[Several], layout: Layout, where: str) -> Observation:
    """Put the hosts that pods of one kind may run on beside as many as they need, since no two may share one.

    Of several kinds the one is told that lacks the most.
    """
    most = max(pods, key=lambda each: each.pods)
    able = [load for load in layout.loads if may_hold(most.demand, load.host)]
    able = [load for load in able if load.takes_pods] or able
    return Observation("", len(able), len(able) + most.pods, where, unit="hosts")


def sum_of(layout: Layout, resource: Resource, headroom: float, where: str) -> Observation:
    """Put the room on all hosts that take pods beside what all pods without a place of their own ask for."""
    measured = rooms_together(layout.pool, resource, headroom)
    asked, stated = free_asked(layout, resource)
    known = "assumed" if asked > stated else "declared"
    requests = Input("requests", asked, resource.unit, known, "what all pods without a place of their own ask for")
    required = Formula("required", "requests", (requests,), resource.unit)
    formulas = (measured.formula, required)
    return Observation("", measured.value, int(required), where, formulas=formulas, unit=resource.unit)
