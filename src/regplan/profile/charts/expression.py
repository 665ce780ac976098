"""What stands between the braces of a template, as a tree (Go's text/template, "Pipelines")."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from regplan.profile.charts.data import UNKNOWN
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.profile.charts.data import Data

__all__ = ["BadTemplate", "Call", "Expression", "Literal", "Path", "Pipeline", "parse_pipeline"]

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<char>'(?:\\.|[^'\\])+')|(?P<mark>:=|[()|=,])"""
    r"""|(?P<number>[-+]?(?:0[xX][0-9a-fA-F]+|[0-9][0-9_]*(?:\.[0-9]+)?))"""
    r"""|(?P<path>\$?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|\$(?:\.[A-Za-z_]\w*)*|(?:\.[A-Za-z_]\w*)+|\.))"""
)
_WORDS: Final[dict[str, Data]] = {"true": True, "false": False, "nil": None}
_MOST_DEPTH: Final = 40
_MOST_LENGTH: Final = 20_000


class BadTemplate(Exception):
    """A template that is not understood."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the template."""

    value: Data


@dataclass(frozen=True, slots=True)
class Path:
    """Keys into the dot (`base` is "."), a variable ("$", "$x") or what another expression gives."""

    base: str | Call | Path | Literal
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; `function` is a path where a method is called."""

    function: str | Path
    arguments: tuple[Expression, ...]


Expression: TypeAlias = "Literal | Path | Call"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """An expression with the variables that it sets; `is_new` tells `:=` from `=`."""

    value: Expression
    names: tuple[str, ...] = ()
    is_new: bool = True


@lru_cache(maxsize=4096)
def parse_pipeline(text: str) -> Pipeline:
    """Read a pipeline; raises `BadTemplate`.

    >>> parse_pipeline('.Values.tag | default "1"').value.function
    'default'
    """
    reader = _Reader(_tokens(text))
    names, is_new = reader.targets()
    value = reader.pipeline(0)
    if reader.place != len(reader.tokens):
        raise BadTemplate(text)
    return Pipeline(value, names, is_new)


def _tokens(text: str) -> list[tuple[str, str, bool]]:
    """Split a text into kinds and texts, and whether each follows what is before it without a blank."""
    if len(text) > _MOST_LENGTH:
        raise BadTemplate("an expression too long to read")
    found: list[tuple[str, str, bool]] = []
    end, text = 0, text.rstrip()
    while end < len(text):
        match = _TOKEN.match(text, end)
        if match is None:
            raise BadTemplate(text)
        kind = str(match.lastgroup)
        found.append((kind, match[kind], match.start(kind) == end and end > 0))
        end = match.end()
    return found


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[tuple[str, str, bool]]) -> None:
        self.tokens = tokens
        self.place = 0

    def peek(self, ahead: int = 0) -> str:
        place = self.place + ahead
        return self.tokens[place][1] if place < len(self.tokens) and self.tokens[place][0] != "string" else ""

    def targets(self) -> tuple[tuple[str, ...], bool]:
        """Read `$a, $b :=`."""
        for count, sign in ((1, 1), (2, 3)):
            if self.peek(sign) in {":=", "="} and self.peek().startswith("$"):
                names = tuple(self.tokens[place][1] for place in range(0, sign, 2))
                is_new = self.peek(sign) == ":="
                self.place = sign + 1
                if len(names) == count and (count == 1 or self.tokens[1][1] == ","):
                    return names, is_new
                raise BadTemplate(str(names))
        return (), True

    def pipeline(self, depth: int) -> Expression:
        if depth > _MOST_DEPTH:
            raise BadTemplate("parentheses too deep to read")
        value = self.command(depth, None)
        while self.peek() == "|":
            self.place += 1
            value = self.command(depth, value)
        return value

    def command(self, depth: int, piped: Expression | None) -> Expression:
        words: list[Expression | str] = []
        while self.place < len(self.tokens) and self.peek() not in {"|", ")"}:
            words.append(self.operand(depth))
        if not words:
            raise BadTemplate("an empty command")
        head, *rest = (Call(word, ()) if isinstance(word, str) and place else word for place, word in enumerate(words))
        arguments = (*(each for each in rest if not isinstance(each, str)), *((piped,) if piped is not None else ()))
        if isinstance(head, str) or (isinstance(head, Path) and arguments):
            return Call(head, arguments)
        if arguments:
            raise BadTemplate("a value is no function")
        return head

    def operand(self, depth: int) -> Expression | str:
        kind, text, _ = self.tokens[self.place]
        self.place += 1
        if kind == "string":
            return Literal(_string(text))
        if kind == "number":
            return Literal(_number(text))
        if kind == "char":
            return Literal(ord(text[1]) if len(text) == 3 else UNKNOWN)
        if text == "(":
            inner = self.pipeline(depth + 1)
            if self.peek() != ")":
                raise BadTemplate("a parenthesis is not closed")
            self.place += 1
            return self.chained(inner)
        if kind == "mark":
            raise BadTemplate(text)
        return _path(text)

    def chained(self, inner: Expression) -> Expression:
        """Read the keys behind a closing parenthesis."""
        if self.place < len(self.tokens):
            kind, text, is_joined = self.tokens[self.place]
            if kind == "path" and is_joined and text.startswith("."):
                self.place += 1
                return Path(inner, tuple(filter(None, text.split("."))))
        return inner


def _path(text: str) -> Expression | str:
    if text in _WORDS:
        return Literal(_WORDS[text])
    if text.startswith("."):
        return Path(".", tuple(filter(None, text.split("."))))
    base, *keys = text.split(".")
    if base.startswith("$"):
        return Path(base, tuple(keys))
    return base if not keys else Path(Call(base, ()), tuple(keys))


def _string(text: str) -> str:
    if text.startswith("`"):
        return text[1:-1]
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text[1:-1]


def _number(text: str) -> Data:
    text = text.replace("_", "")
    if "." in text:
        return float(text)
    return int(text, 16) if "x" in text.lower() else int(text)
