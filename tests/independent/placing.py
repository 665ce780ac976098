"""Who pulls what at a site, and what that takes on each drive, for the oracle (contract, `wire`; facts/models.md 2.5)."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from independent.storage import total, union

if TYPE_CHECKING:
    from independent.case import Case
    from independent.known import Entry, Picture
    from independent.layers import Pods
    from independent.sites import Host

__all__ = ["content_bytes", "pulled", "runs_on", "unpacked_bytes"]

EARLY = frozenset({"k8s", "cni", "csi"})
REGISTRY_PACKS = frozenset({"zot", "harbor", "harbor-edge-native-config", "registry-connect"})


def runs_on(case: Case, pods: Pods) -> tuple[str, ...]:
    """DaemonSets on every host, other workloads on as many as they have replicas, workers first."""
    names = tuple(host.name for host in case.site.schedulable)
    return names if pods.spread == "every" else names[: pods.replicas]


def pulled(case: Case, host: Host) -> tuple[Entry, ...]:
    """What a host pulls at the first bootstrap: nothing of the provider image."""
    return tuple(entry for entry in case.entries if _is_on(case, entry.reference, host))


def _is_on(case: Case, reference: str, host: Host) -> bool:
    packs = case.declared.named_by(reference)
    if any(pack.layer == "os" for pack in packs):
        return False
    if any(pack.layer in EARLY or pack.name in REGISTRY_PACKS for pack in packs):
        return True
    workloads = [pods for pack in case.declared.layers for pods in pack.runs if reference in pods.images]
    if workloads:
        return any(host.name in runs_on(case, pods) for pods in workloads)
    first = case.site.schedulable[: int(case.site.assumed["hosts_per_image"])]
    return host in first


def _pictures(case: Case, host: Host) -> list[Picture]:
    """The images of this host's platform; one for another does not run here, which image.platform tells."""
    return [each for entry in pulled(case, host) for each in entry.pictures if each.platform == host.platform]


def _declared(case: Case, host: Host) -> int:
    return sum(size for name, size in case.declared_sizes.items() if _is_on(case, name, host))


def content_bytes(case: Case, host: Host) -> int:
    """What it pulls, each digest once; a kept index is no part of what a host pulls."""
    digests: dict[str, int | None] = {}
    for picture in _pictures(case, host):
        digests |= picture.sizes
    return total(digests) + _declared(case, host)


def unpacked_bytes(case: Case, host: Host) -> int:
    """What it unpacks: a snapshot for each distinct stack of layers, `unpacked_ratio` times what is on top of it."""
    chains: dict[tuple[str, ...], int] = {}
    measured = 0
    for picture in _pictures(case, host):
        digests = tuple(digest for digest, _ in picture.layers)
        for depth, (digest, size) in enumerate(picture.layers):
            if digest in picture.plain:
                measured += size  # a plain tar's size is its size
            else:
                chains[digests[: depth + 1]] = size
    assumed = sum(chains.values()) + _declared(case, host)
    return measured + ceil(assumed * case.site.assumed["unpacked_ratio"])


def set_content_bytes(case: Case) -> int:
    """The whole set once, each digest once."""
    return total(union(case.entries))
