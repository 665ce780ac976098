"""The verdict, what binds, and every finding with its source and its fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.sections import Cell, Code, Column, Paragraph, Quantity, Section, Table
from regplan.report.series import unresolved_or_unknown
from regplan.report.words import MEANINGS, WORST_FIRST, counted, full_stop

if TYPE_CHECKING:
    from regplan.model.finding import Finding
    from regplan.model.plan import Plan

__all__ = ["findings_section", "headline", "short_section"]


def headline(plan: Plan) -> tuple[Cell, ...]:
    """Say what the verdict means, and what binds."""
    if plan.binding_constraint is None:
        return (MEANINGS[plan.verdict], " No single rule binds it.")
    return (MEANINGS[plan.verdict], " What binds: ", Code(plan.binding_constraint), ".")


def short_section(plan: Plan) -> Section:
    """Say in one table what a reader looks for first, and in one sentence what to do about what binds."""
    binding = _binding(plan)
    blocks = [] if binding is None else [Paragraph((full_stop(binding.message), *_fix(binding)))]
    low = unresolved_or_unknown(plan)
    rows: list[tuple[Cell, ...]] = [
        ("The registry must hold", Quantity(plan.storage.required_bytes, "bytes", at_least=low, exact=True)),
        ("The PVC offers", Quantity(plan.storage.claimed_bytes, "bytes", exact=True)),
        ("Images", Quantity(plan.counts.unique, "distinct")),
        ("of them resolved", Quantity(plan.counts.resolved, "")),
    ]
    if plan.wire is not None:
        rows += [
            (
                "First bootstrap over the internet without the registry",
                Quantity(plan.wire.direct_bytes, "bytes", at_least=low),
            ),
            ("First bootstrap over the internet with it", Quantity(plan.wire.primary_bytes, "bytes", at_least=low)),
        ]
    table = Table("What is needed, and what is there", (Column("What"), Column("Value", right=True)), tuple(rows))
    return Section("short", "In short", (*blocks, *_lower_bound(plan), table))


def findings_section(plan: Plan) -> Section:
    """List every finding, worst first."""
    titles = ("Verdict", "Rule", "Where", "Has", "Needs", "Finding", "Fix", "Source")
    columns = tuple(Column(title, right=title in {"Has", "Needs"}) for title in titles)
    ordered = sorted(plan.findings, key=lambda finding: WORST_FIRST.index(finding.verdict))
    table = Table(
        f"{counted(len(ordered), 'finding')}, worst first", columns, tuple(_row(finding) for finding in ordered)
    )
    return Section("findings", "Findings", (table,) if ordered else (Paragraph(("Nothing was checked.",)),))


def _row(finding: Finding) -> tuple[Cell, ...]:
    has, needs = (
        "" if value is None else Quantity(value, finding.unit) for value in (finding.measured, finding.required)
    )
    return (
        finding.verdict,
        Code(finding.rule),
        finding.where,
        has,
        needs,
        finding.message,
        finding.fix,
        finding.source,
    )


def _binding(plan: Plan) -> Finding | None:
    worst = sorted(plan.findings, key=lambda finding: WORST_FIRST.index(finding.verdict))
    return next((finding for finding in worst if finding.rule == plan.binding_constraint), None)


def _fix(finding: Finding) -> tuple[Cell, ...]:
    return (f" What to do: {full_stop(finding.fix)}",) if finding.fix else ()


def _lower_bound(plan: Plan) -> tuple[Paragraph, ...]:
    unresolved, unknown = len(plan.counts.unresolved), plan.layers.sizes_unknown
    reasons = []
    if unresolved:
        reasons.append(f"{unresolved} of {counted(plan.counts.unique, 'reference')} could not be resolved")
    if unknown:
        reasons.append(f"nobody knows the size of {counted(unknown, 'digest')}, counted with 0 bytes")
    return (Paragraph((f"Sums of sizes are lower bounds: {' and '.join(reasons)}.",)),) if reasons else ()
