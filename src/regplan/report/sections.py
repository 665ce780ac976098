"""The document model: what a report says, as values from which every writer reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from regplan.report.front import Front
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.finding import Verdict
    from regplan.report.cells import Cell
    from regplan.report.figures.chart import Chart

__all__ = [
    "Block",
    "ChartBlock",
    "Column",
    "Document",
    "Fact",
    "Facts",
    "Kind",
    "Listing",
    "Paragraph",
    "Section",
    "Table",
    "charts_of",
]


Kind = Literal["text", "number", "prose"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading; numbers stand at its right edge, and prose takes what room there is."""

    title: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a caption; the column at place `head` names what a row is about.

    A writer for readers in a hurry may fold a table that is `folded`: it is there so that nothing is left out. With
    `total` the last row is the sum of the others.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    head: int = 0
    folded: bool = False
    total: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One key figure: what it is, its value, and what it has to be seen beside."""

    label: str
    value: Cell
    note: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The few figures that a reader looks for first."""

    caption: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two: texts and cells, joined as they stand."""

    parts: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ChartBlock:
    """A chart, and the same numbers in a table for whoever cannot see it."""

    chart: Chart
    numbers: Table

    @property
    def key(self) -> str:
        """The chart's stable name."""
        return self.chart.key

    @property
    def title(self) -> str:
        """The finding, in one sentence."""
        return self.chart.title

    @property
    def alt(self) -> str:
        """What the chart shows, for whoever cannot see it."""
        return self.chart.alt


@dataclass(frozen=True, slots=True)
class Listing:
    """A text that is to be copied as it stands, line by line, below what it is and what is said of it."""

    title: str
    about: str
    text: str


Block = Paragraph | Table | Facts | ChartBlock | Listing


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it; `key` is stable and serves as an anchor."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A report: title, what it is about, verdict, the sentence below it, sections, and what made it.

    `cover` is what stands on a cover besides, where a writer has one; `at` is when it was made (RFC 3339), "" where
    nobody told. `front` is what whoever hands it over puts on it.
    """

    title: str
    about: tuple[Cell, ...]
    verdict: Verdict
    headline: tuple[Cell, ...]
    sections: tuple[Section, ...]
    made_by: str
    cover: tuple[Fact, ...] = ()
    at: str = ""
    front: Front = Front()


def charts_of(document: Document) -> tuple[ChartBlock, ...]:
    """Gather a document's charts in the order in which they stand."""
    blocks = (block for section in document.sections for block in section.blocks)
    return tuple(block for block in blocks if isinstance(block, ChartBlock))
