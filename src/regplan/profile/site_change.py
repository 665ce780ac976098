"""A site file with some values changed: comments, order and whatever else stands in it stay as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import yaml

from regplan.errors import InvalidSite
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Place", "change_site", "end_of", "is_json", "line_end", "place_in", "put", "root_of", "written"]

_INDENT: Final = "  "


def change_site(text: str, changes: Mapping[str, str], file: str = "site file") -> str:
    """Set values by the dotted paths of their keys, in YAML or JSON; `file` is how errors name the text.

    A key that is there gets the new value, another one is added behind its neighbours. Raises `InvalidSite` for what is no
    mapping, and for a section that stands elsewhere in the file (an alias).

    >>> change_site("links: {internet: {rate: 1Mbit/s}}  # thin", {"links.internet.rate": "2Mbit/s"})
    'links: {internet: {rate: 2Mbit/s}}  # thin'
    """
    for path, value in changes.items():
        root = root_of(text, file)
        text = put(text, place_in(text, root, tuple(path.split(".")), written(text, value), file))
    return text


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is to be written: instead of the text from `begin` to `end`."""

    begin: int
    end: int
    written: str


def put(text: str, place: Place) -> str:
    """Write what a place is to have."""
    return text[: place.begin] + place.written + text[place.end :]


def root_of(text: str, file: str) -> yaml.MappingNode:
    """Read a site file's tree with the places of everything in it; raises `InvalidSite` for what is no mapping."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise InvalidSite(f"{file}: {' '.join(str(error).split())}") from None
    if not isinstance(root, yaml.MappingNode):
        raise InvalidSite(f"{file}: a site file is a mapping of keys, such as `name: store-7`")
    return root


def written(text: str, value: str) -> str:
    """Write a value as the text of a site file has it: in JSON in quotes, in YAML where it would be read as something else."""
    if is_json(text):
        return value if value in {"true", "false"} else json.dumps(value)
    return value if _is_plain(value) else json.dumps(value, ensure_ascii=False)


def is_json(text: str) -> bool:
    """Tell whether a site file is written in JSON."""
    return text.lstrip().startswith("{")


def _is_plain(value: str) -> bool:
    """Tell whether YAML reads a value as it is, wherever it stands."""
    if value != value.strip() or not value.isprintable():
        return False
    try:
        listed = yaml.compose(f"[{value}]", Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return False
    items = listed.value if isinstance(listed, yaml.SequenceNode) else []
    only = items[0] if len(items) == 1 else None
    if not isinstance(only, yaml.ScalarNode) or only.style is not None or only.value != value:
        return False
    return not only.tag.endswith(":null")


def place_in(text: str, node: yaml.MappingNode, keys: tuple[str, ...], value: str, file: str) -> Place:
    """Go down as far as the keys are there, and tell what is written where."""
    first, *rest = keys
    for key, found in node.value:
        if getattr(key, "value", None) != first:
            continue
        where = f"{file}, line {key.start_mark.line + 1}: {first}"
        if found.start_mark.index < key.end_mark.index:
            raise InvalidSite(f"{where} stands for what is written elsewhere; write it out here first")
        if not rest:
            if not isinstance(found, yaml.ScalarNode):
                raise InvalidSite(f"{where} is a value, and no list and no mapping")
            return _replaced(text, key, found, value)
        if isinstance(found, yaml.MappingNode):
            return place_in(text, found, tuple(rest), value, file)
        if not isinstance(found, yaml.ScalarNode) or found.value.strip() not in {"", "~", "null"}:
            raise InvalidSite(f"{where} is a mapping of keys, and no list and no value")
        if node.flow_style:
            return _replaced(text, key, found, _flow(tuple(rest), value, in_json=is_json(text)))
        below = " " * (key.start_mark.column + len(_INDENT))
        end = line_end(text, key.end_mark.index)
        return Place(end, end, f"\n{_block(tuple(rest), value, below)}")
    return _added(text, node, keys, value)


def _replaced(text: str, key: yaml.Node, found: yaml.Node, value: str) -> Place:
    begin, end = found.start_mark.index, found.end_mark.index
    if begin == end:
        # Nothing stands behind the colon.
        begin = end = text.index(":", key.end_mark.index) + 1
        return Place(begin, end, f" {value}")
    return Place(begin, end, value)


def _added(text: str, node: yaml.MappingNode, keys: tuple[str, ...], value: str) -> Place:
    if node.flow_style:
        inside = _flow(keys, value, in_json=is_json(text))[1:-1]
        last = node.value[-1][1] if node.value else None
        if last is None:
            begin = node.start_mark.index + 1
            return Place(begin, begin, inside)
        return Place(last.end_mark.index, last.end_mark.index, f", {inside}")
    first, last = node.value[0][0], node.value[-1]
    end = line_end(text, max(end_of(last[1]), last[0].end_mark.index))
    return Place(end, end, f"\n{_block(keys, value, ' ' * first.start_mark.column)}")


def end_of(node: yaml.Node) -> int:
    """Tell where the last value below a node ends: a block itself ends only where the next one begins."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return _index(node)
    last = node.value[-1]
    if isinstance(node, yaml.MappingNode):
        return max(end_of(last[1]), _index(last[0]))
    return end_of(last)


def _index(node: yaml.Node) -> int:
    index: int = node.end_mark.index
    return index


def line_end(text: str, index: int) -> int:
    """Tell where the line ends that an index is in."""
    end = text.find("\n", index)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" else end


def _flow(keys: tuple[str, ...], value: str, *, in_json: bool) -> str:
    written = value
    for key in reversed(keys):
        written = f"{{{json.dumps(key) if in_json else key}: {written}}}"
    return written


def _block(keys: tuple[str, ...], value: str, indent: str) -> str:
    lines = [f"{indent}{_INDENT * depth}{key}:" for depth, key in enumerate(keys)]
    lines[-1] += f" {value}"
    return "\n".join(lines)
