"""What the registry must hold, term by term, and the upgrade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.bounds import growth_lows, later_unresolved
from regplan.report.cells import Cell, Code, Quantity
from regplan.report.figures.of_storage import storage_chart
from regplan.report.sections import ChartBlock, Column, Paragraph, Section, Table
from regplan.report.series import Step, storage_steps, unresolved_or_unknown
from regplan.report.words import full_stop, holds_words, readable
from regplan.units import format_bytes

if TYPE_CHECKING:
    from regplan.model.plan import Plan, Study

__all__ = ["storage_section", "upgrade_section"]


def storage_section(study: Study) -> Section:
    """Add up the storage need, draw it, and hold it against the PVC and the documented minimum."""
    plan = study.plan
    low = unresolved_or_unknown(plan) or later_unresolved(plan)
    rows: list[tuple[Cell, ...]] = [
        (Code(term.key), Quantity(term.size_bytes, "bytes", exact=True), term.provenance, term.source)
        for term in plan.storage.terms
    ]
    required = Quantity(plan.storage.required_bytes, "bytes", at_least=low, exact=True)
    rows.append(("required", required, "sum", "the terms above; the documented minimum is a rule of its own"))
    columns = (Column("Term"), Column("Bytes", "number"), Column("Provenance"), Column("Source", "prose"))
    table = Table("What the registry's PVC must hold", columns, tuple(rows), total=True)
    return Section("storage", "Storage", (Paragraph(_against(plan)), *_holds(plan), table, _chart(study)))


def upgrade_section(plan: Plan) -> Section | None:
    """Say what the upgrade brings, keeps and drops; None where no upgrade is planned."""
    growth = plan.upgrade
    if growth is None:
        return None
    # What both have and what either has can only grow with what is resolved later; the two differences can also shrink.
    new_low, peak_low = growth_lows(plan)
    low = peak_low or unresolved_or_unknown(plan)
    rows: tuple[tuple[Cell, ...], ...] = (
        ("kept by both versions", Quantity(growth.kept_bytes, "bytes", at_least=low, exact=True)),
        ("new with the upgrade", Quantity(growth.new_bytes, "bytes", at_least=new_low, exact=True)),
        ("dropped once the old version goes", Quantity(growth.dropped_bytes, "bytes", exact=True)),
        ("peak while both versions are there", Quantity(growth.peak_bytes, "bytes", at_least=low, exact=True)),
    )
    table = Table("What the upgrade changes in the registry", (Column("What"), Column("Bytes", "number")), rows)
    return Section("upgrade", "Upgrade", (table,))


def _against(plan: Plan) -> tuple[Cell, ...]:
    claimed = plan.storage.claimed_bytes
    if claimed is None:
        return ("The PVC's size is unknown: neither the site file nor the profiles name it.",)
    both = f"{format_bytes(claimed)} ({format_bytes(claimed, binary=True)})"
    share = readable(plan.storage.required_bytes / claimed, "ratio") if claimed else "more than all"
    word = "at least " if unresolved_or_unknown(plan) or later_unresolved(plan) else ""
    return (f"The PVC offers {both}; the need is {word}{share} of it. Sizes are compressed bytes; GB is 10^9 bytes.",)


def _holds(plan: Plan) -> tuple[Paragraph, ...]:
    """Tell how many versions are counted and why, what the PVC would hold of them, and what to claim."""
    words = holds_words(plan.storage)
    if not words:
        return ()
    claim = (
        f"What to claim: {format_bytes(plan.storage.pvc_bytes)}, the documented minimum or the need, whichever is more."
    )
    return (Paragraph((f"{full_stop(words)} {claim}",)),)


def _chart(study: Study) -> ChartBlock:
    waterfall = storage_steps(study)
    rows = [(step.label, _change(step), Quantity(step.end_bytes, "bytes")) for step in waterfall.steps]
    lines = (("documented minimum", waterfall.minimum_bytes), ("PVC", waterfall.claimed_bytes))
    rows += [(label, "", Quantity(size, "bytes")) for label, size in lines if size is not None]
    columns = (Column("Step"), Column("Change", "number"), Column("Level", "number"))
    caption = "From the images to what the registry must hold (GB)"
    return ChartBlock(storage_chart(study), Table(caption, columns, tuple(rows)))


def _change(step: Step) -> Cell:
    return "" if step.is_sum else Quantity(step.change_bytes, "bytes")
