"""The verdict, what binds, the key figures, and every finding with its source and its fix."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.verdict import tightest
from regplan.report.cells import Cell, Code, Line, Quantity, Stack, prose
from regplan.report.reading import binding_findings, in_reading_order
from regplan.report.sections import Block, Column, Paragraph, Section, Table
from regplan.report.words import MEANINGS, WORST_FIRST, counted, full_stop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.finding import Finding
    from regplan.model.plan import Plan

__all__ = ["advice", "findings_blocks", "findings_section", "headline", "tally"]

_HAS: Final = Column("Has", "number")
_NEEDS: Final = Column("Needs", "number")


def headline(plan: Plan) -> tuple[Cell, ...]:
    """Say what the verdict means, and what binds; of a plan that passes, where there is least to spare."""
    if plan.verdict is Verdict.PASS:
        near = tightest(plan.findings)
        where = f" at {near.where}" if near is not None and near.where else ""
        return (MEANINGS[plan.verdict],) if near is None else (MEANINGS[plan.verdict], *_named(near.rule, where))
    if plan.binding_constraint is None:
        return (MEANINGS[plan.verdict], " No single rule binds it.")
    return (MEANINGS[plan.verdict], " What binds: ", Code(plan.binding_constraint), ".")


def advice(plan: Plan) -> tuple[Paragraph, ...]:
    """Say what binds and what to do about it, and what makes sums lower bounds; of a passing plan nothing binds."""
    found = binding_findings(plan) if plan.verdict is not Verdict.PASS else ()
    said = [Paragraph((*prose(full_stop(found[0].message)), *_fix(found[0])))] if found else []
    return (*said, *_lower_bound(plan))


def findings_section(plan: Plan) -> Section:
    """List every finding: what decides the verdict and what is worth knowing in full, then what is met."""
    return Section("findings", "Findings", findings_blocks(plan.findings))


def findings_blocks(findings: Iterable[Finding]) -> tuple[Block, ...]:
    """Lay findings out as tables: to act on, worth knowing, met; the last has its sources numbered, below it."""
    ordered = in_reading_order(findings)
    known = [finding for finding in ordered if finding.verdict is Verdict.INFO]
    met = [finding for finding in ordered if finding.verdict is Verdict.PASS]
    pressing = [finding for finding in ordered if finding.verdict not in {Verdict.INFO, Verdict.PASS}]
    blocks: list[Block] = []
    if pressing:
        order = ", worst first" if len(pressing) > 1 else ""
        blocks.append(_in_full(f"{counted(len(pressing), 'finding')} to act on{order}", pressing))
    if known:
        blocks.append(_in_full(f"{counted(len(known), 'finding')} worth knowing, no part of the verdict", known))
    if met:
        blocks += _met(met)
    return tuple(blocks) or (Paragraph(("Nothing was checked.",)),)


def tally(verdicts: Iterable[Verdict]) -> str:
    """Count verdicts, the worst first.

    >>> tally([Verdict.PASS, Verdict.MARGINAL, Verdict.PASS])
    '1 MARGINAL, 2 PASS'
    """
    found = Counter(verdicts)
    return ", ".join(f"{found[verdict]} {verdict.value}" for verdict in WORST_FIRST if found[verdict])


def _in_full(caption: str, findings: list[Finding]) -> Table:
    # Most of what is worth knowing has no numbers: two empty columns would only take room.
    measured = any(value is not None for each in findings for value in (each.measured, each.required))
    numbers = (_HAS, _NEEDS) if measured else ()
    rows = []
    for each in findings:
        cells = (_number(each.measured, each.unit), _number(each.required, each.unit)) if measured else ()
        rows.append((each.verdict, _rule(each), *cells, _said(each)))
    columns = (Column("Verdict"), Column("Rule, and where"), *numbers, Column("Finding", "prose"))
    return Table(caption, columns, tuple(rows), head=1)


def _met(findings: list[Finding]) -> list[Block]:
    sources = list(dict.fromkeys(each.source for each in findings if each.source))
    rows: list[tuple[Cell, ...]] = []
    for each in findings:
        number = f"[{sources.index(each.source) + 1}]" if each.source else ""
        numbers = (_number(each.measured, each.unit), _number(each.required, each.unit))
        said = Stack((Line(prose(each.message)),))
        rows.append((Code(each.rule), each.where, *numbers, said, number))
    columns = (Column("Rule"), Column("Where"), _HAS, _NEEDS, Column("Finding", "prose"), Column("Source"))
    table = Table(f"{counted(len(rows), 'check')} met", columns, tuple(rows), folded=True)
    listed = "; ".join(f"[{place}] {source}" for place, source in enumerate(sources, 1))
    return [table, Paragraph((full_stop(f"Sources: {listed}"),))] if sources else [table]


def _rule(finding: Finding) -> Stack:
    where = (Line((finding.where,), quiet=True),) if finding.where else ()
    return Stack((Line((Code(finding.rule),)), *where))


def _said(finding: Finding) -> Stack:
    lines = [Line(prose(full_stop(finding.message)))]
    if finding.fix:
        lines.append(Line(("→ ", *prose(full_stop(finding.fix)))))
    if finding.source:
        lines.append(Line((f"Source: {finding.source}",), quiet=True))
    return Stack(tuple(lines))


def _number(value: float | str | None, unit: str) -> Cell:
    return "" if value is None else Quantity(value, unit)


def _named(rule: str, where: str) -> tuple[Cell, ...]:
    return (" It has least to spare in ", Code(rule), f"{where}.")


def _fix(finding: Finding) -> tuple[Cell, ...]:
    return (" What to do: ", *prose(full_stop(finding.fix))) if finding.fix else ()


def _lower_bound(plan: Plan) -> tuple[Paragraph, ...]:
    unresolved, unknown = len(plan.counts.unresolved), plan.layers.sizes_unknown
    reasons = []
    if unresolved:
        reasons.append(f"{unresolved} of {counted(plan.counts.unique, 'reference')} could not be resolved")
    if unknown:
        reasons.append(f"nobody knows the size of {counted(unknown, 'digest')}, counted with 0 bytes")
    return (Paragraph((f"Sums of sizes are lower bounds: {' and '.join(reasons)}.",)),) if reasons else ()
