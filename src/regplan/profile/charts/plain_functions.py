"""Functions that compare, measure and count: they have no answer where anything is unknown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.profile.charts.data import Data, Node, as_text, kind_of
from regplan.profile.charts.semver import satisfies

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PLAIN_FUNCTIONS"]

_MOST_ITEMS: Final = 2_000


def _split(sign: Data, text: Data) -> Data:
    node = Node()
    node.update((f"_{place}", part) for place, part in enumerate(text.split(sign)))
    return node


def _int(value: Data) -> int:
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"[-+]?[0-9]{1,15}", value) else 0
    return int(value or 0)


def _until(count: Data) -> list[int]:
    return list(range(min(_int(count), _MOST_ITEMS)))


def _sequence(*ends: int) -> str:
    first, last = (1, *ends)[-2:] if len(ends) < 3 else (ends[0], ends[2])
    step = ends[1] if len(ends) == 3 else 1 if first <= last else -1
    return " ".join(map(str, range(first, last + (1 if step > 0 else -1), step)[:_MOST_ITEMS]))


def _pattern(text: Data) -> re.Pattern[str]:
    # Go's patterns cannot run away and Python's can, so only plain ones are tried.
    if len(text) > 200 or re.search(r"[*+}]\)*[*+{?]|\\[1-9]|\(\?", text):
        raise ValueError(text)
    return re.compile(text)


PLAIN_FUNCTIONS: Final[dict[str, Callable[..., Data]]] = {
    "add": lambda *values: sum(map(_int, values)),
    "add1": lambda value: _int(value) + 1,
    "atoi": _int,
    "compact": lambda items: [each for each in items if each],
    "contains": lambda part, text: as_text(part) in as_text(text),
    "div": lambda one, other: int(_int(one) / _int(other)),
    "float64": lambda value: float(value or 0),
    "ge": lambda one, other: one >= other,
    "gt": lambda one, other: one > other,
    "has": lambda value, items: value in (items or ()),
    "hasPrefix": lambda start, text: as_text(text).startswith(as_text(start)),
    "hasSuffix": lambda end, text: as_text(text).endswith(as_text(end)),
    "int": _int,
    "int64": _int,
    "le": lambda one, other: one <= other,
    "len": lambda value: len(value or ()),
    "lt": lambda one, other: one < other,
    "max": lambda *values: max(map(_int, values)),
    "min": lambda *values: min(map(_int, values)),
    "mod": lambda one, other: _int(one) % _int(other),
    "mul": lambda one, other: _int(one) * _int(other),
    "regexMatch": lambda pattern, text: _pattern(pattern).search(as_text(text)) is not None,
    "initial": lambda items: items[:-1],
    "rest": lambda items: items[1:],
    "semverCompare": satisfies,
    "seq": lambda *ends: _sequence(*map(_int, ends)),
    "slice": lambda items, start=0, end=None: items[start:end],
    "sortAlpha": lambda items: sorted(map(as_text, items)),
    "split": _split,
    "splitList": lambda sign, text: text.split(sign),
    "sub": lambda one, other: _int(one) - _int(other),
    "substr": lambda start, end, text: text[start:end] if end >= 0 else text[start:],
    "toStrings": lambda items: list(map(as_text, items)),
    "typeOf": kind_of,
    "without": lambda items, *values: [each for each in items if each not in values],
    "uniq": lambda items: [each for place, each in enumerate(items) if each not in items[:place]],
    "until": _until,
}
