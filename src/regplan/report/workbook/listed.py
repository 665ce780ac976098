"""Any report as a workbook of its tables, one sheet for each section: for what has no arithmetic of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.report.cells import Quantity, text_of
from regplan.report.sections import ChartBlock, Facts, Listing, Paragraph, Table
from regplan.report.workbook.cells import Book, Cell, Heading, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.report import cells
    from regplan.report.sections import Block, Document, Section

__all__ = ["listed_workbook"]

_NO_NAME: Final = re.compile(r"[\[\]:*?/\\']+")
_LONGEST: Final = 31  # of a sheet's name
_FIRST, _WIDTH = 40, 24


def listed_workbook(document: Document) -> Book:
    """Lay out a document as a workbook; numbers are numbers there, in the base unit that stands beside them."""
    front = [(Cell(label, look="head"), Cell(value)) for label, value in document.front.told]
    cover = [(Cell(each.label, look="head"), Cell(text_of(each.value))) for each in document.cover]
    verdict = (Cell("Verdict", look="head"), Cell(document.verdict.value, look="verdict"))
    said = (Cell("Which means", look="head"), Cell("".join(map(text_of, document.headline))))
    headings = (Heading("What", _FIRST), Heading("", 70))
    summary = Sheet("Summary", headings, (verdict, said, *front, *cover), (document.title,))
    sheets = [summary, *(_sheet(number, each) for number, each in enumerate(document.sections, 1))]
    return Book(document.title, document.made_by, document.at, tuple(sheets), document.front.author)


def _sheet(number: int, section: Section) -> Sheet:
    name = f"{number} {_NO_NAME.sub(' ', section.title)}"[:_LONGEST].strip()
    rows = tuple(row for block in section.blocks for row in (*_rows(block), ()))
    wide = max((len(row) for row in rows), default=1)
    padded = tuple((*row, *(Cell("") for _ in range(wide - len(row)))) for row in rows)
    headings = (Heading(section.title, _FIRST), *(Heading("", _WIDTH) for _ in range(wide - 1)))
    return Sheet(name, headings, padded)


def _rows(block: Block) -> Iterator[tuple[Cell, ...]]:
    match block:
        case Paragraph():
            yield (Cell("".join(map(text_of, block.parts))),)
        case Facts():
            for fact in block.facts:
                yield (Cell(fact.label, look="head"), *_value(fact.value), Cell("".join(map(text_of, fact.note))))
        case Table():
            yield (Cell(block.caption, look="head"),)
            yield tuple(Cell(column.title, look="head") for column in block.columns)
            for row in block.rows:
                yield tuple(_value(cell)[0] for cell in row)
        case ChartBlock():
            yield (Cell(block.title, look="head"),)
            yield from _rows(block.numbers)
        case Listing():
            yield (Cell(f"{block.title} {block.about}", look="head"),)
            for line in block.text.splitlines():
                yield (Cell(line, look="code"),)


def _value(cell: cells.Cell) -> tuple[Cell, ...]:
    """Tell a cell: numbers exactly, and anything else as it is read."""
    if isinstance(cell, Quantity) and isinstance(cell.value, int | float):
        return (Cell(cell.value, look="number"),)
    return (Cell(text_of(cell)),)
