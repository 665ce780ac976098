"""What stands at a key of a plan document: lists are gone into by place, or by what their items are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final, TypeGuard

from regplan.values import dataclass

__all__ = ["Found", "find", "items_at", "name_of"]

# What an item of a list is known by, first of these that it has.
_NAMES: Final = ("name", "key", "rule", "host", "reference", "digest", "id")
# What an item means where a key ends at it: `storage.terms.live`, `assumptions.free_space`.
_VALUES: Final = ("value", "bytes")


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at a key; `problem` says why nothing does, "" where something does."""

    value: object = None
    problem: str = ""


def find(document: object, steps: Sequence[str | int]) -> Found:
    """Tell what stands at a key; null is something that is not known.

    >>> find({"storage": {"terms": [{"key": "live", "bytes": 5}]}}, ("storage", "terms", "live"))
    Found(value=5, problem='')
    """
    at, place = document, 0
    while place < len(steps):
        if at is None:
            return Found(problem="is not known")
        taken, at = _step(at, steps[place:])
        if taken == 0:
            return Found(problem=f"is not in the plan document{_meant(steps[place], at)}")
        place += taken
    return _ended(at)


def items_at(document: object, steps: Sequence[str | int]) -> list[str] | None:
    """List the names of the items of a list, their places where they have none; None where no list stands there."""
    at, place = document, 0
    while place < len(steps):
        taken, at = _step(at, steps[place:])
        if taken == 0:
            return None
        place += taken
    if isinstance(at, Mapping):
        return [str(key) for key in at]
    return [name_of(item) or str(number) for number, item in enumerate(at)] if _is_list(at) else None


def name_of(item: object) -> str:
    """Tell what an item of a list is known by, "" where by nothing."""
    if isinstance(item, str):
        return item
    if not isinstance(item, Mapping):
        return ""
    return next((told for name in _NAMES if isinstance(told := item.get(name), str)), "")


def _step(at: object, steps: Sequence[str | int]) -> tuple[int, object]:
    """Go into a value, and tell how many steps that took: ids of rules have a dot. 0 is for where there is no way on."""
    step = steps[0]
    if isinstance(at, Mapping):
        return (1, at[step]) if step in at else (0, list(at))
    if not isinstance(at, Sequence) or isinstance(at, str):
        return 0, []
    if isinstance(step, int) or step.isdigit():
        return (1, at[int(step)]) if int(step) < len(at) else (0, [])
    names = [name_of(item) for item in at]
    for taken in range(1, len(steps) + 1):
        joined = ".".join(map(str, steps[:taken]))
        if joined in names:
            return taken, at[names.index(joined)]
    return 0, names


def _ended(at: object) -> Found:
    if isinstance(at, Mapping):
        told = next((at[name] for name in _VALUES if name in at), at)
        return Found(problem="is no value, but holds others") if told is at else _ended(told)
    if _is_list(at):
        return Found(problem="is a list; name one of its items, or take count() or sum() of them")
    return Found(problem="is not known") if at is None else Found(at)


def _is_list(at: object) -> TypeGuard[Sequence[object]]:
    return isinstance(at, Sequence) and not isinstance(at, str)


def _meant(step: str | int, known: object) -> str:
    names = [each for each in known if isinstance(each, str)] if isinstance(known, list) else []
    near = get_close_matches(str(step), names, n=1, cutoff=0.6)
    return f"; {near[0]} is" if near else ""
