"""Files of sites, opened: CSV and XLSX row by row, YAML and JSON as a list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from regplan.errors import InputError, InvalidSite, RegplanError
from regplan.model.fleet import FleetProblem
from regplan.model.site import Site
from regplan.profile.composer import Map
from regplan.profile.fleet.columns import Column, read_columns, split_map
from regplan.profile.fleet.listed import listed_sites, read_defaults
from regplan.profile.fleet.rows import Rows
from regplan.store.files import read_text, user_path
from regplan.store.table import open_table
from regplan.values import dataclass
from regplan.verbs.declared import read_sizes
from regplan.verbs.sites import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from regplan.store.table_rows import Table

    Entry: TypeAlias = tuple[int, Site | tuple[FleetProblem, ...]]

__all__ = ["Sites", "open_sites"]

_TREES: Final = (".yaml", ".yml", ".json")


@dataclass(slots=True)
class Sites:
    """A file of sites: `entries` reads it from the first on, each time; `table` is None where it is YAML or JSON.

    `notes` tell what was taken for granted, `estimate` about how many sites there are.
    """

    path: Path
    notes: tuple[str, ...]
    estimate: int
    defaults: Map
    table: Table | None = None
    columns: tuple[Column, ...] = ()

    def heading(self, path: str) -> str:
        """Tell what the column of a key is called, and the key itself where there is no such column."""
        return next((column.heading for column in self.columns if column.path == path), path)

    def entries(self) -> Iterator[Entry]:
        """Yield each site with its line, or what is wrong with it; sizes that it declares in a file are read."""
        sizes: dict[str, tuple[tuple[str, int], ...] | RegplanError] = {}
        for line, site in self._rows():
            yield line, _with_sizes(site, line, sizes) if isinstance(site, Site) else site

    def at(self, line: int) -> Site | tuple[FleetProblem, ...] | None:
        """Tell the site in a line, or what is wrong with it; None where none stands there. Other rows are not read."""
        found = next((site for there, site in self._rows(line) if there == line), None)
        return _with_sizes(found, line, {}) if isinstance(found, Site) else found

    def _rows(self, only: int | None = None) -> Iterator[Entry]:
        if self.table is None:
            yield from listed_sites(read_text(self.path), str(self.path), self.defaults)
            return
        rows = Rows(self.columns, self.defaults, str(self.path))
        width = len(self.table.headings)
        for row in self.table.rows():
            if only not in {None, row.line}:
                continue
            if row.problem:
                yield row.line, (FleetProblem(row.line, "", row.problem),)
            elif any(cell.strip() for cell in row.cells[width:]):
                more = f"{len(row.cells)} cells where there are {width} columns; put a text with a separator in quotes"
                yield row.line, (FleetProblem(row.line, "", more),)
            else:
                yield row.line, rows.site(row.cells, row.line)


def open_sites(
    file: str | Path, mapping: Iterable[str] = (), defaults: str = "", sheet: str = "", own: Iterable[str] = ()
) -> Sites:
    """Open a file of sites by its ending, and read which column is which key; raises `InputError`.

    `own` are headings that the caller reads, though they are no keys.
    """
    path = user_path(file)
    ending = path.suffix.lower()
    renamed = split_map(mapping)
    given = read_defaults(read_text(user_path(defaults)), defaults) if defaults else Map()
    if ending in TABLES:
        table = open_table(path, sheet)
        columns, ignored = read_columns(table.headings, renamed, str(path), given)
        known = {heading.lower() for heading in own}
        unread = [heading for heading in ignored if heading.lower() not in known]
        notes = (*table.notes, *((_ignored(unread),) if unread else ()))
        return Sites(path, notes, table.estimate, given, table, columns)
    if ending not in _TREES:
        raise InputError(f"{path}: a fleet is a table (.csv, .xlsx) or a list of sites (.yaml, .json)")
    if renamed or sheet:
        raise InputError(f"{path}: has no columns; a map of columns and a sheet are for tables")
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    return Sites(path, (), 0, given)


def _ignored(headings: Sequence[str]) -> str:
    return f"columns that are no keys of the site file, and are not read: {', '.join(headings)}"


def _with_sizes(
    site: Site, line: int, known: dict[str, tuple[tuple[str, int], ...] | RegplanError]
) -> Site | tuple[FleetProblem, ...]:
    """Put in the sizes that a file declares; many sites name one file, which is read once."""
    file = site.inputs.declared_sizes_file
    if not file:
        return site
    if file not in known:
        try:
            known[file] = read_sizes(file)
        except (InputError, InvalidSite) as error:
            known[file] = error
    found = known[file]
    if isinstance(found, RegplanError):
        return (FleetProblem(line, "declared_sizes", str(found), site.name),)
    return replace(site, inputs=replace(site.inputs, declared_sizes=found))
