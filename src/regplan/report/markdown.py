"""Reports as Markdown (GitHub's, with tables), made to be pasted into a pull request; standard library only."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from regplan.model.finding import Verdict
from regplan.report.cells import Code, Stack, padded, prose, text_of
from regplan.report.sections import ChartBlock, Facts, Listing, Paragraph, Table
from regplan.report.words import indented, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.report.cells import Cell, Line
    from regplan.report.sections import Block, Document

__all__ = ["blocks_markdown", "cell_markdown", "escaped", "prose_markdown", "table_markdown", "write_markdown"]

_SPECIAL = re.compile(r"[\\`*\[<|~]|&(?=#?\w+;)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# GitHub takes "@sha256" for a person and "zot#724" for a link back to here, unless something stands in between.
_MENTION = re.compile(r"(?<![\w@])@(?=\w)|#(?=\d)")
# A paragraph that begins so would be a heading, a list, a quotation or a rule.
_BLOCK_START = re.compile(r"^(\d*)([#>+=.)-])(?=[\s=>-]|$)")


def write_markdown(document: Document) -> str:
    """Write a document as Markdown that ends with a newline."""
    headline = _joined(document.headline, in_table=False)
    verdict = f"> **{cell_markdown(document.verdict)}** {headline}"
    lines = [f"# {escaped(document.title)}", "", verdict, "", _joined(document.about, in_table=False)]
    if document.front.told:
        lines += ["", " · ".join(f"{label}: {escaped(tidy(value))}" for label, value in document.front.told)]
    if document.cover:
        facts = [[escaped(each.label), cell_markdown(each.value)] for each in document.cover]
        lines += ["", table_markdown([("Of this report", False), ("", False)], facts)]
    for section in document.sections:
        lines += ["", f"## {escaped(section.title)}", "", blocks_markdown(section.blocks)]
    return "\n".join([*lines, "", "---", "", escaped(document.made_by)]) + "\n"


def blocks_markdown(blocks: Iterable[Block]) -> str:
    """Write blocks with an empty line between them; of a chart its title and its numbers."""
    return "\n\n".join(_block(block) for block in blocks)


def cell_markdown(cell: Cell, *, in_table: bool = True) -> str:
    """Write a cell so that nothing in it acts as Markdown or HTML, in a table or outside."""
    match cell:
        case Code():
            code = _code(tidy(cell.text))
            # GitHub's tables split at a bar even inside a code span, and take the backslash away again; nobody else does.
            return code.replace("|", "\\|") if in_table else code
        case Verdict():
            return text_of(cell)
        case Stack():
            # A table's cell is one line of text: what stands below it needs a tag.
            return "<br>".join(_line(line) for line in cell.lines)
        case _:
            return escaped(text_of(cell))


def escaped(text: str) -> str:
    r"""Escape what Markdown, its tables, HTML or GitHub would act on.

    >>> print(escaped("a | <b> *c* snake_case"))
    a \| \<b> \*c\* snake_case
    """
    harmless = _SPECIAL.sub(lambda match: f"\\{match[0]}", tidy(text))
    return _MENTION.sub(lambda match: f"{match[0]}<!-- -->", harmless)


def prose_markdown(text: str, *, in_table: bool = True) -> str:
    r"""Write a sentence in which names stand between backticks; everything else of it stands as it is.

    >>> print(prose_markdown("state `registry.gc` * 2"))
    state `registry.gc` \* 2
    >>> print(prose_markdown("`a|b`"), prose_markdown("`a|b`", in_table=False))
    `a\|b` `a|b`
    """
    return _joined(prose(text), in_table=in_table)


def table_markdown(heads: Sequence[tuple[str, bool]], rows: Iterable[Sequence[str]]) -> str:
    """Write a table of cells that are Markdown already; a heading says whether its column stands at the right.

    >>> print(table_markdown([("a", False), ("b", True)], [["x", "1"]]))
    | a | b |
    | --- | ---: |
    | x | 1 |
    """
    rule = ["---:" if right else "---" for _, right in heads]
    return "\n".join(f"| {' | '.join(row)} |" for row in ([head for head, _ in heads], rule, *rows))


def _block(block: Block) -> str:
    match block:
        case Paragraph():
            return _BLOCK_START.sub(r"\1\\\2", _joined(block.parts, in_table=False).strip())
        case Facts():
            return _facts(block)
        case Table():
            return _table(block)
        case ChartBlock():
            return _table(block.numbers)
        case Listing():
            return _listing(block)


def _listing(listing: Listing) -> str:
    text = indented(listing.text)
    # A fence ends at the first line of as many backticks.
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 0)
    return f"**{escaped(listing.title)}** {escaped(listing.about)}\n\n{fence}\n{text}{fence}"


def _facts(facts: Facts) -> str:
    rows = [[escaped(each.label), cell_markdown(each.value), _joined(each.note)] for each in facts.facts]
    return table_markdown([("What", False), ("Value", True), ("", False)], rows)


def _table(table: Table) -> str:
    heads = [(escaped(column.title), column.kind == "number") for column in table.columns]
    rows = [[cell_markdown(cell) for cell in row] for row in table.rows]
    if table.total:
        rows[-1:] = [[f"**{cell}**" if cell else "" for cell in row] for row in rows[-1:]]
    body = table_markdown(heads, rows)
    if table.folded:
        # GitHub and GitLab read Markdown again after an empty line.
        return f"<details><summary>{html.escape(tidy(table.caption))}</summary>\n\n{body}\n\n</details>"
    return f"**{escaped(table.caption)}**\n\n{body}"


def _joined(cells: Iterable[Cell], *, in_table: bool = True) -> str:
    return "".join(padded(cell, cell_markdown(cell, in_table=in_table)) for cell in cells)


def _line(line: Line) -> str:
    text = _joined(line.parts).strip()
    return f"<sub>{text}</sub>" if line.quiet and text else text


def _code(text: str) -> str:
    if not text:
        return ""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{pad}{text}{pad}{fence}"
