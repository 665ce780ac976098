"""What the arithmetic of a workbook begins with: each value once, under the name that formulas call it by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from regplan.report.workbook.cells import Cell
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Inputs", "is_editable", "name_of"]

# What a source begins with where the value is one of the site file's.
_KEY: Final = re.compile(r"(?:assumptions|scenario|registry)\.[a-z_]+(?=[:,]|$)")
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_]+")
# A share of all leaves nothing to divide by.
_MOST_SHARE: Final = 0.99
_EDITABLE: Final = frozenset({"assumed", "declared"})


@dataclass(frozen=True, slots=True)
class _Row:
    """An input: the site file's key or what it is called in formulas, its value, and how it is known."""

    key: str
    name: str
    value: float
    unit: str
    provenance: str
    source: str
    formula: str


class Inputs:
    """The inputs that formulas have asked for so far; who asks for a value that is there gets its name."""

    def __init__(self) -> None:
        """Begin with none."""
        self._rows: dict[str, _Row] = {}

    def name(self, given: Mapping[str, Any], whose: str = "", formula: str = "") -> str:
        """Name an input of a formula of a plan document; `whose` tells what is one host's, `formula` what gives its value."""
        source, value = str(given["source"]), given["value"]
        key = _key(given) or " ".join(each for each in (whose, given["name"].replace("_", " ")) if each)
        name = free = f"in_{name_of(key.removeprefix('assumptions.'))}"
        count = 1
        while (there := self._rows.get(free)) is not None and there.value != value:
            count += 1
            free = f"{name}_{count}"
        if free not in self._rows:
            known = (given["unit"], given["provenance"], source)
            self._rows[free] = _Row(key, free, value, *known, formula)
        return free

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the inputs that were asked for."""
        return frozenset(row.key for row in self._rows.values())

    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """Lay the inputs out: the site file's first, in the order of their keys; then what is measured or follows."""
        rows = sorted(self._rows.values(), key=lambda row: (not _is_editable(row), row.key))
        return tuple(_laid_out(row) for row in rows)


def name_of(words: str) -> str:
    """Make a name that a spreadsheet takes of words.

    >>> name_of("node-1: images")
    'node_1_images'
    """
    return _NO_NAME.sub("_", words).strip("_")


def is_editable(given: Mapping[str, Any]) -> bool:
    """Tell whether an input of a formula is a value of the site file, which a planner may change."""
    return given["provenance"] in _EDITABLE and bool(_key(given))


def _key(given: Mapping[str, Any]) -> str:
    """Tell the site file's key of an input, "" where it is none."""
    found = _KEY.match(str(given["source"]))
    return found[0] if found else ""


def _is_editable(row: _Row) -> bool:
    return row.provenance in _EDITABLE and not row.formula and _KEY.fullmatch(row.key) is not None


def _laid_out(row: _Row) -> tuple[Cell, ...]:
    is_share = row.unit == "ratio" and row.value < 1
    is_input = _is_editable(row)
    value = Cell(
        row.value,
        row.formula,
        "ratio" if row.unit == "ratio" else "number",
        row.name,
        is_input=is_input,
        least=0.0 if is_input else None,
        most=_MOST_SHARE if is_input and is_share else None,
    )
    words = (Cell(row.unit), Cell("reckoned" if row.formula else row.provenance), Cell(row.source, look="prose"))
    return (Cell(row.key, look="code"), value, *words)
