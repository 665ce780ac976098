"""Sizes that somebody declares in a CSV file, for images that no registry here can tell: text in, sizes out."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, InvalidQuantity, InvalidSite
from regplan.oci.reference import Reference, without_password
from regplan.patterns import pattern
from regplan.units import parse_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["is_sizes_file", "parse_sizes"]

_COLUMNS: Final = ("reference", "size")
_SEPARATORS: Final = (",", ";", "\t")
# What a spreadsheet takes for a formula: its result is not in the file, or the cell is one that harms whoever opens it.
_FORMULA: Final = ("=", "+", "-", "@")
_COMMA = pattern(r"(\d+),(\d+)(\s*[A-Za-z]+)")
_MOST_PROBLEMS: Final = 20
_MOST_SHOWN: Final = 80


def is_sizes_file(text: str) -> bool:
    """Tell whether a text names a file of declared sizes by its ending.

    >>> is_sizes_file("sizes.csv"), is_sizes_file("{a: 1GB}")
    (True, False)
    """
    return text.strip().lower().endswith(".csv")


def parse_sizes(text: str, file: str) -> tuple[tuple[str, int], ...]:
    r"""Read a CSV table with the columns `reference` and `size`; further columns are for its readers.

    Fields are parted by commas, semicolons or tabs, as the first line has them; a size may have a decimal comma.

    >>> parse_sizes("reference;size\nregistry.corp/app:1.0;1,2GB\n", "sizes.csv")
    (('registry.corp/app:1.0', 1200000000),)

    Raises `InvalidSite` with every problem and its line.
    """
    problems: list[str] = []
    found: dict[str, tuple[int, int]] = {}
    for line, row in _rows(text, file):
        try:
            reference, size = _reference(row["reference"]), _size(row["size"])
        except InputError as error:
            problems.append(f"line {line}: {error}")
            continue
        known, first = found.setdefault(reference, (size, line))
        if known != size:
            problems.append(f"line {line}: {reference} has another size than in line {first}")
    if problems:
        more = len(problems) - _MOST_PROBLEMS
        told = problems[:_MOST_PROBLEMS] + ([f"and {more} more"] if more > 0 else [])
        raise InvalidSite(f"{file}: {len(problems)} lines cannot be read:", told)
    return tuple((reference, size) for reference, (size, _) in found.items())


def _rows(text: str, file: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield each row that says something, by its columns' names, with the line it ends on."""
    import csv

    head = text.removeprefix("\ufeff").split("\n", 1)[0]
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator, strict=True)
    names: list[str] = []
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if names and not any(cell.strip() for cell in row[len(names) :]):
                # A spreadsheet writes empty cells for columns that were once there.
                row = row[: len(names)]  # noqa: PLW2901
            if not names:
                names = _names(row, file, reader.line_num)
            elif len(row) != len(names):
                columns = f"{len(row)} columns where the first line has {len(names)}"
                raise InvalidSite(f"{file}: line {reader.line_num}: {columns}; put a text with {separator!r} in quotes")
            else:
                yield reader.line_num, dict(zip(names, row, strict=True))
    except csv.Error as error:
        raise InvalidSite(f"{file}: line {reader.line_num}: this is not CSV ({error})") from error
    if not names:
        raise InvalidSite(f"{file}: it is empty; its first line reads reference,size")


def _names(row: list[str], file: str, line: int) -> list[str]:
    names = [cell.strip().lower() for cell in row]
    for column in _COLUMNS:
        if names.count(column) != 1:
            what = "twice" if column in names else "not there"
            raise InvalidSite(
                f"{file}: line {line}: the column {column} is {what}; the first line reads reference,size"
            )
    return names


def _reference(cell: str) -> str:
    text = cell.strip()
    if text.startswith(_FORMULA):
        raise InputError(f"reference: {_shown(text)} is a formula; write the reference itself")
    return str(Reference.parse(text))


def _size(cell: str) -> int:
    text = cell.strip()
    if text.startswith(_FORMULA):
        raise InputError(f"size: {_shown(text)} is a formula or has a sign; write a size such as 1.2GB")
    if not text:
        raise InputError("size: it is empty; write a size such as 1.2GB")
    match = _COMMA.fullmatch(text)
    if match is not None:
        if len(match[2]) == 3:
            # As many digits as between separators of thousands.
            raise InputError(f"size: {_shown(text)} can be read in two ways; write a point, or no separator")
        text = f"{match[1]}.{match[2]}{match[3]}"
    try:
        size = parse_bytes(text)
    except InvalidQuantity as error:
        raise InputError(f"size: {error}") from error
    if size <= 0:
        raise InputError(f"size: {_shown(text)} must be more than 0")
    return size


def _shown(text: str) -> str:
    shown = without_password(text)
    return repr(shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}…")
