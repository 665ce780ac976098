"""Facts in, a verdict or a whole plan out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.finding import Verdict
from regplan.model.plan import HostPlan, ImageCounts, Plan
from regplan.plan.analysis import analyse
from regplan.plan.disks import disk_need
from regplan.plan.facts import PlanFacts, named_references, unresolved_references
from regplan.plan.growth import compare_inventories
from regplan.plan.hosts.hosting import placed_on
from regplan.plan.layers import measured_layers, named_as
from regplan.plan.outlook import outlook_of
from regplan.plan.pasted import paste_values
from regplan.plan.rules.drives import drive_bytes
from regplan.plan.rules.table import Basis, check_rules
from regplan.plan.verdict import binding_constraint, overall
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from regplan.model.finding import Finding
    from regplan.model.plan import Growth
    from regplan.model.sharing import Analysis
    from regplan.plan.hosts.placing import Load
    from regplan.plan.mapping import Mapping as Naming
    from regplan.plan.prepared import Prepared

__all__ = ["Checked", "PlanFacts", "build_plan", "check_site", "find_of", "with_findings", "with_more"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules say of a site: the part of a plan that a fleet asks for; `basis` is what they looked at."""

    verdict: Verdict
    binding_constraint: str | None
    findings: tuple[Finding, ...]
    basis: Basis

    def fix_of(self, finding: Finding) -> str:
        """Tell what to do about one of the findings, found now where it was left open."""
        find = (self.basis.open_fixes or {}).get((finding.rule, finding.where, finding.unit))
        return finding.fix if find is None or finding.fix else find()


def check_site(facts: PlanFacts, *, with_fixes: bool = True) -> Checked:
    """Check every rule, and tell what the findings come to; raises `InvalidSite`.

    The findings of the profiles stand behind those of the rules. What depends on profiles and images alone comes from
    `facts.prepared`, so that sites that share one are checked at the cost of what is their own. Without `with_fixes` the
    fixes that take long to find are left to `Checked.fix_of`; all else is the same.
    """
    basis = Basis(facts, None if with_fixes else {})
    # What cannot be reckoned is refused, whether or not a rule looks at it.
    _ = basis.need, basis.hosting
    findings = (*check_rules(basis), *facts.declarations.findings)
    return Checked(overall(findings), binding_constraint(findings), findings, basis)


def find_of(facts: PlanFacts, rules: Collection[str]) -> tuple[Finding, ...]:
    """Tell what `check_site` finds of some rules, and reckon no more than they look at; raises `InvalidSite`."""
    own = (each for each in facts.declarations.findings if each.rule in rules)
    return (*check_rules(Basis(facts, {}), rules), *own)


def build_plan(facts: PlanFacts) -> Plan:
    """Check every rule and put everything that is said of a site into one value; raises `InvalidSite`."""
    checked = check_site(facts)
    return Plan(
        site=facts.site,
        verdict=checked.verdict,
        binding_constraint=checked.binding_constraint,
        findings=checked.findings,
        counts=_counts(facts),
        layers=checked.basis.layers,
        storage=checked.basis.need,
        hosts=_hosts(checked),
        wire=facts.wire,
        upgrade=facts.prepared.once(_upgrade),
        generated_at=facts.generated_at,
        inputs_digest=facts.inputs_digest,
        analysis=facts.prepared.once(_analysis, *named_as(facts)),
        survival=checked.basis.survival,
        disks=disk_need(facts),
        outlook=outlook_of(facts, checked.basis.need),
        values=paste_values(facts, checked.basis.need),
    )


def with_findings(plan: Plan, found: Sequence[Finding]) -> Plan:
    """Add findings to a plan, which count towards its verdict, its hosts' and what binds it."""
    findings = (*plan.findings, *found)
    verdicts = _by_place(findings)
    hosts = (replace(host, verdict=verdicts.get(host.name, Verdict.PASS)) for host in plan.hosts)
    return replace(
        plan,
        findings=findings,
        verdict=overall(findings),
        binding_constraint=binding_constraint(findings),
        hosts=tuple(hosts),
    )


def with_more(checked: Checked, found: Sequence[Finding]) -> Checked:
    """Add findings to what the rules say of a site, which count like any other."""
    findings = (*checked.findings, *found)
    return replace(
        checked, findings=findings, verdict=overall(findings), binding_constraint=binding_constraint(findings)
    )


def _by_place(findings: Sequence[Finding]) -> dict[str, Verdict]:
    """Tell the verdict of every place at once: a site may have ten thousand hosts, and several findings for each."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.where, []).append(finding)
    return {where: overall(each) for where, each in found.items()}


def _upgrade(prepared: Prepared) -> Growth | None:
    return None if prepared.upgrade is None else compare_inventories(prepared.inventory, prepared.upgrade)


def _analysis(prepared: Prepared, project: str | None, mapping: Naming) -> Analysis:
    return analyse(prepared.inventory, prepared.declarations, prepared.once(measured_layers, project, mapping))


def _counts(facts: PlanFacts) -> ImageCounts:
    """Count references; one whose size the site file declares is answered for, one that is merely possible is left out."""
    return ImageCounts(
        declared=sum(use.is_counted for use in facts.declarations.uses),
        unique=len(named_references(facts)),
        resolved=len(facts.inventory.entries) + len(facts.inventory.declared),
        unresolved=unresolved_references(facts),
    )


def _hosts(checked: Checked) -> tuple[HostPlan, ...]:
    basis, verdicts = checked.basis, _by_place(checked.findings)
    return tuple(_host(load, verdicts.get(load.host.name, Verdict.PASS), basis) for load in basis.hosting.layout.loads)


def _host(load: Load, verdict: Verdict, basis: Basis) -> HostPlan:
    facts, host, disk = basis.facts, load.host, basis.facts.disks.get(load.host.name)
    return HostPlan(
        host.name,
        verdict,
        host.cpu_milli,
        host.memory_bytes,
        facts.image_bytes_by_host.get(host.name, 0),
        None if disk is None else disk.content_bytes,
        None if disk is None else disk.unpacked_bytes,
        "" if disk is None else disk.provenance,
        None if disk is None else disk.content_high_bytes,
        None if disk is None else disk.unpacked_high_bytes,
        requested_cpu_milli=load.cpu_milli,
        requested_memory_bytes=load.memory_bytes,
        allocatable_cpu_milli=None if load.room.cpu is None else load.room.cpu.value,
        allocatable_memory_bytes=None if load.room.memory is None else load.room.memory.value,
        disk_required_bytes=drive_bytes(host, basis),
        unpacked_measured_bytes=None if disk is None else disk.measured_bytes,
        unpacked_compressed_bytes=None if disk is None else disk.compressed_bytes,
        unpacked_high_measured_bytes=None if disk is None else disk.measured_high_bytes,
        unpacked_high_compressed_bytes=None if disk is None else disk.compressed_high_bytes,
        placed=placed_on(load),
    )
