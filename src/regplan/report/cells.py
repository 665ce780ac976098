"""Cells: the smallest pieces of a report, and how each reads as plain text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.report.words import exact_bytes, marked, readable, tidy
from regplan.units import kB
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Cell", "Code", "Line", "Quantity", "Stack", "listed", "padded", "prose", "sentence", "text_of"]

_QUOTED: Final = re.compile(r"`([^`]+)`")


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


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a stack, its parts joined as they stand; a quiet one says where something is from."""

    parts: tuple[Cell, ...]
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Stack:
    """Lines one below the other in one cell, so that a table need not be wide."""

    lines: tuple[Line, ...]


Cell = str | Verdict | Quantity | Code | Stack


def prose(text: str) -> tuple[Cell, ...]:
    """Take a rule's sentence apart: what stands between backticks is code.

    >>> prose("Say so in `registry.gc`.")
    ('Say so in ', Code(text='registry.gc'), '.')
    """
    # An odd place of the split is what the group matched.
    pieces = _QUOTED.split(text)
    return tuple(Code(piece) if place % 2 else piece for place, piece in enumerate(pieces) if piece)


def listed(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Put a comma between cells.

    >>> listed((Code("a"), Code("b")))
    (Code(text='a'), ', ', Code(text='b'))
    """
    return tuple(part for place, cell in enumerate(cells) for part in ((", ", cell) if place else (cell,)))


def padded(cell: Cell, text: str) -> str:
    """Give `text`, which was written for `cell`, back the blanks at the ends of a plain text among other cells."""
    # A verdict is a text too, and never has blanks.
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
        case Stack():
            return " ".join(sentence(line.parts) for line in cell.lines)
        case _:
            return tidy(cell)


def _quantity(cell: Quantity) -> str:
    text = tidy(readable(cell.value, cell.unit))
    size_bytes = cell.size_bytes
    if cell.exact and size_bytes is not None and abs(size_bytes) >= kB:
        text = f"{text} ({exact_bytes(size_bytes)})"
    return f"at least {text}" if cell.at_least and cell.value is not None else text
