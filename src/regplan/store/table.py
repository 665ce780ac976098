"""Tables of text, row by row: CSV as spreadsheets write it, and XLSX; nothing is held but the row at hand."""

from __future__ import annotations

import csv
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.store.table_rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from regplan.store.table_rows import Table

__all__ = ["CsvTable", "open_table"]

_MARKS: Final = ((BOM_UTF8, "utf-8-sig"), (BOM_UTF16_LE, "utf-16"), (BOM_UTF16_BE, "utf-16"))
_SEPARATORS: Final = (";", ",", "\t")
_STATED = re.compile(r'"?sep=(?P<separator>[;,|\t])"?\s*', re.IGNORECASE)
_BLOCK: Final = 2**20
_MOST_HEAD: Final = 2**16
_MOST_COLUMNS: Final = 1_000
_WINDOWS: Final = "Windows-1252 (Latin-1), since it is not UTF-8"


def open_table(path: Path, sheet: str = "") -> Table:
    """Open a CSV or XLSX file, as its ending says; raises `InputError`, and `MissingExtra` where openpyxl is not there."""
    if path.suffix.lower() == ".xlsx":
        from regplan.store.workbook import WorkbookTable

        return WorkbookTable(path, sheet)
    if sheet:
        raise InputError(f"{path}: has no sheets; only XLSX has")
    return CsvTable(path)


class CsvTable:
    """A CSV file in UTF-8, UTF-16 or Windows-1252, parted by semicolons, commas or tabs."""

    def __init__(self, path: Path) -> None:
        """Look through the file once for its encoding, and read its first line; raises `InputError`."""
        self._path = path
        try:
            self._encoding, self.estimate = _encoding(path)
            self._skipped, self.separator = self._dialect()
        except FileNotFoundError:
            raise InputError(f"{path}: no such file") from None
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror})") from error
        self.is_marked = self._encoding != "utf-8"
        self.notes = (f"{path.name} is read as {_WINDOWS}",) if self._encoding == "cp1252" else ()
        self._first_line, self.headings = self._head()

    def rows(self) -> Iterator[Row]:
        """Read the rows below the headings; a row that is no CSV says so, and reading goes on behind it."""
        for row in self._all():
            if row.line > self._first_line and (row.problem or any(cell.strip() for cell in row.cells)):
                yield row

    def _head(self) -> tuple[int, tuple[str, ...]]:
        for row in self._all():
            if row.problem:
                raise InputError(f"{self._path}: line {row.line}: {row.problem}")
            if any(cell.strip() for cell in row.cells):
                if len(row.cells) > _MOST_COLUMNS:
                    raise InputError(f"{self._path}: has more than {_MOST_COLUMNS:,} columns")
                return row.line, row.cells
        raise InputError(f"{self._path}: it is empty; its first line names the columns (regplan init --fleet)")

    def _all(self) -> Iterator[Row]:
        # "replace": what a mark promised and the bytes do not keep must not end the reading of all other rows.
        with self._path.open(encoding=self._encoding, errors="replace", newline="") as file:
            for _ in range(self._skipped):
                file.readline()
            reader = csv.reader(file, delimiter=self.separator, strict=True)
            while True:
                line = reader.line_num + 1 + self._skipped
                try:
                    cells = tuple(next(reader))
                except StopIteration:
                    return
                except csv.Error as error:
                    last = reader.line_num + self._skipped
                    lines = f"lines {line} to {last} are" if last > line else "this is"
                    yield Row(line, (), problem=f"{lines} no CSV ({error}); is a quote not closed?")
                    continue
                yield Row(line, cells, cells)

    def _dialect(self) -> tuple[int, str]:
        """Tell how many lines come before the headings ("sep=;", as Excel has it), and what parts the cells."""
        with self._path.open(encoding=self._encoding, errors="replace", newline="") as file:
            head = file.readline(_MOST_HEAD)
            stated = _STATED.fullmatch(head)
            if stated is not None:
                return 1, stated["separator"]
            while head and not head.strip():
                head = file.readline(_MOST_HEAD)
        bare = re.sub(r'"(?:[^"]|"")*"', "", head)
        return 0, max(_SEPARATORS, key=bare.count)


def _encoding(path: Path) -> tuple[str, int]:
    """Tell a file's encoding and its count of lines: by its mark, else UTF-8 where all of it is, else Windows-1252."""
    with path.open("rb") as file:
        head = file.read(4)
        marked = next((codec for mark, codec in _MARKS if head.startswith(mark)), None)
        codec = marked or _unmarked(head)
        file.seek(0)
        lines, is_valid = 0, True
        decoder = getincrementaldecoder("utf-8")()
        while block := file.read(_BLOCK):
            lines += block.count(b"\n")
            if codec is None and is_valid:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    is_valid = False
    return codec or ("utf-8" if is_valid else "cp1252"), max(lines - 1, 0)


def _unmarked(head: bytes) -> str | None:
    """Tell UTF-16 without a mark by the zero bytes beside the first letters."""
    if len(head) == 4 and head[1] == head[3] == 0 and head[0] and head[2]:
        return "utf-16-le"
    return "utf-16-be" if len(head) == 4 and head[0] == head[2] == 0 and head[1] and head[3] else None
