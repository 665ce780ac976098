"""A workbook as an XLSX file, with every formula's result beside it, so that viewers that reckon nothing show it too."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import MissingExtra
from regplan.report.words import tidy

if TYPE_CHECKING:
    from regplan.report.workbook.cells import Book, Cell, Sheet

__all__ = ["write_xlsx"]

# What a sheet's cell holds at most (ECMA-376, and what Excel opens).
_MOST_LETTERS: Final = 32_767
_LINE: Final = 15.0
_HIGHEST: Final = 409.0
_INPUT: Final = {"bg_color": "#FFF7CC", "border": 1, "border_color": "#B8A000"}
_COLOURS: Final = {
    "PASS": "#D8F0E4",
    "MARGINAL": "#FBE7C6",
    "INCOMPLETE": "#E4E4F7",
    "FAIL": "#F9D9CF",
    "INFO": "#EEEEEE",
}
_LOOKS: Final[dict[str, dict[str, Any]]] = {
    "text": {"indent": 1, "valign": "top"},
    "code": {"valign": "top"},
    "head": {"bold": True, "valign": "top"},
    "prose": {"text_wrap": True, "valign": "top"},
    "number": {"num_format": "#,##0", "valign": "top"},
    "ratio": {"num_format": "0.0000;;0.0000", "valign": "top"},
    "giga": {"num_format": "#,##0.00", "valign": "top"},
    "verdict": {"bold": True, "valign": "top"},
}


def write_xlsx(book: Book) -> bytes:
    """Write a workbook; the same one gives the same bytes. Raises `MissingExtra` where the `report` extra is not installed."""
    try:
        import xlsxwriter
    except ImportError:
        raise MissingExtra("an XLSX report", "report") from None
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as file:
        made = {"title": tidy(book.title), "author": tidy(book.author or book.made_by), "created": _time(book.made_at)}
        file.set_properties(made)
        file.set_calc_mode("auto")
        writer = _Writer(file)
        for sheet in book.sheets:
            writer.write(sheet)
    return out.getvalue()


class _Writer:
    """Writes sheets; formats are made once, since a workbook has few."""

    def __init__(self, file: Any) -> None:  # noqa: ANN401
        self._file = file
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def write(self, sheet: Sheet) -> None:
        """Write a sheet, and name the cells that formulas call."""
        target = self._file.add_worksheet(sheet.name)
        top = len(sheet.about)
        for number, line in enumerate(sheet.about):
            target.write_string(number, 0, tidy(line))
        for place, heading in enumerate(sheet.headings):
            target.set_column(place, place, heading.width)
            target.write_string(top, place, heading.title, self._head())
            if heading.name and sheet.rows:
                self._name(heading.name, sheet.name, (top + 1, place), (top + len(sheet.rows), place))
        for number, row in enumerate(sheet.rows, top + 1):
            target.set_row(number, _height(sheet, row))
            for place, cell in enumerate(row):
                self._cell(target, sheet, (number, place), cell)
        target.freeze_panes(top + 1, 1)
        if sheet.rows:
            target.autofilter(top, 0, top + len(sheet.rows), len(sheet.headings) - 1)
        self._colour(target, sheet, top)
        target.set_landscape()
        target.fit_to_pages(1, 0)
        target.repeat_rows(top)

    def _cell(self, target: Any, sheet: Sheet, at: tuple[int, int], cell: Cell) -> None:  # noqa: ANN401
        look = self._look(cell)
        if cell.name:
            self._name(cell.name, sheet.name, at, at)
        if cell.is_array and cell.formula:
            target.write_array_formula(*at, *at, f"{{={cell.formula}}}", look, _told(cell.value))
        elif cell.formula:
            target.write_formula(*at, f"={cell.formula}", look, _told(cell.value))
        elif isinstance(cell.value, str):
            target.write_string(*at, tidy(cell.value)[:_MOST_LETTERS], look)
        elif cell.value is None:
            target.write_blank(*at, None, look)
        else:
            target.write_number(*at, cell.value, look)
        if cell.is_input:
            most = 1e18 if cell.most is None else cell.most
            words = f"A number from {cell.least or 0:g} to {most:g}."
            rule = {"validate": "decimal", "criteria": "between", "minimum": cell.least or 0, "maximum": most}
            target.data_validation(*at, *at, {**rule, "error_title": "Out of range", "error_message": words})

    def _colour(self, target: Any, sheet: Sheet, top: int) -> None:  # noqa: ANN401
        """Give verdicts their colour beside their word, as they stand when a cell is changed."""
        places = {place for row in sheet.rows for place, cell in enumerate(row) if cell.look == "verdict"}
        for place in sorted(places):
            for verdict, colour in _COLOURS.items():
                rule = {
                    "type": "cell",
                    "criteria": "==",
                    "value": f'"{verdict}"',
                    "format": self._made({"bg_color": colour}),
                }
                target.conditional_format(top + 1, place, top + len(sheet.rows), place, rule)

    def _name(self, name: str, sheet: str, first: tuple[int, int], last: tuple[int, int]) -> None:
        from xlsxwriter.utility import xl_range_abs

        self._file.define_name(name, f"='{sheet}'!{xl_range_abs(*first, *last)}")

    def _head(self) -> Any:  # noqa: ANN401
        return self._made({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})

    def _look(self, cell: Cell) -> Any:  # noqa: ANN401
        told = {**_LOOKS[cell.look], **(_INPUT if cell.is_input else {})}
        is_fraction = isinstance(cell.value, float) and not cell.value.is_integer()
        if cell.look == "number" and is_fraction:
            told["num_format"] = "#,##0.###"  # what is no whole number is not shown as one
        return self._made(told)

    def _made(self, told: dict[str, Any]) -> Any:  # noqa: ANN401
        """Make a format, once for all cells that look so."""
        key = tuple(sorted(told.items()))
        if key not in self._formats:
            self._formats[key] = self._file.add_format(told)
        return self._formats[key]


def _height(sheet: Sheet, row: tuple[Cell, ...]) -> float:
    """Tell how high a row is, in points: not every viewer makes room for what is wrapped by itself."""
    columns = zip(sheet.headings, row, strict=True)
    lines = [ceil(len(str(cell.value or "")) / heading.width) for heading, cell in columns if cell.look == "prose"]
    return min(_LINE * max([1, *lines]), _HIGHEST)


def _told(value: float | str | None) -> float | str:
    return "" if value is None else value


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    except ValueError:
        return datetime(1980, 1, 1)  # noqa: DTZ001  a workbook's times have no zone
