"""A table of sites with the verdicts appended: the same rows in the same order, their own cells as they were but for passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError
from regplan.profile.fleet.columns import OWN
from regplan.profile.hidden import masked
from regplan.report.fleet import RESULTS, drawn_cells, drawn_headings, result_cells
from regplan.store.files import user_path, write_atomic
from regplan.verbs.fleet_table import open_sites

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from regplan.model.fleet import Fleet, FleetProblem, FleetSite
    from regplan.verbs.fleet import FleetAsked
    from regplan.verbs.fleet_table import Sites

__all__ = ["check_fleet_file", "write_fleet", "write_fleet_template"]

_KINDS: Final = (".csv", ".xlsx")


def check_fleet_file(out: Path, file: str | Path) -> None:
    """Refuse a file that cannot be written, before the work is done; raises `InputError`, and `MissingExtra`."""
    target = user_path(out)
    if target.suffix.lower() not in _KINDS:
        raise InputError(f"{out}: a fleet is written as .csv or .xlsx")
    if not target.parent.is_dir():
        raise InputError(f"{out}: there is no folder {target.parent}")
    if target.exists() and target.samefile(user_path(file)):
        raise InputError(f"{out}: is the fleet's own file; name another, and it stays as it is")
    if target.suffix.lower() == ".xlsx":
        from regplan.store.workbook import openpyxl_of

        openpyxl_of("writing an XLSX file")


def write_fleet(fleet: Fleet, file: str | Path, out: str | Path, asked: FleetAsked) -> Path:
    """Write the rows of a fleet's file with verdict, binding rule, message and fix appended, whole or not at all.

    Of a list of sites each has a row with its name. Raises `InputError` for a file that cannot be written.
    """
    target = user_path(out)
    sites = open_sites(file, asked.renamed, asked.defaults, asked.sheet)
    rows = _rows(sites, _Results(fleet), is_workbook=target.suffix.lower() == ".xlsx")
    write_atomic(target, _written(sites, rows, target))
    return target


def write_fleet_template(out: str | Path) -> Path:
    """Write a table of sites to start from: XLSX with a sheet that explains every column, or CSV.

    Raises `InputError` for another ending, for a file that is there, and for one that cannot be written.
    """
    from regplan.profile.fleet.template import EXPLAINED_HEAD, fleet_template
    from regplan.store.spreadsheets import Sheet, csv_bytes, workbook_bytes

    target = user_path(out)
    if target.suffix.lower() not in _KINDS:
        raise InputError(f"{out}: a fleet's template is .xlsx or .csv")
    if target.exists():
        raise InputError(f"{out} is there already; name another file")
    made = fleet_template()
    table = (made.headings, made.example)
    if target.suffix.lower() == ".csv":
        write_atomic(target, csv_bytes(table, marked=True))
        return target
    widths = tuple(max(map(len, column)) + 2 for column in zip(*table, strict=True))
    explained = (EXPLAINED_HEAD, *made.explained)
    told = tuple(max(map(len, column)) + 2 for column in zip(*explained, strict=True))
    sheets = (Sheet("sites", table, 1, widths, made.allowed), Sheet("columns", explained, 1, told))
    write_atomic(target, workbook_bytes(sheets))
    return target


def _written(sites: Sites, rows: Iterator[Sequence[Any]], target: Path) -> bytes:
    from regplan.store.spreadsheets import Sheet, csv_bytes, workbook_bytes

    if target.suffix.lower() == ".xlsx":
        return workbook_bytes([Sheet("sites", rows)])
    table = sites.table
    # What another program than a UTF-8 one wrote is read by one that needs a mark.
    return csv_bytes(rows, table.separator if table else ",", marked=table is not None and table.is_marked)


def _rows(sites: Sites, results: _Results, *, is_workbook: bool) -> Iterator[Sequence[Any]]:
    if sites.table is None:
        yield ("name", *results.headings)
        for line in sorted(results.known):
            found = results.known[line]
            name = found[0].site if isinstance(found, tuple) else found.name
            yield (name, *results.cells(line))
        return
    headings = sites.table.headings
    kept = [place for place, heading in enumerate(headings) if not heading.strip().lower().startswith(OWN)]
    yield (*(headings[place] for place in kept), *results.headings)
    for row in sites.table.rows():
        cells: Sequence[Any] = row.originals if is_workbook else row.cells
        own = (_without_password(cells[place]) if place < len(cells) else "" for place in kept)
        yield (*own, *results.cells(row.line))


class _Results:
    """What is appended to each row: the verdict, and what its drawn years come to where some were drawn."""

    def __init__(self, fleet: Fleet) -> None:
        self.known = _by_line(fleet)
        self._years = fleet.years
        self._drawn = {site.line: site for site in (() if fleet.years is None else fleet.years.sites)}
        self.headings = RESULTS if fleet.years is None else (*RESULTS, *drawn_headings())

    def cells(self, line: int) -> tuple[str, ...]:
        """Write a row's, in the order of the headings."""
        told = result_cells(self.known.get(line))
        return told if self._years is None else (*told, *drawn_cells(self._years, self._drawn.get(line)))


def _without_password(cell: Any) -> Any:  # noqa: ANN401  a workbook's cell is whatever it holds
    """Give a cell back as it was, but for a password: a row that has one is refused, and goes no further."""
    return masked(cell) if isinstance(cell, str) else cell


def _by_line(fleet: Fleet) -> dict[int, FleetSite | tuple[FleetProblem, ...]]:
    known: dict[int, FleetSite | tuple[FleetProblem, ...]] = {site.line: site for site in fleet.sites}
    for problem in fleet.problems:
        before = known.get(problem.line)
        known[problem.line] = (*(before if isinstance(before, tuple) else ()), problem)
    return known
