"""Sums over an arrangement of pods: what asks for room, what room there is for it, and what is left over."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from regplan.model.formula import Formula, Input
from regplan.plan.hosts.bins import may_hold
from regplan.plan.hosts.capacity import CPU, MEMORY, Reckoned, usable_of
from regplan.plan.hosts.enough import holding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.plan.hosts.capacity import Resource
    from regplan.plan.hosts.demand import Several
    from regplan.plan.hosts.placing import Layout, Load, Terms

__all__ = [
    "BOTH",
    "free_asked",
    "is_too_large",
    "largest_of",
    "raised",
    "rooms_together",
    "scarcer",
    "stated_rooms",
]

BOTH: Final = (CPU, MEMORY)
# A sum of so many hosts is still read; of more those that are alike are told together.
_MOST_LISTED: Final = 100


def free_asked(layout: Layout, resource: Resource) -> tuple[int, int]:
    """Tell what pods without a place of their own ask for, those left over too: all of it, and what is stated.

    Pods that may not share a host, and find none of their own, ask for no room.
    """
    place = BOTH.index(resource)
    return layout.asked[place], layout.stated[place]


def rooms_together(pool: Sequence[Load], resource: Resource, headroom: float = 0.0) -> Reckoned:
    """Add up the room that several hosts have besides what has its place there: no arrangement makes more of it."""
    kept = " with the headroom kept" if headroom else ""
    rooms = [(load.host.name, _room_beside(load, resource, headroom)) for load in pool]
    told = f"can allocate{kept}, less what has its place there"
    if len(rooms) > _MOST_LISTED:
        formula = _alike(rooms, resource, told)
    else:
        inputs = tuple(
            Input(f"room_{place}", room, resource.unit, "assumed", f"what {name} {told}")
            for place, (name, room) in enumerate(rooms, 1)
        )
        formula = Formula("measured", " + ".join(each.name for each in inputs), inputs, resource.unit)
    return Reckoned(int(formula), formula)


def _alike(rooms: Sequence[tuple[str, int]], resource: Resource, told: str) -> Formula:
    """Add up rooms of which many are the same, as those of thousands of hosts are: each kind of them once."""
    first: dict[int, str] = {}
    for name, room in rooms:
        first.setdefault(room, name)
    counts = Counter(room for _, room in rooms)
    inputs: list[Input] = []
    for place, (room, name) in enumerate(first.items(), 1):
        inputs.append(Input(f"hosts_{place}", counts[room], "hosts", "declared", f"hosts with as much room as {name}"))
        inputs.append(Input(f"room_{place}", room, resource.unit, "assumed", f"what {name} {told}"))
    parts = (f"hosts_{place} * room_{place}" for place in range(1, len(first) + 1))
    return Formula("measured", " + ".join(parts), tuple(inputs), resource.unit)


def scarcer(layout: Layout) -> Resource:
    """Tell of which resource pods ask for the larger share of the room."""
    return max(BOTH, key=lambda resource: _share(layout, resource))


def largest_of(layout: Layout) -> Load:
    """Tell the host that takes pods and can allocate the most."""
    return max(layout.pool, key=lambda load: (_room_on(load, CPU), _room_on(load, MEMORY)))


def raised(layout: Layout, terms: Terms, at: int, *, with_headroom: bool) -> tuple[int, int]:
    """Tell the CPU and the memory with which a host would take all pods that have no place of their own."""
    load = layout.loads[at]
    host, asked = load.host, [load.bound[place] + free_asked(layout, each)[0] for place, each in enumerate(BOTH)]
    cpu, memory = (
        holding(each, resource, host, terms, with_headroom=with_headroom)
        for each, resource in zip(asked, BOTH, strict=True)
    )
    return max(cpu, host.cpu_milli or 0), max(memory, host.memory_bytes or 0)


def is_too_large(each: Several, layout: Layout) -> bool:
    """Tell whether no host could run a pod if it ran nothing else than what has its place there, by what is stated."""
    demand = each.demand
    return not any(
        may_hold(demand, load.host)
        and demand.cpu_stated <= _room_on(load, CPU) - load.bound_stated[0]
        and demand.memory_stated <= _room_on(load, MEMORY) - load.bound_stated[1]
        for load in layout.loads
    )


def stated_rooms(pool: Sequence[Load], resource: Resource) -> int:
    """Add up the room besides what is stated of what has its place there: all that the scheduler has."""
    place = BOTH.index(resource)
    return sum(max(_room_on(load, resource) - load.bound_stated[place], 0) for load in pool)


def _room_beside(load: Load, resource: Resource, headroom: float) -> int:
    return max(usable_of(_room_on(load, resource), headroom) - load.bound[BOTH.index(resource)], 0)


def _room_on(load: Load, resource: Resource) -> int:
    found = load.room.of(resource)
    return 0 if found is None else found.value


def _share(layout: Layout, resource: Resource) -> float:
    room = sum(_room_beside(load, resource, 0.0) for load in layout.pool)
    asked = free_asked(layout, resource)[0]
    return asked / room if room else float(asked)
