"""Lines of a site file: where a key stands, or the host that a finding names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from regplan.profile.composer import Map, Seq
from regplan.profile.tree import BadSyntax, line_of, parse_documents

if TYPE_CHECKING:
    from regplan.profile.composer import Tree

__all__ = ["line_in_profile", "line_in_site"]

_LINED = re.compile(r"(?P<file>[^>\n]+?):(?P<line>[1-9][0-9]{0,8}) > ")
_NUMBERED = re.compile(r"(.+)-[0-9]+")


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
    >>> line_in_site("name: a\nhosts:\n  - {name: node, count: 2}\n", "node-2")
    3
    """
    try:
        documents = parse_documents(text)
    except BadSyntax:
        return 1
    tree = documents[0] if documents else None
    return _of_host(tree, where) or _of_key(tree, where) or 1


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
