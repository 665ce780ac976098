"""What pods ask for on each host, for the oracle: facts/models.md 3.1 and 3.2 (C2, C3, C5, C6), added up by hand.

Placed: DaemonSets on every host; what the distribution runs itself on the control plane's hosts and on the others; then
everything else, the largest first, on the first worker that has room, no two on one host where the pods say so. A container
that states no request takes 100m and 128Mi, and so does an image of which no workload is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from independent.case import Case
    from independent.layers import Pods
    from independent.sites import Host

__all__ = ["HEADROOM", "Asked", "Placed", "Pod", "allocatable", "needed", "placed", "v2_engine"]

MIB = 2**20
# A container that states nothing (facts/models.md C3).
UNSTATED = (100, 128 * MIB)
# rke2 pkg/podtemplate/config.go: the sum of its static pods, and kube-proxy, which every host runs; docs.k3s.io,
# "Resource Profiling": server and agent.
SERVERS = {"rke2": (1_100, 2_176 * MIB), "k3s": (60, 1_606 * 10**6)}
AGENTS = {"rke2": (250, 128 * MIB), "k3s": (30, 275 * 10**6)}
REGISTRIES = {"zot": (500, 512 * MIB), "harbor": (1_100, 2_816 * MIB)}
LONGHORN = Fraction(12, 100)
HEADROOM = (Fraction(15, 100), Fraction(20, 100))
NO_HEADROOM = (Fraction(0), Fraction(0))


@dataclass(frozen=True)
class Pod:
    """One pod's request; `apart`: no two of its name share a host; `amd64`: it runs on such a host alone."""

    name: str
    cpu_milli: int
    memory: int
    apart: bool = False
    amd64: bool = False
    stated: tuple[int, int] | None = None  # what of it is stated or documented, and not assumed; None is all of it

    @property
    def both(self) -> tuple[int, int]:
        """CPU and memory."""
        return self.cpu_milli, self.memory

    @property
    def certain(self) -> tuple[int, int]:
        """CPU and memory that are not assumed."""
        return self.both if self.stated is None else self.stated


@dataclass
class Asked:
    """What is placed on a host so far: pods that must be there, and those that may move."""

    host: Host
    fixed: list[Pod]
    moved: list[Pod]

    @property
    def total(self) -> tuple[int, int]:
        """CPU and memory of all of them."""
        every = self.fixed + self.moved
        return sum(each.cpu_milli for each in every), sum(each.memory for each in every)

    @property
    def certain(self) -> tuple[int, int]:
        """What of it is not assumed."""
        every = [each.certain for each in self.fixed + self.moved]
        return sum(cpu for cpu, _ in every), sum(memory for _, memory in every)

    def room(self, headroom: tuple[Fraction, Fraction]) -> tuple[int, int]:
        """What is left for pods that may move, a share of the host being kept free; 0 where nobody knows what it has."""
        found = []
        for place, capacity in enumerate(allocatable(self.host)):
            fixed = sum(each.both[place] for each in self.fixed)
            found.append(max(floor((capacity or 0) * (1 - headroom[place])) - fixed, 0))
        return found[0], found[1]


@dataclass(frozen=True)
class Placed:
    """Everything placed on hosts; `left` has no room on any, `stuck` only because no two of it may share a host.

    `barred` may run on none: a registry needs AMD64 (facts/palette.md 4).
    """

    loads: list[Asked]
    pool: list[Asked]
    left: list[Pod]
    stuck: list[Pod]
    barred: list[Pod]


def allocatable(host: Host) -> tuple[int | None, int | None]:
    """Capacity less 80m + 1 % of CPU; less 320 MiB + 5 % and 100 MiB for eviction of memory (facts/models.md 3.1)."""
    processors = None if host.cpu_milli is None else int(host.cpu_milli - (80 + Fraction(host.cpu_milli, 100)))
    memory = None if host.memory is None else int(host.memory - (320 * MIB + Fraction(host.memory, 20)) - 100 * MIB)
    return processors, memory


def needed(asked: Asked) -> tuple[int, int]:
    """What must be allocatable so that the headroom of 15 % CPU and 20 % memory stays free (C2)."""
    cpu_milli, memory = asked.total
    return ceil(cpu_milli / (1 - HEADROOM[0])), ceil(memory / (1 - HEADROOM[1]))


def pod_of(pods: Pods) -> Pod:
    """The request of one pod: init containers run one after the other, before the others, which run together."""
    cpu, memory = (_most(pods, place, UNSTATED[place]) for place in (0, 1))
    return Pod(pods.name, cpu, memory, pods.apart, stated=(_most(pods, 0, 0), _most(pods, 1, 0)))


def _most(pods: Pods, place: int, unstated: int) -> int:
    asked = [((each.cpu_milli, each.memory)[place], each.is_init) for each in pods.containers]
    known = [(unstated if told is None else told, is_init) for told, is_init in asked]
    return max([sum(told for told, is_init in known if not is_init), *(told for told, is_init in known if is_init)])


