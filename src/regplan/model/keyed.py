"""Arithmetic over keys of a document, as people write it: `storage.claimed_bytes - 20GB`.

A key is names with dots between, `[0]` and `["storage.claim"]` for items of lists, and `*` for every item. A name may hold
a hyphen, so that a minus stands between spaces. Numbers may have a size's unit or a percent sign.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from regplan.errors import InvalidQuantity
from regplan.model.formula import Formula, Input
from regplan.units import parse_bytes, parse_ratio
from regplan.values import dataclass

__all__ = ["FUNCTIONS", "Key", "Keyed", "parse_keyed"]

FUNCTIONS: Final = ("ceil", "floor", "max", "min")
_MOST_TEXT: Final = 500
_STEP: Final = r"\.(?:\*|[A-Za-z0-9_][A-Za-z0-9_-]*)|\[(?:\d{1,6}|\"[^\"]*\")\]"
_KEY: Final = rf"[A-Za-z_][A-Za-z0-9_-]*(?:{_STEP})*"
_TOKEN = re.compile(
    rf"\s*(?:(?P<items>(?:sum|count|min|max)\(\s*{_KEY}\s*\))|(?P<call>(?:ceil|floor|max|min)(?=\())|(?P<key>{_KEY})"
    r"|(?P<number>\d+(?:\.\d+)?(?P<unit>\s?(?:[kKMGTPE]i?B?|B|%))?(?![A-Za-z0-9.]))|(?P<sign>[-+*/(),]))"
)
_STEPS = re.compile(r"\.(\*|[A-Za-z0-9_][A-Za-z0-9_-]*)|\[(\d{1,6})\]|\[\"([^\"]*)\"\]")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a document: `text` as it is written, its steps, and the function over its items ("" where none)."""

    text: str
    steps: tuple[str | int, ...]
    over: str = ""

    @property
    def stem(self) -> tuple[str | int, ...] | None:
        """The steps before the star, None where there is none, or where a function takes every item together."""
        return self.steps[: self.steps.index("*")] if "*" in self.steps and not self.over else None


@dataclass(frozen=True, slots=True)
class Keyed:
    """Arithmetic over keys: the text as it is written, its expression, and the key behind each name of it."""

    text: str
    expression: str
    keys: tuple[tuple[str, Key], ...]

    @property
    def key(self) -> Key | None:
        """The key that this is, with no arithmetic at all; else None."""
        return self.keys[0][1] if len(self.keys) == 1 and self.expression == self.keys[0][0] else None


@lru_cache(maxsize=1_000)
def parse_keyed(text: str) -> Keyed:
    """Read arithmetic over keys; raises `ValueError` that says what is wrong.

    >>> parse_keyed("storage.claimed_bytes / 2").expression
    'storage_claimed_bytes / 2'
    """
    if len(text) > _MOST_TEXT:
        raise ValueError(f"it is longer than {_MOST_TEXT} characters")
    names: dict[Key, str] = {}
    parts = [_part(match, names) for match in _tokens(text)]
    # Between parts a space, so that nothing grows together; none around brackets, which is how people write.
    expression = re.sub(r"(?<=\() | (?=[),])", "", re.sub(r"\b(ceil|floor|max|min) \(", r"\1(", " ".join(parts)))
    keyed = Keyed(text, expression, tuple((name, key) for key, name in names.items()))
    _try(keyed)
    return keyed


def _tokens(text: str) -> list[re.Match[str]]:
    found, place = [], 0
    rest = text.rstrip()
    while place < len(rest):
        match = _TOKEN.match(rest, place)
        if match is None:
            raise ValueError(f"{rest[place:].strip()[:40]!r} is neither a key, a number nor one of + - * / ( )")
        found.append(match)
        place = match.end()
    if not found:
        raise ValueError("it is empty")
    return found


def _part(match: re.Match[str], names: dict[Key, str]) -> str:
    if match["sign"]:
        return match["sign"]
    if match["number"]:
        return _number(match["number"], match["unit"])
    if match["call"]:
        return match["call"]
    over, text = "", match["key"]
    if match["items"]:
        over, _, text = match["items"].rstrip(") ").partition("(")
    key = _key(text.strip(), over)
    return names.setdefault(key, _name(key, names))


def _number(text: str, unit: str | None) -> str:
    if unit is None:
        return text
    try:
        return repr(parse_ratio(text)) if "%" in unit else str(parse_bytes(text))
    except InvalidQuantity as error:
        raise ValueError(str(error)) from error


def _key(text: str, over: str) -> Key:
    name = re.split(r"[.\[]", text, maxsplit=1)[0]
    rest = text[len(name) :]
    steps: list[str | int] = [name]
    for match in _STEPS.finditer(rest):
        dotted, number, quoted = match.groups()
        steps.append(int(number) if number is not None else quoted if dotted is None else dotted)
    stars = steps.count("*")
    if over and stars != 1:
        if over in FUNCTIONS and stars == 0:
            # max(key) of one value is that value.
            return Key(text, tuple(steps))
        raise ValueError(
            f"{over}() is over the items of a list, such as {over}(hosts.*.memory_bytes) or count(hosts.*), and not {text}"
        )
    if stars > 1:
        raise ValueError(f"{text} has more than one *")
    return Key(text, tuple(steps), over)


def _name(key: Key, names: dict[Key, str]) -> str:
    plain = re.sub(r"\W+", "_", f"{key.over}_{key.text}" if key.over else key.text.replace("*", "each")).strip("_")
    taken = {*names.values(), *FUNCTIONS}
    return next(
        each for number in range(len(names) + 2) if (each := f"{plain}_{number}" if number else plain) not in taken
    )


def _try(keyed: Keyed) -> None:
    """Reckon with made-up inputs, so that what is no arithmetic is told before any plan is made."""
    formula = Formula("measured", keyed.expression, tuple(Input(name, 1) for name, _ in keyed.keys))
    try:
        _ = formula.value
    except ArithmeticError:
        return
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f"{keyed.text!r} is no arithmetic over keys") from error
