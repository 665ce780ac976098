"""Facts in, a plan out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.plan import HostPlan, ImageCounts, Plan
from regplan.plan.analysis import analyse
from regplan.plan.facts import PlanFacts, named_references, unresolved_references
from regplan.plan.growth import compare_inventories
from regplan.plan.nodes import with_unpacked
from regplan.plan.projects import target_repositories
from regplan.plan.rules.table import Basis, check_rules
from regplan.plan.sharing import measure_layers
from regplan.plan.storage import storage_need
from regplan.plan.unresolved import unresolved_need
from regplan.plan.verdict import binding_constraint, overall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.finding import Finding
    from regplan.model.plan import HostDisk
    from regplan.oci.reference import Reference

__all__ = ["PlanFacts", "build_plan"]


def build_plan(facts: PlanFacts) -> Plan:
    """Check every rule and put everything that is said of a site into one value; raises `InvalidSite`.

    The findings of the profiles stand behind those of the rules.
    """
    need = replace(storage_need(facts), unresolved=unresolved_need(facts))
    ratio = facts.site.assumptions.unpacked_ratio
    measured = measure_layers(facts.inventory, _names(facts))
    layers = with_unpacked(measured, facts.inventory, facts.unpacked, ratio)
    basis = Basis(facts, layers, need)
    findings = (*check_rules(basis), *facts.declarations.findings)
    return Plan(
        site=facts.site,
        verdict=overall(findings),
        binding_constraint=binding_constraint(findings),
        findings=findings,
        counts=_counts(facts),
        layers=basis.layers,
        storage=basis.need,
        hosts=_hosts(facts, findings),
        wire=facts.wire,
        upgrade=None if facts.upgrade is None else compare_inventories(facts.inventory, facts.upgrade),
        generated_at=facts.generated_at,
        inputs_digest=facts.inputs_digest,
        analysis=analyse(facts.inventory, facts.declarations, measured),
    )


def _names(facts: PlanFacts) -> dict[Reference, str] | None:
    registry = facts.site.registry
    return None if registry is None else target_repositories(facts.inventory, registry.project, facts.mapping)


def _counts(facts: PlanFacts) -> ImageCounts:
    """Count references; one whose size the site file declares is answered for, one that is merely possible is left out."""
    return ImageCounts(
        declared=sum(use.is_counted for use in facts.declarations.uses),
        unique=len(named_references(facts)),
        resolved=len(facts.inventory.entries) + len(facts.inventory.declared),
        unresolved=unresolved_references(facts),
    )


def _hosts(facts: PlanFacts, findings: Sequence[Finding]) -> tuple[HostPlan, ...]:
    return tuple(
        _with_disk(
            HostPlan(
                host.name,
                overall(finding for finding in findings if finding.where == host.name),
                host.cpu_milli,
                host.memory_bytes,
                facts.image_bytes_by_host.get(host.name, 0),
            ),
            facts.disks.get(host.name),
        )
        for host in facts.site.hosts
    )


def _with_disk(plan: HostPlan, disk: HostDisk | None) -> HostPlan:
    if disk is None:
        return plan
    return replace(
        plan,
        content_bytes=disk.content_bytes,
        unpacked_bytes=disk.unpacked_bytes,
        unpacked_provenance=disk.provenance,
        content_high_bytes=disk.content_high_bytes,
        unpacked_high_bytes=disk.unpacked_high_bytes,
    )
