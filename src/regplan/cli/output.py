"""Data on stdout: one table model, written as a table, JSON, JSON lines, CSV or Markdown."""

from __future__ import annotations

import codecs
import io
import json
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TextIO

import click

from regplan.values import dataclass

__all__ = [
    "FORMATS",
    "Answer",
    "Column",
    "Table",
    "emit",
    "rendered",
    "shortened",
    "soften",
    "terminal_width",
    "text_table",
]

FORMATS: Final = ("table", "json", "jsonl", "csv", "md")
Record = Mapping[str, Any]
_INDENT: Final = "    "
# Characters that a shortened column keeps at least, so that a name can still be told from its neighbours.
_LEAST: Final = 16
# What stands for a character that standard output's encoding lacks; others are escaped.
_PLAIN: Final = {"✓": "+", "✗": "x", "…": "~"}
# A spreadsheet takes a cell that starts so for a formula.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def _harmless(text: str) -> str:
    """Make a text one on which no terminal acts: names come from files of others."""
    from regplan.report.words import is_active, tidy

    return tidy(text) if is_active(text) else text


def _nothing(_: Record) -> Sequence[str]:
    return ()


def _plain(value: object) -> str:
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the record's key, its heading, and how a person reads the value (or the record, with `of_record`).

    A column that is not `in_table` stands in CSV and Markdown only. `keep` is never shortened (an id that people copy);
    `short` is how the value reads where a terminal is too narrow for the table.
    """

    key: str
    heading: str
    show: Callable[[Any], str] = _plain
    right: bool = False
    of_record: bool = False
    in_table: bool = True
    keep: bool = False
    short: Callable[[Any], str] | None = None

    def text(self, record: Record, *, short: bool = False) -> str:
        """Write one cell for a person."""
        show = self.short if short and self.short is not None else self.show
        return _harmless(show(record if self.of_record else record.get(self.key)))


@dataclass(frozen=True, slots=True)
class Table:
    """Records under columns; `title` stands above where several tables are shown, `empty` where there is no record.

    `brief` cuts the last column on a narrow terminal instead of wrapping it; `below` tells lines that stand indented
    under a record, in table form only.
    """

    columns: tuple[Column, ...]
    records: tuple[Record, ...]
    title: str = ""
    empty: str = ""
    brief: bool = False
    below: Callable[[Record], Sequence[str]] = _nothing


@dataclass(frozen=True, slots=True)
class Answer:
    """What a verb says: a document for JSON, tables for the rest, and lines around them in table form."""

    document: Mapping[str, Any]
    tables: tuple[Table, ...]
    head: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()


def emit(answer: Answer, form: str) -> None:
    """Write `answer` to stdout in one of `FORMATS`; JSON lines and CSV hold the first table's records."""
    click.echo(rendered(answer, form), nl=False)


def rendered(answer: Answer, form: str) -> str:
    """Write `answer` in one of `FORMATS`, as `emit` does."""
    return _WRITERS[form](answer)


def soften(stream: TextIO) -> None:
    """Make a stream whose encoding is no Unicode, such as a Windows code page in a pipe, degrade what it cannot write."""
    if isinstance(stream, io.TextIOWrapper) and not _is_unicode(stream):
        codecs.register_error("regplan.plain", _degraded)
        stream.reconfigure(errors="regplan.plain")


def text_table(table: Table, width: int | None = None) -> str:
    """Lay a table out in aligned columns.

    On a terminal of `width` columns, long names are shortened in the middle and the last column is wrapped, or cut
    where the table says `brief`; in a pipe (None) every cell stands in full.
    """
    if not table.records:
        return f"{table.empty}\n" if table.empty else ""
    shown = replace(table, columns=tuple(column for column in table.columns if column.in_table))
    rows, widths = _cells(shown, short=False)
    if width is not None and sum(widths) + 2 * (len(widths) - 1) > width:
        rows, widths = _cells(shown, short=True)
        widths = _narrowed(widths, shown, width)
    lines = _lines(rows[0], shown, widths)
    for row, record in zip(rows[1:], table.records, strict=True):
        lines += [*_lines(row, shown, widths), *_indented(table.below(record), width)]
    return "".join(lines)


def terminal_width() -> int | None:
    """Tell how wide standard output is, None where it is no terminal."""
    if not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def shortened(text: str, width: int) -> str:
    """Shorten a name in the middle, where it says least.

    >>> shortened("docker.io/library/nginx:1.27", 15)
    'docker.…nx:1.27'
    """
    if len(text) <= width:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def _indented(texts: Sequence[str], width: int | None) -> list[str]:
    """Set lines under a record, wrapped on a terminal between words, so that names can be copied."""
    pieces = [
        text
        if width is None
        else textwrap.fill(text, width - len(_INDENT), break_on_hyphens=False, break_long_words=False)
        for text in map(_harmless, texts)
    ]
    return [f"{textwrap.indent(piece, _INDENT)}\n" for piece in pieces]