def placed(case: Case, hosts: tuple[Host, ...] | None = None, *, rolling: bool = False) -> Placed:
    """Place everything on the hosts (the site's, or those that are left of them), Deployments surging if `rolling`."""
    everywhere, free = _pods(case, rolling=rolling)
    distribution = _distribution(case)
    loads = []
    for host in case.site.hosts if hosts is None else hosts:
        is_control_plane = host.role == "control-plane"
        own = SERVERS.get(distribution, SERVERS["rke2"]) if is_control_plane else AGENTS.get(distribution)
        # Of a distribution that is not known RKE2's numbers are assumed.
        stated = None if distribution else (0, 0)
        fixed = everywhere + ([Pod("own", *own, stated=stated)] if own else [])
        if any("longhorn" in pack.name for pack in case.declared.layers) and host.cpu_milli:
            # While it is upgraded its second instance manager runs beside the first (C7).
            fixed += [Pod("longhorn", ceil(LONGHORN * host.cpu_milli), 0)] * (2 if rolling else 1)
        if v2_engine(case) is True:
            # Its process polls on one CPU, and 1,024 huge pages of 2 MiB are set aside.
            fixed += [Pod("longhorn", 1_000, 2_048 * MIB)]
        loads.append(Asked(host, fixed, []))
    workers = [load for load in loads if load.host.role == "worker"] or loads
    left: list[Pod] = []
    stuck: list[Pod] = []
    barred: list[Pod] = []
    for pod in sorted(free, key=lambda pod: -_share(pod, workers)):
        able = [load for load in workers if not pod.amd64 or load.host.arch == "amd64"]
        # The registry runs on the control plane where no worker can run it.
        able = able or [load for load in loads if load.host.arch == "amd64"]
        apart = [load for load in able if not (pod.apart and pod in load.moved)]
        # Where the headroom stays free first, so that it is not missed for want of arranging.
        fitting = [load for kept in (HEADROOM, NO_HEADROOM) for load in apart if _fits(load, pod, kept)]
        for load in fitting[:1]:
            load.moved.append(pod)
        if not fitting:
            (barred if not able else stuck if not apart else left).append(pod)
    return Placed(loads, workers, left, stuck, barred)


def _pods(case: Case, *, rolling: bool) -> tuple[list[Pod], list[Pod]]:
    everywhere, free = [], []
    run = {image for pack in case.declared.layers for pods in pack.runs for image in pods.images}
    for pack in case.declared.layers:
        for pods in pack.runs:
            if pods.spread == "every":
                everywhere.append(pod_of(pods))
            else:
                # A rolling update starts a quarter more, rounded up (Kubernetes: maxSurge 25 %).
                free += [pod_of(pods)] * (pods.replicas + (ceil(Fraction(pods.replicas, 4)) if rolling else 0))
    for reference in case.references:
        packs = case.declared.named_by(reference)
        if reference in run or any(pack.layer in {"os", "k8s"} for pack in packs):
            continue
        if case.kind and any(pack.name in {"zot", "harbor", "harbor-edge-native-config"} for pack in packs):
            continue
        # A pack whose manifests are at hand runs what they show, and nothing else of its list.
        if packs and all(pack.runs for pack in packs):
            continue
        early = any(pack.layer in {"cni", "csi"} for pack in packs)
        (everywhere if early else free).append(Pod(reference, *UNSTATED, stated=(0, 0)))
    if case.kind in REGISTRIES:
        # Neither chart states requests (facts/models.md 3.1).
        free.append(Pod("registry", *REGISTRIES[case.kind], amd64=True, stated=(0, 0)))
    return everywhere, free


def _distribution(case: Case) -> str:
    names = [pack.name for pack in case.declared.layers if pack.layer == "k8s"]
    return next((known for known in SERVERS if any(known in name for name in names)), "")


def v2_engine(case: Case) -> Any:
    """What the storage packs' values say of Longhorn's V2 engine; None where they say nothing."""
    keys = ("charts", "longhorn", "defaultSettings", "v2DataEngine")
    return next((told for pack in case.declared.layers if (told := pack.value(*keys)) is not None), None)


def _share(pod: Pod, workers: list[Asked]) -> Fraction:
    room = [allocatable(load.host) for load in workers]
    cpu, memory = sum(each[0] or 0 for each in room), sum(each[1] or 0 for each in room)
    return max(Fraction(pod.cpu_milli, cpu or 1), Fraction(pod.memory, memory or 1))


def _fits(load: Asked, pod: Pod, headroom: tuple[Fraction, Fraction]) -> bool:
    """A host of which nobody knows what it has takes no pod that may go elsewhere."""
    room, asked = allocatable(load.host), load.total
    return all(
        capacity is not None and have + more <= capacity * (1 - kept)
        for capacity, have, more, kept in zip(room, asked, pod.both, headroom, strict=True)
    )
