"""Tables of a Word file as its XML: one text for a table, where an object for each of thousands of cells takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from regplan.model.finding import Verdict
from regplan.report.cells import Code, Line, Stack, padded, text_of
from regplan.report.docx.looks import COLOURS, MONO, QUIET, SMALL
from regplan.report.words import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.report.cells import Cell
    from regplan.report.sections import Fact, Table

__all__ = ["facts_xml", "table_xml"]

_NAMESPACE: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
# A point has twenty of its units, and letters are told in half points.
_TWIPS: Final = 20
_LETTER: Final = round(2 * SMALL)
_CODE_LETTER: Final = 14
# Between a cell's edge and its text, in points.
_MARGIN: Final = 4
_LINES: Final = f'<w:spacing w:after="{_TWIPS}"/>'
_RIGHT: Final = '<w:jc w:val="right"/>'


def table_xml(table: Table, widths: Sequence[float]) -> str:
    """Write a table whose head comes again on each page; widths are points."""
    head = "".join(
        _cell(_paragraph(_run(tidy(column.title), bold=True)), width)
        for column, width in zip(table.columns, widths, strict=True)
    )
    last = len(table.rows) - 1
    ends = [column.kind == "number" for column in table.columns]
    rows = (
        "".join(
            _cell(_lines(cell, bold=table.total and place == last, right=right), width)
            for cell, width, right in zip(row, widths, ends, strict=True)
        )
        for place, row in enumerate(table.rows)
    )
    return _table([f"<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}", *rows], widths)


def facts_xml(facts: Iterable[Fact], widths: tuple[float, float]) -> str:
    """Write key figures, one a row: what it is, and its value with what it has to be seen beside."""
    rows = []
    for fact in facts:
        label = _cell(_paragraph(_run(tidy(fact.label), colour=QUIET)), widths[0])
        note = _paragraph(_runs(fact.note, colour=QUIET)) if fact.note else ""
        rows.append(label + _cell(_lines(fact.value, bold=True) + note, widths[1]))
    return _table(rows, widths)


def _table(rows: Iterable[str], widths: Sequence[float]) -> str:
    columns = "".join(f'<w:gridCol w:w="{round(width * _TWIPS)}"/>' for width in widths)
    sides = "".join(f'<w:{side} w:w="{_MARGIN * _TWIPS}" w:type="dxa"/>' for side in ("left", "right"))
    return (
        f'<w:tbl xmlns:w="{_NAMESPACE}"><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:type="auto" w:w="0"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{sides}</w:tblCellMar>'
        f'<w:tblLook w:firstColumn="1" w:firstRow="1" w:lastColumn="0" w:lastRow="0" w:noHBand="0" w:noVBand="1" w:val="04A0"/>'
        f"</w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"
    )


def _cell(content: str, width: float) -> str:
    return f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{round(width * _TWIPS)}"/></w:tcPr>{content}</w:tc>'


def _lines(cell: Cell, *, bold: bool, right: bool = False) -> str:
    lines = cell.lines if isinstance(cell, Stack) else (Line((cell,)),)
    written = (_paragraph(_runs(line.parts, QUIET if line.quiet else "", bold=bold), right=right) for line in lines)
    # A cell without a paragraph is none.
    return "".join(written) or _paragraph("")


def _paragraph(runs: str, *, right: bool = False) -> str:
    return f"<w:p><w:pPr>{_LINES}{_RIGHT if right else ''}</w:pPr>{runs}</w:p>"


def _runs(cells: Iterable[Cell], colour: str = "", *, bold: bool = False) -> str:
    return "".join(_part(cell, colour, bold=bold) for cell in cells)


def _part(cell: Cell, colour: str, *, bold: bool) -> str:
    if isinstance(cell, Stack):
        return _runs((part for line in cell.lines for part in line.parts), colour, bold=bold)
    text = padded(cell, text_of(cell))
    if isinstance(cell, Verdict):
        return _run(text, COLOURS[cell], bold=True)
    return _run(text, colour, bold=bold, code=isinstance(cell, Code))


def _run(text: str, colour: str = "", *, bold: bool = False, code: bool = False) -> str:
    font = f'<w:rFonts w:ascii="{MONO}" w:hAnsi="{MONO}"/>' if code else ""
    look = f"{font}{'<w:b/>' if bold else ''}" + (f'<w:color w:val="{colour}"/>' if colour else "")
    size = f'<w:sz w:val="{_CODE_LETTER if code else _LETTER}"/>'
    return f'<w:r><w:rPr>{look}{size}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
