"""What stands between `{{` and `}}`: paths, texts, numbers, calls and bars, as Go's text/template has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.patterns import pattern
from regplan.profile.functions import FUNCTIONS, BadCall, Missing, call

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.profile.functions import Value

__all__ = ["evaluate"]

_TOKEN = pattern(
    r"""\s*(?:(?P<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`|'[^']*')|(?P<mark>[()|])|(?P<word>[^\s()|"`']+))""", re.DOTALL
)
_NUMBER = pattern(r"-?[0-9]{1,18}")
_ESCAPE = pattern(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}
_WORDS: Final = {"true": True, "false": False}
_MOST_TEXT: Final = 10_000
_MOST_DEPTH: Final = 16


def evaluate(inner: str, look_up: Callable[[str], Value]) -> Value:
    """Work out what a template's action prints; `look_up` tells what a path such as `.spectro.var.Tag` stands for.

    >>> evaluate(' .spectro.var.Tag | trimPrefix "v" ', {".spectro.var.Tag": "v1.27"}.__getitem__)
    '1.27'

    Raises `BadCall`.
    """
    return _Evaluation(_tokens(inner), look_up).whole()


def _tokens(inner: str) -> list[str]:
    if len(inner) > _MOST_TEXT:
        raise BadCall(f"a macro has more than {_MOST_TEXT:,} characters")
    if re.fullmatch(r"\s*/\*.*\*/\s*", inner, re.DOTALL):
        return ['""']
    found, end, stripped = [], 0, inner.rstrip()
    while end < len(stripped):
        match = _TOKEN.match(stripped, end)
        if match is None:
            raise BadCall("a text in a macro is not closed")
        found.append(match[0].strip() if match["text"] is None else match["text"])
        end = match.end()
    return found


class _Evaluation:
    """Walks over an action's tokens once."""

    def __init__(self, tokens: list[str], look_up: Callable[[str], Value]) -> None:
        """Start at the first token."""
        self._tokens = tokens
        self._look_up = look_up
        self._place = 0
        self._depth = 0

    def whole(self) -> Value:
        """Evaluate every token."""
        value = self._pipeline()
        if self._place < len(self._tokens):
            raise BadCall("a bracket closes nothing")
        return value

    def _pipeline(self) -> Value:
        value = self._command()
        while self._peek() == "|":
            self._place += 1
            value = self._command(value)
        return value

    def _command(self, *before: Value) -> Value:
        """Evaluate a path, a text or a call; `before` is what a bar hands over, as the last argument."""
        word = self._peek()
        if word in {"", "|", ")"}:
            raise BadCall("an empty macro" if not before else "nothing follows a bar")
        if _is_name(word):
            self._place += 1
            given = self._operands()
            return call(word, [*given, *before])
        value, *more = self._operands()
        if before or more:
            raise BadCall(f"{word[:60]} is no function")
        return value

    def _operands(self) -> list[Value]:
        found = []
        while self._peek() not in {"", "|", ")"}:
            found.append(self._operand())
        return found

    def _operand(self) -> Value:
        word = self._peek()
        self._place += 1
        if word == "(":
            return self._bracket()
        if word[0] in "\"'`":
            inner = word[1:-1]
            return inner if word[0] != '"' else _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), inner)
        if _NUMBER.fullmatch(word):
            return int(word)
        if word in _WORDS:
            return _WORDS[word]
        if _is_name(word):
            return call(word, [])
        return self._look_up(word.removeprefix("$") if word.startswith("$.") else word)

    def _bracket(self) -> Value:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise BadCall(f"a macro has more than {_MOST_DEPTH} brackets in each other")
        value = self._pipeline()
        if self._peek() != ")":
            raise BadCall("a bracket is not closed")
        self._place += 1
        self._depth -= 1
        field = self._peek()
        if isinstance(value, dict) and re.fullmatch(r"\.\w+", field):
            self._place += 1
            return value.get(field[1:], Missing(f"there is no {field[1:]}", is_empty=True))
        return value

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""


def _is_name(word: str) -> bool:
    """Tell whether a word names a function: one that is known, or whatever else looks like a name."""
    return word in FUNCTIONS or (word not in _WORDS and re.fullmatch(r"[A-Za-z]\w*", word) is not None)
