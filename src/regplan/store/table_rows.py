"""What a table of text is, whatever file it lies in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Row", "Table"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line (or sheet row) that it begins at, its cells as text, and as they are in the file.

    `problem` tells why there are no cells.
    """

    line: int
    cells: tuple[str, ...]
    originals: tuple[Any, ...] = ()
    problem: str = ""


class Table(Protocol):
    """A table that can be read more than once: its headings, its rows, and what was taken for granted of it."""

    @property
    def headings(self) -> tuple[str, ...]:
        """The cells of the first line."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was found out about the file, where that may be wrong."""

    @property
    def estimate(self) -> int:
        """About how many rows there are."""

    @property
    def separator(self) -> str:
        """What parts the cells where the table is written as CSV."""

    @property
    def is_marked(self) -> bool:
        """Whether who wrote the table needs a byte order mark to read UTF-8."""

    def rows(self) -> Iterator[Row]:
        """Read the rows below the headings, from the first on; rows without any text are left out."""
