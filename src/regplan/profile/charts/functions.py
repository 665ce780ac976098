"""The functions of Helm's templates that names of images and conditions are made with (Go's own, and sprig's).

What is not here gives what is unknown. A function that compares or measures gives it too where a text holds a mark.
"""

from __future__ import annotations

import re
from typing import Final

from regplan.profile.charts.data import UNKNOWN, Data, has_mark
from regplan.profile.charts.plain_functions import PLAIN_FUNCTIONS
from regplan.profile.charts.text_functions import MOST_TEXT, TEXT_FUNCTIONS
from regplan.profile.charts.tree_functions import TREE_FUNCTIONS
from regplan.profile.composer import BadSyntax

__all__ = ["call", "is_known"]

# These walk through the whole of a value, which a template can make endless in a few lines.
_WALKING: Final = frozenset(
    {
        "eq",
        "has",
        "merge",
        "mergeOverwrite",
        "mustMerge",
        "mustMergeOverwrite",
        "ne",
        "uniq",
        "without",
        *TEXT_FUNCTIONS,
    }
)
_MOST_VALUES: Final = 100_000
_PIECE: Final = 20
_MOST_NUMBER: Final = 2**63
_WRONG: Final = (ArithmeticError, AttributeError, BadSyntax, LookupError, TypeError, ValueError, re.error)


def is_known(name: str) -> bool:
    """Tell whether a function is one of those here."""
    return name in TEXT_FUNCTIONS or name in PLAIN_FUNCTIONS or name in TREE_FUNCTIONS


def call(name: str, arguments: list[Data]) -> Data:
    """Call a function; what it cannot do gives what is unknown."""
    if name in _WALKING and not _is_small(arguments):
        return UNKNOWN
    try:
        return _called(name, arguments)
    except _WRONG:
        return UNKNOWN


def _called(name: str, arguments: list[Data]) -> Data:
    if name in TREE_FUNCTIONS:
        return TREE_FUNCTIONS[name](*arguments)
    if name in TEXT_FUNCTIONS:
        return TEXT_FUNCTIONS[name](*arguments)[:MOST_TEXT]
    if name not in PLAIN_FUNCTIONS or any(map(has_mark, arguments)):
        return UNKNOWN
    found = PLAIN_FUNCTIONS[name](*arguments)
    return UNKNOWN if isinstance(found, int) and abs(found) > _MOST_NUMBER else found


def _is_small(value: Data) -> bool:
    """Tell whether walking through a value ends soon."""
    left = _MOST_VALUES
    waiting: list[Data] = [value]
    while waiting and left > 0:
        each = waiting.pop()
        left -= 1 + len(each) // _PIECE if isinstance(each, str) else 1
        if isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return left > 0
