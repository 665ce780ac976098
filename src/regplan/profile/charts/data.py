"""Values with the types that Helm gives them, each mapping knowing which keys lead to it.

A plain `true` is a truth value and a plain `1.10` the number 1.1, as for Helm itself; what stood in quotes stays text.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from regplan.profile.composer import Map, Quoted, Seq
from regplan.profile.macros import expand

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.profile.composer import Tree
    from regplan.profile.macros import Scope

__all__ = [
    "MARK",
    "UNKNOWN",
    "Data",
    "Node",
    "Unknown",
    "as_text",
    "dumped",
    "fill",
    "has_mark",
    "kind_of",
    "replace_macros",
    "to_json",
    "truth",
    "typed",
]

# What templates work on: the types of JSON, and what nobody here can tell.
Data: TypeAlias = Any

MARK: Final = "\ue002"
_WORDS: Final = dict.fromkeys(("true", "yes", "on", "y"), True) | dict.fromkeys(("false", "no", "off", "n"), False)
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_OCTAL = re.compile(r"([-+]?)0o?([0-7_]+)")
_HEX = re.compile(r"([-+]?)0x([0-9a-fA-F_]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_KINDS: Final = {list: "slice", str: "string", bool: "bool", int: "int64", float: "float64"}
_MOST_DIGITS: Final = 100
_MOST_WHOLE: Final = 1e21
_PLAIN = re.compile(r"[A-Za-z0-9_/][A-Za-z0-9_./@:+-]*(?<!:)")


class Unknown:
    """What nobody here can tell."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Say so."""
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


class Node(dict[str, Data]):
    """A mapping of values; `path` are the keys that lead to it from the pack's values, None where nothing does."""

    __slots__ = ("path",)

    def __init__(self, path: tuple[str, ...] | None = None) -> None:
        """Start empty."""
        super().__init__()
        self.path = path


def fill(tree: Tree, scope: Scope) -> Tree:
    """Fill Palette's macros in a tree; a text whose macros cannot all be filled keeps those that cannot."""
    if isinstance(tree, str):
        return _filled(tree, scope) if ".spectro." in tree else tree
    if isinstance(tree, Map):
        found = Map()
        found.lines = tree.lines
        found.update((key, fill(child, scope)) for key, child in tree.items())
        return found
    if isinstance(tree, Seq):
        items = Seq()
        items.lines = tree.lines
        items.extend(fill(child, scope) for child in tree)
        return items
    return tree


def replace_macros(text: str, put: Callable[[str], str]) -> str:
    """Put something in the place of each of Palette's macros in a text.

    >>> replace_macros("a-{{ .spectro.var.b }}-{{ .Values.c }}", str.upper)
    'a-{{ .SPECTRO.VAR.B }}-{{ .Values.c }}'
    """
    parts: list[str] = []
    end = 0
    while (start := text.find("{{", end)) >= 0:
        stop = text.find("}}", start)
        if stop < 0:
            break
        start = text.rfind("{{", start, stop)
        macro = text[start : stop + 2]
        parts += (text[end:start], put(macro) if ".spectro." in macro else macro)
        end = stop + 2
    return "".join((*parts, text[end:]))


def typed(tree: Tree, path: tuple[str, ...] | None = None) -> Data:
    """Give a tree the types that Helm's reader of YAML gives it.

    >>> from regplan.profile.tree import parse_documents
    >>> typed(parse_documents("{a: true, b: 'true', c: 1.30, d: 0x1F, e: v1, f: [~]}")[0])
    {'a': True, 'b': 'true', 'c': 1.3, 'd': 31, 'e': 'v1', 'f': [None]}
    """
    if isinstance(tree, Map):
        node = Node(path)
        for key, child in tree.items():
            node[key] = typed(child, None if path is None else (*path, key))
        return node
    if isinstance(tree, Seq):
        return [typed(child, None if path is None else (*path, str(place))) for place, child in enumerate(tree)]
    if tree is None or isinstance(tree, Quoted):
        return None if tree is None else str(tree)
    return _scalar(tree)


def to_json(data: Data) -> str:
    """Write values as JSON for `helm --values`."""
    return json.dumps(data, ensure_ascii=False)


def as_text(data: Data) -> str:
    """Write a value as Go's templates print it; what is unknown becomes a mark."""
    match data:
        case None:
            return ""
        case bool():
            return "true" if data else "false"
        case float():
            return str(int(data)) if data.is_integer() and abs(data) < _MOST_WHOLE else repr(data)
        case str() | int():
            return str(data)
        case _:
            return MARK


def dumped(data: Data, indent: int = 0) -> str:
    """Write a value as block YAML, each line after the first indented."""
    pad = "\n" + " " * indent
    match data:
        case dict():
            return pad.join(f"{_key(key)}:{_below(child, indent)}" for key, child in data.items()) or "{}"
        case list():
            return pad.join(f"- {dumped(child, indent + 2)}" for child in data) or "[]"
        case str():
            return _key(data)
        case None:
            return "null"
        case _:
            return as_text(data)


def truth(value: Data) -> bool | None:
    """Tell whether a value counts as true in a condition; None where it is unknown.

    >>> truth(""), truth({"a": 1}), truth(0), truth("no")
    (False, True, False, True)
    """
    if value is UNKNOWN or value == MARK:
        return None
    return bool(value)


def kind_of(value: Data) -> str:
    """Tell the kind of a value in Go's words."""
    return "invalid" if value is None else "map" if isinstance(value, dict) else _KINDS.get(type(value), "string")


def has_mark(data: Data) -> bool:
    """Tell whether a value is unknown or a text that holds something unknown."""
    return data is UNKNOWN or (isinstance(data, str) and MARK in data)


def _below(child: Data, indent: int) -> str:
    is_block = isinstance(child, dict | list) and bool(child)
    inner = indent + 2 if isinstance(child, dict) else indent
    return f"\n{' ' * inner}{dumped(child, inner)}" if is_block else f" {dumped(child, indent)}"


def _key(text: str) -> str:
    is_plain = _PLAIN.fullmatch(text) and text.lower() != "null" and isinstance(_scalar(text), str)
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _filled(text: str, scope: Scope) -> str:
    def put(macro: str) -> str:
        told = expand(macro, scope).text
        return macro if told is None else told

    whole = replace_macros(text, put)
    return Quoted(whole) if isinstance(text, Quoted) else whole


def _scalar(text: str) -> Data:
    low = text.lower()
    if low in _WORDS:
        return _WORDS[low]
    is_number = (text[:1].isdigit() or text[:1] in {"-", "+", "."}) and len(text) <= _MOST_DIGITS
    return _number(text) if is_number else text


def _number(text: str) -> Data:
    if _INT.fullmatch(text):
        return int(text.replace("_", ""))
    for pattern, base in ((_HEX, 16), (_OCTAL, 8)):
        match = pattern.fullmatch(text)
        if match is not None and match[2].strip("_"):
            return int(match[1] + match[2].replace("_", ""), base)
    number = float(text) if _FLOAT.fullmatch(text) else math.inf
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() and abs(number) < _MOST_WHOLE else number
