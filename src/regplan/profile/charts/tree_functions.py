"""Functions that choose and join values: they go on with what is known where a part is not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from regplan.profile.charts.data import UNKNOWN, Data, Node, as_text, has_mark, kind_of, truth, typed
from regplan.profile.tree import parse_documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.profile.composer import Tree

__all__ = ["TREE_FUNCTIONS"]

_MOST_ITEMS: Final = 5_000


def _default(given: Data, *value: Data) -> Data:
    if not value:
        return given
    told = truth(value[0])
    return UNKNOWN if told is None else value[0] if told else given


def _coalesce(*values: Data) -> Data:
    for value in values:
        told = truth(value)
        if told is not False:
            return value
    return None


def _ternary(yes: Data, no: Data, condition: Data) -> Data:
    told = truth(condition)
    return UNKNOWN if told is None else yes if told else no


def _equal(first: Data, *others: Data) -> Data:
    if any(map(has_mark, (first, *others))):
        return UNKNOWN
    return any(first == other and isinstance(first, bool) == isinstance(other, bool) for other in others)


def _unequal(first: Data, second: Data) -> Data:
    told = _equal(first, second)
    return told if told is UNKNOWN else not told


def _dict(*pairs: Data) -> Data:
    node = Node()
    for key, value in zip(pairs[::2], pairs[1::2], strict=False):
        node[as_text(key)] = value
    return node


def _get(tree: Data, key: Data) -> Data:
    if not isinstance(tree, dict) or has_mark(key):
        return UNKNOWN
    return tree.get(key, "")


def _dig(*arguments: Data) -> Data:
    *keys, given, tree = arguments
    for key in keys:
        if tree is UNKNOWN:
            return UNKNOWN
        if not isinstance(tree, dict) or key not in tree:
            return given
        tree = tree[key]
    return tree


def _index(tree: Data, *keys: Data) -> Data:
    for key in keys:
        if tree is UNKNOWN or has_mark(key):
            return UNKNOWN
        tree = tree.get(key) if isinstance(tree, dict) else None if tree is None else tree[int(key)]
    return tree


def _merged(*trees: Data) -> Data:
    """Merge with the first winning, as sprig's `merge` does."""
    whole = Node()
    for tree in trees:
        if not isinstance(tree, dict):
            return UNKNOWN
        _merge_into(whole, tree)
    return whole


def _merge_into(whole: Node, tree: Data) -> None:
    for key, value in tree.items():
        own = whole.get(key)
        if isinstance(own, dict) and isinstance(value, dict):
            fresh = Node()
            fresh.update(own)
            _merge_into(fresh, value)
            whole[key] = fresh
        elif truth(own) is False:
            whole[key] = value


def _omit(tree: Data, *keys: Data) -> Data:
    return _kept(tree, lambda key: key not in keys)


def _pick(tree: Data, *keys: Data) -> Data:
    return _kept(tree, lambda key: key in keys)


def _kept(tree: Data, is_kept: Callable[[str], bool]) -> Data:
    if not isinstance(tree, dict):
        return UNKNOWN
    node = Node()
    node.update((key, value) for key, value in tree.items() if is_kept(key))
    return node


def _kind_is(kind: Data, value: Data) -> Data:
    if value is UNKNOWN:
        return UNKNOWN
    return kind_of(value) == kind


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[Tree, ...]:
    return parse_documents(text)


def _from_yaml(text: Data) -> Data:
    if has_mark(text):
        return UNKNOWN
    documents = _parsed(as_text(text))
    found = typed(documents[0]) if documents and documents[0] is not None else Node()
    return found if isinstance(found, dict) else _dict("Error", UNKNOWN)


def _longer(items: Data, before: list[Data], after: list[Data]) -> Data:
    return [*before, *items, *after] if isinstance(items, list) and len(items) < _MOST_ITEMS else UNKNOWN


def _concat(*lists: Data) -> Data:
    if UNKNOWN in lists:
        return UNKNOWN
    return [each for items in lists for each in items][:_MOST_ITEMS]


def _told(values: tuple[Data, ...], decide: Callable[[list[bool | None]], bool]) -> Data:
    told = [truth(value) for value in values]
    return UNKNOWN if None in told else decide(told)


TREE_FUNCTIONS: Final[dict[str, Callable[..., Data]]] = {
    "all": lambda *values: _told(values, all),
    "any": lambda *values: _told(values, any),
    "append": lambda items, value: _longer(items, [], [value]),
    "coalesce": _coalesce,
    "concat": _concat,
    "deepCopy": lambda tree: tree,
    "default": _default,
    "dict": _dict,
    "dig": _dig,
    "empty": lambda value: UNKNOWN if truth(value) is None else not truth(value),
    "eq": _equal,
    "first": lambda items: UNKNOWN if items is UNKNOWN else items[0] if items else None,
    "fromJson": _from_yaml,
    "fromYaml": _from_yaml,
    "get": _get,
    "hasKey": lambda tree, key: UNKNOWN if not isinstance(tree, dict) or has_mark(key) else key in tree,
    "index": _index,
    "keys": lambda tree: list(tree) if isinstance(tree, dict) else UNKNOWN,
    "kindIs": _kind_is,
    "kindOf": lambda value: UNKNOWN if value is UNKNOWN else kind_of(value),
    "last": lambda items: UNKNOWN if items is UNKNOWN else items[-1] if items else None,
    "list": lambda *values: list(values),
    "merge": _merged,
    "mergeOverwrite": lambda *trees: _merged(*reversed(trees)),
    "mustMerge": _merged,
    "mustMergeOverwrite": lambda *trees: _merged(*reversed(trees)),
    "ne": _unequal,
    "not": lambda value: UNKNOWN if truth(value) is None else not truth(value),
    "omit": _omit,
    "pick": _pick,
    "prepend": lambda items, value: _longer(items, [value], []),
    "required": lambda _, value: value,
    "ternary": _ternary,
    "tuple": lambda *values: list(values),
    "typeIs": lambda kind, value: _kind_is(str(kind).replace("map[string]interface {}", "map"), value),
    "values": lambda tree: list(tree.values()) if isinstance(tree, dict) else UNKNOWN,
}
