"""Rows of a table, and items of a list, into sites; what is wrong is told by line and column."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from regplan.errors import InvalidQuantity, InvalidSite
from regplan.model.fleet import FleetProblem
from regplan.profile.composer import Map, Seq
from regplan.profile.fleet.cells import cell_tree
from regplan.profile.hidden import masked
from regplan.profile.site import site_of
from regplan.profile.site_read import Reading
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.site import Site
    from regplan.profile.composer import Tree
    from regplan.profile.fleet.columns import Column, Group

__all__ = ["Rows", "merged", "site_of_tree"]


@dataclass(slots=True)
class _Row:
    """One row while it is taken apart: its tree, and which column each key came from, as messages name the key."""

    tree: Map
    columns: dict[str, str] = field(default_factory=dict)
    problems: list[FleetProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rows:
    """How rows become sites: the columns that are read, what every site has unless its row says otherwise, the file."""

    columns: tuple[Column, ...]
    defaults: Map
    file: str

    def site(self, cells: Sequence[str], line: int) -> Site | tuple[FleetProblem, ...]:
        """Read a row, or tell everything that is wrong with it."""
        row = _Row(Map(), {column.path: column.heading for column in self.columns if column.group is None})
        groups: dict[str, tuple[Group, Map]] = {}
        for column in self.columns:
            text = cells[column.place].strip() if column.place < len(cells) else ""
            if text:
                _put(row, column, text, line, groups)
        _put_hosts(row, groups, line)
        tree = merged(self.defaults, row.tree)
        found = site_of_tree(tree, self.file, line, row.columns)
        problems = (*row.problems, *(() if not isinstance(found, tuple) else found))
        if problems:
            name = row.tree.get("name")
            return tuple(_for_site(each, masked(name) if isinstance(name, str) else "") for each in _once(problems))
        return found


def site_of_tree(
    tree: Map, file: str, line: int, columns: Mapping[str, str] | None = None
) -> Site | tuple[FleetProblem, ...]:
    """Read a site from a tree, or tell what is wrong: each with its line, and the column or key that it is about."""
    reading = Reading(file)
    try:
        return site_of(tree, reading)
    except InvalidSite:
        told = columns or {}
        return tuple(FleetProblem(at or line, told.get(path, path), problem) for at, path, problem in reading.problems)


def merged(base: Map, over: Map) -> Map:
    """Put one mapping over another: sections are merged key by key, and anything else is replaced.

    >>> base, over = Map(), Map()
    >>> base["a"], over["b"] = "1", "2"
    >>> merged(base, over)
    {'a': '1', 'b': '2'}
    """
    if not base:
        return over
    found = Map()
    found.lines = {**base.lines, **over.lines}
    for key in (*base, *(each for each in over if each not in base)):
        mine, other = base.get(key), over.get(key)
        if key not in over:
            found[key] = mine
        elif isinstance(mine, Map) and isinstance(other, Map):
            found[key] = merged(mine, other)
        else:
            found[key] = other
    return found


def _put(row: _Row, column: Column, text: str, line: int, groups: dict[str, tuple[Group, Map]]) -> None:
    if column.key is None:
        section = _section(row.tree, column.section, line)
        _set(section, column.name, text, line)
        row.columns[column.section] = column.heading
        return
    try:
        value = cell_tree(text, column.key.kind, line)
    except InvalidQuantity as error:
        row.problems.append(FleetProblem(line, column.heading, masked(str(error))))
        return
    if column.group is not None:
        _, host = groups.setdefault(column.group.label, (column.group, Map()))
        _set(host, column.key.name, value, line)
        row.columns[f"{column.group.label}.{column.key.name}"] = column.heading
        return
    target = row.tree
    for word in column.path.split(".")[:-1]:
        target = _section(target, word, line)
    _set(target, column.key.name, value, line)


def _put_hosts(row: _Row, groups: Mapping[str, tuple[Group, Map]], line: int) -> None:
    """Put the groups that the row has; one whose count is 0 is not there."""
    present = [(group, host) for group, host in groups.values() if host.get("count") != "0"]
    if not groups:
        return
    hosts = Seq()
    for place, (group, host) in enumerate(present):
        for name, value in (("name", group.name), ("role", group.role)):
            if value and name not in host:
                _set(host, name, value, line)
        hosts.append(host)
        hosts.lines.append(line)
        for name in host:
            heading = row.columns.get(f"{group.label}.{name}")
            row.columns[f"hosts[{place}].{name}"] = heading or group.label
    _set(row.tree, "hosts", hosts, line)


def _section(tree: Map, name: str, line: int) -> Map:
    found = tree.get(name)
    if isinstance(found, Map):
        return found
    section = Map()
    _set(tree, name, section, line)
    return section


def _set(tree: Map, name: str, value: Tree, line: int) -> None:
    tree[name] = value
    tree.lines[name] = line


def _for_site(problem: FleetProblem, site: str) -> FleetProblem:
    return FleetProblem(problem.line, problem.column, problem.problem, site)


def _once(problems: Sequence[FleetProblem]) -> list[FleetProblem]:
    """Keep one problem for each column: what a cell lacks is not told again by what reads it."""
    return list({(each.line, each.column): each for each in reversed(problems)}.values())[::-1]