def _cells(table: Table, *, short: bool) -> tuple[list[list[str]], list[int]]:
    """Write the heading and every row, and tell how wide each column is."""
    rows = [[column.heading for column in table.columns]]
    rows += [[column.text(record, short=short) for column in table.columns] for record in table.records]
    return rows, [max(len(row[place]) for row in rows) for place in range(len(table.columns))]


def _narrowed(widths: Sequence[int], table: Table, width: int) -> list[int]:
    """Make the widest text column narrower, again and again, until the row fits."""
    narrow = list(widths)
    flexible = [place for place, column in enumerate(table.columns) if not (column.right or column.keep)]
    while sum(narrow) + 2 * (len(narrow) - 1) > width:
        widest = max(flexible, key=lambda place: narrow[place], default=None)
        if widest is None or narrow[widest] <= _LEAST:
            break
        narrow[widest] -= 1
    return narrow


def _lines(row: Sequence[str], table: Table, widths: Sequence[int]) -> list[str]:
    last = len(row) - 1
    wraps = _is_prose(table.columns[last]) and not table.brief
    pieces = textwrap.wrap(row[last], widths[last]) if wraps and len(row[last]) > widths[last] else [row[last]]
    lines = [_line([*row[:last], pieces[0]], table, widths)]
    indent = " " * sum(each + 2 for each in widths[:last])
    return lines + [f"{indent}{piece}\n" for piece in pieces[1:]]


def _line(row: Sequence[str], table: Table, widths: Sequence[int]) -> str:
    cells = []
    for place, (cell, column, width) in enumerate(zip(row, table.columns, widths, strict=True)):
        is_last = place == len(row) - 1
        fitted = _cut(cell, width) if is_last and _is_prose(column) else shortened(cell, width)
        cells.append(fitted.rjust(width) if column.right else fitted.ljust(width))
    return "  ".join(cells).rstrip() + "\n"


def _is_prose(column: Column) -> bool:
    return not column.right and column.short is None


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _is_unicode(stream: TextIO) -> bool:
    # A stream of text without bytes below it, such as StringIO, has no encoding and lacks nothing.
    return (stream.encoding or "utf-8").lower().replace("_", "-").startswith("utf")


def _degraded(error: UnicodeError) -> tuple[str | bytes, int]:
    """Handle an encoding error as the codecs do, with a likeness of the glyphs that regplan writes itself."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    return "".join(_PLAIN.get(each) or each.encode("ascii", "backslashreplace").decode() for each in lost), error.end


def _as_table(answer: Answer) -> str:
    width = terminal_width()
    blocks = ["\n".join(map(_harmless, answer.head)) + "\n"] if answer.head else []
    for table in answer.tables:
        body = text_table(table, width)
        if body:
            blocks.append(f"{_harmless(table.title)}\n{body}" if table.title else body)
    if answer.foot:
        blocks.append("\n".join(map(_harmless, answer.foot)) + "\n")
    return "\n".join(blocks)


def _as_json(answer: Answer) -> str:
    from regplan.report.words import with_escapes

    return with_escapes(json.dumps(answer.document, indent=2, ensure_ascii=not _is_unicode(sys.stdout))) + "\n"


def _as_lines(answer: Answer) -> str:
    from regplan.report.words import with_escapes

    escaped = not _is_unicode(sys.stdout)
    return "".join(f"{with_escapes(json.dumps(each, ensure_ascii=escaped))}\n" for each in _first(answer).records)


def _as_csv(answer: Answer) -> str:
    import csv

    table = _first(answer)
    keys = [column.key for column in table.columns]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(keys)
    writer.writerows([_cell(record.get(key)) for key in keys] for record in table.records)
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, (list, tuple)):
        value = "; ".join(map(str, value))
    if not isinstance(value, str):
        return value
    return f"'{value}" if (value := _harmless(value)).startswith(_FORMULA_STARTS) else value


def _as_markdown(answer: Answer) -> str:
    from regplan.report.markdown import prose_markdown

    tables = [_markdown(table) for table in answer.tables if table.records]
    head, foot = ([prose_markdown(line, in_table=False) for line in lines] for lines in (answer.head, answer.foot))
    blocks = [*head, *tables, *foot]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _markdown(table: Table) -> str:
    from regplan.report.markdown import prose_markdown, table_markdown

    heads = [(prose_markdown(column.heading), column.right) for column in table.columns]
    rows = [[prose_markdown(column.text(record)) for column in table.columns] for record in table.records]
    title = f"**{prose_markdown(table.title)}**\n\n" if table.title else ""
    return title + table_markdown(heads, rows)


def _first(answer: Answer) -> Table:
    return answer.tables[0] if answer.tables else Table((), ())


_WRITERS: Final[Mapping[str, Callable[[Answer], str]]] = {
    "table": _as_table,
    "json": _as_json,
    "jsonl": _as_lines,
    "csv": _as_csv,
    "md": _as_markdown,
}
