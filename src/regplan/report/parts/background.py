"""What the numbers rest on: assumptions, defaults, and how to make the report again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.assumed import assumed
from regplan.report.sections import Block, Cell, Code, Column, Paragraph, Quantity, Section, Table

if TYPE_CHECKING:
    from regplan.model.plan import Plan, Study
    from regplan.report.assumed import Assumed

__all__ = ["assumptions_section", "reproduce_section"]


def assumptions_section(plan: Plan) -> Section:
    """List every assumption with its value, who set it and its source, and what the site file left out."""
    rows = tuple(_assumed(each) for each in assumed(plan.site))
    columns = (Column("Assumption"), Column("Value", right=True), Column("Set by"), Column("Meaning"), Column("Source"))
    blocks: list[Block] = [Table("Assumed, and editable under assumptions: in the site file", columns, rows)]
    if plan.site.defaulted:
        left_out = ", ".join(plan.site.defaulted)
        blocks.append(Paragraph((f"Left out of the site file, so at their defaults: {left_out}.",)))
    return Section("assumptions", "Assumptions", tuple(blocks))


def _assumed(each: Assumed) -> tuple[Cell, ...]:
    # A ratio above one is a factor, and no share of anything.
    unit = "times" if each.unit == "ratio" and each.value > 1 else each.unit
    set_by = "default" if each.defaulted else "site file"
    return (Code(each.key), Quantity(each.value, unit), set_by, each.meaning, each.source)


def reproduce_section(study: Study, tool: str) -> Section:
    """Say what was read, with what, and when."""
    plan = study.plan
    rows: list[tuple[Cell, ...]] = [
        ("Tool", tool),
        ("Generated at", plan.generated_at),
        ("Digest of the inputs", Code(plan.inputs_digest)),
    ]
    if plan.site.file:
        rows.append(("Site file", Code(plan.site.file)))
    rows += [
        ("Cluster profile", Code(f"{profile.name} {profile.version}".strip()))
        for profile in study.declarations.profiles
    ]
    rows += [("Images resolved from", Code(source)) for source in plan.site.inputs.sources or ("origin",)]
    table = Table(
        "The same inputs and the same version give the same numbers", (Column("What"), Column("Value")), tuple(rows)
    )
    return Section("reproduce", "How to make this report again", (table,))
