"""Dotted paths of a plan document: every value by its path, and the path that a person may have meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Place", "at", "close_paths", "is_number", "places"]

# What tells the members of a list apart, first come first served.
_NAMES: Final = ("name", "key", "rule", "reference", "pack", "family", "profile", "project", "host", "registry")
# Lists and objects that explain the others, and are explained with them.
_ASIDE: Final = frozenset({"formulas"})
_MOST_SUGGESTED: Final = 3
# More digits than any list has members.
_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class Place:
    """One value of a document: its path, the same path with `[]` for every index, and what it stands in.

    `row` is the innermost object around it, `key` its name there, "" for a member of a list; `home` is the path of `row`.
    """

    path: str
    pattern: str
    value: Any
    row: Mapping[str, Any]
    home: str = ""
    key: str = ""


def is_number(value: object) -> bool:
    """Tell whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def places(document: Mapping[str, Any]) -> Iterator[Place]:
    """Yield every value of a document that holds no others, in order; what stands under `formulas` is left out."""
    for key in document:
        if key not in _ASIDE:
            yield from _within(_inside(Place("", "", document, document), key))


def _within(place: Place) -> Iterator[Place]:
    if isinstance(place.value, dict):
        for key in place.value:
            yield from _within(_inside(place, key))
    elif isinstance(place.value, list):
        for number in range(len(place.value)):
            yield from _within(_of_list(place, number))
    else:
        yield place


def at(document: Mapping[str, Any], path: str) -> Place | None:
    """Tell what stands at an exact path, None where nothing does.

    A member of a list goes by its index, `hosts[0].image_bytes`, or by its name, `hosts.node-1.image_bytes`; the place
    has the index.
    """
    return next(_walk(Place("", "", document, document), path), None)


def _walk(place: Place, rest: str) -> Iterator[Place]:
    """Yield the ways to read `rest` within a place, the longest names first, since a name may hold dots."""
    if not rest:
        yield place
    elif isinstance(place.value, dict):
        name = rest.removeprefix(".") if place.path else rest
        for key in sorted((each for each in place.value if _begins(name, each)), key=len, reverse=True):
            yield from _walk(_inside(place, key), name[len(key) :])
    elif isinstance(place.value, list):
        yield from _member(place, rest)


def _inside(place: Place, key: str) -> Place:
    dot = "." if place.path else ""
    return Place(
        f"{place.path}{dot}{key}", f"{place.pattern}{dot}{key}", place.value[key], place.value, place.path, key
    )


def _of_list(place: Place, number: int) -> Place:
    return Place(f"{place.path}[{number}]", f"{place.pattern}[]", place.value[number], place.row, place.home)


def _member(place: Place, rest: str) -> Iterator[Place]:
    index, closed, after = rest.removeprefix("[").partition("]")
    if rest.startswith("[") and closed:
        if index.isascii() and index.isdigit() and len(index) < _DIGITS and int(index) < len(place.value):
            yield from _walk(_of_list(place, int(index)), after)
        return
    name = rest.removeprefix(".")
    for number, member in enumerate(place.value):
        known = _name(member)
        if known and _begins(name, known):
            yield from _walk(_of_list(place, number), name[len(known) :])


def _name(member: object) -> str:
    if not isinstance(member, dict):
        return ""
    return next((name for key in _NAMES if isinstance(name := member.get(key), str) and name), "")


def _begins(text: str, name: str) -> bool:
    return bool(name) and text.startswith(name) and text[len(name) : len(name) + 1] in {"", ".", "["}


def close_paths(key: str, known: Sequence[str]) -> list[str]:
    """Tell the keys that come nearest to a mistaken one: those that end as it does, else those that are spelt like it."""
    ending = key.rpartition(".")[2]
    same = [each for each in known if ending and each.rpartition(".")[2] == ending]
    spelt = get_close_matches(key, known, n=_MOST_SUGGESTED, cutoff=0.6)
    return list(dict.fromkeys([*spelt, *same, *get_close_matches(ending, known, n=_MOST_SUGGESTED, cutoff=0.6)]))[
        :_MOST_SUGGESTED
    ]
