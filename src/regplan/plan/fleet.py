"""What is said of one site among many, and what the sites come to together."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.fleet import Fleet, FleetSite, FleetTotals, HardwareClass, HostShape, ShapeCount
from regplan.plan.facts import unresolved_references
from regplan.plan.verdict import binding_finding
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from regplan.model.finding import Finding
    from regplan.model.fleet import FleetProblem, ProfileSet
    from regplan.model.site import Site
    from regplan.plan.check import Checked, PlanFacts

__all__ = ["gather_fleet", "summary_of"]

_WORST_FIRST: Final = (Verdict.FAIL, Verdict.INCOMPLETE, Verdict.MARGINAL, Verdict.PASS)


def summary_of(facts: PlanFacts, checked: Checked, line: int = 0, profile_set: int = 0) -> FleetSite:
    """Tell of a site that was checked what a fleet shows of it."""
    binding, wire, need = binding_finding(checked.findings), facts.wire, checked.basis.need
    failing = dict.fromkeys(each.rule for each in checked.findings if each.verdict is Verdict.FAIL)
    return FleetSite(
        line=line,
        name=facts.site.name,
        verdict=checked.verdict,
        binding_constraint=None if binding is None else binding.rule,
        where="" if binding is None else binding.where,
        message="" if binding is None else binding.message,
        fix="" if binding is None else checked.fix_of(binding),
        measured=None if binding is None else binding.measured,
        required=None if binding is None else binding.required,
        unit="" if binding is None else binding.unit,
        failing=tuple(failing),
        required_bytes=need.required_bytes,
        claimed_bytes=need.claimed_bytes,
        unique_bytes=checked.basis.layers.unique_bytes,
        unresolved=len(unresolved_references(facts)),
        direct_bytes=None if wire is None else wire.direct_bytes,
        primary_bytes=None if wire is None else wire.primary_bytes,
        shapes=tuple(_shapes(facts.site, checked.findings)),
        profile_set=profile_set,
    )


def gather_fleet(
    sites: Iterable[FleetSite],
    problems: Iterable[FleetProblem] = (),
    profile_sets: Sequence[ProfileSet] = (),
    notes: tuple[str, ...] = (),
) -> Fleet:
    """Put sites together: worst first, hosts by shape, totals; the outcome is the same in whatever order they come."""
    told = tuple(sorted(sites, key=_order))
    wrong = tuple(sorted(problems, key=lambda each: (each.line, each.column, each.problem)))
    of_set = Counter(site.profile_set for site in told)
    return Fleet(
        sites=told,
        problems=wrong,
        hardware=_hardware(told),
        profile_sets=tuple(replace(each, sites=of_set[place]) for place, each in enumerate(profile_sets)),
        totals=_totals(told, len({each.line for each in wrong})),
        notes=notes,
    )


def _shapes(site: Site, findings: Sequence[Finding]) -> Iterator[ShapeCount]:
    """Count a site's hosts by their shape, and the rules that each kind fails."""
    names = {host.name for host in site.hosts}
    failed: dict[str, list[str]] = {}
    for each in findings:
        if each.verdict is Verdict.FAIL and each.where in names:
            failed.setdefault(each.where, []).append(each.rule)
    kinds: dict[HostShape, list[str]] = {}
    for host in site.hosts:
        shape = HostShape(host.cpu_milli, host.memory_bytes, host.storage_bytes, host.arch)
        kinds.setdefault(shape, []).append(host.name)
    for shape, hosts in kinds.items():
        rules = Counter(rule for host in hosts for rule in dict.fromkeys(failed.get(host, ())))
        yield ShapeCount(shape, len(hosts), sum(host in failed for host in hosts), tuple(sorted(rules.items())))


def _order(site: FleetSite) -> tuple[int, float, int]:
    return _WORST_FIRST.index(site.verdict), _reach(site), site.line


def _reach(site: FleetSite) -> float:
    measured, required = site.measured, site.required
    if not isinstance(measured, int | float) or not isinstance(required, int | float):
        return -math.inf
    return measured / required if required else math.inf


@dataclass(slots=True)
class _Class:
    hosts: int = 0
    sites: int = 0
    failing: int = 0
    rules: Counter[str] = field(default_factory=Counter)


def _hardware(sites: Sequence[FleetSite]) -> tuple[HardwareClass, ...]:
    """Add up hosts by their shape, most hosts first."""
    found: dict[HostShape, _Class] = {}
    for counted in (shape for site in sites for shape in site.shapes):
        kind = found.setdefault(counted.shape, _Class())
        kind.hosts += counted.hosts
        kind.sites += 1
        kind.failing += counted.failing
        kind.rules.update(dict(counted.rules))
    classes = [
        HardwareClass(shape, kind.hosts, kind.sites, kind.failing, tuple(sorted(kind.rules.items())))
        for shape, kind in found.items()
    ]
    return tuple(sorted(classes, key=lambda each: (-each.hosts, _sizes(each.shape))))


def _sizes(shape: HostShape) -> tuple[int, int, int, str]:
    return shape.cpu_milli or 0, shape.memory_bytes or 0, shape.storage_bytes or 0, shape.arch


def _totals(sites: Sequence[FleetSite], rows_with_problems: int) -> FleetTotals:
    verdicts = Counter(site.verdict for site in sites)
    binding = Counter(site.binding_constraint for site in sites if site.verdict is not Verdict.PASS)
    named = [(rule, count) for rule, count in binding.items() if rule is not None]
    return FleetTotals(
        sites=len(sites),
        rows_with_problems=rows_with_problems,
        hosts=sum(site.hosts for site in sites),
        failing_hosts=sum(shape.failing for site in sites for shape in site.shapes),
        verdicts=tuple((verdict.value, verdicts[verdict]) for verdict in _WORST_FIRST if verdicts[verdict]),
        binding=tuple(sorted(named, key=lambda each: (-each[1], each[0]))),
        required_bytes=sum(site.required_bytes for site in sites if site.claimed_bytes is not None),
        claimed_bytes=sum(site.claimed_bytes or 0 for site in sites),
        direct_bytes=sum(site.direct_bytes or 0 for site in sites),
        primary_bytes=sum(site.primary_bytes or 0 for site in sites),
    )
