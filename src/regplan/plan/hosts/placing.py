"""Pods on hosts, first fit, the largest pods first.

Kubernetes spreads pods by other means, so that this is no forecast of where each will run: it tells whether there is an
arrangement at all, and what each host is asked for in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.plan.hosts.bins import Terms, bins_of, emptied, fill, fill_best, fill_rest, is_apart, is_barred
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from regplan.model.site import Host
    from regplan.plan.hosts.bins import Bin
    from regplan.plan.hosts.capacity import Resource, Room
    from regplan.plan.hosts.demand import Several
    from regplan.plan.hosts.demands import Demands
    from regplan.plan.hosts.queue import Queue

__all__ = ["Layout", "Load", "Terms", "place_pods", "place_with_headroom"]


@dataclass(frozen=True, slots=True)
class Load:
    """What is placed on one host: sums of CPU in thousandths and of memory in bytes, and the pods.

    `cpu_stated` and `memory_stated` are the part of the sums that is stated or documented, `bound` is what of the sums has
    its place here, and `bound_stated` the part of that which is stated. `takes_pods` tells that pods without a place of
    their own may come here.
    """

    host: Host
    room: Room
    cpu_milli: int
    memory_bytes: int
    cpu_stated: int
    memory_stated: int
    bound: tuple[int, int]
    bound_stated: tuple[int, int]
    placed: tuple[Several, ...]
    takes_pods: bool

    def asked(self, resource: Resource) -> int:
        """Tell what is asked for of one resource."""
        return self.cpu_milli if resource.key == "cpu" else self.memory_bytes

    def stated(self, resource: Resource) -> int:
        """Tell the part of it that is stated or documented, which is all that the scheduler counts."""
        return self.cpu_stated if resource.key == "cpu" else self.memory_stated


@dataclass(frozen=True, slots=True)
class Layout:
    """An arrangement: each host's load, in order, and the pods for which no host had room or a place of its own.

    `pool` are the loads of hosts that take pods without a place of their own. `demands` are what was placed. Of those left over, `crowded` want for room, `apart` may not share a host and find
    none of their own, and `barred` may run on no host at all. `asked` and `stated` are the CPU and the memory that pods ask for
    which have no place of their own, without those apart and barred. `is_tight` tells that some pods have room only where the headroom should be.
    """

    loads: tuple[Load, ...]
    pool: tuple[Load, ...]
    demands: Demands
    left: tuple[Several, ...] = ()
    crowded: tuple[Several, ...] = ()
    apart: tuple[Several, ...] = ()
    barred: tuple[Several, ...] = ()
    asked: tuple[int, int] = (0, 0)
    stated: tuple[int, int] = (0, 0)
    is_tight: bool = False


def place_pods(hosts: Sequence[Host], terms: Terms) -> Layout:
    """Place pods: those of every host and of the control plane where they belong, the others where there is room.

    The others go to the workers, or to every host where there are none, the largest first, each to the first host that
    has room for it and keeps its headroom; then to the first that has room at all. Where some are left over, other orders
    are tried before that is said, so that a full house is not called too small for want of a better arrangement.
    """
    queue = terms.demands.queues[0]
    bins = bins_of(hosts, terms)
    over = fill(bins, queue, with_headroom=True)
    left = fill_rest(bins, over)
    if not all(is_barred(each, bins) for each in left) and _may_fit(emptied(bins), terms, with_headroom=False):
        for attempt, order in _attempts(terms):
            others = emptied(bins)
            rest = attempt(others, order)
            if len(rest) < len(left):
                bins, left = others, rest
    is_tight = any(not is_apart(each, bins) and not is_barred(each, bins) for each in over)
    return _layout(bins, terms.demands, left, is_tight=is_tight)


def place_with_headroom(hosts: Sequence[Host], terms: Terms) -> Layout | None:
    """Place pods so that every host that takes them keeps its headroom; None where the first fit does not do so."""
    bins = bins_of(hosts, terms)
    if not _may_fit(bins, terms, with_headroom=True):
        return None
    left = fill(bins, terms.demands.queues[0], with_headroom=True)
    layout = _layout(bins, terms.demands, left)
    return None if layout.crowded else layout


def _attempts(terms: Terms) -> tuple[tuple[Callable[[Sequence[Bin], Queue], list[Several]], Queue], ...]:
    """List the ways to place pods and the orders in which it is tried, headroom or not."""
    usual, *others = terms.demands.queues
    return (fill, usual), *((fill, each) for each in others), (fill_best, usual)


def _may_fit(bins: Sequence[Bin], terms: Terms, *, with_headroom: bool) -> bool:
    """Tell whether the sum of what any host may run is within the sum of what is free: without that nothing fits."""
    cpu, memory = terms.demands.least
    pool = [each for each in bins if each.takes_pods]
    if with_headroom:
        return cpu <= sum(max(each.free_cpu - each.tight_cpu, 0) for each in pool) and memory <= sum(
            max(each.free_memory - each.tight_memory, 0) for each in pool
        )
    return cpu <= sum(max(each.free_cpu, 0) for each in pool) and memory <= sum(
        max(each.free_memory, 0) for each in pool
    )


def _layout(bins: Sequence[Bin], demands: Demands, left: Sequence[Several], *, is_tight: bool = False) -> Layout:
    apart: list[Several] = []
    crowded: list[Several] = []
    barred: list[Several] = []
    for each in left:
        (barred if is_barred(each, bins) else apart if is_apart(each, bins) else crowded).append(each)
    cpu, memory, cpu_stated, memory_stated = (*demands.asked, *demands.stated)
    for demand, pods in (*apart, *barred):
        cpu -= demand.cpu_milli * pods
        memory -= demand.memory_bytes * pods
        cpu_stated -= demand.cpu_stated * pods
        memory_stated -= demand.memory_stated * pods
    loads = tuple(map(_load, bins))
    return Layout(
        loads,
        tuple(load for load in loads if load.takes_pods),
        demands,
        left=tuple(left),
        crowded=tuple(crowded),
        apart=tuple(apart),
        barred=tuple(barred),
        asked=(cpu, memory),
        stated=(cpu_stated, memory_stated),
        is_tight=is_tight,
    )


def _load(of: Bin) -> Load:
    own, (cpu_milli, memory_bytes) = of.own, of.asked()
    return Load(
        host=of.host,
        room=of.room,
        cpu_milli=cpu_milli,
        memory_bytes=memory_bytes,
        cpu_stated=own.stated[0] + of.stated_cpu,
        memory_stated=own.stated[1] + of.stated_memory,
        bound=own.asked,
        bound_stated=own.stated,
        placed=(*own.rows, *of.placed),
        takes_pods=of.takes_pods,
    )
