"""A document as the values that `templates/report.typ` reads: texts stay texts there, so no name can become markup."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from regplan.model.finding import Verdict
from regplan.report.cells import Code, Line, Stack, padded, text_of
from regplan.report.pdf.widths import column_widths, stays_whole
from regplan.report.sections import ChartBlock, Facts, Listing, Paragraph, Table, charts_of
from regplan.report.words import indented, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.report.cells import Cell
    from regplan.report.sections import Block, Document

__all__ = ["document_values", "table_values"]


def document_values(document: Document) -> dict[str, Any]:
    """Lay out a document; every text in it is tidy."""
    numbers = {block.key: number for number, block in enumerate(charts_of(document), 1)}
    return {
        "title": tidy(document.title),
        "attached": f"The data of: {tidy(document.title)}"[:200],
        "author": tidy(document.front.author) or "regplan",
        "made_by": tidy(document.made_by),
        "date": _date(document.at),
        "verdict": _verdict(document.verdict),
        "about": _runs(document.about),
        "headline": _runs(document.headline),
        "cover": [
            *({"label": label, "lines": _lines(value)} for label, value in document.front.told),
            *({"label": tidy(each.label), "lines": _lines(each.value)} for each in document.cover),
        ],
        "logo": "" if document.front.logo is None else document.front.logo.kind,
        "sections": [
            {
                "key": section.key,
                "title": tidy(section.title),
                "blocks": [_block(block, numbers) for block in section.blocks],
            }
            for section in document.sections
        ],
    }


def _block(block: Block, numbers: Mapping[str, int]) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"kind": "paragraph", "runs": _runs(block.parts)}
        case Facts():
            facts = [
                {"label": tidy(each.label), "value": _run(each.value), "note": _runs(each.note)} for each in block.facts
            ]
            return {"kind": "facts", "facts": facts}
        case Table():
            return table_values(block, block.caption)
        case ChartBlock():
            # It may stand on another page than its table.
            name = f"Chart {numbers[block.key]}"
            chart = {
                "kind": "chart",
                "key": block.key,
                "name": name,
                "title": tidy(block.title),
                "alt": tidy(block.alt),
            }
            return {**chart, "numbers": table_values(block.numbers, f"{name} in numbers")}
        case Listing():
            lines = indented(block.text).rstrip("\n")
            return {"kind": "listing", "title": tidy(block.title), "about": tidy(block.about), "text": lines}


def table_values(table: Table, caption: str) -> dict[str, Any]:
    """Lay out a table with the width of each column, in points, and which rows stand on one page whole."""
    rows = [[_lines(cell) for cell in row] for row in table.rows]
    widths = column_widths(table.columns, rows)
    return {
        "kind": "table",
        "caption": tidy(caption),
        "columns": [{"title": tidy(column.title), "number": column.kind == "number"} for column in table.columns],
        "widths": widths,
        "rows": rows,
        "whole": [stays_whole(widths, row) for row in rows],
        "total": table.total,
    }


def _lines(cell: Cell) -> list[dict[str, Any]]:
    """Lay out a cell as lines of runs."""
    lines: Iterable[Line] = cell.lines if isinstance(cell, Stack) else (Line((cell,)),)
    return [{"quiet": line.quiet, "runs": _runs(line.parts)} for line in lines]


def _runs(cells: Iterable[Cell]) -> list[dict[str, str]]:
    return [run for cell in cells for run in (_inner(cell) if isinstance(cell, Stack) else [_run(cell)]) if run["text"]]


def _inner(stack: Stack) -> list[dict[str, str]]:
    return [run for line in stack.lines for run in _runs(line.parts)]


def _run(cell: Cell) -> dict[str, str]:
    text = padded(cell, text_of(cell))
    match cell:
        case Verdict():
            return _verdict(cell)
        case Code():
            return {"kind": "code", "text": text}
        case _:
            return {"kind": "text", "text": text}


def _date(told: str) -> list[int]:
    # A PDF/A has a date. Where nobody told one it is the first that there is, so that the same values give the same bytes.
    try:
        at = dt.datetime.fromisoformat(told)
    except ValueError:
        at = dt.datetime.fromtimestamp(0, dt.UTC)
    return list((at.astimezone(dt.UTC) if at.tzinfo else at).timetuple()[:6])


def _verdict(verdict: Verdict) -> dict[str, str]:
    return {"kind": "verdict", "text": text_of(verdict), "of": verdict.value.lower()}
