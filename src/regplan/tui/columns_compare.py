"""The columns of a comparison: one for what is compared, and one for each scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.side_by_side import cell_text
from regplan.report.words import tidy
from regplan.tui.table import Column
from regplan.tui.text import end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.report.side_by_side import Line
    from regplan.tui.table import Fact

__all__ = ["compare_columns"]


def compare_columns(names: Sequence[str]) -> tuple[Column[Line], ...]:
    """Make the columns of scenarios with these names."""
    return (
        Column(
            "what",
            "WHAT",
            lambda row, _: tidy(row.label),
            lambda row: row.label,
            shorten=end,
            flexible=True,
            names=True,
        ),
        *(_scenario(place, name) for place, name in enumerate(names)),
    )


def _scenario(place: int, name: str) -> Column[Line]:
    def cell(row: Line, binary: bool) -> str:  # noqa: FBT001  as every cell is asked
        return tidy(cell_text(row, row.cells[place], binary=binary))

    def order(row: Line) -> tuple[bool, float, str]:
        value = row.cells[place].value
        return (True, 0.0, value or "") if value is None or isinstance(value, str) else (False, value, "")

    def facts(row: Line) -> dict[str, Fact]:
        told = row.cells[place]
        return {f"{place + 1} {name}": told.value, f"{place + 1} {name}, change": told.change, "unit": row.unit}

    return Column(f"scenario-{place + 1}", tidy(name), cell, order, right=True, flexible=True, facts=facts)
