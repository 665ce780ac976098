"""Rules about what goes on while the internet link is cut."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.profile import UseStatus
from regplan.plan.facts import (
    in_no_list,
    missing_references,
    needed_in,
    needed_references,
    unresolved_in,
    unresolved_references,
    unsure_references,
)
from regplan.plan.rules.rule import Observation, Rule, listed
from regplan.plan.rules.sources import IMAGES, PRIMARY, SINCE_PRIMARY
from regplan.plan.survival import is_supplied, recovery_of
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.survival import Event
    from regplan.plan.prepared import Prepared
    from regplan.plan.rules.rule import Basis
    from regplan.plan.survival import Recovery

__all__ = ["RULES"]

_REBOOTED: Final = "a rebooted host"
_NEW: Final = "a new host"


def _look_reboot(_: Rule, basis: Basis) -> Iterator[Observation]:
    if basis.facts.site.registry is not None:
        yield _served(basis, _REBOOTED)
        return
    yield Observation(
        "Without a primary registry a rebooted host has only the images of its own cache; one that was collected or is "
        "always pulled is fetched over the internet.",
        where="registry",
        fix="Plan a primary registry, if hosts must come back while the internet is cut.",
        verdict=Verdict.INFO,
    )


def _look_node_add(_: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    if site.registry is not None:
        yield _served(basis, _NEW)
        return
    is_cut = site.internet != "full"
    each = max(basis.facts.image_bytes_by_host.values(), default=0)
    takes = f"up to {format_bytes(each)}" if each else "every image it runs"
    yield Observation(
        f"Without a primary registry a new host pulls {takes} over the internet"
        + {"none": ", which this site does not have.", "thin": ", which is there only for planned transfers."}.get(
            site.internet, "."
        ),
        where="registry",
        fix="Plan a primary registry, or bring the content to each new host.",
        verdict=Verdict.FAIL if is_cut else Verdict.INFO,
    )


def _served(basis: Basis, who: str) -> Observation:
    """Tell whether every image comes from the registry; an image in no list is in no registry.

    A site with full internet and content sync pulls that one from the internet, so that it still works: INFO.
    """
    facts = basis.facts
    missing, unsure = missing_references(facts), unsure_references(facts)
    unresolved = [each.reference for each in unresolved_references(facts)]
    needed = needed_references(facts)
    works = is_supplied(facts)
    if not needed:
        seen = Observation(
            "No image is named, so nothing can be said.",
            fix="Name profiles or images in the site file.",
            verdict=Verdict.INCOMPLETE,
        )
    elif missing and not (works and unresolved):
        seen = _lacking(who, missing, works=works)
    elif unresolved:
        seen = _doubted(f"Whether {who} finds these with the internet cut is not known: {listed(unresolved)}.")
    elif unsure:
        seen = _unsure(who, unsure, works=works)
    else:
        seen = Observation(f"With the internet cut, {who} finds every image in the registry once it is seeded.")
    event: Event = "reboot" if who == _REBOOTED else "node-add"
    kept = facts.prepared.once(_kept)
    told = replace(seen, message=seen.message + _hosts(basis, event))
    return replace(told, measured=kept, required=len(needed), where="registry")


def _kept(prepared: Prepared) -> int:
    """Count what is needed and will be in the registry for certain."""
    lost = {each.reference for each in prepared.once(unresolved_in)}
    lost |= {each for status in (UseStatus.MISSING, UseStatus.UNKNOWN) for each in prepared.once(in_no_list, status)}
    return sum(reference not in lost for reference in prepared.once(needed_in))


def _lacking(who: str, missing: Sequence[str], *, works: bool) -> Observation:
    return Observation(
        f"With the internet cut, {who} finds these nowhere: {listed(missing)}.",
        fix="Add them to their packs' `pack.content.images`.",
        verdict=Verdict.INFO if works else Verdict.FAIL,
    )


def _doubted(message: str) -> Observation:
    return Observation(
        message, fix="Name a source that has them (`from:`), or mend the references.", verdict=Verdict.INCOMPLETE
    )


def _unsure(who: str, unsure: Sequence[str], *, works: bool) -> Observation:
    return Observation(
        f"No list has these, nobody can tell whether anything runs them, and with the internet cut {who} finds them nowhere: "
        f"{listed(unsure)}.",
        fix="Add those that run to their packs' `pack.content.images`; `regplan images --patch` writes the lists.",
        verdict=Verdict.INFO if works else Verdict.INCOMPLETE,
        is_checked=False,
    )


def _hosts(basis: Basis, event: Event) -> str:
    """Name the hosts that do not come back, or like which none joins, "" where every one does."""
    told = [each for each in basis.survival if (each.event, each.registry) == (event, "up")]
    lost = [each.host for each in told if each.returns is False]
    open_ = [each.host for each in told if each.returns is None]
    said = "A host that joins in the place of one of these does not start everything" if event == "node-add" else ""
    parts = [f"{said or 'These hosts do not come back whole'}: {listed(lost)}."] if lost else []
    parts += [f"It cannot be told of {listed(open_)}."] if open_ and lost else []
    return "".join(f" {part}" for part in parts)


def _look_registry_node(_: Rule, basis: Basis) -> Iterator[Observation]:
    facts = basis.facts
    site = facts.site
    if site.registry is None:
        return
    if not site.hosts:
        yield Observation(
            "Whether anything goes on without the registry's node cannot be told: the site names no hosts.",
            where="hosts",
            fix="State `hosts` in the site file.",
            verdict=Verdict.INFO,
            is_checked=False,
        )
        return
    yield _without_node(basis, recovery_of(basis.facts))


def _without_node(basis: Basis, recovery: Recovery) -> Observation:
    facts = basis.facts
    told = [each for each in basis.survival if each.registry != "up"]
    back = [each for each in told if each.event == "reboot" and each.returns]
    joined = [each for each in told if each.event == "node-add" and each.returns]
    hosts = len(facts.site.hosts)
    is_whole = recovery.comes_back and len(back) == len(joined) == hosts
    registry = "comes back on another host" if recovery.comes_back else "is away"
    counts = f"of {hosts} hosts {len(back)} come back from a reboot, and in the place of {len(joined)} a new one joins"
    unsure = [each.host for each in told if each.returns is None]
    note = f" It cannot be told of {listed(list(dict.fromkeys(unsure)))}." if unsure else ""
    return Observation(
        f"With the registry's node down and the internet cut, the registry {registry}: {recovery.why}; {counts}.{note}",
        len(back),
        hosts,
        where="registry",
        fix=recovery.fix,
        verdict=Verdict.PASS if is_whole else Verdict.INFO,
        is_checked=not unsure,
    )


_SERVED: Final = (
    "whether every image that the site needs is in a list and resolved, so that the registry has it; a missing one is "
    "INFO where the internet is full and content sync on, since it is then pulled from there; one of which nobody can tell "
    "whether anything runs it is INCOMPLETE, or INFO there"
)
RULES: Final = (
    Rule(
        id="survive.reboot",
        title="Hosts reboot while the internet is cut",
        compares=f"{_SERVED}; INFO without a primary registry, where each host's own cache decides",
        source=PRIMARY,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE, Verdict.INFO),
        look=_look_reboot,
        unit="images",
        since=SINCE_PRIMARY,
    ),
    Rule(
        id="survive.node-add",
        title="Hosts join while the internet is cut",
        compares=f"{_SERVED}; without a primary registry FAIL where the internet is none or thin, INFO where it is full",
        source=PRIMARY,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE, Verdict.INFO),
        look=_look_node_add,
        unit="images",
        since=SINCE_PRIMARY,
    ),
    Rule(
        id="survive.registry-node",
        title="The registry's node is down while the internet is cut",
        compares="the count of hosts that come back from a reboot with all hosts: PASS where the registry comes back on another "
        "host, and every host and new one finds its images there; INFO where it does not, and hosts have their own caches alone; "
        "applies where there is a primary registry",
        source=IMAGES,
        verdicts=(Verdict.PASS, Verdict.INFO),
        look=_look_registry_node,
        unit="hosts",
    ),
)
