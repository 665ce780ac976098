"""Rules about room to spare: for the pods of a host that is lost, and for what is rolled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.backends import is_pinned
from regplan.plan.hosts.adding import largest_of, raised, scarcer
from regplan.plan.hosts.enough import Search, enough_for, more_hosts
from regplan.plan.hosts.failing import losses_of, stuck_pods, without
from regplan.plan.hosts.placing import place_pods
from regplan.plan.rules.rule import Observation, Rule
from regplan.plan.rules.sources import OWN, ROLLING
from regplan.plan.rules.summing import advise, amount, give, has_amd64, names_of, own_hosts, sum_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from regplan.model.site import Host
    from regplan.plan.hosts.demand import Several
    from regplan.plan.hosts.failing import Loss
    from regplan.plan.hosts.placing import Layout, Terms
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]

_NOBODY: Final = "No other host takes its pods over"
_ELSEWHERE: Final = "Give the registry a storage class that keeps a copy on another host."


def _look_lost(_: Rule, basis: Basis) -> Iterator[Observation]:
    hosting = basis.hosting
    # Where not even all hosts have room, host.requests says so.
    if not hosting.layout.pool or hosting.layout.crowded:
        return
    for loss in losses_of(hosting):
        yield _lost(loss, basis)


def _lost(loss: Loss, basis: Basis) -> Observation:
    where, what = f"hosts without {loss.host}", _what(loss)
    if loss.layout is None:
        return Observation(
            f"{_NOBODY} when {loss.host}, {what}, is lost.",
            where=where,
            fix="Add a host, if the site must go on without one.",
            verdict=Verdict.INFO,
        )
    then, gone = loss.layout, _lost_volume(loss, basis)
    known = {each.demand.name for each in basis.hosting.layout.barred}
    barred = [each for each in then.barred if each.demand.name not in known]
    if barred:
        return _nowhere(loss, then, barred)
    left, resource = then.crowded, scarcer(then)
    if gone and not left:
        return _volume_lost(loss, gone)
    seen = sum_of(then, resource, 0.0, where)
    asked, room = (amount(value, resource) for value in (int(seen.formulas[1]), int(seen.formulas[0])))
    message = f"When {loss.host}, {what}, is lost, the pods that may move ask for {asked}, and the others have room for {room}"
    message += f": none for {names_of(left)}." if left else "."
    fix = (lambda: _one_more(loss, basis)) if left else ""
    return _decided(replace(seen, message=f"{message} {gone}".rstrip(), fix=fix), then, holds=not left)


def _volume_lost(loss: Loss, gone: str) -> Observation:
    """Tell of a registry that finds room and no data: what lacks is a copy, and not what the others have enough of."""
    return Observation(
        f"When {loss.host}, {_what(loss)}, is lost, the others have room for its pods, but none has the registry's data. {gone}",
        0,
        1,
        where=f"hosts without {loss.host}",
        fix=_ELSEWHERE,
        verdict=Verdict.MARGINAL,
        unit="copies",
    )


def _nowhere(loss: Loss, then: Layout, barred: Sequence[Several]) -> Observation:
    """Tell of pods that only the lost host may run: no other has room or not, it is of another kind."""
    is_registry = all(each.demand.is_registry for each in barred) and not has_amd64(then)
    why = "a primary registry needs an AMD64 (x86_64) host, and it is the only one"
    return Observation(
        f"When {loss.host}, {_what(loss)}, is lost, no other host may run {names_of(barred)}: "
        f"{why if is_registry else 'none has the labels that they ask for'}.",
        0,
        1,
        where=f"hosts without {loss.host}",
        fix="Add another AMD64 (x86_64) host." if is_registry else f"Add another host with the labels of {loss.host}.",
        verdict=Verdict.MARGINAL,
        unit="hosts",
    )


def _what(loss: Loss) -> str:
    told = (
        "the largest that takes pods" if loss.is_largest else "",
        "the registry's host" if loss.has_registry else "",
    )
    return " and ".join(each for each in told if each)


def _lost_volume(loss: Loss, basis: Basis) -> str:
    """Tell why a registry does not come back, "" where it does as far as anyone can tell."""
    registry = basis.facts.site.registry
    if not loss.has_registry or registry is None or not is_pinned(basis.facts):
        return ""
    kept = f"storage class {registry.storage_class} keeps" if registry.storage_class else "local storage keeps"
    return f"The registry's volume is lost with it: {kept} it there alone."


def _decided(seen: Observation, layout: Layout, *, holds: bool) -> Observation:
    """Give what was seen its verdict; where room is short and some host does not say what it has, nobody can tell."""
    unknown = [load.host.name for load in layout.pool if load.room.cpu is None or load.room.memory is None]
    if unknown and layout.crowded:
        return replace(seen, measured=None, absent=f"`cpu` or `memory` of host {', '.join(unknown)}")
    return replace(seen, verdict=Verdict.PASS if holds else Verdict.MARGINAL)


def _one_more(loss: Loss, basis: Basis) -> str:
    """Tell what the one host that is left must have, or that one more is needed: with as many as before, all fit."""
    hosting, hosts, layout = basis.hosting, basis.facts.site.hosts, loss.layout
    otherwise = f"Add a host like {loss.host}, or ask for less."
    if layout is None or len(layout.pool) > 1:
        return otherwise
    names = [load.host.name for load in hosting.layout.pool]

    def holds(changed: Sequence[Host]) -> Sequence[Layout]:
        then = [without(name, changed, hosting.terms) for name in names]
        found = [each for each in then if each is not None and not each.crowded]
        return found if len(found) == len(names) else ()

    at = next(place for place, host in enumerate(hosts) if host.name == layout.pool[0].host.name)
    search = Search(hosts, at, hosting.terms, holds, with_headroom=False)
    most = raised(layout, hosting.terms, layout.loads.index(layout.pool[0]), with_headroom=False)
    found = enough_for(search, most)
    return otherwise if found is None else give(found)


def _look_surge(_: Rule, basis: Basis) -> Iterator[Observation]:
    hosting, hosts = basis.hosting, basis.facts.site.hosts
    demands = hosting.terms.demands
    # Where not even the pods of now have room, host.requests says so.
    if not hosting.layout.pool or hosting.layout.crowded:
        return
    if not (demands.longhorn or any(each.surge for each, _ in demands.free)):
        return
    layout = place_pods(hosts, hosting.rolling)
    left, stuck, resource = layout.crowded, stuck_pods(layout, hosting.layout), scarcer(layout)
    seen = sum_of(layout, resource, 0.0, "hosts")
    asked, room = (amount(value, resource) for value in (int(seen.formulas[1]), int(seen.formulas[0])))
    message = f"While every Deployment is rolled at once, pods ask for {asked}, and hosts have room for {room}"
    fix: str | Callable[[], str] = ""
    if left:
        message, fix = f"{message}: none for {names_of(left)}.", lambda: _more_for(layout, hosting.rolling, hosts)
    elif stuck:
        seen = own_hosts(stuck, layout, "hosts")
        message += f". {names_of(stuck)} cannot be rolled: its pods may not share a host, and each host has one."
        fix = "Add a host, or roll it with `maxSurge: 0` and `maxUnavailable: 1`."
    else:
        message += "."
    yield _decided(replace(seen, message=message, fix=fix), layout, holds=not left and not stuck)


def _more_for(layout: Layout, terms: Terms, hosts: Sequence[Host]) -> str:
    def holds(changed: Sequence[Host]) -> Sequence[Layout]:
        then = place_pods(changed, terms)
        return () if then.crowded else (then,)

    at = layout.loads.index(largest_of(layout))
    search = Search(hosts, at, terms, holds, with_headroom=False)
    if len(layout.pool) == 1:
        return advise(search, raised(layout, terms, at, with_headroom=False))
    count = more_hosts(search)
    name = hosts[at].name
    return "Roll fewer at once, or add hosts." if count is None else f"Roll fewer at once, or add {count} like {name}."


_VERDICTS: Final = (Verdict.PASS, Verdict.MARGINAL, Verdict.INCOMPLETE)
RULES: Final = (
    Rule(
        id="host.n-1",
        title="Room for the pods of a lost host",
        compares="what the other hosts can allocate with what all pods ask for, when the largest host that takes pods is "
        "lost, and when the registry's host is; MARGINAL where there is no room, where no other host may run a pod, or where a local "
        "volume is lost with it, which is told in copies on other hosts; INFO "
        "where no other host takes pods; nothing where not even all hosts have room",
        source=OWN,
        verdicts=(*_VERDICTS, Verdict.INFO),
        look=_look_lost,
        unit="milli",
    ),
    Rule(
        id="host.surge",
        title="Room for what is rolled",
        compares="what hosts can allocate with what all pods ask for while every Deployment is rolled at once, by its "
        "maxSurge; MARGINAL where there is no room, or where pods that may not share a host find none, which is told in hosts; nothing "
        "where nothing surges, or not even the pods of now have room",
        source=ROLLING,
        verdicts=_VERDICTS,
        look=_look_surge,
        unit="milli",
    ),
)
