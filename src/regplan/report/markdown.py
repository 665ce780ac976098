"""Reports as Markdown (GitHub's, with tables), made to be pasted into a pull request; standard library only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from regplan.model.finding import Verdict
from regplan.report.sections import ChartBlock, Code, Paragraph, Table, padded, text_of
from regplan.report.words import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.report.sections import Block, Cell, Document

__all__ = ["blocks_markdown", "cell_markdown", "escaped", "write_markdown"]

_SPECIAL = re.compile(r"[\\`*\[<|~]|&(?=#?\w+;)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# A paragraph that begins so would be a heading, a list, a quotation or a rule.
_BLOCK_START = re.compile(r"^(\d*)([#>+=.)-])(?=[\s=>-]|$)")


def write_markdown(document: Document) -> str:
    """Write a document as Markdown that ends with a newline."""
    headline = _joined(document.headline)
    lines = [f"# {escaped(document.title)}", "", f"> **{cell_markdown(document.verdict)}** {headline}"]
    for section in document.sections:
        lines += ["", f"## {escaped(section.title)}", "", blocks_markdown(section.blocks)]
    return "\n".join([*lines, "", "---", "", escaped(document.made_by)]) + "\n"


def blocks_markdown(blocks: Iterable[Block]) -> str:
    """Write blocks with an empty line between them; of a chart its title and its numbers."""
    return "\n\n".join(_block(block) for block in blocks)


def cell_markdown(cell: Cell) -> str:
    """Write a cell so that nothing in it acts as Markdown or HTML, in a table or outside."""
    if isinstance(cell, Code):
        return _code(tidy(cell.text))
    return text_of(cell) if isinstance(cell, Verdict) else escaped(text_of(cell))


def escaped(text: str) -> str:
    r"""Escape what Markdown, its tables or HTML would act on.

    >>> print(escaped("a | <b> *c* snake_case"))
    a \| \<b> \*c\* snake_case
    """
    return _SPECIAL.sub(lambda match: f"\\{match[0]}", tidy(text))


def _block(block: Block) -> str:
    match block:
        case Paragraph():
            return _BLOCK_START.sub(r"\1\\\2", _joined(block.parts).strip())
        case Table():
            return _table(block)
        case ChartBlock():
            return _table(block.numbers)


def _table(table: Table) -> str:
    heads = [escaped(column.title) for column in table.columns]
    rules = ["---:" if column.right else "---" for column in table.columns]
    rows = [[cell_markdown(cell) for cell in row] for row in table.rows]
    return "\n".join(
        [f"**{escaped(table.caption)}**", "", *(f"| {' | '.join(row)} |" for row in (heads, rules, *rows))]
    )


def _joined(cells: Iterable[Cell]) -> str:
    return "".join(padded(cell, cell_markdown(cell)) for cell in cells)


def _code(text: str) -> str:
    if not text:
        return ""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    # GitHub's tables split at a bar even inside a code span, and take the backslash away again.
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")
