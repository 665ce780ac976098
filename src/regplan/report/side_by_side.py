"""Scenarios side by side, turned on their side: a line for each figure, with a cell for each scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.finding import Verdict
from regplan.report.parts.beside import FIGURES
from regplan.report.words import ABSENT, marked, readable
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.comparison import ComparedSite, Comparison

__all__ = ["Cell", "Line", "cell_text", "side_by_side"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a scenario has of a line, and what that is more than the first's; None where there is no number to take it from."""

    value: float | str | None
    change: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, or one finding that some scenario has and the first has not, or the other way round."""

    key: str
    label: str
    unit: str
    cells: tuple[Cell, ...]


def side_by_side(comparison: Comparison) -> tuple[Line, ...]:
    """Lay out a comparison: verdicts, what binds, the figures, and the findings that come and go."""
    sites = comparison.scenarios
    return (
        Line("verdict", "Verdict", "", tuple(Cell(marked(each.verdict)) for each in sites)),
        Line("binding_constraint", "What binds", "", tuple(Cell(_bound(each)) for each in sites)),
        *(_figure(label, key, unit, sites) for label, key, unit in FIGURES),
        *_findings(sites),
    )


def cell_text(line: Line, cell: Cell, *, binary: bool) -> str:
    """Write a cell with its change.

    >>> cell_text(Line("need", "Needed", "bytes", ()), Cell(3_000_000_000, -1_000_000_000), binary=False)
    '3.00 GB (-1.00 GB)'
    """
    if cell.value is None or isinstance(cell.value, str):
        return cell.value or ABSENT
    told = readable(cell.value, line.unit, binary=binary)
    if not cell.change:
        return told
    return f"{told} ({'+' if cell.change > 0 else '-'}{readable(abs(cell.change), line.unit, binary=binary)})"


def _bound(site: ComparedSite) -> str:
    """Name what binds; of a plan that passes nothing does."""
    return ABSENT if site.verdict is Verdict.PASS else site.binding_constraint or ABSENT


def _figure(label: str, key: str, unit: str, sites: tuple[ComparedSite, ...]) -> Line:
    cells = (
        Cell(getattr(each.figures, key), None if each.difference is None else getattr(each.difference.figures, key))
        for each in sites
    )
    return Line(key, label, unit, tuple(cells))


def _findings(sites: tuple[ComparedSite, ...]) -> tuple[Line, ...]:
    """Lay out each finding that comes or goes, with what becomes of it in every scenario."""
    found: dict[tuple[str, str], dict[int, str]] = {}
    for place, site in enumerate(sites):
        change = site.difference
        for sign, findings in () if change is None else (("-", change.goes), ("+", change.comes)):
            for each in findings:
                found.setdefault((each.rule, each.where), {})[place] = f"{sign} {each.verdict}"
    return tuple(
        Line(rule, f"{rule} {where}".strip(), "", tuple(Cell(told.get(place, "")) for place in range(len(sites))))
        for (rule, where), told in found.items()
    )
