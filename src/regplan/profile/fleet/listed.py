"""A fleet as YAML or JSON: a list of sites, or defaults and a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidSite
from regplan.model.fleet import FleetProblem
from regplan.profile.composer import BadSyntax, Map, Seq
from regplan.profile.fleet.rows import merged, site_of_tree
from regplan.profile.hidden import masked
from regplan.profile.meant import suggest
from regplan.profile.tree import describe, parse_documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.site import Site
    from regplan.profile.composer import Tree

__all__ = ["listed_sites", "read_defaults"]

_KEYS: Final = ("defaults", "sites")


def listed_sites(text: str, file: str, defaults: Map) -> Iterator[tuple[int, Site | tuple[FleetProblem, ...]]]:
    """Read a list of sites, or `{defaults:, sites:}`: each site with its line, or what is wrong with it.

    The file's own defaults come before those that are handed in. Raises `InvalidSite` for what is no fleet.
    """
    tree = _document(text, file)
    sites: Tree = tree
    if isinstance(tree, Map):
        for key in tree:
            if key not in _KEYS:
                near = suggest(key, _KEYS) or "; a fleet is a list of sites, or has `defaults` and `sites`"
                raise InvalidSite(f"{file}: line {tree.lines.get(key, 1)}: {key}: unknown key{near}")
        sites = tree.get("sites")
        defaults = merged(defaults, _mapping(tree.get("defaults"), file, "defaults"))
    if not isinstance(sites, Seq):
        raise InvalidSite(
            f"{file}: a fleet is a list of sites, or has `defaults` and `sites`; here is {describe(sites)}"
        )
    for place, site in enumerate(sites):
        line = sites.lines[place] if place < len(sites.lines) else 0
        if not isinstance(site, Map):
            yield line, (FleetProblem(line, "", f"a site is a mapping, and here is {describe(site)}"),)
            continue
        found = site_of_tree(merged(defaults, site), file, line)
        yield line, _named(found, site) if isinstance(found, tuple) else found


def read_defaults(text: str, file: str) -> Map:
    """Read what every site of a fleet has unless its row says otherwise: keys of the site file; raises `InvalidSite`."""
    return _mapping(_document(text, file), file, "it")


def _document(text: str, file: str) -> Tree:
    try:
        documents = [each for each in parse_documents(text) if each is not None]
    except BadSyntax as error:
        raise InvalidSite(f"{file}: {'; '.join(error.problems)}") from error
    if len(documents) != 1:
        raise InvalidSite(f"{file}: {'it holds several documents' if documents else 'it is empty'}")
    return documents[0]


def _mapping(tree: Tree, file: str, what: str) -> Map:
    if tree is None:
        return Map()
    if not isinstance(tree, Map):
        raise InvalidSite(f"{file}: {what} is {describe(tree)}, where keys of the site file are expected")
    return tree


def _named(problems: tuple[FleetProblem, ...], site: Map) -> tuple[FleetProblem, ...]:
    name = site.get("name")
    told = masked(name) if isinstance(name, str) else ""
    return tuple(FleetProblem(each.line, each.column, each.problem, told) for each in problems)
