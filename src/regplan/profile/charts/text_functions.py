"""Functions that make texts: what is unknown becomes a mark in them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from regplan.profile.charts.data import MARK, Data, as_text, dumped

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_TEXT", "TEXT_FUNCTIONS"]

MOST_TEXT: Final = 200_000
_VERB = re.compile(r"%[-+# 0]*[0-9]*(?:\.[0-9]+)?([a-zA-Z%])")
_MOST_PAD: Final = 200


def _printf(pattern: Data, *values: Data) -> str:
    rest = list(values)

    def put(match: re.Match[str]) -> str:
        if match[1] == "%":
            return "%"
        if not rest:
            return MARK
        value = rest.pop(0)
        if match[1] == "q":
            return f'"{as_text(value)}"'
        return as_text(value)

    return _VERB.sub(put, as_text(pattern))


def _print(*values: Data) -> str:
    return "".join(map(as_text, values))


def _join(sign: Data, values: Data) -> str:
    return as_text(sign).join(map(as_text, values)) if isinstance(values, list) else as_text(values)


def _trunc(count: Data, text: Data) -> str:
    whole = as_text(text)
    return whole[: int(count)] if int(count) >= 0 else whole[int(count) :]


def _replace(old: Data, new: Data, text: Data) -> str:
    whole, part, other = as_text(text), as_text(old), as_text(new)
    if len(whole) * len(other) > MOST_TEXT and whole.count(part) * len(other) > MOST_TEXT:
        raise ValueError("a text too long to make")
    return whole.replace(part, other)


def _json(value: Data) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _quoted(sign: str) -> Callable[..., str]:
    return lambda *values: " ".join(f"{sign}{as_text(value)}{sign}" for value in values if value is not None)


def _indented(count: int, text: str) -> str:
    pad = " " * min(count, 200)
    return pad + text.replace("\n", f"\n{pad}")


TEXT_FUNCTIONS: Final[dict[str, Callable[..., str]]] = {
    "cat": lambda *values: " ".join(as_text(value) for value in values if value is not None),
    "html": as_text,
    "join": _join,
    "lower": lambda text: as_text(text).lower(),
    "nospace": lambda text: re.sub(r"\s+", "", as_text(text)),
    "print": _print,
    "printf": _printf,
    "println": lambda *values: " ".join(map(as_text, values)) + "\n",
    "quote": _quoted('"'),
    "replace": _replace,
    "squote": _quoted("'"),
    "toJson": _json,
    "toPrettyJson": _json,
    "toRawJson": _json,
    "toString": as_text,
    "toYaml": dumped,
    "toYamlPretty": dumped,
    "trim": lambda text: as_text(text).strip(),
    "trimAll": lambda signs, text: as_text(text).strip(as_text(signs)),
    "trimPrefix": lambda start, text: as_text(text).removeprefix(as_text(start)),
    "trimSuffix": lambda end, text: as_text(text).removesuffix(as_text(end)),
    "trimall": lambda signs, text: as_text(text).strip(as_text(signs)),
    "trunc": _trunc,
    "upper": lambda text: as_text(text).upper(),
    "indent": lambda count, text: _indented(int(count), as_text(text)),
    "nindent": lambda count, text: "\n" + _indented(int(count), as_text(text)),
}
