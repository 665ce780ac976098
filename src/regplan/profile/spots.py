"""Where in its line a key of a file stands, found again in the text once something is wrong with it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from regplan.profile.pyyaml import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["at", "columns_of"]


def at(line: int | None, column: int | None) -> str:
    """Write a line with the column in it, as far as they are known.

    >>> at(7, 3), at(7, None), at(0, None)
    ('line 7, column 3', 'line 7', '')
    """
    return (f"line {line}, column {column}" if column else f"line {line}") if line else ""


def columns_of(text: str) -> Callable[[int, str], int | None]:
    r"""Tell how the column of a key is found by its line and its dotted path, counted from 1; None where it is not there.

    What has no path of its own is told by where its line begins. No column is kept while a file is read, since next to
    none is ever asked for.

    >>> find = columns_of("name: s\nhosts:\n  - {name: a, cpu: 0}\n")
    >>> find(3, "hosts[0].cpu"), find(3, "hosts[0].role"), find(3, "hosts (a)"), find(9, "hosts (b)")
    (15, 5, 3, None)
    """
    roots: list[Any] = []

    def find(line: int, path: str) -> int | None:
        if not roots:
            roots.append(_root(text))
        node = _found(roots[0], path)
        if node is not None and node.start_mark.line + 1 == line:
            return int(node.start_mark.column) + 1
        whole = next(islice(text.splitlines(), line - 1, None), "")
        return len(whole) - len(whole.lstrip()) + 1 if whole.strip() else None

    return find


def _root(text: str) -> Any:  # noqa: ANN401  a node of PyYAML's
    try:
        return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        # A macro without quotes, or JSON that is no YAML.
        return None


def _found(node: Any, path: str) -> Any:  # noqa: ANN401
    """Follow a path as far as it is there; its keys may hold dots themselves: of those that begin it the longest is meant."""
    spot = None
    while path:
        if isinstance(node, yaml.SequenceNode) and path.startswith("["):
            place, _, path = path[1:].partition("]")
            if not place.isdigit() or int(place) >= len(node.value):
                break
            spot = node = node.value[int(place)]
        elif isinstance(node, yaml.MappingNode):
            near = [pair for pair in node.value if _begins(path, str(pair[0].value))]
            if not near:
                break
            spot, node = max(near, key=lambda pair: len(pair[0].value))
            path = path[len(spot.value) :]
        else:
            break
        path = path.removeprefix(".")
    return spot


def _begins(path: str, key: str) -> bool:
    return path.startswith(key) and path[len(key) : len(key) + 1] in {"", ".", "["}
