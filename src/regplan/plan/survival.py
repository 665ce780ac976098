"""Whether hosts come back, and new ones join, while the internet link is cut: each host, with the registry and without.

With the registry up a host finds there what a list brings in. Without it a host that was up before has its own cache,
which serves whatever is not pulled always (Kubernetes docs, "Images"), and a new one has nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from regplan.model.profile import UseStatus
from regplan.model.survival import HostNeeds, HostSurvival
from regplan.oci.platform import Platform
from regplan.plan.backends import backend_of, copies_of
from regplan.plan.facts import in_no_list, needed_in, needed_references, sync_enabled, unresolved_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.survival import RegistryState
    from regplan.plan.facts import PlanFacts
    from regplan.plan.prepared import Prepared

__all__ = ["Recovery", "is_supplied", "recovery_of", "survival_of"]

_REGISTRY: Final = "the registry has every image that it needs, once it is seeded"
_NOT_THERE: Final = "no list has these images, so that nothing brings them into the registry"
_NOT_KNOWN: Final = "of these images nobody can tell whether they run here, or whether the registry has them"
_NOTHING: Final = "no image is named, so that nothing can be said"
_NEW: Final = "a new host has nothing in its cache"
_CACHE: Final = "its own cache has every image that it needs"
_PULLED: Final = "these images are pulled at each start, or never came to this host"
_UNTOLD: Final = "of these images nobody can tell whether they are pulled at each start, or came to this host"
_SEVERAL: Final = 2


@dataclass(frozen=True, slots=True)
class Recovery:
    """Whether the registry comes back on another host when its node is down, and why."""

    comes_back: bool
    why: str


@dataclass(frozen=True, slots=True)
class _Supply:
    """What is known of references: those that no list has, those of which that is unknown, and how they are pulled.

    `always` are pulled at each start; of `untold` nobody knows. `texts` are no references, so that any host may need them.
    """

    lost: frozenset[str]
    unresolved: frozenset[str]
    unsure: frozenset[str]
    always: frozenset[str]
    untold: frozenset[str]
    texts: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Lack:
    """What a host lacks, and what it may lack, in order."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def returns(self) -> bool | None:
        return False if self.missing else None if self.unknown else True


def survival_of(facts: PlanFacts) -> tuple[HostSurvival, ...]:
    """Tell of each host, in the site's order, whether it comes back and whether one like it joins."""
    recovery = recovery_of(facts)
    return tuple(each for host in facts.site.hosts for each in _of_host(host.name, facts, recovery))


def is_supplied(facts: PlanFacts) -> bool:
    """Tell whether what no list has is fetched from the internet as long as that is there."""
    return facts.site.internet == "full" and sync_enabled(facts)


def recovery_of(facts: PlanFacts) -> Recovery:
    """Tell whether the registry comes back on another host when the node that runs it is down."""
    site, registry = facts.site, facts.site.registry
    if registry is None:
        return Recovery(comes_back=False, why="the site has no primary registry")
    amd64 = sum(Platform.of("linux", host.arch).architecture == "amd64" for host in site.hosts)
    backend, copies = backend_of(facts), copies_of(facts).count
    told = (
        (len(site.hosts) < _SEVERAL, False, "the site has no other host"),
        (amd64 < _SEVERAL, False, "no other host is AMD64 (x86_64), which a registry needs"),
        (backend is not None and backend.is_outside, True, "its volume lies on no host"),
        (
            backend is not None and backend.is_pinned,
            False,
            f"{registry.storage_class or 'local storage'} keeps its volume on that host alone",
        ),
        (copies >= _SEVERAL, True, f"{copies} copies of its volume are kept, one of them on another host"),
    )
    found = (Recovery(comes_back, why) for holds, comes_back, why in told if holds)
    return next(found, Recovery(comes_back=False, why="one copy of its volume is kept, on that host"))


def _of_host(host: str, facts: PlanFacts, recovery: Recovery) -> Iterator[HostSurvival]:
    known = facts.needs.get(host)
    needs = known if known is not None else facts.prepared.once(_unplaced, len(facts.site.hosts))
    if not needs.placed and not needs.adrift and not needed_references(facts):
        state: RegistryState = "none" if facts.site.registry is None else "up"
        yield HostSurvival(host, "reboot", state, None, why=_NOTHING)
        yield HostSurvival(host, "node-add", state, None, why=_NOTHING)
        return
    cached = facts.prepared.once(_cached, needs, supplied=is_supplied(facts))
    rebooted = HostSurvival(host, "reboot", "none", cached.returns, cached.missing, cached.unknown, _why_cached(cached))
    bare = facts.prepared.once(_bare, needs)
    new = HostSurvival(host, "node-add", "none", bare.returns, bare.missing, bare.unknown, _NEW)
    if facts.site.registry is None:
        yield from (rebooted, new)
        return
    served = facts.prepared.once(_served, needs)
    yield from _with_registry(served, recovery, rebooted, new)


