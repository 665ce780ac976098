"""What pods ask for on each host, for the oracle: facts/models.md 3.1 and 3.2 (C2, C3, C5, C6), added up by hand.

Placed: DaemonSets on every host; what the distribution runs itself on the control plane's hosts and on the others; then
everything else, the largest first, on the first worker that has room, no two on one host where the pods say so. A container
that states no request takes 100m and 128Mi, and so does an image of which no workload is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from independent.case import Case
    from independent.layers import Pods
    from independent.sites import Host

__all__ = ["Asked", "allocatable", "needed", "placed"]

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


@dataclass
class Asked:
    """What is placed on a host so far, in thousandths of a CPU and in bytes; `names` are the pods that stand apart."""

    host: Host
    cpu_milli: int = 0
    memory: int = 0
    names: tuple[str, ...] = ()

    def add(self, each: Pod) -> None:
        """Place a pod here."""
        self.cpu_milli += each.cpu_milli
        self.memory += each.memory
        self.names += (each.name,)


@dataclass(frozen=True)
class Pod:
    """One pod's request; `apart` tells that no other of its name may stand on the same host."""

    name: str
    cpu_milli: int
    memory: int
    apart: bool = False


def allocatable(host: Host) -> tuple[int | None, int | None]:
    """Capacity less 80m + 1 % of CPU; less 320 MiB + 5 % and 100 MiB for eviction of memory (facts/models.md 3.1)."""
    processors = None if host.cpu_milli is None else int(host.cpu_milli - (80 + Fraction(host.cpu_milli, 100)))
    memory = None if host.memory is None else int(host.memory - (320 * MIB + Fraction(host.memory, 20)) - 100 * MIB)
    return processors, memory


def needed(asked: Asked) -> tuple[int, int]:
    """What must be allocatable so that the headroom of 15 % CPU and 20 % memory stays free (C2)."""
    return ceil(asked.cpu_milli / (1 - HEADROOM[0])), ceil(asked.memory / (1 - HEADROOM[1]))


def pod_of(pods: Pods) -> Pod:
    """The request of one pod: init containers run one after the other, before the others, which run together."""
    asked = [
        (
            each.cpu_milli if each.cpu_milli is not None else UNSTATED[0],
            each.memory if each.memory is not None else UNSTATED[1],
            each.is_init,
        )
        for each in pods.containers
    ]
    first = [(cpu, memory) for cpu, memory, is_init in asked if is_init]
    together = [(cpu, memory) for cpu, memory, is_init in asked if not is_init]
    processors = max([sum(cpu for cpu, _ in together), *(cpu for cpu, _ in first)])
    return Pod(pods.name, processors, max([sum(m for _, m in together), *(m for _, m in first)]), pods.apart)


def placed(case: Case, hosts: tuple[Host, ...] | None = None) -> list[Asked]:
    """Place everything on the hosts (the site's, or those that are left of them)."""
    loads = [Asked(host) for host in (case.site.hosts if hosts is None else hosts)]
    everywhere, free = _pods(case)
    distribution = _distribution(case)
    for load in loads:
        is_control_plane = load.host.role == "control-plane"
        own = SERVERS.get(distribution, SERVERS["rke2"]) if is_control_plane else AGENTS.get(distribution)
        for each in everywhere + ([Pod("own", *own)] if own else []):
            load.add(each)
        if any("longhorn" in pack.name for pack in case.declared.layers) and load.host.cpu_milli:
            load.cpu_milli += ceil(LONGHORN * load.host.cpu_milli)
    workers = [load for load in loads if load.host.role == "worker"] or loads
    for each in sorted(free, key=lambda pod: -_share(pod, workers)):
        for load in [load for load in workers if _fits(load, each)][:1]:
            load.add(each)
    return loads


def _pods(case: Case) -> tuple[list[Pod], list[Pod]]:
    everywhere, free = [], []
    run = {image for pack in case.declared.layers for pods in pack.runs for image in pods.images}
    for pack in case.declared.layers:
        for pods in pack.runs:
            if pods.spread == "every":
                everywhere.append(pod_of(pods))
            else:
                free += [pod_of(pods)] * pods.replicas
    for reference in case.references:
        packs = case.declared.named_by(reference)
        if reference in run or any(pack.layer in {"os", "k8s"} for pack in packs):
            continue
        if case.kind and any(pack.name in {"zot", "harbor", "harbor-edge-native-config"} for pack in packs):
            continue
        early = any(pack.layer in {"cni", "csi"} for pack in packs)
        (everywhere if early else free).append(Pod(reference, *UNSTATED))
    if case.kind in REGISTRIES:
        free.append(Pod("registry", *REGISTRIES[case.kind]))
    return everywhere, free


def _distribution(case: Case) -> str:
    names = [pack.name for pack in case.declared.layers if pack.layer == "k8s"]
    return next((known for known in SERVERS if any(known in name for name in names)), "")


def _share(pod: Pod, workers: list[Asked]) -> Fraction:
    room = [allocatable(load.host) for load in workers]
    cpu, memory = sum(each[0] or 0 for each in room), sum(each[1] or 0 for each in room)
    return max(Fraction(pod.cpu_milli, cpu or 1), Fraction(pod.memory, memory or 1))


def _fits(load: Asked, pod: Pod) -> bool:
    if pod.apart and pod.name in load.names:
        return False
    cpu, memory = allocatable(load.host)
    return (cpu is None or load.cpu_milli + pod.cpu_milli <= cpu) and (
        memory is None or load.memory + pod.memory <= memory
    )
