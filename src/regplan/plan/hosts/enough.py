"""The least that makes an arrangement hold: found by placing the pods again, so that it is true and not a guess."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.plan.hosts.capacity import CPU, MEMORY, Resource, capacity_for, headroom_of, kept_of, share_of
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from regplan.model.site import Host
    from regplan.plan.hosts.placing import Layout, Terms

    # The arrangements that hold with these hosts, () where one does not.
    Holds = Callable[[Sequence[Host]], Sequence[Layout]]

__all__ = ["Enough", "Search", "enough_for", "holding", "least_of", "more_hosts"]

_MOST_ROUNDS = 100
_MOST_HOSTS = 10


class Enough(NamedTuple):
    """What a host must have at least, None where it need not have more than it has."""

    host: str
    cpu_milli: int | None = None
    memory_bytes: int | None = None


class Search(NamedTuple):
    """What is looked for: hosts, the place of the one to be made larger, and what must hold, with or without headroom."""

    hosts: Sequence[Host]
    at: int
    terms: Terms
    holds: Holds
    with_headroom: bool


def holding(asked: int, resource: Resource, host: Host, terms: Terms, *, with_headroom: bool = True) -> int:
    """Tell the least capacity of a host on which so much may be asked for.

    Longhorn's instance manager asks for a share of the capacity itself, and is part of `asked` as of now.
    """
    assumptions = terms.assumptions
    kept = kept_of(resource, assumptions)
    free = 1 - share_of(headroom_of(resource, assumptions) if with_headroom else 0.0)
    if resource is not CPU or not terms.demands.longhorn:
        return capacity_for(math.ceil(asked / free), kept)
    share = share_of(assumptions.longhorn_cpu)
    others, found = asked - terms.managers * math.ceil((host.cpu_milli or 0) * share), 0
    for _ in range(_MOST_ROUNDS):
        needed = capacity_for(math.ceil((others + terms.managers * math.ceil(found * share)) / free), kept)
        if needed == found:
            break
        found = needed
    return found


def enough_for(search: Search, most: tuple[int, int]) -> Enough | None:
    """Tell what one host must have at least so that all holds: more CPU, else more memory, else both; None if neither.

    Whole CPUs, and memory to the byte: with one less it does not hold. `most` are the CPU and the memory with which it
    holds, if it does with any. Both are looked for on a host that is alone; of several, more hosts are the better advice.
    """
    name, most_memory = search.hosts[search.at].name, most[1]
    cpu = least_of(search, CPU, most[0])
    if cpu is not None:
        return Enough(name, cpu)
    memory = least_of(search, MEMORY, most_memory)
    if memory is not None:
        return Enough(name, None, memory)
    if len(search.hosts) > 1:
        return None
    cpu = least_of(_larger(search, MEMORY, most_memory), CPU, most[0])
    return None if cpu is None else Enough(name, cpu, least_of(_larger(search, CPU, cpu), MEMORY, most_memory))


def more_hosts(search: Search) -> int | None:
    """Tell how many more hosts like the one to be made larger are needed so that all holds; None for very many."""
    like = search.hosts[search.at]
    for count in range(1, _MOST_HOSTS + 1):
        more = tuple(replace(like, name=f"{like.name}+{place}", role=like.role) for place in range(1, count + 1))
        if search.holds((*search.hosts, *more)):
            return count
    return None


def _larger(search: Search, resource: Resource, value: int) -> Search:
    """Look among the same hosts, the one to be made larger having so much of another resource."""
    host = search.hosts[search.at]
    made = replace(host, cpu_milli=value) if resource is CPU else replace(host, memory_bytes=value)
    return search._replace(hosts=(*search.hosts[: search.at], made, *search.hosts[search.at + 1 :]))


def least_of(search: Search, resource: Resource, most: int) -> int | None:
    """Find an amount with which all holds, while it does not with one less: whole CPUs, memory to the byte.

    With what the host has it does not hold; None where it does not with `most` either.
    """
    step, host = 1000 if resource is CPU else 1, search.hosts[search.at]
    low, high = ((host.cpu_milli if resource is CPU else host.memory_bytes) or 0) // step, math.ceil(most / step)

    def used(count: int) -> int | None:
        """Tell with how little the arrangement holds that is found with so much, None where none holds."""
        tried = _larger(search, resource, count * step)
        found = [load for layout in search.holds(tried.hosts) for load in layout.loads if load.host.name == host.name]
        if not found:
            return None
        asked, made = max(load.asked(resource) for load in found), tried.hosts[search.at]
        least = holding(asked, resource, made, search.terms, with_headroom=search.with_headroom)
        return max(math.ceil(least / step), low + 1)

    def lowered(count: int) -> int | None:
        """Tell an amount that holds and is at most `count`, None where that does not hold."""
        found = used(count)
        return found if found is None or found >= count or used(found) is not None else count

    tried = lowered(high)
    if tried is None:
        return None
    high = min(tried, high)
    while high - low > 1 and (tried := lowered(high - 1)) is not None:
        high = min(tried, high - 1)
        middle = (low + high) // 2
        if middle > low and (tried := lowered(middle)) is not None:
            high = min(tried, middle)
        else:
            low = middle
    return high * step
