"""Tables written as CSV or XLSX; what a spreadsheet would take for a formula is written as text."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any, Final

from regplan.store.workbook import openpyxl_of
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Sheet", "csv_bytes", "workbook_bytes"]

# A spreadsheet takes a cell that starts so for a formula; a number with a sign is none.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*\s*%?")
# What XML cannot hold.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WIDEST: Final = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook: its rows, how many of the first are headings, and words that columns allow, by place.

    Cells are texts, numbers, dates, or cells of a workbook that was read, which keep their type and format.
    """

    name: str
    rows: Iterable[Sequence[Any]]
    headings: int = 1
    widths: tuple[int, ...] = ()
    allowed: tuple[tuple[int, tuple[str, ...]], ...] = ()


def csv_bytes(rows: Iterable[Sequence[str]], separator: str = ",", *, marked: bool = False) -> bytes:
    r"""Write rows as CSV in UTF-8, with a byte order mark where `marked`; a formula becomes a text.

    >>> csv_bytes([["name", "=1+1"], ["-5", "a;b"]], ";")
    b'name;\'=1+1\n-5;"a;b"\n'
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerows([_defused(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig" if marked else "utf-8", "backslashreplace")


def workbook_bytes(sheets: Iterable[Sheet]) -> bytes:
    """Write sheets as an XLSX file, row by row; raises `MissingExtra` where openpyxl is not there."""
    openpyxl = openpyxl_of("writing an XLSX file")
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    workbook = openpyxl.Workbook(write_only=True)
    for sheet in sheets:
        target = workbook.create_sheet(sheet.name)
        target.freeze_panes = f"A{sheet.headings + 1}"
        for place, width in enumerate(sheet.widths, 1):
            target.column_dimensions[get_column_letter(place)].width = min(width, _WIDEST)
        for number, row in enumerate(sheet.rows):
            cells = [_written(WriteOnlyCell, target, value) for value in row]
            for cell in cells if number < sheet.headings else ():
                cell.font = Font(bold=True)
            target.append(cells)
        for place, words in sheet.allowed:
            rule = DataValidation("list", formula1=f'"{",".join(words)}"', allow_blank=True, showErrorMessage=True)
            letter = get_column_letter(place + 1)
            rule.add(f"{letter}{sheet.headings + 1}:{letter}1048576")
            target.data_validations.append(rule)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _written(kind: Any, target: Any, value: Any) -> Any:  # noqa: ANN401  openpyxl ships no types
    """Make a cell; one that was read keeps its type and format, and any other text is a text."""
    if hasattr(value, "number_format"):
        cell = kind(target, value.value)
        cell.number_format = value.number_format
        return cell
    if not isinstance(value, str):
        return kind(target, value)
    cell = kind(target, _UNWRITABLE.sub("", value))
    if cell.data_type == "f":
        cell.data_type = "s"
    return cell


def _defused(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and _NUMBER.fullmatch(cell.strip()) is None else cell
