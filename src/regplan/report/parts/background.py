"""What the numbers rest on: assumptions, defaults, and how to make the report again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.assumed import assumed
from regplan.report.cells import Cell, Code, Line, Quantity, Stack, listed
from regplan.report.sections import Block, Column, Fact, Paragraph, Section, Table

if TYPE_CHECKING:
    from regplan.model.plan import Plan, Study
    from regplan.report.assumed import Assumed

__all__ = ["assumptions_section", "cover_facts", "reproduce_section"]


def assumptions_section(plan: Plan) -> Section:
    """List every assumption with its value, who set it and its source, and what the site file left out."""
    rows = tuple(_assumed(each) for each in assumed(plan.site))
    columns = (Column("Assumption"), Column("Value", "number"), Column("Set by"), Column("Meaning", "prose"))
    caption = "Nobody measured these values; each can be set in the site file, under assumptions"
    blocks: list[Block] = [Table(caption, columns, rows, folded=True)]
    # Which assumptions are defaults stands in the table.
    left_out = [Code(key) for key in plan.site.defaulted if key.partition(".")[0] != "assumptions"]
    if left_out:
        blocks.append(Paragraph(("Left out of the site file, so at their defaults: ", *listed(left_out), ".")))
    return Section("assumptions", "Assumptions", tuple(blocks))


def _assumed(each: Assumed) -> tuple[Cell, ...]:
    # A ratio above one is a factor, and no share of anything.
    unit = "times" if each.unit == "ratio" and each.value > 1 else each.unit
    set_by = "default" if each.defaulted else "site file"
    meaning = Stack((Line((each.meaning,)), Line((f"Source: {each.source}",), quiet=True)))
    return (Code(each.key), Quantity(each.value, unit), set_by, meaning)


def cover_facts(study: Study, tool: str) -> tuple[Fact, ...]:
    """Gather what whoever signs a report looks for on its cover: of what, from what, when, and how old the data is."""
    plan = study.plan
    profiles = tuple(
        Line((Code(f"{profile.name} {profile.version}".strip()),)) for profile in study.declarations.profiles
    )
    seen = plan.layers.last_seen
    return (
        Fact("Site", plan.site.name),
        *((Fact("Cluster profiles", Stack(profiles)),) if profiles else ()),
        Fact("Planned at", plan.generated_at),
        *((Fact("Oldest tag last seen at", seen[0]),) if seen else ()),
        Fact("Digest of the inputs", Code(plan.inputs_digest)),
        Fact("Made by", tool),
    )


def reproduce_section(study: Study, tool: str) -> Section:
    """Say what was read, with what, and when."""
    plan = study.plan
    rows: list[tuple[Cell, ...]] = [
        ("Tool", tool),
        ("Generated at", plan.generated_at),
        ("Digest of the inputs", Code(plan.inputs_digest)),
    ]
    if plan.site.file:
        command = Line((Code(f"regplan report {plan.site.file} -O plan.html"),))
        options = Line(("with the options that it was given this time, if any",), quiet=True)
        rows += [("Command", Stack((command, options))), ("Site file", Code(plan.site.file))]
    rows += [
        ("Cluster profile", Code(f"{profile.name} {profile.version}".strip()))
        for profile in study.declarations.profiles
    ]
    rows += [("Source that the site file names", Code(source)) for source in plan.site.inputs.sources or ("origin",)]
    table = Table(
        "The same inputs and the same version give the same numbers",
        (Column("What"), Column("Value", "prose")),
        tuple(rows),
    )
    return Section("reproduce", "How to make this report again", (table,))
