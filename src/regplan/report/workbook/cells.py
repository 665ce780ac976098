"""What a workbook consists of, as values: cells that may reckon, rows of them, and names for those that others refer to."""

from __future__ import annotations

from typing import Literal

from regplan.values import dataclass

__all__ = ["Book", "Cell", "Heading", "Sheet"]

Look = Literal["text", "code", "prose", "number", "ratio", "giga", "verdict", "head"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its value, and the spreadsheet formula that gives it, without the equals sign; "" where none does.

    `name` is what formulas call it. An `is_array` formula compares whole columns. An `is_input` cell is there to be changed, within `least` and `most` where they are told.
    """

    value: float | str | None
    formula: str = ""
    look: Look = "text"
    name: str = ""
    is_input: bool = False
    least: float | None = None
    most: float | None = None
    is_array: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its title, how wide it is in letters, and what formulas call its cells together."""

    title: str
    width: int = 16
    name: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: lines of text above, headings, and rows of cells; `name` is on its tab."""

    name: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook: its title, what made it and when (RFC 3339), its sheets in order, and its author, "" for what made it."""

    title: str
    made_by: str
    made_at: str
    sheets: tuple[Sheet, ...]
    author: str = ""
