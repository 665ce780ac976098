"""What can be set in a site file, key by key: the value it has now, or what stands for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

from regplan.model.site_input import SiteInput
from regplan.profile.site import parse_site
from regplan.profile.site_change import root_of
from regplan.profile.site_keys import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.profile.site_key import Key

__all__ = ["inputs_in"]

# What moves the capacity most stands first.
_FIRST: Final = (
    "registry.storage",
    "registry.retention",
    "assumptions.growth_per_year",
    "assumptions.releases_per_year",
    "assumptions.versions_kept",
    "assumptions.version_delta",
    "registry.gc",
    "registry.replicas",
    "assumptions.free_space",
    "assumptions.warn_share",
    "links.internet.rate",
    "scenario.years",
    "scenario.upgrades_per_year",
)
_SECTIONS: Final = frozenset({"registry", "links.internet", "links.lan", "assumptions", "scenario", "content", "pulls"})
_TOP: Final = frozenset({"deployment", "management", "internet"})
_LISTS: Final = ("list", ":")


def inputs_in(text: str, file: str, known: Mapping[str, str]) -> tuple[SiteInput, ...]:
    """List what can be set in the text of a site file; `known` are values by path of keys that it leaves to others."""
    written = dict(_flat(root_of(text, file), ""))
    keys = sorted(
        filter(_is_single, KEYS), key=lambda key: _FIRST.index(key.path) if key.path in _FIRST else len(_FIRST)
    )
    hosts = _hosts(text, file)
    first = [_input(key, written, known) for key in keys if key.path in _FIRST]
    rest = [_input(key, written, known) for key in keys if key.path not in _FIRST]
    return (*first, *(each for name, told in hosts.items() for each in _of_host(name, told)), *rest)


def _is_single(key: Key) -> bool:
    section = key.section
    is_asked = section in _SECTIONS or key.path in _TOP
    return is_asked and not any(each in key.kind.name for each in _LISTS)


def _input(key: Key, written: Mapping[str, str], known: Mapping[str, str]) -> SiteInput:
    value = written.get(key.path, "")
    stands = value or key.default or known.get(key.path, "")
    return SiteInput(key.path, key.path, stands, bool(value), key.kind.name, key.meaning, key.source)


def _of_host(name: str, told: Mapping[str, str]) -> Iterator[SiteInput]:
    for key in KEYS:
        if key.section == "hosts" and key.name not in {"name", "count"}:
            value = told.get(key.name, "")
            yield SiteInput(
                f"hosts.{name}.{key.name}", key.path, value or key.default, bool(value), key.kind.name, key.meaning
            )


def _hosts(text: str, file: str) -> dict[str, Mapping[str, str]]:
    """Tell of each host by name what the file says of it; what stands for several says it of each."""
    found: dict[str, Mapping[str, str]] = {each.name: {} for each in parse_site(text, file).hosts}
    node = next((node for key, node in root_of(text, file).value if getattr(key, "value", None) == "hosts"), None)
    for item in node.value if isinstance(node, yaml.SequenceNode) else []:
        told = dict(_flat(item, ""))
        name, count = told.get("name", ""), told.get("count", "")
        for each in [f"{name}-{number + 1}" for number in range(int(count))] if count.isdigit() else [name]:
            found[each] = told
    return found


def _flat(node: yaml.Node, path: str) -> Iterator[tuple[str, str]]:
    """Yield every single value below a mapping with the path of its key."""
    for key, value in node.value if isinstance(node, yaml.MappingNode) else []:
        below = f"{path}.{key.value}" if path else str(key.value)
        if isinstance(value, yaml.ScalarNode):
            if value.value:
                yield below, value.value
        else:
            yield from _flat(value, below)
