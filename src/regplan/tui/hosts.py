"""Hosts as rows: what the plan says of each beside what the site file does, and the rules that speak of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.finding import Finding
    from regplan.model.plan import HostPlan, Plan
    from regplan.model.site import Host

__all__ = ["HostRow", "host_findings", "host_rows"]


@dataclass(frozen=True, slots=True)
class HostRow:
    """One host: what was planned for it, and what the site file says of it."""

    plan: HostPlan
    host: Host

    @property
    def name(self) -> str:
        """The host's name."""
        return self.plan.name


def host_rows(plan: Plan) -> tuple[HostRow, ...]:
    """List the hosts in the site file's order."""
    declared = {host.name: host for host in plan.site.hosts}
    return tuple(HostRow(each, declared[each.name]) for each in plan.hosts if each.name in declared)


def host_findings(plan: Plan, name: str) -> tuple[Finding, ...]:
    """List the findings that speak of a host: its own, those of all hosts, and what is survived without it."""
    return tuple(
        finding
        for finding in plan.findings
        if name in finding.where.split() or finding.where == "hosts" or finding.rule.startswith("survive.")
    )
