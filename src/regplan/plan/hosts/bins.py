"""Hosts while pods are put on them, each pod on the first that has room for it."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import field
from typing import TYPE_CHECKING

from regplan.plan.hosts.capacity import room_of, share_of, usable_of
from regplan.plan.hosts.demand import Demand, Own, Several, own_of
from regplan.plan.hosts.own import AMD64
from regplan.plan.labels import may_run
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.model.site import Assumptions, Host
    from regplan.plan.hosts.capacity import Room
    from regplan.plan.hosts.demands import Demands
    from regplan.plan.hosts.queue import Queue

__all__ = ["Bin", "Terms", "bins_of", "emptied", "fill", "fill_best", "fill_rest", "is_apart", "is_barred", "may_hold"]


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What pods are placed by, besides hosts; `managers` is how often Longhorn's instance manager runs on each host.

    `kinds` is what was reckoned of hosts of a kind, which every arrangement begins with.
    """

    demands: Demands
    assumptions: Assumptions
    managers: int = 1
    kinds: dict[tuple[object, ...], Bin] = field(default_factory=dict, init=False, repr=False)


def may_hold(demand: Demand, host: Host) -> bool:
    """Tell whether a host's labels and architecture let a pod run there; a registry needs AMD64."""
    if demand.is_registry and host.arch not in AMD64:
        return False
    return demand.workload is None or may_run(demand.workload, host)


class Bin:
    """A host while pods are placed on it; `tight` is the headroom, which is part of what is free.

    `own` is what has its place here, `placed` what else is here, and `stated` the part of that which the scheduler counts.
    """

    __slots__ = (
        "free_cpu",
        "free_memory",
        "host",
        "own",
        "placed",
        "room",
        "spread",
        "stated_cpu",
        "stated_memory",
        "takes_pods",
        "tight_cpu",
        "tight_memory",
    )

    def __init__(self, host: Host, room: Room, own: Own, tight: tuple[int, int], *, takes_pods: bool) -> None:
        """Put on a host what has its place there, and nothing else."""
        self.host, self.room, self.own, self.takes_pods = host, room, own, takes_pods
        self.tight_cpu, self.tight_memory = tight
        cpu, memory = _values(room)
        self.free_cpu, self.free_memory = cpu - own.asked[0], memory - own.asked[1]
        self.stated_cpu = self.stated_memory = 0
        self.placed: list[Several] = []
        self.spread: set[int] = set()

    def alike(self, host: Host) -> Bin:
        """Make the same of another host that is like this one, empty."""
        return Bin(host, self.room, self.own, (self.tight_cpu, self.tight_memory), takes_pods=self.takes_pods)

    def asked(self) -> tuple[int, int]:
        """Tell what everything here asks for."""
        cpu, memory = _values(self.room)
        return cpu - self.free_cpu, memory - self.free_memory

    def put(self, demand: Demand, pods: int = 1) -> None:
        """Put some pods of a kind here."""
        self.free_cpu -= demand.cpu_milli * pods
        self.free_memory -= demand.memory_bytes * pods
        self.stated_cpu += demand.cpu_stated * pods
        self.stated_memory += demand.memory_stated * pods
        self.placed.append(Several(demand, pods))
        if demand.is_spread:
            self.spread.add(id(demand))

    def take(self, queue: Queue, at: int, end: int) -> int:
        """Take the rows of a stretch that have room here whole, from `at` on; tells the first that is not taken."""
        cpu, memory = queue.cpu, queue.memory
        end = bisect_right(cpu, cpu[at] + self.free_cpu, at + 1, end + 1) - 1
        end = bisect_right(memory, memory[at] + self.free_memory, at + 1, end + 1) - 1
        if end > at:
            self.free_cpu -= cpu[end] - cpu[at]
            self.free_memory -= memory[end] - memory[at]
            self.stated_cpu += queue.cpu_stated[end] - queue.cpu_stated[at]
            self.stated_memory += queue.memory_stated[end] - queue.memory_stated[at]
            self.placed += queue.rows[at:end]
        return end


def _values(room: Room) -> tuple[int, int]:
    """Tell the room for both; of a host of which nobody says what it has, nothing can be promised."""
    return 0 if room.cpu is None else room.cpu.value, 0 if room.memory is None else room.memory.value


def bins_of(hosts: Sequence[Host], terms: Terms) -> list[Bin]:
    """Put on every host what has its place there; hosts that are alike are reckoned once for all arrangements."""
    has_workers = any(host.role == "worker" for host in hosts)
    bins = []
    for host in hosts:
        kind = (host.cpu_milli, host.memory_bytes, host.role, host.arch, has_workers)
        found = terms.kinds.get(kind)
        if found is None:
            found = terms.kinds[kind] = _start(host, terms, has_workers=has_workers)
        bins.append(found.alike(host))
    return bins


def emptied(bins: Sequence[Bin]) -> list[Bin]:
    """Make the same bins with what has its place there, and nothing else."""
    return [each.alike(each.host) for each in bins]


def fill(bins: Sequence[Bin], queue: Queue, *, with_headroom: bool = False) -> list[Several]:
    """Give pods to the first host with room, as many at once as go there; tell what is left over."""
    if not with_headroom:
        return _filled(bins, queue)
    for each in bins:
        each.free_cpu -= each.tight_cpu
        each.free_memory -= each.tight_memory
    left = _filled(bins, queue)
    for each in bins:
        each.free_cpu += each.tight_cpu
        each.free_memory += each.tight_memory
    return left


