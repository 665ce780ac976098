"""Hosts in the text of a site file: one of them found, one added, one taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

from regplan.errors import InvalidSite
from regplan.profile.site_change import end_of, is_json, line_end, place_in, put, root_of, written

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["add_host", "host_item", "remove_host"]

_COUNT: Final = "count"


def host_item(text: str, name: str, file: str) -> tuple[str, yaml.MappingNode]:
    """Find a host, and tell the text with it and its place in there.

    A host that stands for several (`count: 3`) is first written out as so many. Raises `InvalidSite` where none has the name.
    """
    for item in _items(text, file):
        found = _scalar(item, "name")
        count = _scalar(item, _COUNT)
        if found is not None and count is None and found.value == name:
            return text, item
        if found is not None and count is not None and name in _names(found.value, count.value):
            return host_item(_written_out(text, item, _names(found.value, count.value), file), name, file)
    raise InvalidSite(f"{file}: there is no host {name} under hosts")


def add_host(text: str, name: str, like: str, file: str) -> str:
    """Add a host behind the others, with all that the host `like` has, or with nothing but its name where that is ""."""
    items = list(_items(text, file))
    if like:
        text, item = host_item(text, like, file)
        items = list(_items(text, file))
        new = _copy(text, item, name)
    else:
        new = f"{{{_quoted(text, 'name')}: {written(text, name)}}}"
    if not items:
        return _first(text, new, file)
    return _behind(text, _sequence(text, file), items[-1], new)


def remove_host(text: str, name: str, file: str) -> str:
    """Take a host away; where it was the only one, none is left under `hosts`."""
    text, item = host_item(text, name, file)
    sequence = _sequence(text, file)
    items = [each.start_mark.index for each in sequence.value]
    place = items.index(item.start_mark.index)
    if not sequence.flow_style:
        begin = text.rfind("\n", 0, item.start_mark.index) + 1
        return text[:begin] + text[min(line_end(text, end_of(item)) + 1, len(text)) :]
    if place + 1 < len(items):
        return text[: items[place]] + text[items[place + 1] :]
    begin = end_of(sequence.value[place - 1]) if place else items[place]
    return text[:begin] + text[end_of(item) :]


def _first(text: str, new: str, file: str) -> str:
    root = root_of(text, file)
    value = f"[{new}]"
    found = next((node for key, node in root.value if getattr(key, "value", None) == "hosts"), None)
    if isinstance(found, yaml.SequenceNode):
        return text[: found.start_mark.index] + value + text[found.end_mark.index :]
    return put(text, place_in(text, root, ("hosts",), value, file))


def _behind(text: str, sequence: yaml.SequenceNode, last: yaml.MappingNode, new: str) -> str:
    """Write an item behind the last one of a list."""
    if sequence.flow_style:
        return f"{text[: end_of(last)]}, {new}{text[end_of(last) :]}"
    at = line_end(text, end_of(last))
    return f"{text[:at]}\n{_dash(text, last)}{new}{text[at:]}"


def _copy(text: str, item: yaml.MappingNode, name: str) -> str:
    """Write an item again under another name, without its count."""
    begin, end = item.start_mark.index, end_of(item)
    copy = text[begin:end]
    cuts: list[tuple[int, int, str]] = []
    for place, (key, value) in enumerate(item.value):
        if key.value == "name":
            cuts.append((value.start_mark.index, value.end_mark.index, written(text, name)))
        elif key.value == _COUNT:
            is_last = place + 1 == len(item.value)
            first = end_of(item.value[place - 1][1]) if is_last else key.start_mark.index
            cuts.append((first, end_of(value) if is_last else item.value[place + 1][0].start_mark.index, ""))
    for first, last, instead in sorted(cuts, reverse=True):
        copy = copy[: first - begin] + instead + copy[last - begin :]
    return copy


def _written_out(text: str, item: yaml.MappingNode, names: list[str], file: str) -> str:
    """Write the one item that stands for several hosts as one for each."""
    sequence = _sequence(text, file)
    between = ", " if sequence.flow_style else f"\n{_dash(text, item)}"
    copies = between.join(_copy(text, item, name) for name in names)
    return text[: item.start_mark.index] + copies + text[end_of(item) :]


def _dash(text: str, item: yaml.MappingNode) -> str:
    """Tell what stands before an item of a list in block form: the indent and the dash."""
    begin = text.rfind("\n", 0, item.start_mark.index) + 1
    return text[begin : item.start_mark.index]


def _items(text: str, file: str) -> Iterator[yaml.MappingNode]:
    for key, node in root_of(text, file).value:
        if getattr(key, "value", None) != "hosts":
            continue
        if isinstance(node, yaml.MappingNode):
            raise InvalidSite(f"{file}: hosts is one mapping here; write it as a list (- name: …) first")
        for each in node.value if isinstance(node, yaml.SequenceNode) else []:
            if node.start_mark.index > each.start_mark.index or not isinstance(each, yaml.MappingNode):
                raise InvalidSite(
                    f"{file}: a host stands for what is written elsewhere; write it out under hosts first"
                )
            yield each


def _sequence(text: str, file: str) -> yaml.SequenceNode:
    for key, node in root_of(text, file).value:
        if getattr(key, "value", None) == "hosts" and isinstance(node, yaml.SequenceNode):
            return node
    raise InvalidSite(f"{file}: there are no hosts")


def _scalar(item: yaml.MappingNode, name: str) -> yaml.ScalarNode | None:
    found = next((value for key, value in item.value if getattr(key, "value", None) == name), None)
    return found if isinstance(found, yaml.ScalarNode) else None


def _names(name: str, count: str) -> list[str]:
    return [f"{name}-{number + 1}" for number in range(int(count))] if count.isdigit() else []


def _quoted(text: str, key: str) -> str:
    return f'"{key}"' if is_json(text) else key
