"""Pods on hosts, first fit, the largest pods first.

Kubernetes spreads pods by other means, so that this is no forecast of where each will run: it tells whether there is an
arrangement at all, and what each host is asked for in it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from regplan.plan.hosts.capacity import room_of, share_of, usable_of
from regplan.plan.hosts.demand import Demand, Own, Several, own_of
from regplan.plan.hosts.own import AMD64
from regplan.plan.labels import may_run
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from regplan.model.site import Assumptions, Host
    from regplan.plan.hosts.capacity import Resource, Room
    from regplan.plan.hosts.demands import Demands

__all__ = ["Layout", "Load", "Terms", "may_hold", "place_pods", "place_with_headroom"]


class Terms(NamedTuple):
    """What pods are placed by, besides hosts; `managers` is how often Longhorn's instance manager runs on each host."""

    demands: Demands
    assumptions: Assumptions
    managers: int = 1


@dataclass(frozen=True, slots=True)
class Load:
    """What is placed on one host: sums of CPU in thousandths and of memory in bytes, and the pods.

    `bound` is what of the sums has its place here, the first `bound_rows` of `placed`, and `bound_stated` the part of it
    that the scheduler counts. `takes_pods` tells that pods without a place of their own may come here.
    """

    host: Host
    room: Room
    cpu_milli: int
    memory_bytes: int
    bound: tuple[int, int]
    bound_stated: tuple[int, int]
    bound_rows: int
    placed: tuple[Several, ...]
    takes_pods: bool

    def asked(self, resource: Resource) -> int:
        """Tell what is asked for of one resource."""
        return self.cpu_milli if resource.key == "cpu" else self.memory_bytes

    def stated(self, resource: Resource) -> int:
        """Tell the part of it that is stated or documented, which is all that the scheduler counts."""
        free = self.placed[self.bound_rows :]
        if resource.key == "cpu":
            return self.bound_stated[0] + sum(demand.cpu_stated * pods for demand, pods in free)
        return self.bound_stated[1] + sum(demand.memory_stated * pods for demand, pods in free)


@dataclass(frozen=True, slots=True)
class Layout:
    """An arrangement: each host's load, in order, and the pods for which no host had room or a place of its own.

    `demands` are what was placed. Of those left over, `crowded` want for room, `apart` may not share a host and find
    none of their own, and `barred` may run on no host at all. `asked` and `stated` are the CPU and the memory that pods ask for
    which have no place of their own, without those apart and barred. `is_tight` tells that some pods have room only where the headroom should be.
    """

    loads: tuple[Load, ...]
    demands: Demands
    left: tuple[Several, ...] = ()
    crowded: tuple[Several, ...] = ()
    apart: tuple[Several, ...] = ()
    barred: tuple[Several, ...] = ()
    asked: tuple[int, int] = (0, 0)
    stated: tuple[int, int] = (0, 0)
    is_tight: bool = False

    @property
    def pool(self) -> tuple[Load, ...]:
        """The hosts that take pods without a place of their own."""
        return tuple(load for load in self.loads if load.takes_pods)


def place_pods(hosts: Sequence[Host], terms: Terms) -> Layout:
    """Place pods: those of every host and of the control plane where they belong, the others where there is room.

    The others go to the workers, or to every host where there are none, the largest first, each to the first host that
    has room for it and keeps its headroom; then to the first that has room at all. Where some are left over, other orders
    are tried before that is said, so that a full house is not called too small for want of a better arrangement.
    """
    demands = terms.demands.free
    bins = _bins(hosts, terms)
    over = _fill(bins, demands, with_headroom=True)
    left = _fill(bins, over)
    if not all(_is_barred(each, bins) for each in left) and _may_fit(_bins(hosts, terms), terms, with_headroom=False):
        for attempt in _ATTEMPTS:
            others = _bins(hosts, terms)
            rest = attempt(others, demands)
            if len(rest) < len(left):
                bins, left = others, rest
    return _layout(
        bins,
        terms.demands,
        left,
        is_tight=any(not _is_apart(each, bins) and not _is_barred(each, bins) for each in over),
    )


def place_with_headroom(hosts: Sequence[Host], terms: Terms) -> Layout | None:
    """Place pods so that every host that takes them keeps its headroom; None where the first fit does not do so."""
    bins = _bins(hosts, terms)
    if not _may_fit(bins, terms, with_headroom=True):
        return None
    left = _fill(bins, terms.demands.free, with_headroom=True)
    layout = _layout(bins, terms.demands, left)
    return None if layout.crowded else layout


