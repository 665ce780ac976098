"""Scenarios side by side: what each comes to, and what it changes of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.cells import Code, Line, Quantity, Stack
from regplan.report.comparison import comparison_sentence
from regplan.report.sections import Column, Paragraph, Section, Table
from regplan.report.words import full_stop, readable

if TYPE_CHECKING:
    from regplan.model.comparison import ComparedSite, Comparison
    from regplan.report.cells import Cell
    from regplan.report.sections import Block

__all__ = ["FIGURES", "beside_section"]

FIGURES = (
    ("All references", "referenced_bytes", "bytes"),
    ("Each digest once", "unique_bytes", "bytes"),
    ("Needed", "required_bytes", "bytes"),
    ("Claimed", "claimed_bytes", "bytes"),
    ("Of the claim", "claim_ratio", "ratio"),
    ("Hosts", "hosts", ""),
    ("Unresolved", "unresolved", "images"),
    ("Saved on the internet link", "saved_bytes", "bytes"),
)


def beside_section(comparison: Comparison) -> Section:
    """Lay out scenarios as columns, the first as it is, the others with what they change."""
    first = comparison.scenarios[0]
    columns = (Column("What"), *(Column(each.label, "number") for each in comparison.scenarios))
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Verdict", *(each.verdict for each in comparison.scenarios)),
        ("What binds", *(Code(each.binding_constraint or "") for each in comparison.scenarios)),
        *((name, *(_figure(each, key, unit) for each in comparison.scenarios)) for name, key, unit in FIGURES),
    )
    blocks: list[Block] = [Table("Scenarios, and below each number what it changes of the first", columns, rows)]
    said = [full_stop(comparison_sentence(each, first)) for each in comparison.scenarios[1:]]
    blocks += [Paragraph((each,)) for each in said if each]
    return Section("scenarios", "Scenarios side by side", tuple(blocks))


def _figure(each: ComparedSite, key: str, unit: str) -> Cell:
    value = Quantity(getattr(each.figures, key), unit)
    change = None if each.difference is None else getattr(each.difference.figures, key)
    if not change:
        return value
    told = readable(abs(change), unit)
    return Stack((Line((value,)), Line((f"{'+' if change > 0 else '-'} {told}",), quiet=True)))
