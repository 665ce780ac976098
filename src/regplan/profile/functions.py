"""The functions that macros may use: those of sprig that make sense on texts and numbers (Palette docs, "Macros").

Sprig v3 and Go's text/template say what each does; a function that is not here is said to be unknown, never guessed.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from regplan.errors import InputError
from regplan.patterns import pattern
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["FUNCTIONS", "BadCall", "Missing", "Value", "call", "written"]


@dataclass(frozen=True, slots=True)
class Missing:
    """A value that is not there, and why; `is_empty` where Palette too would find nothing, so that a default applies."""

    problem: str
    is_empty: bool = False


Value: TypeAlias = "str | int | bool | tuple[str, ...] | dict[str, str | int] | Missing"


class BadCall(InputError):
    """A call of a function that is not known, or that does not take what it is given."""


_MOST_TEXT: Final = 10_000
_SMALLEST: Final = -(2**63)
_LARGEST: Final = 2**63 - 1
_WORD = pattern(r"\S+")
_VERB = pattern(r"%[sdvq%]")
_VERSION = pattern(r"v?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
# How much of a signature must be there at least: its last kind any number of times, or once and more.
_MANY: Final = {"*": -2, "+": -1}
_KINDS: Final = {"s": "a text", "i": "a number", "l": "a list", "a": "a value"}


def call(name: str, given: Sequence[Value]) -> Value:
    """Call a function; a missing value makes a missing result, except where the function is there to fill it.

    >>> call("substr", [0, 4, "1.30.5"]), call("default", ["1.19.0", Missing("not set", is_empty=True)])
    ('1.30', '1.19.0')

    Raises `BadCall`.
    """
    if name in _FILLING:
        return _FILLING[name](list(given))
    if name not in FUNCTIONS:
        raise BadCall(f"the function {name} is not known here")
    lost = next((each for each in given if isinstance(each, Missing)), None)
    if lost is not None:
        return lost
    kinds, function = _TABLE[name]
    if kinds[-1] in _MANY:
        few = kinds[: _MANY[kinds[-1]]]
        kinds = few + kinds[-2] * (len(given) - len(few))
    if len(given) != len(kinds):
        raise _wrong_count(name, len(kinds), len(given))
    result: Value = function(*(_as(kind, each, name) for kind, each in zip(kinds, given, strict=True)))
    return _checked(result, name)


def written(value: Value) -> str:
    """Write a value as a template prints it; raises `BadCall` for what is no single value.

    >>> written(3), written(True)
    ('3', 'true')
    """
    match value:
        case bool():
            return str(value).lower()
        case str() | int():
            return str(value)
        case Missing(problem):
            raise BadCall(problem)
        case _:
            raise BadCall("it makes a list, where one value is expected")


def _as(kind: str, value: Value, name: str) -> object:
    """Take a value as the kind that a function wants, as sprig's own conversions do."""
    match kind, value:
        case "a", _:
            return value
        case "l", tuple():
            return value
        case "i", bool():
            pass
        case "i", int():
            return value
        case "i", str() if re.fullmatch(r"-?[0-9]{1,18}", value):
            return int(value)
        case "s", str() | int():
            return written(value)
        case _:
            pass
    raise BadCall(f"the function {name} wants {_KINDS[kind]}, and here is another value")


def _checked(value: Value, name: str) -> Value:
    if isinstance(value, int) and not _SMALLEST <= value <= _LARGEST:
        raise BadCall(f"the function {name} makes a number of more than 64 bits")
    if isinstance(value, str) and len(value) > _MOST_TEXT:
        raise BadCall(f"the function {name} makes more than {_MOST_TEXT:,} characters")
    return value


def _wrong_count(name: str, wanted: int, given: int) -> BadCall:
    return BadCall(f"the function {name} takes {wanted} value{'s' if wanted > 1 else ''}, and {given} are given")


def _is_empty(value: Value) -> bool:
    return value.is_empty if isinstance(value, Missing) else not value


def _default(given: list[Value]) -> Value:
    if len(given) != 2:
        raise _wrong_count("default", 2, len(given))
    return given[0] if _is_empty(given[1]) else given[1]


def _coalesce(given: list[Value]) -> Value:
    return next((each for each in given if not _is_empty(each)), Missing("every value is empty", is_empty=True))


def _empty(given: list[Value]) -> Value:
    if len(given) != 1:
        raise _wrong_count("empty", 1, len(given))
    lost = given[0]
    return lost if isinstance(lost, Missing) and not lost.is_empty else _is_empty(lost)


def _ternary(given: list[Value]) -> Value:
    if len(given) != 3:
        raise _wrong_count("ternary", 3, len(given))
    asked = given[2]
    if isinstance(asked, Missing):
        return asked
    if not isinstance(asked, bool):
        raise BadCall("the function ternary wants true or false, and here is another value")
    return given[0] if asked else given[1]


def _substr(start: int, end: int, text: str) -> str:
    if start < 0:
        return text[: max(end, 0)]
    return text[start:] if end < 0 else text[start:end]


def _trunc(length: int, text: str) -> str:
    return text[:length] if length >= 0 else text[length:]


def _repeat(count: int, text: str) -> str:
    return text * _few(count, len(text))


def _replace(old: str, new: str, text: str) -> str:
    _few(text.count(old), len(new))
    return text.replace(old, new)


def _indent(count: int, text: str) -> str:
    blanks = " " * _few(count, text.count("\n") + 1)
    return blanks + text.replace("\n", f"\n{blanks}")


