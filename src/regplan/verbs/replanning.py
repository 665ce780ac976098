"""A plan made again with something changed: what was read and resolved stays as it is, so that it takes milliseconds.

Fixes, sensitivity, fleets and whatever edits a site in place ask here, and nobody reads or resolves anything for it.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from regplan.model.finding import Verdict
from regplan.model.plan import Study
from regplan.plan.check import PlanFacts, build_plan, check_site, find_of
from regplan.plan.prepared import Prepared
from regplan.sim.sited import sited
from regplan.values import dataclass
from regplan.verbs.naming import own_addresses

if TYPE_CHECKING:
    from collections.abc import Collection

    from regplan.model.finding import Finding
    from regplan.model.image import Inventory
    from regplan.model.plan import Plan
    from regplan.model.profile import Declarations
    from regplan.model.site import Site
    from regplan.model.wire import Simulation
    from regplan.plan.fixes.ground import Ground, Outcome
    from regplan.plan.mapping import Mapping as Naming
    from regplan.verbs.inputs import Inputs
    from regplan.verbs.options import Options
    from regplan.verbs.own_rules import OwnRules

__all__ = ["Ready", "Replanning", "advised", "facts_of"]


@dataclass(frozen=True, slots=True)
class Ready:
    """What a site names, read and resolved: what follows from it, and the mapping.

    `inputs` are what was read: the profiles of now, of the next version (None without one), and of older ones.
    """

    inputs: tuple[Inputs | None, ...]
    prepared: Prepared
    mapping: Naming


def facts_of(site: Site, prepared: Prepared, mapping: Naming, generated_at: str) -> tuple[PlanFacts, Simulation | None]:
    """Tell everything that a site's plan is made from, and its simulation, from what was read and resolved."""
    found = sited(site, prepared)
    facts = PlanFacts(
        site=site,
        declarations=prepared.declarations,
        inventory=prepared.inventory,
        upgrade=prepared.upgrade,
        wire=None if found.simulation is None else found.simulation.wire,
        generated_at=generated_at,
        image_bytes_by_host=found.image_bytes_by_host,
        mapping=own_addresses(mapping, site),
        unpacked=prepared.unpacked,
        disks=found.disks,
        needs=found.needs,
        prepared=prepared,
        older=prepared.older,
    )
    return facts, found.simulation


@dataclass(frozen=True, slots=True)
class Replanning:
    """What plans of one site are made again from: what was resolved, the time that they are of, and users' own rules."""

    site: Site
    ready: Ready
    generated_at: str
    own: OwnRules | None = None
    _prepared: dict[tuple[int, int], Prepared] = field(default_factory=dict, repr=False)

    def replan(self, site: Site) -> Plan:
        """Make a plan of the site with other values, over the same profiles and images."""
        return self._planned(site, self.ready.prepared)

    def check(self, ground: Ground) -> Outcome:
        """Tell what the rules say of a site with its declarations and images: all that a search for fixes asks."""
        prepared = self._prepared_of(ground.declarations, ground.inventory)
        # Users' own rules are about the whole plan.
        if self.own is not None and self.own.rules:
            return self._planned(ground.site, prepared)
        return check_site(self._facts(ground.site, prepared)[0], with_fixes=False)

    def find(self, ground: Ground, rules: Collection[str]) -> tuple[Finding, ...]:
        """Tell what some rules find of a site with its declarations and images; users' own rules are of the whole plan."""
        if self.own is not None and self.own.rules:
            return self.check(ground).findings
        prepared = self._prepared_of(ground.declarations, ground.inventory)
        return find_of(self._facts(ground.site, prepared)[0], rules)

    def check_need(self, site: Site) -> tuple[Outcome, int]:
        """Tell the same of the site with other values, and its storage need in bytes."""
        if self.own is not None and self.own.rules:
            plan = self.replan(site)
            return plan, plan.storage.required_bytes
        checked = check_site(self._facts(site, self.ready.prepared)[0], with_fixes=False)
        return checked, checked.basis.need.required_bytes

    def _facts(self, site: Site, prepared: Prepared) -> tuple[PlanFacts, Simulation | None]:
        return facts_of(site, prepared, self.ready.mapping, self.generated_at)

    def _planned(self, site: Site, prepared: Prepared) -> Plan:
        facts, simulation = self._facts(site, prepared)
        plan = build_plan(facts)
        if self.own is None:
            return plan
        return self.own.judge(Study(facts.declarations, facts.inventory, plan, simulation)).plan

    def _prepared_of(self, declarations: Declarations, inventory: Inventory) -> Prepared:
        base = self.ready.prepared
        if declarations is base.declarations and inventory is base.inventory:
            return base
        key = id(declarations), id(inventory)
        if key not in self._prepared:
            self._prepared[key] = Prepared(declarations, inventory, base.upgrade, base.unpacked, base.older)
        return self._prepared[key]


def advised(study: Study, replanning: Replanning, options: Options) -> Study:
    """Put beside a plan what the options ask for: fixes where it does not pass, and what its assumptions move."""
    plan = study.plan
    if options.fixes and plan.verdict is not Verdict.PASS:
        from regplan.plan.fixes.advice import advise, is_searched
        from regplan.plan.fixes.ground import Ground

        if is_searched(replanning.site):
            ground = Ground(replanning.site, study.declarations, study.inventory, plan.analysis)
            plan = replace(plan, advice=advise(ground, replanning.check, plan, replanning.find))
    if options.sensitivity:
        from regplan.plan.sensitivity import tornado

        plan = replace(plan, sensitivity=tornado(replanning.site, replanning.check_need))
    return replace(study, plan=plan)
