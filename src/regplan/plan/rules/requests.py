"""Rules about what pods ask for on each host, and on all of them together."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.profile import Spread
from regplan.plan.hosts.adding import (
    BOTH,
    free_asked,
    is_too_large,
    largest_of,
    raised,
    scarcer,
    stated_rooms,
)
from regplan.plan.hosts.capacity import CPU, headroom_of, required_of, usable_of
from regplan.plan.hosts.enough import Enough, Search, holding, least_of
from regplan.plan.hosts.placing import place_pods, place_with_headroom
from regplan.plan.rules.hosts import NO_HOSTS
from regplan.plan.rules.rule import Observation, Rule, listed
from regplan.plan.rules.sources import ADD_UP, SCHEDULING
from regplan.plan.rules.summing import advise, amount, give, has_amd64, names_of, own_hosts, sum_of
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from regplan.model.profile import Workload
    from regplan.model.site import Host
    from regplan.plan.hosts.capacity import Resource
    from regplan.plan.hosts.placing import Layout, Load
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]

_FEWER: Final = "Let fewer replicas run, or add a host."
_ADD_AMD64: Final = "Add an AMD64 (x86_64) host for the registry."
_NO_HOST: Final = Observation("", 0, 1, where="hosts", verdict=Verdict.FAIL, unit="hosts")


def _look_requests(_: Rule, basis: Basis) -> Iterator[Observation]:
    layout = basis.hosting.layout
    if not layout.loads:
        yield NO_HOSTS
        return
    # What is found for all hosts together is asked for by each that lacks it, and takes long to find.
    more = cache(lambda: _more_room(basis))
    for load in layout.loads:
        yield from (_on_host(load, resource, basis, more) for resource in BOTH)
    yield from _barred(layout)
    yield from _apart(layout)
    # One host that takes pods is told of above.
    if len(layout.pool) > 1 or layout.crowded:
        yield from (_together(resource, basis, more) for resource in BOTH)


def _on_host(load: Load, resource: Resource, basis: Basis, more: Callable[[], str]) -> Observation:
    assumptions, room, name = basis.facts.site.assumptions, load.room.of(resource), load.host.name
    asked, stated = load.asked(resource), load.stated(resource)
    headroom, known = headroom_of(resource, assumptions), "assumed" if asked > stated else "declared"
    required = required_of(asked, headroom, resource.headroom, resource.unit, known)
    message = f"The pods placed on {name} ask for {amount(asked, resource)}{_assumed(asked, stated, resource)}"
    if room is None:
        return Observation(
            f"{message}.",
            None,
            required.value,
            where=name,
            absent=f"`{resource.key}` of host {name}",
            formulas=(required.formula,),
            unit=resource.unit,
        )
    fits = required.value <= room.value
    return Observation(
        f"{message}; {amount(room.value, resource)} can be allocated there, of which {100 * headroom:g} % stays free.",
        room.value,
        required.value,
        where=name,
        fix=lambda: _on_its_own(load, resource, basis) or more(),
        verdict=Verdict.PASS if fits else Verdict.FAIL if stated > room.value else Verdict.MARGINAL,
        formulas=(room.formula, required.formula),
        unit=resource.unit,
    )


def _on_its_own(load: Load, resource: Resource, basis: Basis) -> str:
    """Tell the least with which what has its place on a host leaves enough free, "" where it does so already."""
    terms, hosts, place = basis.hosting.terms, basis.facts.site.hosts, BOTH.index(resource)
    room, asked, headroom = load.room.of(resource), load.bound[place], headroom_of(resource, terms.assumptions)
    if room is None or asked <= usable_of(room.value, headroom):
        return ""
    at = basis.hosting.layout.loads.index(load)

    def holds(changed: Sequence[Host]) -> Sequence[Layout]:
        # Other pods may come here then.
        layout = place_pods(changed, terms)
        then = layout.loads[at].room.of(resource)
        fits = then is not None and layout.loads[at].asked(resource) <= usable_of(then.value, headroom)
        return (layout,) if fits else ()

    least, search = holding(asked, resource, load.host, terms), Search(hosts, at, terms, holds, with_headroom=True)
    most = raised(basis.hosting.layout, terms, at, with_headroom=True)[place]
    found = least_of(search, resource, least) or least_of(search, resource, most) or least
    return give(Enough(load.host.name, found) if resource is CPU else Enough(load.host.name, None, found))


def _together(resource: Resource, basis: Basis, more: Callable[[], str]) -> Observation:
    """Compare what all pods without a place of their own ask for with the room for them: the linear bound."""
    layout, assumptions = basis.hosting.layout, basis.facts.site.assumptions
    mine = layout.crowded if resource is scarcer(layout) else ()
    is_tight = layout.is_tight and resource is scarcer(layout)
    asked, stated = free_asked(layout, resource)
    seen = sum_of(layout, resource, headroom_of(resource, assumptions), "hosts")
    message = (
        f"Pods that may run on any host that takes pods ask for {amount(asked, resource)}"
        f"{_assumed(asked, stated, resource)}; these have room for {amount(_number(seen.measured), resource)}, with "
        f"{100 * headroom_of(resource, assumptions):g} % of each kept free."
    )
    if asked <= _number(seen.measured) and not mine and not is_tight:
        return replace(seen, message=message, verdict=Verdict.PASS)
    unknown = tuple(load.host.name for load in layout.pool if load.room.of(resource) is None)
    if unknown:
        absent = f"`{resource.key}` of host {', '.join(unknown)}"
        return replace(seen, message=message, measured=None, absent=absent)
    certain = stated > stated_rooms(layout.pool, resource) or any(is_too_large(each, layout) for each in mine)
    if mine:
        how = "" if certain else " as regplan arranges them, and a better arrangement may have"
        message += f" No host has room for {names_of(mine)}{how}."
    elif asked <= _number(seen.measured):
        message += " The arrangement that regplan found does not keep that free on each."
    return replace(seen, message=message, fix=more, verdict=Verdict.FAIL if certain else Verdict.MARGINAL)


def _barred(layout: Layout) -> Iterator[Observation]:
    """Tell of pods that may run on no host: what they lack is a host of another kind, and no room."""
    registry = [each for each in layout.barred if each.demand.is_registry and not has_amd64(layout)]
    others = [each for each in layout.barred if each not in registry]
    if registry:
        has = ", ".join(dict.fromkeys(load.host.arch for load in layout.loads))
        message = (
            f"No host may run {names_of(registry)}: a primary registry needs AMD64 (x86_64), and the hosts are {has}."
        )
        yield replace(_NO_HOST, message=message, fix=_ADD_AMD64)
    if others:
        message = f"No host has the labels that these pods ask for: {names_of(others)}."
        fix = "Add a host with these labels, or change the node selector or affinity of the workload."
        yield replace(_NO_HOST, message=message, fix=fix)


def _is_counted(workload: Workload | None) -> bool:
    """Tell whether the number of a workload's pods is known, and not assumed."""
    return workload is not None and workload.spread is not Spread.UNKNOWN


