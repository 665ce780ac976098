"""A study as a workbook: its sheets in order, whose cells refer to each other by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.report.document import plan_document, tool_document
from regplan.report.front import Front
from regplan.report.workbook.cells import Book, Cell, Heading, Sheet
from regplan.report.workbook.content import blobs_of, blobs_sheet, counted_sums, images_sheet
from regplan.report.workbook.graph import Graph
from regplan.report.workbook.hosts import hosts_sheet
from regplan.report.workbook.rules import rules_sheet
from regplan.report.workbook.storage import storage_sheet
from regplan.report.workbook.summary import summary_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.model.plan import Study

__all__ = ["workbook"]

_ABOUT: Final = (
    (
        "Yellow cells are inputs of this workbook: change them, and the sheets Storage, Rules and Summary follow. Values are in"
        " the unit beside them."
    ),
    "Below stand the assumptions that no formula here has a use for: what hangs on them is as planned.",
)
_HEADINGS: Final = (
    Heading("Key in the site file, or what it is", 40),
    Heading("Value", 20),
    Heading("Unit", 14),
    Heading("Known by", 12),
    Heading("Source", 90),
)


def workbook(study: Study, tool: str = "", front: Front | None = None) -> Book:
    """Lay out a study as a workbook; no path of this machine is in it.

    `tool` is what made the plan where that was not this regplan, and `front` what stands on the first sheet besides.
    """
    document: dict[str, Any] = plan_document(study)
    blobs = blobs_of(study)
    graph = Graph(document, counted_sums(blobs))
    # In the order in which they ask for inputs; the assumptions are known once all have asked.
    storage, rules = storage_sheet(document, graph), rules_sheet(document, graph)
    told = front or Front()
    summary = summary_sheet(document, graph, told.told, study.plan.site.inputs.sources)
    assumptions = Sheet("Assumptions", _HEADINGS, (*graph.inputs.rows(), *_others(document, graph)), _ABOUT)
    sheets = (
        summary,
        rules,
        storage,
        assumptions,
        hosts_sheet(document),
        images_sheet(document),
        blobs_sheet(study, blobs),
    )
    made_by = tool or " ".join(str(each) for each in tool_document().values())
    title = f"Primary registry plan: {study.plan.site.name}"
    return Book(title, made_by, study.plan.generated_at, sheets, told.author)


def _others(document: Mapping[str, Any], graph: Graph) -> Iterator[tuple[Cell, ...]]:
    """List the assumptions that no formula of the workbook has a use for."""
    used = graph.inputs.keys
    for each in document["assumptions"]:
        if f"assumptions.{each['key']}" not in used:
            known = "default" if each["defaulted"] else "site file"
            value = Cell(each["value"], look="ratio" if each["unit"] == "ratio" else "number")
            words = (Cell(each["unit"]), Cell(known), Cell(f"{each['meaning']} {each['source']}", look="prose"))
            yield (Cell(f"assumptions.{each['key']}", look="code"), value, *words)
