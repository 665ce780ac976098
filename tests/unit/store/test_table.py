from __future__ import annotations

import csv
import datetime as dt
import io
import tracemalloc
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from regplan.errors import InputError
from regplan.store.spreadsheets import Sheet, csv_bytes, workbook_bytes
from regplan.store.table import open_table

if TYPE_CHECKING:
    from pathlib import Path

TEXT = 'name;city\ns-1;"Köln; Süd"\ns-2;"zwei\nZeilen"\n\ns-3;Aachen\n'


def table(folder: Path, raw: bytes, name: str = "s.csv") -> Any:
    (folder / name).write_bytes(raw)
    return open_table(folder / name)


def rows(found: Any) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.line, row.cells) for row in found.rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_table_is_read_in_the_encodings_that_spreadsheets_write(tmp_path: Path, encoding: str) -> None:
    found = table(tmp_path, TEXT.encode(encoding))

    assert found.headings == ("name", "city")
    assert rows(found) == [(2, ("s-1", "Köln; Süd")), (3, ("s-2", "zwei\nZeilen")), (6, ("s-3", "Aachen"))]
    assert found.notes == (
        ("s.csv is read as Windows-1252 (Latin-1), since it is not UTF-8",) if encoding == "cp1252" else ()
    )


def test_a_table_can_be_read_again(tmp_path: Path) -> None:
    found = table(tmp_path, TEXT.encode())

    assert rows(found) == rows(found)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a,b\n1,2\n", ("1", "2")),
        ("a\tb\n1\t2\n", ("1", "2")),
        ("a;b, c\n1;2,5\n", ("1", "2,5")),
        ('"a;x","b"\n1,2\n', ("1", "2")),
        ("sep=;\na;b\n1;2,5\n", ("1", "2,5")),
        ("\r\na;b\r\n1;2\r\n", ("1", "2")),
    ],
)
def test_what_parts_the_cells_is_told_by_the_first_line(tmp_path: Path, text: str, cells: tuple[str, ...]) -> None:
    assert rows(table(tmp_path, text.encode()))[0][1] == cells


def test_lines_are_counted_behind_what_excel_puts_first(tmp_path: Path) -> None:
    assert rows(table(tmp_path, b"sep=;\na;b\n1;2\n3;4\n")) == [(3, ("1", "2")), (4, ("3", "4"))]


def test_a_row_that_is_no_csv_says_so_and_the_others_are_read(tmp_path: Path) -> None:
    found = list(table(tmp_path, b'a;b\n1;"2"x\n3;4\n').rows())

    assert [(row.line, row.cells) for row in found] == [(2, ()), (3, ("3", "4"))]
    assert found[0].problem.startswith("this is no CSV (")


def test_a_quote_that_is_not_closed_names_the_lines_that_it_swallows(tmp_path: Path) -> None:
    found = list(table(tmp_path, b'a;b\n1;2\n3;"4\n5;6\n7;8\n').rows())

    assert [row.line for row in found] == [2, 3]
    assert found[1].problem.startswith("lines 3 to 5 are no CSV (")
    assert found[1].problem.endswith("is a quote not closed?")