def _with_registry(
    served: _Lack, recovery: Recovery, rebooted: HostSurvival, new: HostSurvival
) -> Iterator[HostSurvival]:
    host = rebooted.host
    why = _why_served(served)
    up = (served.returns, served.missing, served.unknown)
    yield HostSurvival(host, "reboot", "up", *up, why)
    yield HostSurvival(host, "node-add", "up", *up, why)
    if recovery.comes_back:
        back = f"the registry comes back on another host, where its own images must lie: {recovery.why}; {why}"
        yield HostSurvival(host, "reboot", "node-down", *up, back)
        yield HostSurvival(host, "node-add", "node-down", *up, back)
        return
    for each in (rebooted, new):
        away = f"the registry is away: {recovery.why}; {each.why}"
        yield HostSurvival(host, each.event, "node-down", each.returns, each.missing, each.unknown, away)


def _why_served(lack: _Lack) -> str:
    return _NOT_THERE if lack.missing else _NOT_KNOWN if lack.unknown else _REGISTRY


def _why_cached(lack: _Lack) -> str:
    return _PULLED if lack.missing else _UNTOLD if lack.unknown else _CACHE


def _unplaced(prepared: Prepared, hosts: int) -> HostNeeds:
    """Tell what a host needs of which no placement is known: everything, for certain where it is the only one."""
    named = frozenset(prepared.once(needed_in)) - prepared.once(_supply).texts
    return HostNeeds(placed=named) if hosts == 1 else HostNeeds(adrift=named)


def _supply(prepared: Prepared) -> _Supply:
    unresolved = frozenset(each.reference for each in prepared.once(unresolved_in))
    containers = [each for workload in prepared.declarations.workloads for each in workload.containers]
    told = frozenset(str(each.image) for each in containers if each.image is not None)
    admissions = [each.always_pulls for each in prepared.declarations.settings.wiring.admissions]
    needed = frozenset(prepared.once(needed_in))
    always = frozenset(str(each.image) for each in containers if each.image is not None and each.always_pulls)
    return _Supply(
        lost=frozenset(prepared.once(in_no_list, UseStatus.MISSING)),
        unresolved=unresolved,
        unsure=frozenset(prepared.once(in_no_list, UseStatus.UNKNOWN)),
        # The admission plugin AlwaysPullImages sets the policy of every pod.
        always=needed if any(admissions) else always,
        untold=needed - told if admissions and None not in admissions else needed,
        texts=unresolved - frozenset(map(str, prepared.declarations.references())),
    )


def _served(prepared: Prepared, needs: HostNeeds) -> _Lack:
    """Tell what a host lacks that has the registry alone to pull from."""
    supply = prepared.once(_supply)
    doubtful = supply.unresolved | supply.unsure
    return _lack(needs.placed & supply.lost, needs.placed & doubtful, needs.adrift & (supply.lost | doubtful), supply)


def _cached(prepared: Prepared, needs: HostNeeds, *, supplied: bool) -> _Lack:
    """Tell what a host lacks that has nothing but its cache, `supplied` telling whether all of it got there at first."""
    supply = prepared.once(_supply)
    lost, unsure = (frozenset[str](), frozenset[str]()) if supplied else (supply.lost, supply.unsure)
    missing, doubtful = supply.always | lost, supply.untold | supply.unresolved | unsure
    return _lack(needs.placed & missing, needs.placed & doubtful, needs.adrift, supply)


def _bare(prepared: Prepared, needs: HostNeeds) -> _Lack:
    """Tell what a host lacks that has nothing."""
    return _lack(needs.placed, frozenset(), needs.adrift, prepared.once(_supply))


def _lack(missing: frozenset[str], doubtful: frozenset[str], adrift: frozenset[str], supply: _Supply) -> _Lack:
    return _Lack(tuple(sorted(missing)), tuple(sorted((doubtful | adrift | supply.texts) - missing)))
