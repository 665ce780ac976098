"""What would make the plan pass, and which assumption moves it most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.finding import Verdict
from regplan.report.advice import change_text, moved_text, outcome_text, removed_text
from regplan.report.cells import Cell, Code, Line, Quantity, Stack
from regplan.report.figures.of_storage import tornado_chart
from regplan.report.sections import Block, ChartBlock, Column, Paragraph, Section, Table

if TYPE_CHECKING:
    from regplan.model.fix import Fix, WayOut
    from regplan.model.plan import Plan
    from regplan.model.sensitivity import Swing

__all__ = ["fixes_section", "sensitivity_section"]


def fixes_section(plan: Plan) -> Section | None:
    """List every fix, the cheapest first, and the way out; nothing where none was looked for or none is needed."""
    found = plan.advice
    if found is None or (not found.fixes and found.way_out is None):
        return None
    blocks: list[Block] = [_way_out(found.way_out)] if found.way_out is not None else []
    if found.fixes:
        columns = (Column("Fix", "prose"), Column("Asks for"), Column("Then"), Column("Bound by"))
        caption = "The cheapest first; each is made alone, and the plan was made again with it"
        blocks.append(Table(caption, columns, tuple(map(_fix, found.fixes))))
    return Section("fixes", "Cheapest fixes", tuple(blocks))


def sensitivity_section(plan: Plan) -> Section | None:
    """Draw how far each assumption moves the storage need, and tell where the verdict changes; nothing where nobody asked."""
    swings = plan.sensitivity
    if not swings:
        return None
    moving = [each for each in swings if each.moves_verdict]
    said = (
        "No assumption changes the verdict by itself within its range."
        if not moving
        else f"By itself within its range the verdict is changed by: {', '.join(each.key for each in moving)}."
    )
    columns = (
        Column("Assumption"),
        Column("From, to"),
        Column("Need at least", "number"),
        Column("Need at most", "number"),
        Column("Verdict"),
        Column("Range", "prose"),
    )
    caption = "Each assumption alone at both ends of its range, what moves most first"
    numbers = Table(caption, columns, tuple(map(_swing, swings)), folded=True)
    chart = ChartBlock(tornado_chart(plan), numbers)
    return Section("sensitivity", "Sensitivity", (Paragraph((said,)), chart))


def _way_out(way: WayOut) -> Paragraph:
    steps = "; ".join(way.steps)
    left = f" These stay: {removed_text(way.leaves)}." if way.leaves else ""
    return Paragraph((f"The way out, to {outcome_text(way.verdict, way.binding_constraint)}: {steps}.{left}",))


def _fix(fix: Fix) -> tuple[Cell, ...]:
    lines = [Line((fix.title,)), *(Line((Code(change_text(each)),), quiet=True) for each in fix.changes)]
    lines.append(Line((f"Removes {removed_text(fix.removes)}",), quiet=True))
    return Stack(tuple(lines)), fix.cost.value, fix.verdict, Code(_bound(fix))


def _bound(fix: Fix) -> str:
    return "" if fix.verdict is Verdict.PASS else fix.binding_constraint or ""


def _swing(swing: Swing) -> tuple[Cell, ...]:
    needs = sorted((swing.low.required_bytes, swing.now.required_bytes, swing.high.required_bytes))
    verdicts = " to ".join(dict.fromkeys((swing.low.verdict.value, swing.now.verdict.value, swing.high.verdict.value)))
    meaning = Stack((Line((swing.meaning,)), Line((swing.source,), quiet=True)))
    return (
        Code(swing.key),
        moved_text(swing),
        Quantity(needs[0], "bytes"),
        Quantity(needs[-1], "bytes"),
        verdicts,
        meaning,
    )
