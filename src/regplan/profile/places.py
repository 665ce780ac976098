"""Lines of a site file and of profiles: where a key stands, or the host or the pack that a finding names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from regplan.profile.composer import Map, Seq
from regplan.profile.tree import BadSyntax, line_of, lines_in, parse_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regplan.profile.composer import Lines, Tree

__all__ = ["line_in_profile", "line_in_site", "lines_named"]

_LINED = re.compile(r"(?P<file>[^>\n]+?):(?P<line>[1-9][0-9]{0,8}) > ")
_NUMBERED = re.compile(r"(.+)-[0-9]+")
# How a rule of a house names a key of the site file, a rule about a lost host that host, and a key of the document a host.
_BEFORE = re.compile(r"site\.|hosts without |hosts\.(?=[^.]+\.)")


def line_in_profile(where: str) -> tuple[str, int] | None:
    """Tell the file and the line that a finding's place begins with, None where it does not.

    >>> line_in_profile("profiles/retail.yaml:198 > retail > addon/web 1.0 > pack.content.images[0]")
    ('profiles/retail.yaml', 198)
    """
    match = _LINED.match(where)
    return None if match is None else (match["file"], int(match["line"]))


def line_in_site(text: str, where: str) -> int:
    r"""Tell the line of a site file that a finding is about: of its key, of its host, else the first.

    >>> line_in_site("name: a\nhosts:\n  - {name: node, count: 2}\nregistry:\n  storage: 5GB\n", "registry.storage")
    5
    >>> text = "name: a\nhosts:\n  - {name: node, count: 2}\n"
    >>> line_in_site(text, "node-2"), line_in_site(text, "hosts without node-1"), line_in_site(text, "hosts.node-1.cpu")
    (3, 3, 3)
    """
    tree = next(iter(_documents(text)), None)
    short = _BEFORE.sub("", where, count=1)
    of_host = _of_host(tree, short) or (_of_host(tree, short.partition(".")[0]) if short != where else None)
    return of_host or _of_key(tree, short) or _of_key(tree, where) or 1


def lines_named(text: str) -> Callable[[str], int | None]:
    r"""Tell how the line of a profile is found by a place of names: of its key, its pack or its name; None in another one.

    >>> find = lines_named("metadata: {name: infra}\nspec:\n  packs:\n  - name: zot\n    values: |\n      charts: {zot: {size: 5Gi}}\n")
    >>> [find(f"infra{rest}") for rest in (" > addon/zot > charts.zot.size", " > addon/zot", "")], find("shop > addon/zot")
    ([6, 4, 1], None)
    """
    trees = [list(_maps(tree)) for tree in _documents(text)]

    def find(where: str) -> int | None:
        profile, _, rest = where.partition(" > ")
        pack, _, key = rest.partition(" > ")
        name = pack.rpartition("/")[2].partition(" ")[0]
        for maps in trees:
            line = next((line_of(each, "name") for each in maps if each.get("name") == profile), None)
            if line is None:
                continue
            packs = (each for each in maps if name and each.get("name") == name and "values" in each)
            return next((_in_values(each["values"], key) or line_of(each, "name") for each in packs), line)
        return None

    return find


def _in_values(values: Tree, key: str) -> int | None:
    if not key or not isinstance(values, str):
        return None
    documents = _documents(values, lines_in(values))
    return next((line for tree in documents if (line := _of_key(tree, key)) is not None), None)


def _documents(text: str, lines: Lines | None = None) -> tuple[Tree, ...]:
    try:
        return parse_documents(text) if lines is None else parse_documents(text, lines)
    except BadSyntax:
        return ()


def _maps(tree: Tree) -> Iterator[Map]:
    """Yield every mapping of a tree, the outer ones first."""
    if isinstance(tree, Map):
        yield tree
    if isinstance(tree, Map | Seq):
        for child in tree.values() if isinstance(tree, Map) else tree:
            yield from _maps(child)


def _of_key(tree: Tree, where: str) -> int | None:
    """Go down as far as the keys lead; one that is left out is where its section is."""
    line = None
    for name in where.split("."):
        if not isinstance(tree, Map) or name not in tree:
            break
        line, tree = line_of(tree, name), tree[name]
    return line


def _of_host(tree: Tree, where: str) -> int | None:
    hosts = tree.get("hosts") if isinstance(tree, Map) else None
    names = {where, *(match[1] for match in [_NUMBERED.fullmatch(where)] if match is not None)}
    for place, host in enumerate(hosts if isinstance(hosts, Seq) else ()):
        if isinstance(host, Map) and host.get("name") in names:
            return line_of(hosts, place)
    return None