def fill_rest(bins: Sequence[Bin], rows: Sequence[Several]) -> list[Several]:
    """Give what was left over to the first host with room at all; tell what still is left over."""
    return _one_by_one(bins, [each for each in bins if each.takes_pods], rows) if rows else []


def fill_best(bins: Sequence[Bin], queue: Queue) -> list[Several]:
    """Give each pod to the host where it leaves the least room, one pod at a time."""
    left = []
    for demand, wanted in queue.rows:
        able = _able(demand, bins)
        for pods in range(wanted, 0, -1):
            fits = [each for each in able if _has_room(each, demand)]
            if not fits:
                left.append(Several(demand, pods))
                break
            min(fits, key=lambda each: (each.free_cpu, each.free_memory)).put(demand)
    return left


def is_apart(each: Several, bins: Sequence[Bin]) -> bool:
    """Tell whether what is left over lacks hosts that have none of its pods yet, and not room."""
    demand = each.demand
    return demand.is_spread and all(id(demand) in found.spread for found in _able(demand, bins))


def is_barred(each: Several, bins: Sequence[Bin]) -> bool:
    """Tell whether no host may run what is left over, however much room it has."""
    return each.demand.is_choosy and not _able(each.demand, bins)


def _start(host: Host, terms: Terms, *, has_workers: bool) -> Bin:
    assumptions, room = terms.assumptions, room_of(host, terms.assumptions)
    cpu, memory = _values(room)
    tight = cpu - usable_of(cpu, assumptions.headroom_cpu), memory - usable_of(memory, assumptions.headroom_memory)
    takes_pods = not (has_workers and host.role == "control-plane")
    return Bin(host, room, _own(host, terms), tight, takes_pods=takes_pods)


def _own(host: Host, terms: Terms) -> Own:
    """Add up what has its place on a host: the same on all of one role and architecture, but for Longhorn's share."""
    demands, key = terms.demands, (host.role, host.arch)
    found = demands.kept.get(key)
    if found is None:
        own = demands.control_plane if host.role == "control-plane" else demands.agents
        rows = (each for each in (*own, *demands.every_host) if not each.is_choosy or may_hold(each, host))
        found = demands.kept[key] = own_of(tuple(Several(each, 1) for each in rows))
    if demands.longhorn and host.cpu_milli is not None:
        manager = Several(_manager(host.cpu_milli, terms.assumptions), terms.managers)
        return own_of((*found.rows, manager))
    return found


def _manager(cpu_milli: int, assumptions: Assumptions) -> Demand:
    cpu = math.ceil(cpu_milli * share_of(assumptions.longhorn_cpu))
    return Demand("Longhorn instance manager", cpu, 0, cpu, 0, provenance="rule")


def _able(demand: Demand, bins: Sequence[Bin]) -> list[Bin]:
    """List the hosts that may run a pod: among those that take pods, or among all where none of these may."""
    able = [each for each in bins if may_hold(demand, each.host)] if demand.is_choosy else bins
    return [each for each in able if each.takes_pods] or list(able)


def _filled(bins: Sequence[Bin], queue: Queue) -> list[Several]:
    left: list[Several] = []
    pool, rows, at = [each for each in bins if each.takes_pods], queue.rows, 0
    while at < len(rows):
        plain = queue.plain[at]
        if plain == at:
            left += _one_by_one(bins, pool, rows[at : at + 1])
            at += 1
            continue
        found = _first_with_room(pool, rows[at].demand)
        if found is None:
            left += rows[at : queue.alike[at]]
            at = queue.alike[at]
            continue
        # An earlier host has no room for any of this size, and may have some for smaller ones.
        end = found.take(queue, at, plain if found is pool[0] else queue.alike[at])
        if end == at:
            left += _one_by_one(bins, pool, rows[at : at + 1])
            end = at + 1
        at = end
    return left


def _one_by_one(bins: Sequence[Bin], pool: Sequence[Bin], rows: Iterable[Several]) -> list[Several]:
    """Give rows to hosts one after the other; tell what is left over of each."""
    left = []
    for row in rows:
        pods = _spread_out(row, _able(row.demand, bins) if row.demand.is_choosy else pool)
        if pods:
            left.append(row if pods == row.pods else Several(row.demand, pods))
    return left


def _first_with_room(pool: Sequence[Bin], demand: Demand) -> Bin | None:
    cpu, memory = demand.cpu_milli, demand.memory_bytes
    for found in pool:
        if found.free_cpu >= cpu and found.free_memory >= memory:
            return found
    return None


def _spread_out(row: Several, able: Sequence[Bin]) -> int:
    """Put pods of one kind on several hosts, as many as go to each; tell how many are left over."""
    demand, pods = row
    cpu, memory, is_spread = demand.cpu_milli, demand.memory_bytes, demand.is_spread
    for found in able:
        if found.free_cpu < cpu or found.free_memory < memory or (is_spread and id(demand) in found.spread):
            continue
        taken = 1 if is_spread or pods == 1 else _most(pods, (found.free_cpu, cpu), (found.free_memory, memory))
        found.put(demand, taken)
        pods -= taken
        if not pods:
            break
    return pods


def _most(pods: int, *rooms: tuple[int, int]) -> int:
    for free, each in rooms:
        if each:
            pods = min(pods, free // each)
    return pods


def _has_room(found: Bin, demand: Demand) -> bool:
    if demand.is_spread and id(demand) in found.spread:
        return False
    return found.free_cpu >= demand.cpu_milli and found.free_memory >= demand.memory_bytes
