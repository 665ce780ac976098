"""XLSX files, row by row, with openpyxl in its read-only and write-only modes."""

from __future__ import annotations

import datetime as dt
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError, MissingExtra
from regplan.store.table_rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["WorkbookTable", "openpyxl_of"]

_SHEET: Final = "sites"
_MOST_UNPACKED: Final = 2 * 10**9
_BLOCK: Final = 2**20


def openpyxl_of(what: str) -> Any:  # noqa: ANN401  it ships no types
    """Import openpyxl; raises `MissingExtra`, naming `what` needs it."""
    try:
        import openpyxl
    except ImportError:
        raise MissingExtra(what, "fleet") from None
    return openpyxl


class WorkbookTable:
    """A sheet of an XLSX file: the one called "sites", else the first, unless another is named."""

    def __init__(self, path: Path, sheet: str = "") -> None:
        """Look into the file and read its first row; raises `InputError` for what is no XLSX."""
        self._openpyxl = openpyxl_of("an XLSX file")
        self._path = path
        self._has_formulas = _look(path)
        self._sheet, self.estimate = self._choose(sheet)
        self.notes: tuple[str, ...] = ()
        self.separator, self.is_marked = ",", True
        self._first_line, self.headings = self._head()

    def rows(self) -> Iterator[Row]:
        """Read the rows below the headings."""
        for row in self._all():
            if row.line > self._first_line and any(cell.strip() for cell in row.cells):
                yield row

    def _head(self) -> tuple[int, tuple[str, ...]]:
        for row in self._all():
            if any(cell.strip() for cell in row.cells):
                return row.line, row.cells
        raise InputError(f"{self._path}: the sheet {self._sheet} is empty; its first row names the columns")

    def _all(self) -> Iterator[Row]:
        """Yield every row; of a formula the value that was last reckoned counts, and where there is none its text."""
        with self._opened(values=not self._has_formulas) as written:
            if not self._has_formulas:
                for line, cells in enumerate(written.iter_rows(), 1):
                    yield Row(line, tuple(_text(cell.value) for cell in cells), tuple(cells))
                return
            with self._opened(values=True) as reckoned:
                pairs = zip(written.iter_rows(), reckoned.iter_rows(values_only=True), strict=False)
                for line, (cells, values) in enumerate(pairs, 1):
                    told = zip(cells, values, strict=False)
                    shown = (cell.value if value is None else value for cell, value in told)
                    yield Row(line, tuple(map(_text, shown)), tuple(cells))

    @contextmanager
    def _opened(self, *, values: bool) -> Iterator[Any]:
        workbook = self._load(values=values)
        try:
            sheet = workbook[self._sheet]
            # What a file says of its size may be a million columns.
            sheet.reset_dimensions()
            yield sheet
        finally:
            workbook.close()

    def _choose(self, sheet: str) -> tuple[str, int]:
        workbook = self._load(values=True)
        try:
            names = [each.title for each in workbook.worksheets]
            if sheet and sheet not in names:
                raise InputError(f"{self._path}: has no sheet {sheet!r}; it has {', '.join(names)}")
            if not names:
                raise InputError(f"{self._path}: has no sheet")
            chosen = sheet or next((name for name in names if name.lower() == _SHEET), names[0])
            return chosen, max((workbook[chosen].max_row or 1) - 1, 0)
        finally:
            workbook.close()

    def _load(self, *, values: bool) -> Any:  # noqa: ANN401
        try:
            return self._openpyxl.load_workbook(self._path, read_only=True, data_only=values, keep_links=False)
        except Exception as error:
            # openpyxl raises whatever it stumbles over in a broken file.
            raise InputError(f"{self._path}: this is no XLSX file that can be read ({error})") from error


def _look(path: Path) -> bool:
    """Tell whether any sheet has formulas; refuse what is no XLSX, or unpacks to more than any table is."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(each.file_size for each in members) > _MOST_UNPACKED:
                raise InputError(f"{path}: unpacks to more than {_MOST_UNPACKED:,} bytes")
            sheets = [each for each in members if each.filename.startswith("xl/worksheets/")]
            return any(_has_formula(archive, each) for each in sheets)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path}: this is no XLSX file ({error})") from error


def _has_formula(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    with archive.open(member) as file:
        last = b""
        while block := file.read(_BLOCK):
            joined = last + block
            if b"<f>" in joined or b"<f " in joined:
                return True
            last = block[-2:]
    return False


def _text(value: object) -> str:
    """Write a cell as a person would: whole numbers without a point, truth values as YAML has them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    if isinstance(value, dt.datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)
