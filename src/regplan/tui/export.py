"""A table as it is looked at, as a file: CSV, JSON or Markdown; values in, bytes out."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError
from regplan.report.document import json_text
from regplan.report.markdown import escaped, table_markdown
from regplan.report.words import tidy
from regplan.store.spreadsheets import csv_bytes
from regplan.tui.table import facts_of
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.tui.table import Column, Fact

__all__ = ["FORMATS", "Sheet", "file_name", "format_of", "sheet_bytes"]

FORMATS: Final = ("csv", "json", "md", "svg")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is exported of a table: where it stands, how it is looked at, its columns and its rows in their order."""

    site: str
    screen: str
    pane: str
    columns: tuple[Column[Any], ...]
    rows: tuple[Any, ...]
    sort: str = ""
    pattern: str = ""
    binary: bool = False


def file_name(site: str, pane: str, suffix: str = "csv") -> str:
    """Propose a name for a file.

    >>> file_name("Store 0421/b", "Unresolved images")
    'store-0421-b-unresolved-images.csv'
    """
    words = "".join(letter if letter.isalnum() else " " for letter in f"{tidy(site)} {pane}".casefold()).split()
    return f"{'-'.join(words)[:80] or 'view'}.{suffix}"


def format_of(path: str) -> str:
    """Tell a file's format by the end of its name; raises `InputError` naming those there are."""
    suffix = PurePath(path).suffix.removeprefix(".").casefold()
    if suffix not in FORMATS:
        raise InputError(f"{path}: the name's end tells the format: {', '.join(f'.{each}' for each in FORMATS)}")
    return suffix


def sheet_bytes(sheet: Sheet, suffix: str) -> bytes:
    """Write a sheet as "csv", "json" or "md"; CSV and JSON hold exact values, Markdown what is read on the screen."""
    if suffix == "md":
        return _markdown(sheet).encode()
    rows = [facts_of(row, sheet.columns) for row in sheet.rows]
    if suffix == "csv":
        names = list(rows[0]) if rows else [column.key for column in sheet.columns]
        return csv_bytes([names, *([_text(value) for value in row.values()] for row in rows)])
    document = {
        "kind": "view",
        "site": sheet.site,
        "screen": sheet.screen,
        "pane": sheet.pane,
        "sort": sheet.sort,
        "filter": sheet.pattern,
        "rows": rows,
    }
    return json_text(document).encode()


def _text(value: Fact) -> str:
    return "" if value is None else str(value)


def _markdown(sheet: Sheet) -> str:
    heads = [(column.label, column.right) for column in sheet.columns]
    rows: Sequence[Sequence[str]] = [
        [escaped(tidy(column.cell(row, sheet.binary))) for column in sheet.columns] for row in sheet.rows
    ]
    looked = " · ".join(part for part in (sheet.sort and f"sort {sheet.sort}", sheet.pattern) if part)
    about = f"{escaped(looked)}\n\n" if looked else ""
    return f"# {escaped(tidy(sheet.site))}: {sheet.pane}\n\n{about}{table_markdown(heads, rows)}\n"
