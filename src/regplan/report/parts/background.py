"""What the numbers rest on: assumptions, defaults, and how to make the report again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.assumed import assumed
from regplan.report.cells import Cell, Code, Line, Quantity, Stack, listed
from regplan.report.sections import Block, Column, Fact, Paragraph, Section, Table
from regplan.report.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.plan import Plan, Study
    from regplan.model.profile import ClusterProfile
    from regplan.report.assumed import Assumed

__all__ = ["assumptions_section", "cover_facts", "data_age", "reproduce_section"]


def assumptions_section(plan: Plan) -> Section:
    """List every assumption with its value, who set it and its source, and what the site file left out."""
    swings = plan.sensitivity
    moves = None if swings is None else {each.key: Quantity(each.need_bytes, "bytes") for each in swings}
    rows = tuple(_assumed(each, moves) for each in assumed(plan.site))
    moved = () if moves is None else (Column("Moves the need by", "number"),)
    columns = (Column("Assumption"), Column("Value", "number"), Column("Set by"), *moved, Column("Meaning", "prose"))
    caption = "Nobody measured these values; each can be set in the site file, under assumptions"
    blocks: list[Block] = [Table(caption, columns, rows, folded=True)]
    # Which assumptions are defaults stands in the table.
    left_out = [Code(key) for key in plan.site.defaulted if key.partition(".")[0] != "assumptions"]
    if left_out:
        blocks.append(Paragraph(("Left out of the site file, so at their defaults: ", *listed(left_out), ".")))
    return Section("assumptions", "Assumptions", tuple(blocks))


def _assumed(each: Assumed, moves: Mapping[str, Quantity] | None) -> tuple[Cell, ...]:
    # A ratio above one is a factor, and no share of anything.
    unit = "times" if each.unit == "ratio" and each.value > 1 else each.unit
    set_by = "default" if each.defaulted else "site file"
    meaning = Stack((Line((each.meaning,)), Line((f"Source: {each.source}",), quiet=True)))
    # What has no range that anybody could argue for was not moved.
    moved = () if moves is None else (moves.get(each.key, "not moved"),)
    return (Code(each.key), Quantity(each.value, unit), set_by, *moved, meaning)


def cover_facts(study: Study, tool: str) -> tuple[Fact, ...]:
    """Gather what whoever signs a report looks for on its cover: of what, from what, when, and how old the data is."""
    plan = study.plan
    profiles = tuple(line for profile in study.declarations.profiles for line in _profile(profile))
    seen = plan.layers.last_seen
    age = data_age(seen[0] if seen else None, len(seen), plan.site.inputs.sources)
    return (
        Fact("Site", plan.site.name),
        *((Fact("Cluster profiles", Stack(profiles)),) if profiles else ()),
        Fact("Planned at", plan.generated_at),
        *((Fact("Age of the data", age),) if plan.counts.resolved else ()),
        Fact("Digest of the inputs", Code(plan.inputs_digest)),
        Fact("Made by", tool),
    )


def data_age(oldest: str | None, tags: int, sources: Sequence[str]) -> str:
    """Say how old what is told of images is: `tags` could be asked of nobody, and the `oldest` was last seen then (RFC 3339).

    >>> data_age(None, 0, ["recording:recording"])
    'as recording:recording had it when this was planned'
    >>> data_age("2026-11-20T08:00:00+00:00", 1, [])
    'oldest tag last seen at 2026-11-20T08:00:00+00:00; no source could be asked for 1 tag'
    """
    if oldest is not None:
        return f"oldest tag last seen at {oldest}; no source could be asked for {counted(tags, 'tag')}"
    return f"as {', '.join(sources) or 'its sources'} had it when this was planned"


def _profile(profile: ClusterProfile) -> tuple[Line, ...]:
    named = Line((Code(f"{profile.name} {profile.version}".strip()),))
    return (named, Line((Code(profile.digest),), quiet=True)) if profile.digest else (named,)


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
    rows += [("Cluster profile", Stack(_profile(profile))) for profile in study.declarations.profiles]
    rows += [("Source that the site file names", Code(source)) for source in plan.site.inputs.sources or ("origin",)]
    table = Table(
        "The same inputs and the same version give the same numbers",
        (Column("What"), Column("Value", "prose")),
        tuple(rows),
    )
    return Section("reproduce", "How to make this report again", (table,))
