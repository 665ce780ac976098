"""What a cluster asks for before any workload does: its control plane, its registry and its storage.

RKE2 states its static pods (rke2 pkg/podtemplate/config.go). k3s has no pods of its own; what its processes take was
profiled (docs.k3s.io, "Resource Profiling"). Neither registry's chart states requests but Harbor's for Trivy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.plan.hosts.demand import Demand
from regplan.plan.packs import REGISTRY_PACKS
from regplan.units import MB, MiB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.profile import Pack
    from regplan.model.wiring import V2Engine

__all__ = [
    "AMD64",
    "agent_demands",
    "control_plane_demands",
    "distribution_of",
    "registry_container",
    "registry_demand",
    "v2_engine_demands",
]

# The architecture that a primary registry needs, by both of its names.
AMD64: Final = frozenset({"amd64", "x86_64"})
_RKE2: Final = (1_100, 2_176 * MiB)
# kube-proxy is a static pod of every RKE2 host; on servers it is in the sum above.
_RKE2_AGENT: Final = (250, 128 * MiB)
_K3S: Final = (60, 1_606 * MB)
_K3S_AGENT: Final = (30, 275 * MB)
# Longhorn docs, "V2 Data Engine, Prerequisites": 1,024 huge pages of 2 MiB, and what its process polls on.
_V2_ENGINE: Final = (1_000, 2_048 * MiB)
_REGISTRIES: Final = {"zot": (500, 512 * MiB), "harbor": (1_100, 2_816 * MiB)}
# What one container of a registry takes where the chart's values leave its request open.
_CONTAINERS: Final = {"zot": (500, 512 * MiB), "harbor": (100, 256 * MiB)}


def distribution_of(packs: Sequence[Pack]) -> str:
    """Name the distribution of Kubernetes by the pack of layer k8s: rke2, k3s, or "" for what is not known here."""
    names = [pack.name.lower() for pack in packs if pack.layer == "k8s"]
    return next((known for known in ("rke2", "k3s") if any(known in name for name in names)), "")


def control_plane_demands(distribution: str) -> tuple[Demand, ...]:
    """Tell what a distribution's own control plane asks for on each of its hosts; of an unknown one RKE2's is assumed."""
    if distribution == "k3s":
        return (_documented("k3s server", _K3S),)
    if distribution == "rke2":
        return (_documented("RKE2 control plane", _RKE2),)
    cpu_milli, memory_bytes = _RKE2
    return (Demand("control plane, as RKE2's", cpu_milli, memory_bytes, 0, 0, provenance="assumed"),)


def agent_demands(distribution: str) -> tuple[Demand, ...]:
    """Tell what a distribution asks for on each other host."""
    if distribution == "k3s":
        return (_documented("k3s agent", _K3S_AGENT),)
    return (_documented("RKE2 kube-proxy", _RKE2_AGENT),) if distribution == "rke2" else ()


def registry_demand(kind: str) -> tuple[Demand, ...]:
    """Tell what a registry of a kind asks for where no workload of its pack is known; nothing of one of one's own."""
    if kind not in _REGISTRIES:
        return ()
    cpu_milli, memory_bytes = _REGISTRIES[kind]
    name = {"zot": "Zot", "harbor": "Harbor"}[kind]
    return (Demand(name, cpu_milli, memory_bytes, 0, 0, provenance="assumed", is_registry=True, is_choosy=True),)


def registry_container(pack: str) -> tuple[int, int] | None:
    """Tell what a container of a registry's pack is taken to use; None for a pack that is no registry's.

    >>> registry_container("zot-registry")
    (500, 536870912)
    """
    name = pack.lower()
    kind = next((kind for kind in _CONTAINERS if name.startswith(kind) and name in REGISTRY_PACKS), None)
    return None if kind is None else _CONTAINERS[kind]


def v2_engine_demands(engines: Sequence[V2Engine]) -> tuple[Demand, ...]:
    """Tell what Longhorn's V2 data engine asks for on every host where it is on: a CPU, and 2 GiB of huge pages."""
    return (_documented("Longhorn V2 data engine", _V2_ENGINE),) if any(each.is_on for each in engines) else ()


def _documented(name: str, asked: tuple[int, int]) -> Demand:
    return Demand(name, *asked, *asked, provenance="rule")