def _few(count: int, size: int) -> int:
    """Refuse what multiplies, before it does."""
    if count * size > _MOST_TEXT or count > _MOST_TEXT:
        raise BadCall(f"it makes more than {_MOST_TEXT:,} characters")
    return max(count, 0)


def _quote(*texts: str) -> str:
    return " ".join('"' + each.replace("\\", "\\\\").replace('"', '\\"') + '"' for each in texts)


def _b64dec(text: str) -> str:
    import base64

    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise BadCall("what b64dec is given is not base64 of a text") from error


def _b64enc(text: str) -> str:
    import base64

    return base64.b64encode(text.encode()).decode()


def _int(value: Value) -> int:
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(-?[0-9]{1,18})(?:\.[0-9]*)?\s*", value)
        return int(match[1]) if match is not None else 0
    return int(value) if isinstance(value, int) else 0


def _divide(left: int, right: int) -> tuple[int, int]:
    """Divide as Go does, towards zero."""
    if right == 0:
        raise BadCall("it divides by zero")
    quotient = abs(left) // abs(right)
    quotient = -quotient if (left < 0) != (right < 0) else quotient
    return quotient, left - quotient * right


def _split(separator: str, text: str) -> tuple[str, ...]:
    return tuple(text.split(separator)) if separator else tuple(text)


def _at(items: tuple[str, ...], place: int) -> str:
    if not -len(items) <= place < len(items):
        raise BadCall(f"the list has no item {place}")
    return items[place]


def _semver(text: str) -> dict[str, str | int]:
    match = _VERSION.fullmatch(text)
    if match is None:
        raise BadCall(f"{text[:60]!r} is not a version")
    numbers = (int(each or 0) for each in match.groups()[:3])
    return {**dict(zip(("Major", "Minor", "Patch"), numbers, strict=True)), "Prerelease": match[4] or ""}


def _printf(form: str, *given: Value) -> str:
    if "%" in _VERB.sub("", form):
        raise BadCall("printf is known here with %s, %d, %v and %q only")
    left = list(given)

    def fill(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        if not left:
            raise BadCall("printf is given too few values")
        text = written(left.pop(0))
        return _quote(text) if match[0] == "%q" else text

    return _VERB.sub(fill, form)


def _title(text: str) -> str:
    return _WORD.sub(lambda match: match[0][:1].upper() + match[0][1:], text)


def _joined(separator: str, value: Value) -> str:
    return separator.join(value) if isinstance(value, tuple) else written(value)


def _same(left: Value, *right: Value) -> bool:
    return any(written(left) == written(each) for each in right)


_FILLING: Final[Mapping[str, Callable[[list[Value]], Value]]] = {
    "coalesce": _coalesce,
    "default": _default,
    "empty": _empty,
    "ternary": _ternary,
}
_TABLE: Final[Mapping[str, tuple[str, Callable[..., Any]]]] = {
    "add": ("i+", lambda *given: sum(given)),
    "add1": ("i", lambda number: number + 1),
    "atoi": ("a", _int),
    "b64dec": ("s", _b64dec),
    "b64enc": ("s", _b64enc),
    "cat": ("s+", lambda *given: " ".join(given)),
    "contains": ("ss", lambda part, text: part in text),
    "div": ("ii", lambda left, right: _divide(left, right)[0]),
    "eq": ("aa+", _same),
    "first": ("l", lambda items: _at(items, 0)),
    "hasPrefix": ("ss", lambda part, text: text.startswith(part)),
    "hasSuffix": ("ss", lambda part, text: text.endswith(part)),
    "indent": ("is", _indent),
    "index": ("li", _at),
    "initial": ("l", lambda items: items[:-1]),
    "int": ("a", _int),
    "int64": ("a", _int),
    "join": ("sa", _joined),
    "last": ("l", lambda items: _at(items, -1)),
    "len": ("a", lambda value: len(value if isinstance(value, tuple) else written(value))),
    "list": ("s*", lambda *given: given),
    "lower": ("s", str.lower),
    "max": ("i+", lambda *given: max(given)),
    "min": ("i+", lambda *given: min(given)),
    "mod": ("ii", lambda left, right: _divide(left, right)[1]),
    "mul": ("ii", lambda left, right: left * right),
    "ne": ("aa", lambda left, right: not _same(left, right)),
    "nindent": ("is", lambda count, text: "\n" + _indent(count, text)),
    "nospace": ("s", lambda text: "".join(text.split())),
    "not": ("a", _is_empty),
    "print": ("s*", lambda *given: "".join(given)),
    "printf": ("sa*", _printf),
    "quote": ("s+", _quote),
    "repeat": ("is", _repeat),
    "replace": ("sss", _replace),
    "rest": ("l", lambda items: items[1:]),
    "semver": ("s", _semver),
    "split": ("ss", lambda mark, text: {f"_{place}": each for place, each in enumerate(_split(mark, text))}),
    "splitList": ("ss", _split),
    "squote": ("s+", lambda *given: " ".join(f"'{each}'" for each in given)),
    "sub": ("ii", lambda left, right: left - right),
    "substr": ("iis", _substr),
    "title": ("s", _title),
    "toString": ("a", written),
    "trim": ("s", str.strip),
    "trimAll": ("ss", lambda marks, text: text.strip(marks) if marks else text),
    "trimPrefix": ("ss", lambda part, text: text.removeprefix(part)),
    "trimSuffix": ("ss", lambda part, text: text.removesuffix(part)),
    "trunc": ("is", _trunc),
    "untitle": ("s", lambda text: _WORD.sub(lambda match: match[0][:1].lower() + match[0][1:], text)),
    "upper": ("s", str.upper),
}
FUNCTIONS: Final = frozenset(_FILLING.keys() | _TABLE.keys())