def _apart(layout: Layout) -> Iterator[Observation]:
    """Tell of pods that find no host of their own; where others want for room that is told instead."""
    # That an image of which nobody knows the workload is on `hosts_per_image` hosts is said of as many as there are.
    apart = [each for each in layout.apart if _is_counted(each.demand.workload)]
    if apart and not layout.crowded:
        seen = own_hosts(apart, layout, "hosts")
        message = f"No host is left for {names_of(apart)}: its pods may not share one."
        yield replace(seen, message=message, fix=_FEWER, verdict=Verdict.MARGINAL)


def _more_room(basis: Basis) -> str:
    """Tell what the largest host must have at least, so that all hosts that take pods keep their headroom."""
    terms, layout, hosts = basis.hosting.terms, basis.hosting.layout, basis.facts.site.hosts

    def holds(changed: Sequence[Host]) -> Sequence[Layout]:
        then = place_with_headroom(changed, terms)
        return () if then is None else (then,)

    at = layout.loads.index(largest_of(layout))
    return advise(Search(hosts, at, terms, holds, with_headroom=True), raised(layout, terms, at, with_headroom=True))


def _look_unstated(_: Rule, basis: Basis) -> Iterator[Observation]:
    unstated, assumptions = basis.hosting.terms.demands.unstated, basis.facts.site.assumptions
    if not unstated or not basis.facts.site.hosts:
        return
    count = f"{len(unstated)} containers state" if len(unstated) > 1 else "One container states"
    yield Observation(
        f"{count} no request for CPU or memory. The scheduler counts nothing for that; regplan takes "
        f"{assumptions.container_cpu_milli}m and {format_bytes(assumptions.container_memory_bytes, binary=True)} each: "
        f"{listed(unstated)}.",
        where="hosts",
        fix="State `resources.requests` in the packs' values, or set `assumptions.container_cpu_milli` and "
        "`assumptions.container_memory_bytes`.",
        verdict=Verdict.INFO,
    )


def _assumed(asked: int, stated: int, resource: Resource) -> str:
    return f", {amount(asked - stated, resource)} of it assumed" if asked > stated else ""


def _number(value: float | str | None) -> int:
    return 0 if value is None or isinstance(value, str) else int(value)


RULES: Final = (
    Rule(
        id="host.requests",
        title="What pods ask for on each host",
        compares="what can be allocated on each host with the requests of the pods placed there and the share that stays "
        "free (`assumptions.headroom_cpu`, `assumptions.headroom_memory`), and the room on all hosts that take pods with "
        "what all pods without a place of their own ask for; FAIL where stated and documented requests alone do not fit, "
        "MARGINAL where what is assumed or the share does not, or no arrangement that was tried holds them; and whether any host "
        "may run each pod, by its architecture and labels, and has none of its kind that may not share one",
        source=ADD_UP,
        verdicts=(Verdict.PASS, Verdict.MARGINAL, Verdict.FAIL, Verdict.INCOMPLETE),
        look=_look_requests,
        unit="milli",
        reading="one finding for CPU and one for memory, whose unit is bytes; of pods that lack a host of their kind or of their own one in hosts",
    ),
    Rule(
        id="host.unstated-requests",
        title="Containers that state no request",
        compares="whether every container states a request for CPU and memory; INFO where not, since what is assumed counts",
        source=SCHEDULING,
        verdicts=(Verdict.INFO,),
        look=_look_unstated,
    ),
)
