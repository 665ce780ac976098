"""A document as the values that `templates/report.typ` reads: texts stay texts there, so no name can become markup."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from regplan.model.finding import Verdict
from regplan.report.cells import Code, Line, Stack, padded, text_of
from regplan.report.pdf.pieces import Space, pieces
from regplan.report.pdf.widths import CELL, HEAD, PAPER, column_room, column_widths, stays_whole
from regplan.report.sections import ChartBlock, Facts, Listing, Paragraph, Table, charts_of
from regplan.report.words import indented, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.report.cells import Cell
    from regplan.report.sections import Block, Document, Fact

__all__ = ["document_values", "table_values", "table_widths"]

# What stands outside tables: a cover's title and its values, a section's text and its captions, key figures with their
# labels, and listings.
_TITLE: Final = Space(PAPER, 26.0)
_COVER: Final = Space(350.0, 9.5)
_LABEL: Final = Space(120.0, 9.5)
_SAID: Final = Space(PAPER, 10.0)
_HEADLINE: Final = Space(460.0, 11.5)
_FIGURE: Final = Space(100.0, 12.0)
_NOTE: Final = Space(100.0, 7.8)
_LISTED: Final = Space(470.0, 9.3)


def document_values(document: Document) -> dict[str, Any]:
    """Lay out a document; every text in it is tidy."""
    numbers = {block.key: number for number, block in enumerate(charts_of(document), 1)}
    told = (*document.front.told, *((tidy(each.label), each.value) for each in document.cover))
    return {
        "title": tidy(document.title),
        "heading": pieces(tidy(document.title), _TITLE),
        "attached": f"The data of: {tidy(document.title)}"[:200],
        "author": tidy(document.front.author) or "regplan",
        "made_by": tidy(document.made_by),
        "date": _date(document.at),
        "verdict": _verdict(document.verdict),
        "about": _runs(document.about, _SAID),
        "headline": _runs(document.headline, _HEADLINE),
        "cover": [{"label": pieces(label, _LABEL), "lines": _broken(_lines(value), _COVER)} for label, value in told],
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
            return {"kind": "paragraph", "runs": _runs(block.parts, _SAID)}
        case Facts():
            return {"kind": "facts", "facts": [_fact(each) for each in block.facts]}
        case Table():
            return table_values(block, block.caption)
        case ChartBlock():
            # It may stand on another page than its table.
            name = f"Chart {numbers[block.key]}"
            chart = {
                "kind": "chart",
                "key": block.key,
                "name": name,
                "title": pieces(tidy(block.title), _SAID),
                "alt": tidy(block.alt),
            }
            return {**chart, "numbers": table_values(block.numbers, f"{name} in numbers")}
        case Listing():
            lines = indented(block.text).rstrip("\n").split("\n")
            said = {"title": pieces(tidy(block.title), _SAID), "about": pieces(tidy(block.about), _SAID)}
            return {"kind": "listing", **said, "lines": [_listed(line) for line in lines]}


def _fact(fact: Fact) -> dict[str, Any]:
    (value,) = _runs((fact.value,), _FIGURE) or ({"kind": "text", "text": ""},)
    return {"label": pieces(tidy(fact.label), _NOTE), "value": value, "note": _runs(fact.note, _NOTE)}


def _listed(line: str) -> dict[str, Any]:
    bare = line.lstrip(" ")
    return {"indent": len(line) - len(bare), "text": pieces(bare, _LISTED, code=True)}


def table_widths(table: Table) -> list[float]:
    """Tell how wide a table's columns are on paper, in points."""
    rows = [[_lines(cell) for cell in row] for row in table.rows]
    return column_widths(table.columns, rows, total=table.total)


def table_values(table: Table, caption: str) -> dict[str, Any]:
    """Lay out a table with the width of each column, in points, and which rows stand on one page whole."""
    rows = [[_lines(cell) for cell in row] for row in table.rows]
    widths = column_widths(table.columns, rows, total=table.total)
    whole = [stays_whole(widths, row) for row in rows]
    spaces = [Space(column_room(width), CELL) for width in widths]
    heads = [Space(column_room(width), HEAD) for width in widths]
    return {
        "kind": "table",
        "caption": pieces(tidy(caption), _SAID),
        "columns": [
            {"title": pieces(tidy(column.title), head), "number": column.kind == "number"}
            for column, head in zip(table.columns, heads, strict=True)
        ],
        "widths": widths,
        "rows": [[_broken(lines, space) for lines, space in zip(row, spaces, strict=True)] for row in rows],
        "whole": whole,
        "total": table.total,
    }


def _broken(lines: list[dict[str, Any]], space: Space) -> list[dict[str, Any]]:
    """Break what is too long for its space."""
    return [{**line, "runs": [_fitted(run, space) for run in line["runs"]]} for line in lines]


def _fitted(run: dict[str, Any], space: Space) -> dict[str, Any]:
    fitted = run["text"] if run["kind"] == "verdict" else pieces(run["text"], space, code=run["kind"] == "code")
    return run if fitted is run["text"] else {**run, "text": fitted}


def _lines(cell: Cell) -> list[dict[str, Any]]:
    """Lay out a cell as lines of runs."""
    lines: Iterable[Line] = cell.lines if isinstance(cell, Stack) else (Line((cell,)),)
    return [{"quiet": line.quiet, "runs": _parts(line.parts)} for line in lines]


def _runs(cells: Iterable[Cell], space: Space) -> list[dict[str, Any]]:
    return [_fitted(run, space) for run in _parts(cells)]


def _parts(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    return [run for cell in cells for run in (_inner(cell) if isinstance(cell, Stack) else [_run(cell)]) if run["text"]]


def _inner(stack: Stack) -> list[dict[str, Any]]:
    return [run for line in stack.lines for run in _parts(line.parts)]


def _run(cell: Cell) -> dict[str, Any]:
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
