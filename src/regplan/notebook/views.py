"""What a notebook shows of a value: the report's own parts, cut to what fits under a cell."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Finding, Verdict
from regplan.model.image import Inventory
from regplan.model.layers import LayerReport
from regplan.model.plan import Plan, Study
from regplan.model.profile import Declarations
from regplan.plan.sharing import measure_layers
from regplan.report.cells import Code, prose, sentence, text_of
from regplan.report.document import layers_document, plan_document
from regplan.report.mentions import finding_document
from regplan.report.parts.images import MOST_ROWS, image_table, size_rows
from regplan.report.parts.short import short_section
from regplan.report.parts.verdict import findings_blocks, headline
from regplan.report.reading import in_reading_order
from regplan.report.sections import Column, Paragraph, Table
from regplan.report.words import counted, full_stop, marked
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.report.sections import Block

__all__ = ["FINDING_TYPE", "LAYERS_TYPE", "PLAN_TYPE", "View", "sizing_blocks", "view"]

FINDING_TYPE: Final = "application/vnd.regplan.finding+json"
PLAN_TYPE: Final = "application/vnd.regplan.plan+json"
LAYERS_TYPE: Final = "application/vnd.regplan.layers+json"


@dataclass(frozen=True, slots=True)
class View:
    """What is shown: lines of plain text, blocks for HTML and Markdown, and a document under its own media type."""

    lines: tuple[str, ...]
    blocks: tuple[Block, ...]
    media_type: str = ""
    document: Mapping[str, object] | None = None


@singledispatch
def view(value: object) -> View:
    """Tell what to show of a study, a plan, a finding, an inventory or its sizes; raises `TypeError` for anything else."""
    raise TypeError(f"nothing is known of how to show {type(value).__name__}")


@view.register
def _(value: Study) -> View:
    plan = value.plan
    title = Paragraph((plan.verdict, f" {plan.site.name}: ", *headline(plan)))
    blocks = (title, *short_section(plan).blocks, *findings_blocks(plan.findings))
    lines = (
        f"{marked(plan.verdict)} {plan.site.name}: {sentence(headline(plan))}",
        *(_line(finding) for finding in in_reading_order(plan.findings) if finding.verdict is not Verdict.PASS),
    )
    return View(lines, blocks, PLAN_TYPE, plan_document(value))


@view.register
def _(value: Plan) -> View:
    return view(Study(Declarations(), Inventory(()), value))


@view.register
def _(value: Finding) -> View:
    fix = (" What to do: ", *prose(full_stop(value.fix))) if value.fix else ()
    source = (f" Source: {full_stop(value.source)}",) if value.source else ()
    said = Paragraph(
        (value.verdict, " ", Code(value.rule), f" {value.where}: ", *prose(full_stop(value.message)), *fix, *source)
    )
    return View((_line(value),), (said,), FINDING_TYPE, finding_document(value))


@view.register
def _(value: LayerReport) -> View:
    low = value.sizes_unknown > 0
    rows = size_rows(value, at_least=low)
    sums = Table("The set of images, compressed", (Column("What"), Column("Value", "number")), rows)
    lines = tuple(f"{text_of(what)}: {text_of(size)}" for what, size in rows)
    return View(lines, (sums, image_table(value.images, MOST_ROWS)), LAYERS_TYPE, layers_document(value))


@view.register
def _(value: Inventory) -> View:
    sizes = view(measure_layers(value))
    missing = tuple((Code(each.reference), each.reason) for each in value.unresolved)
    blocks = sizes.blocks
    if missing:
        caption = f"{counted(len(missing), 'reference')} unresolved: sums are lower bounds"
        blocks = (*blocks, Table(caption, (Column("Reference"), Column("Reason")), missing))
    return View((repr(value), *sizes.lines), blocks, sizes.media_type, sizes.document)


def sizing_blocks(study: Study) -> tuple[Block, ...]:
    """Tell what a reader looks for while values change: the verdict, the key figures, and what is to be acted on."""
    plan = study.plan
    title = Paragraph((plan.verdict, f" {plan.site.name}: ", *headline(plan)))
    pressing = [each for each in plan.findings if each.verdict not in {Verdict.PASS, Verdict.INFO}]
    return (title, *short_section(plan).blocks, *(findings_blocks(pressing) if pressing else ()))


def _line(finding: Finding) -> str:
    where = f" {text_of(finding.where)}" if finding.where else ""
    return f"{marked(finding.verdict)} {finding.rule}{where}: {text_of(finding.message)}"
