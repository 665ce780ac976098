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
from regplan.plan.hosts.hosting import hosting_of, placed_on
from regplan.plan.mapping import without_idle
from regplan.plan.nodes import with_unpacked
from regplan.plan.outlook import outlook_of
from regplan.plan.pasted import paste_values
from regplan.plan.projects import target_repositories
from regplan.plan.rules.drives import drive_bytes
from regplan.plan.rules.table import Basis, check_rules
from regplan.plan.sharing import measure_layers
from regplan.plan.storage import storage_need
from regplan.plan.survival import survival_of
from regplan.plan.unresolved import unresolved_need
from regplan.plan.verdict import binding_constraint, overall
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.finding import Finding
    from regplan.model.plan import Growth, LayerReport
    from regplan.model.sharing import Analysis
    from regplan.oci.reference import Reference
    from regplan.plan.hosts.placing import Load
    from regplan.plan.mapping import Mapping as Naming
    from regplan.plan.prepared import Prepared
    from regplan.plan.rules.rule import OpenFixes

__all__ = ["Checked", "PlanFacts", "build_plan", "check_site", "with_findings", "with_more"]


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
    need = replace(storage_need(facts), unresolved=unresolved_need(facts))
    open_fixes: OpenFixes | None = None if with_fixes else {}
    basis = Basis(facts, _layers(facts), need, hosting_of(facts), survival_of(facts), open_fixes)
    findings = (*check_rules(basis), *facts.declarations.findings)
    return Checked(overall(findings), binding_constraint(findings), findings, basis)


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
        analysis=facts.prepared.once(_analysis, *_named_as(facts)),
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


def _layers(facts: PlanFacts) -> LayerReport:
    return facts.prepared.once(_unpacked, *_named_as(facts), facts.site.assumptions.unpacked_ratio)


def _named_as(facts: PlanFacts) -> tuple[str | None, Naming]:
    """Tell what names images at the registry: project, None without a registry, and mapping."""
    registry = facts.site.registry
    return (None, "host") if registry is None else (registry.project, without_idle(facts.mapping))


def _unpacked(prepared: Prepared, project: str | None, mapping: Naming, ratio: float) -> LayerReport:
    measured = prepared.once(_measured, project, mapping)
    return with_unpacked(measured, prepared.inventory, prepared.unpacked, ratio)


def _measured(prepared: Prepared, project: str | None, mapping: Naming) -> LayerReport:
    return measure_layers(prepared.inventory, _names(prepared, project, mapping))


def _names(prepared: Prepared, project: str | None, mapping: Naming) -> dict[Reference, str] | None:
    return None if project is None else target_repositories(prepared.inventory, project, mapping)


def _upgrade(prepared: Prepared) -> Growth | None:
    return None if prepared.upgrade is None else compare_inventories(prepared.inventory, prepared.upgrade)


def _analysis(prepared: Prepared, project: str | None, mapping: Naming) -> Analysis:
    return analyse(prepared.inventory, prepared.declarations, prepared.once(_measured, project, mapping))


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
        placed=placed_on(load),
    )