def _layout(bins: Sequence[_Bin], demands: Demands, left: Sequence[Several], *, is_tight: bool = False) -> Layout:
    apart: list[Several] = []
    crowded: list[Several] = []
    barred: list[Several] = []
    for each in left:
        (barred if _is_barred(each, bins) else apart if _is_apart(each, bins) else crowded).append(each)
    cpu, memory, cpu_stated, memory_stated = (*demands.asked, *demands.stated)
    for demand, pods in (*apart, *barred):
        cpu -= demand.cpu_milli * pods
        memory -= demand.memory_bytes * pods
        cpu_stated -= demand.cpu_stated * pods
        memory_stated -= demand.memory_stated * pods
    loads = tuple(each.load() for each in bins)
    asked, stated = (cpu, memory), (cpu_stated, memory_stated)
    return Layout(loads, demands, tuple(left), tuple(crowded), tuple(apart), tuple(barred), asked, stated, is_tight)


def may_hold(demand: Demand, host: Host) -> bool:
    """Tell whether a host's labels and architecture let a pod run there; a registry needs AMD64."""
    if demand.is_registry and host.arch not in AMD64:
        return False
    return demand.workload is None or may_run(demand.workload, host)


class _Bin:
    """A host while pods are placed on it; `tight` is the headroom, which is part of what is free."""

    __slots__ = (
        "bound",
        "bound_rows",
        "bound_stated",
        "free_cpu",
        "free_memory",
        "host",
        "own",
        "placed",
        "room",
        "spread",
        "takes_pods",
        "tight_cpu",
        "tight_memory",
    )

    def __init__(self, host: Host, room: Room, *, takes_pods: bool) -> None:
        self.host, self.room, self.takes_pods = host, room, takes_pods
        # Of a host of which nobody says what it has, nothing can be promised.
        self.free_cpu, self.free_memory = _values(room)
        self.tight_cpu = self.tight_memory = 0
        self.bound = self.bound_stated = (0, 0)
        self.bound_rows = 0
        self.own: tuple[Several, ...] = ()
        self.placed: list[Several] = []
        self.spread: set[int] = set()

    def alike(self, host: Host) -> _Bin:
        """Make the same of another host that is like this one."""
        made = _Bin.__new__(_Bin)
        made.host, made.room, made.takes_pods = host, self.room, self.takes_pods
        made.free_cpu, made.free_memory = self.free_cpu, self.free_memory
        made.tight_cpu, made.tight_memory = self.tight_cpu, self.tight_memory
        made.bound, made.bound_stated, made.bound_rows = self.bound, self.bound_stated, self.bound_rows
        made.own, made.placed, made.spread = self.own, [], set()
        return made

    def bind(self, own: Own) -> None:
        """Put here what has its place here."""
        self.own = own.rows
        self.free_cpu -= own.asked[0]
        self.free_memory -= own.asked[1]
        self.bound, self.bound_stated, self.bound_rows = own.asked, own.stated, len(own.rows)

    def put(self, demand: Demand, pods: int = 1) -> None:
        self.free_cpu -= demand.cpu_milli * pods
        self.free_memory -= demand.memory_bytes * pods
        self.placed.append(Several(demand, pods))
        if demand.is_spread:
            self.spread.add(id(demand))

    def asked(self) -> tuple[int, int]:
        cpu, memory = _values(self.room)
        return cpu - self.free_cpu, memory - self.free_memory

    def load(self) -> Load:
        cpu_milli, memory_bytes = self.asked()
        return Load(
            self.host,
            self.room,
            cpu_milli,
            memory_bytes,
            self.bound,
            self.bound_stated,
            self.bound_rows,
            (*self.own, *self.placed),
            self.takes_pods,
        )


def _values(room: Room) -> tuple[int, int]:
    return 0 if room.cpu is None else room.cpu.value, 0 if room.memory is None else room.memory.value


def _bins(hosts: Sequence[Host], terms: Terms) -> list[_Bin]:
    """Put on every host what has its place there; hosts that are alike are reckoned once."""
    has_workers = any(host.role == "worker" for host in hosts)
    kinds: dict[tuple[object, ...], _Bin] = {}
    bins = []
    for host in hosts:
        kind = (host.cpu_milli, host.memory_bytes, host.role, host.arch)
        if kind not in kinds:
            kinds[kind] = _start(host, terms, has_workers=has_workers)
        bins.append(kinds[kind].alike(host))
    return bins


