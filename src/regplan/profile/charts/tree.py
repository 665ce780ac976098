"""A chart with the charts below it, each with the values that Helm gives it (Helm docs, "Subcharts and Global Values").

Mappings merge, null takes a key away, anything else replaces; `global` goes down; a chart below finds its values under
its alias; conditions and tags decide whether it is on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.profile.charts.data import Data, Node, typed
from regplan.profile.charts.files import Dependency, children, dependencies, is_library
from regplan.profile.charts.outcome import Guard
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.profile.parts import RawChart

__all__ = ["Part", "missing_parts", "parts"]

_MOST_DEPTH: Final = 6
# Guards of charts have numbers that no `if` of a template has.
_CHAIN: Final = -1


@dataclass(frozen=True, slots=True)
class Part:
    """A chart in its tree: the names that lead to it, its values, and whether it is on."""

    chart: RawChart
    names: tuple[str, ...]
    values: Node
    guards: tuple[Guard, ...]
    is_library: bool


def parts(chart: RawChart, over: Data, path: tuple[str, ...]) -> tuple[Part, ...]:
    """Tell a chart and every chart below it, itself first; `over` are the values over its own, `path` where they stand."""
    return tuple(_parts(chart, over if isinstance(over, dict) else {}, path, ((chart.name,), ())))


def missing_parts(chart: RawChart) -> tuple[str, ...]:
    """Tell the charts that a chart depends on and that are not below it."""
    names = {child.name for child in children(chart)}
    return tuple(each.name for each in dependencies(chart) if each.name not in names)


def _coalesce(over: Data, under: Data, path: tuple[str, ...] | None) -> Node:
    """Put values over others."""
    whole = Node(path)
    for key in (*over, *(key for key in under if key not in over)):
        place = None if path is None else (*path, key)
        own, other = over.get(key), under.get(key)
        if key in over and own is None and key in under:
            continue
        if isinstance(own, dict):
            whole[key] = _coalesce(own, other if isinstance(other, dict) else {}, place)
        elif key in over:
            whole[key] = own
        else:
            whole[key] = _coalesce({}, other, place) if isinstance(other, dict) else other
    return whole


def _parts(
    chart: RawChart, over: Data, path: tuple[str, ...], at: tuple[tuple[str, ...], tuple[Guard, ...]]
) -> Iterator[Part]:
    names, guards = at
    values = _coalesce(over, typed(chart.values), path)
    below: list[Part] = []
    if len(names) <= _MOST_DEPTH:
        asked = dependencies(chart)
        for child in children(chart):
            for each in [one for one in asked if one.name == child.name] or [Dependency(child.name, child.name)]:
                inner, guard = _inner(values, each, path)
                own = (*guards, *((guard,) if guard is not None else ()))
                found = list(_parts(child, inner, (*path, each.called), ((*names, each.called), own)))
                # A chart's templates see, and may change, the very values that those of the chart below see.
                values[each.called] = found[0].values
                below += found
    yield Part(chart, names, values, guards, is_library(chart))
    yield from below


def _inner(values: Node, dependency: Dependency, path: tuple[str, ...]) -> tuple[Node, Guard | None]:
    """Tell the values that a chart below gets, and whether it is off."""
    own = values.get(dependency.called)
    inner = _coalesce(own if isinstance(own, dict) else {}, {}, (*path, dependency.called))
    shared = values.get("global")
    if isinstance(shared, dict):
        mine = inner.get("global")
        # One mapping for all, so that what it reads is told at the keys of the chart above.
        inner["global"] = _coalesce(shared, mine if isinstance(mine, dict) else {}, (*path, "global"))
    return inner, _switch(values, dependency, path)


def _switch(values: Node, dependency: Dependency, path: tuple[str, ...]) -> Guard | None:
    """Tell what switches a chart off: the first condition that is a truth value, or else its tags."""
    for condition in dependency.conditions:
        value: Data = values
        for key in condition.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, bool):
            return None if value else _off(f"{'.'.join(path)}.{condition}")
    tags = values.get("tags")
    told = [tags[tag] for tag in dependency.tags if isinstance(tags, dict) and isinstance(tags.get(tag), bool)]
    if told and not any(told):
        return _off(f"{'.'.join(path)}.tags.{dependency.tags[0]}")
    return None


def _off(switch: str) -> Guard:
    return Guard(_CHAIN, 0, verdict=False, reason=f"{switch}: true")
