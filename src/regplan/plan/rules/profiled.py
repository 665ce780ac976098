"""What rules that need no site say of profiles alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.plan.rules import naming, registry
from regplan.plan.rules.naming import see_names, see_profile_rules
from regplan.plan.rules.rule import finding_of
from regplan.plan.rules.wiring import see_wiring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.finding import Finding
    from regplan.model.profile import Declarations
    from regplan.plan.mapping import Mapping
    from regplan.plan.rules.rule import Observation

__all__ = ["profile_findings"]


def profile_findings(declarations: Declarations, project: str, mapping: Mapping = "host") -> tuple[Finding, ...]:
    """Tell what rules that need no site find in profiles alone: how they tie a registry in, and names at `project`.

    What is as it should be is left out.
    """
    seen: dict[str, Iterator[Observation]] = {"registry.connect": iter(see_wiring(declarations))}
    seen["mapping.collision"] = see_names(declarations.references(), project, mapping, {})
    if mapping == "host":
        seen["mapping.profile-rules"] = see_profile_rules(declarations, project)
    rules = {rule.id: rule for rule in (*registry.RULES, *naming.RULES)}
    return tuple(finding_of(rules[rule], each) for rule, observations in seen.items() for each in observations)