def _start(host: Host, terms: Terms, *, has_workers: bool) -> _Bin:
    assumptions = terms.assumptions
    is_control_plane = host.role == "control-plane"
    made = _Bin(host, room_of(host, assumptions), takes_pods=not (has_workers and is_control_plane))
    made.tight_cpu = made.free_cpu - usable_of(made.free_cpu, assumptions.headroom_cpu)
    made.tight_memory = made.free_memory - usable_of(made.free_memory, assumptions.headroom_memory)
    made.bind(_own(host, terms))
    return made


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


def _able(demand: Demand, bins: Sequence[_Bin]) -> list[_Bin]:
    """List the hosts that may run a pod: among those that take pods, or among all where none of these may."""
    able = [each for each in bins if may_hold(demand, each.host)] if demand.is_choosy else bins
    return [each for each in able if each.takes_pods] or list(able)


def _fill(bins: Sequence[_Bin], demands: Iterable[Several], *, with_headroom: bool = False) -> list[Several]:
    """Give pods to the first host with room, as many of one kind at once as go there; tell what is left over."""
    if not with_headroom:
        return _filled(bins, demands)
    for each in bins:
        each.free_cpu -= each.tight_cpu
        each.free_memory -= each.tight_memory
    left = _filled(bins, demands)
    for each in bins:
        each.free_cpu += each.tight_cpu
        each.free_memory += each.tight_memory
    return left


def _filled(bins: Sequence[_Bin], demands: Iterable[Several]) -> list[Several]:
    left = []
    pool = [each for each in bins if each.takes_pods]
    for each in demands:
        demand, pods = each
        if not pods:
            continue
        cpu, memory, is_spread = demand.cpu_milli, demand.memory_bytes, demand.is_spread
        for found in _able(demand, bins) if demand.is_choosy else pool:
            if found.free_cpu < cpu or found.free_memory < memory or (is_spread and id(demand) in found.spread):
                continue
            alone = is_spread or pods == 1
            taken = 1 if alone else _most(pods, (found.free_cpu, cpu), (found.free_memory, memory))
            found.put(demand, taken)
            pods -= taken
            if not pods:
                break
        if pods:
            left.append(each if pods == each.pods else Several(demand, pods))
    return left


def _most(pods: int, *rooms: tuple[int, int]) -> int:
    for free, each in rooms:
        if each:
            pods = min(pods, free // each)
    return pods


def _may_fit(bins: Sequence[_Bin], terms: Terms, *, with_headroom: bool) -> bool:
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


def _is_apart(each: Several, bins: Sequence[_Bin]) -> bool:
    """Tell whether what is left over lacks hosts that have none of its pods yet, and not room."""
    demand = each.demand
    return demand.is_spread and all(id(demand) in found.spread for found in _able(demand, bins))


def _is_barred(each: Several, bins: Sequence[_Bin]) -> bool:
    """Tell whether no host may run what is left over, however much room it has."""
    return each.demand.is_choosy and not _able(each.demand, bins)


def _by_cpu(bins: Sequence[_Bin], demands: Sequence[Several]) -> list[Several]:
    return _fill(bins, sorted(demands, key=lambda each: -each.demand.cpu_milli))


def _by_memory(bins: Sequence[_Bin], demands: Sequence[Several]) -> list[Several]:
    return _fill(bins, sorted(demands, key=lambda each: -each.demand.memory_bytes))


def _best_fit(bins: Sequence[_Bin], demands: Sequence[Several]) -> list[Several]:
    """Give each pod to the host where it leaves the least room, one pod at a time."""
    left = []
    for demand, wanted in demands:
        able = _able(demand, bins)
        for pods in range(wanted, 0, -1):
            fits = [each for each in able if _has_room(each, demand)]
            if not fits:
                left.append(Several(demand, pods))
                break
            min(fits, key=lambda each: (each.free_cpu, each.free_memory)).put(demand)
    return left


def _has_room(found: _Bin, demand: Demand) -> bool:
    if demand.is_spread and id(demand) in found.spread:
        return False
    return found.free_cpu >= demand.cpu_milli and found.free_memory >= demand.memory_bytes


_ATTEMPTS: tuple[Callable[[Sequence[_Bin], Sequence[Several]], list[Several]], ...] = (
    _fill,
    _by_cpu,
    _by_memory,
    _best_fit,
)
