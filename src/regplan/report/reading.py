"""How a plan's findings are read: in which order, and which of them binds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.finding import Verdict
from regplan.report.words import WORST_FIRST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.finding import Finding
    from regplan.model.plan import Plan

__all__ = ["binding_findings", "in_reading_order"]


def in_reading_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """List findings the worst first, what is worth knowing next, and last what is simply met; equals keep their order."""
    return tuple(sorted(findings, key=lambda finding: WORST_FIRST.index(finding.verdict)))


def binding_findings(plan: Plan) -> tuple[Finding, ...]:
    """List the findings of the rule that binds, the worst first; what is only worth knowing binds nothing."""
    of_rule = (each for each in plan.findings if each.rule == plan.binding_constraint)
    return in_reading_order(each for each in of_rule if each.verdict is not Verdict.INFO)