@pytest.mark.parametrize(
    ("raw", "told"), [(b"", "it is empty"), (b"\n\n", "it is empty"), (b"a;" * 2000, "1,000 columns")]
)
def test_what_is_no_table_is_refused(tmp_path: Path, raw: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        table(tmp_path, raw)


def peak_bytes(found: Any, count: int) -> int:
    tracemalloc.start()
    assert sum(1 for _ in found.rows()) == count
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_a_hundred_thousand_lines_take_no_more_memory_than_a_thousand(tmp_path: Path) -> None:
    peaks = []
    for count in (1_000, 100_000):
        found = table(tmp_path, b"name;cpu;memory\n" + b"store-00001;8;16GiB\n" * count, f"{count}.csv")
        # What other threads of this process happen to take in the meantime is in the figure too, and not in each.
        peaks.append(min(peak_bytes(found, count) for _ in range(3)))

    assert peaks[1] < 2 * peaks[0] + 100_000


def test_a_file_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    for name in ("s.csv", "s.xlsx"):
        with pytest.raises(InputError, match="no such file"):
            open_table(tmp_path / name)


def workbook(path: Path, *sheets: tuple[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    del book["Sheet"]
    for name, cells in sheets:
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(row)
    book.save(path)
    return path


def test_cells_of_a_workbook_are_read_as_people_see_them(tmp_path: Path) -> None:
    cells: list[Any] = [
        ["name", "a", "b", "c", "d"],
        ["s-1", 8, 8.0, 0.15, True],
        [None] * 5,
        ["s-2", dt.datetime(2026, 1, 2), None, "x", 7.5],  # noqa: DTZ001  a sheet has no time zones
    ]
    found = open_table(workbook(tmp_path / "s.xlsx", ("any", cells)))

    assert found.headings == ("name", "a", "b", "c", "d")
    assert rows(found) == [(2, ("s-1", "8", "8", "0.15", "true")), (4, ("s-2", "2026-01-02", "", "x", "7.5"))]


def test_the_sheet_called_sites_is_read_or_the_one_that_is_named_or_the_first(tmp_path: Path) -> None:
    three = workbook(tmp_path / "3.xlsx", ("x", [["x"], ["1"]]), ("Sites", [["s"], ["2"]]), ("y", [["y"], ["3"]]))
    other = workbook(tmp_path / "2.xlsx", ("x", [["x"], ["1"]]), ("y", [["y"], ["3"]]))

    assert open_table(three).headings == ("s",)
    assert open_table(three, "y").headings == ("y",)
    assert open_table(other).headings == ("x",)
    with pytest.raises(InputError, match="has no sheet 'z'; it has x, y"):
        open_table(other, "z")


def test_a_formula_that_was_never_reckoned_is_its_text_and_no_empty_cell(tmp_path: Path) -> None:
    found = open_table(workbook(tmp_path / "s.xlsx", ("s", [["name", "cpu"], ["s-1", "=4*2"]])))

    assert rows(found) == [(2, ("s-1", "=4*2"))]


@pytest.mark.parametrize("raw", [b"", b"name;a\n", b"PK\x03\x04 and nothing more"])
def test_what_is_no_workbook_is_one_clear_error(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "s.xlsx").write_bytes(raw)

    with pytest.raises(InputError, match="this is no XLSX file"):
        open_table(tmp_path / "s.xlsx")


def test_another_archive_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "s.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")

    with pytest.raises(InputError, match="this is no XLSX file that can be read"):
        open_table(tmp_path / "s.xlsx")


def test_csv_has_no_cell_that_a_spreadsheet_takes_for_a_formula() -> None:
    written = csv_bytes([["=1+1", "+49 1", "@x", "-5", "+2,5 %", "\tx", "a"]], ",", marked=True)

    (read,) = csv.reader(io.StringIO(written.decode("utf-8-sig")))
    assert read == ["'=1+1", "'+49 1", "'@x", "-5", "+2,5 %", "'\tx", "a"]
    assert written.startswith(b"\xef\xbb\xbf")


def test_a_workbook_keeps_texts_texts_and_formulas_that_were_formulas(tmp_path: Path) -> None:
    first = open_table(workbook(tmp_path / "s.xlsx", ("s", [["name", "cpu"], ["s-1", "=4*2"]])))
    cells = [row.originals for row in first.rows()]
    (tmp_path / "o.xlsx").write_bytes(workbook_bytes([Sheet("sites", [["h"], *cells, ["=1+1", "a\x00b", 7]])]))

    sheet = openpyxl.load_workbook(tmp_path / "o.xlsx")["sites"]
    told = [[(cell.value, cell.data_type) for cell in row if cell.value is not None] for row in sheet.iter_rows()]
    assert told == [[("h", "s")], [("s-1", "s"), ("=4*2", "f")], [("=1+1", "s"), ("ab", "s"), (7, "n")]]
