"""Whether hosts come back, and new ones join, while the internet link is cut: each host, with the registry and without.

With the registry up a host finds there what a list brings in. Without it a host that was up before has its own cache,
which serves whatever is not pulled always (Kubernetes docs, "Images"), and a new one has nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.profile import UseStatus
from regplan.model.survival import HostNeeds, HostSurvival
from regplan.oci.platform import Platform
from regplan.plan.backends import backend_of, copies_of
from regplan.plan.facts import in_no_list, needed_in, sync_enabled, unresolved_in
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.survival import Event, RegistryState
    from regplan.plan.backends import Backend
    from regplan.plan.facts import PlanFacts
    from regplan.plan.prepared import Prepared

    # What `HostSurvival` tells of any host.
    _Case = tuple[Event, RegistryState, bool | None, tuple[str, ...], tuple[str, ...], str]

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
    """Whether the registry comes back on another host when its node is down, and why; `fix` is what makes it do so."""

    comes_back: bool
    why: str
    fix: str = ""


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


@dataclass(frozen=True, slots=True)
class _Given:
    """What of a site survival hangs on besides what its hosts need."""

    has_registry: bool
    supplied: bool
    recovery: Recovery


def survival_of(facts: PlanFacts) -> tuple[HostSurvival, ...]:
    """Tell of each host, in the site's order, whether it comes back and whether one like it joins."""
    given = _Given(facts.site.registry is not None, is_supplied(facts), recovery_of(facts))
    cases = ((host.name, facts.prepared.once(_cases, _needs_of(host.name, facts), given)) for host in facts.site.hosts)
    return tuple(HostSurvival(host, *case) for host, told in cases for case in told)


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
        (amd64 == 0, False, "no host is AMD64 (x86_64), which a registry needs"),
        (amd64 < _SEVERAL, False, "no other host is AMD64 (x86_64), which a registry needs"),
        (backend is not None and backend.is_outside, True, "its volume lies on no host"),
        (
            backend is not None and backend.is_pinned,
            False,
            f"{registry.storage_class or 'local storage'} keeps its volume on that host alone",
        ),
        (copies >= _SEVERAL, True, f"{copies} copies of its volume are kept, one of them on another host"),
    )
    alone = False, "one copy of its volume is kept, on that host"
    comes_back, why = next(((comes_back, why) for holds, comes_back, why in told if holds), alone)
    return Recovery(comes_back, why, "" if comes_back else _recovered(amd64, copies, backend))


def _recovered(amd64: int, copies: int, backend: Backend | None) -> str:
    """Tell what makes a registry come back: a second host that may run it, and a copy of its volume there."""
    steps = [] if amd64 >= _SEVERAL else ["Have two AMD64 (x86_64) hosts."]
    if backend is not None and backend.is_pinned:
        steps.append("Give the registry a storage class that keeps a copy on another host.")
    elif copies < _SEVERAL and not (backend is not None and backend.is_outside):
        steps.append("Keep two copies of the registry's volume on hosts of their own.")
    return " ".join(steps)


def _needs_of(host: str, facts: PlanFacts) -> HostNeeds:
    known = facts.needs.get(host)
    return known if known is not None else facts.prepared.once(_unplaced, len(facts.site.hosts))


def _cases(prepared: Prepared, needs: HostNeeds, given: _Given) -> tuple[_Case, ...]:
    """Tell every case of a host that needs these, which is the same for all such hosts of all such sites."""
    if not needs.placed and not needs.adrift and not prepared.once(needed_in):
        state: RegistryState = "up" if given.has_registry else "none"
        return ("reboot", state, None, (), (), _NOTHING), ("node-add", state, None, (), (), _NOTHING)
    cached, bare = prepared.once(_cached, needs, supplied=given.supplied), prepared.once(_bare, needs)
    alone: tuple[tuple[Event, _Lack, str], ...] = (
        ("reboot", cached, _why_cached(cached)),
        ("node-add", bare, _NEW),
    )
    if not given.has_registry:
        return tuple(_case(event, "none", lack, why) for event, lack, why in alone)
    served, recovery = prepared.once(_served, needs), given.recovery
    why = _why_served(served)
    back = f"the registry comes back on another host, where its own images must lie: {recovery.why}; {why}"
    up = tuple(_case(event, "up", served, why) for event, _, _ in alone)
    if recovery.comes_back:
        return (*up, *(_case(event, "node-down", served, back) for event, _, _ in alone))
    away = f"the registry is away: {recovery.why}; "
    return (*up, *(_case(event, "node-down", lack, away + said) for event, lack, said in alone))


def _case(event: Event, registry: RegistryState, lack: _Lack, why: str) -> _Case:
    return event, registry, lack.returns, lack.missing, lack.unknown, why


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
