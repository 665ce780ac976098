"""What images take at a site's registry and unpacked on its hosts, reckoned once for all sites that name them alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.plan.mapping import without_idle
from regplan.plan.nodes import with_unpacked
from regplan.plan.projects import target_repositories
from regplan.plan.sharing import measure_layers

if TYPE_CHECKING:
    from regplan.model.layers import LayerReport
    from regplan.oci.reference import Reference
    from regplan.plan.facts import PlanFacts
    from regplan.plan.mapping import Mapping as Naming
    from regplan.plan.prepared import Prepared

__all__ = ["layers_of", "measured_layers", "named_as"]


def layers_of(facts: PlanFacts) -> LayerReport:
    """Tell what the images of a site take, unpacked too."""
    return facts.prepared.once(_unpacked, *named_as(facts), facts.site.assumptions.unpacked_ratio)


def named_as(facts: PlanFacts) -> tuple[str | None, Naming]:
    """Tell what names images at the registry: project, None without a registry, and mapping."""
    registry = facts.site.registry
    return (None, "host") if registry is None else (registry.project, without_idle(facts.mapping))


def measured_layers(prepared: Prepared, project: str | None, mapping: Naming) -> LayerReport:
    """Tell what images take that are so named; `Prepared.once` keeps it."""
    return measure_layers(prepared.inventory, _names(prepared, project, mapping))


def _unpacked(prepared: Prepared, project: str | None, mapping: Naming, ratio: float) -> LayerReport:
    measured = prepared.once(measured_layers, project, mapping)
    return with_unpacked(measured, prepared.inventory, prepared.unpacked, ratio)


def _names(prepared: Prepared, project: str | None, mapping: Naming) -> dict[Reference, str] | None:
    return None if project is None else target_repositories(prepared.inventory, project, mapping)
