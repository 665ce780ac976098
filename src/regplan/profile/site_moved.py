"""A site file for another folder: the paths in it are relative to it, and are written anew; all else stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

from regplan.profile.site_change import Place, put, root_of, written
from regplan.profile.site_paths import looks_like_file, moved

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["moved_site"]

_FILES: Final = frozenset({"profiles", "upgrade_to", "upgrade_from", "declared_sizes"})
_SOURCES: Final = frozenset({"from", "images"})


def moved_site(text: str, folder: str, other: str) -> str:
    """Write the text of a site file in `folder` so that in the folder `other` it names the same; both are absolute.

    >>> moved_site("profiles: [infra.json]  # ours", "/sites", "/sites/drafts")
    'profiles: [../infra.json]  # ours'
    """
    places = list(_places(text, folder, other))
    for place in sorted(places, key=lambda place: -place.begin):
        text = put(text, place)
    return text


def _places(text: str, folder: str, other: str) -> Iterator[Place]:
    for key, node in root_of(text, "site file").value:
        if key.value not in _FILES | _SOURCES:
            continue
        for each in _scalars(node):
            is_path = key.value in _FILES or looks_like_file(each.value) or ":" in each.value
            told = moved(each.value, folder, other) if is_path else each.value
            if told != each.value:
                yield Place(each.start_mark.index, each.end_mark.index, written(text, told))


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _scalars(each)
