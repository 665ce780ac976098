"""The document model: what a report says, as values from which every writer (HTML, Markdown, later PDF, XLSX) reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regplan.model.finding import Verdict
from regplan.report.words import exact_bytes, marked, readable, tidy
from regplan.units import kB

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Block",
    "Cell",
    "ChartBlock",
    "Code",
    "Column",
    "Document",
    "Paragraph",
    "Quantity",
    "Section",
    "Table",
    "padded",
    "sentence",
    "text_of",
]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with its unit ("bytes", "milli", "s", "ratio", "bps", or a noun); an absent value is unknown.

    `at_least` marks a lower bound, `exact` asks for bytes to be written to the byte beside the rounded size.
    """

    value: float | str | None
    unit: str = ""
    at_least: bool = False
    exact: bool = False

    @property
    def size_bytes(self) -> int | None:
        """The value where it is a number of bytes, else None."""
        if self.unit != "bytes" or self.value is None or isinstance(self.value, str):
            return None
        return round(self.value)


@dataclass(frozen=True, slots=True)
class Code:
    """A name that is written as it is: a reference, a digest, a rule, a key, a command."""

    text: str


Cell = str | Verdict | Quantity | Code


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading; numbers stand at its right edge."""

    title: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a caption; the column at place `head` names what a row is about."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    head: int = 0


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two: texts and cells, joined as they stand."""

    parts: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ChartBlock:
    """A chart by its key, what it shows in one sentence, and the same numbers in a table for whoever cannot see it."""

    key: str
    title: str
    alt: str
    numbers: Table


Block = Paragraph | Table | ChartBlock


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it; `key` is stable and serves as an anchor."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A report: title, verdict, the sentence below it, sections, and what made it."""

    title: str
    verdict: Verdict
    headline: tuple[Cell, ...]
    sections: tuple[Section, ...]
    made_by: str


def padded(cell: Cell, text: str) -> str:
    """Give `text`, which was written for `cell`, back the blanks at the ends of a plain text among other cells."""
    if not isinstance(cell, str):
        return text
    return f"{' ' if cell[:1].isspace() else ''}{text}{' ' if cell[-1:].isspace() else ''}"


def sentence(parts: Iterable[Cell]) -> str:
    """Write the parts of a paragraph as plain text.

    >>> sentence(("bound by ", Code("host.cpu"), "."))
    'bound by host.cpu.'
    """
    return "".join(padded(part, text_of(part)) for part in parts)


def text_of(cell: Cell) -> str:
    """Write a cell as plain text on one line.

    >>> text_of(Quantity(80187233, "bytes", exact=True)), text_of(Quantity(4000, "milli", at_least=True))
    ('80.2 MB (80,187,233 B)', 'at least 4 CPU')
    """
    match cell:
        case Verdict():
            return marked(cell)
        case Code():
            return tidy(cell.text)
        case Quantity():
            return _quantity(cell)
        case _:
            return tidy(cell)


def _quantity(cell: Quantity) -> str:
    text = tidy(readable(cell.value, cell.unit))
    size_bytes = cell.size_bytes
    if cell.exact and size_bytes is not None and abs(size_bytes) >= kB:
        text = f"{text} ({exact_bytes(size_bytes)})"
    return f"at least {text}" if cell.at_least and cell.value is not None else text
