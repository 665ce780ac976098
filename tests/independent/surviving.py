"""Which hosts come back, and like which new ones join, while the internet is cut, for the oracle.

A host that the registry serves finds what some list brings there. Without it a rebooted host has its own cache, which
serves what is not pulled at each start (Kubernetes docs, "Images"), and a new host has nothing (issue: "for each host
whether it comes back, or a new one joins, ... likewise with the registry's node down").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from independent.disks import copies, storage_kind
from independent.placing import EARLY, REGISTRY_PACKS, runs_on

if TYPE_CHECKING:
    from independent.case import Case
    from independent.sites import Host

__all__ = ["Fate", "comes_back", "fates", "may_lack"]


@dataclass(frozen=True)
class Fate:
    """What becomes of a host, or of a new one like it: `event` is reboot or node-add, `registry` up, node-down or none."""

    host: str
    event: str
    registry: str
    missing: frozenset[str]
    unknown: frozenset[str]

    @property
    def returns(self) -> bool | None:
        """Whether it comes back whole; None where nobody can tell."""
        return False if self.missing else None if self.unknown else True


@dataclass(frozen=True)
class Needs:
    """What a host's pods run for certain, and what they may run."""

    placed: frozenset[str]
    adrift: frozenset[str]


def fates(case: Case) -> list[Fate]:
    """Tell of each host in order: with the registry up, and with its node down; or without any registry."""
    found = []
    for host in case.site.hosts:
        needs = _needs(case, host)
        served, cached, bare = _served(case, needs), _cached(case, needs), (needs.placed, needs.adrift)
        if case.site.registry is None:
            told = [("reboot", "none", cached), ("node-add", "none", bare)]
        else:
            down = [served, served] if comes_back(case) else [cached, bare]
            told = [("reboot", "up", served), ("node-add", "up", served)]
            told += [("reboot", "node-down", down[0]), ("node-add", "node-down", down[1])]
        found += [
            Fate(host.name, event, state, missing, unknown - missing) for event, state, (missing, unknown) in told
        ]
    return found


def comes_back(case: Case) -> bool:
    """Tell whether the registry comes back elsewhere: two AMD64 hosts, and its volume on a second one or on none."""
    kind, hosts = storage_kind(case), case.site.hosts
    if len(hosts) < 2 or sum(host.arch == "amd64" for host in hosts) < 2:
        return False
    return kind == "nfs" or (kind != "local" and copies(case) >= 2)


def may_lack(case: Case, host: Host) -> bool:
    """Tell whether an image of unknown size may come to a host: it may run it, or a bundle brings every image."""
    needs = _needs(case, host)
    is_bundled = case.site.text("management", "central") == "local"
    return any(is_bundled or each in needs.placed | needs.adrift for each in case.unresolved)


def _needs(case: Case, host: Host) -> Needs:
    placed: set[str] = set()
    adrift: set[str] = set()
    for reference in case.references:
        packs = case.declared.named_by(reference)
        workloads = [pods for pack in case.declared.layers for pods in pack.runs if reference in pods.images]
        if any(pack.layer == "os" for pack in packs):
            continue
        if any(pack.layer in EARLY or pack.name in REGISTRY_PACKS for pack in packs):
            placed.add(reference)
        elif workloads:
            placed |= {reference} if any(host.name in runs_on(case, pods) for pods in workloads) else set()
        else:
            (placed if len(case.site.hosts) == 1 else adrift).add(reference)
    return Needs(frozenset(placed), frozenset(adrift))


def _served(case: Case, needs: Needs) -> tuple[frozenset[str], frozenset[str]]:
    lost, doubtful = set(case.missing), {*case.unresolved, *case.unsure}
    return needs.placed & lost, (needs.placed & doubtful) | (needs.adrift & (lost | doubtful))


def _cached(case: Case, needs: Needs) -> tuple[frozenset[str], frozenset[str]]:
    supplied = case.site.text("internet", "full") == "full" and case.syncs
    run = {image for pack in case.declared.layers for pods in pack.runs for image in pods.images}
    plugins = [pack.value("kubeadmconfig", "apiServer", "extraArgs", "enable-admission-plugins")
               for pack in case.declared.layers if pack.layer == "k8s"]  # fmt: skip
    always = {each for each in run if each.endswith(":latest")}
    if any("AlwaysPullImages" in str(each) for each in plugins):
        always = set(case.references)
    never = set() if supplied else {*case.missing}
    unsure = set() if supplied else {*case.unsure}
    untold = set(case.references) - (run if plugins else set())
    missing = needs.placed & (always | never)
    return missing, (needs.placed & (untold | unsure | set(case.unresolved))) | needs.adrift
