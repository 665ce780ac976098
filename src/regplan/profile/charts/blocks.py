"""A template's text as a tree of blocks: text, actions, and what stands under `if`, `with` and `range`."""

from __future__ import annotations

import re
from dataclasses import field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from regplan.profile.charts.expression import BadTemplate
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Action",
    "Block",
    "Body",
    "Jump",
    "Parsed",
    "Text",
    "called",
    "defines",
    "parse_template",
    "plain_template",
    "tells",
]

_COMMENT = re.compile(r"\{\{(?:-\s)?\s*/\*.*?\*/\s*-?\}\}", re.DOTALL)
# Braces inside a string do not close an action.
_ACTION = re.compile(r"""\{\{(?:[^"`}]++|"(?:\\.|[^"\\\n])*+"|`[^`]*+`|\}(?!\}))*+\}\}""")
_PLAIN_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_NAMED = re.compile(r"""^(?P<word>define|block|template)\s+(?P<name>"[^"]*"|`[^`]*`)\s*(?P<rest>.*)$""", re.DOTALL)
_CALLS = re.compile(r"""\b(?:include|template)\s*\(?\s*(?:"([^"]*)"|`([^`]*)`)""")
_DEFINES = re.compile(r"\{\{-?\s*(?:define|block)\b")
_DYNAMIC = re.compile(r"\binclude\s+[^\"`\s]")
# What an image's name may stand in: a line or a helper that speaks of images, or values that may hold whole containers.
_TELLING = re.compile(r"image(?!s?[.-]?(?:render)?pull)|repository|helm\.sh/hook", re.IGNORECASE)
_DUMPED = re.compile(r"\b(?:toYaml|toJson|toPrettyJson|tpl)\b")
_ROOMY = re.compile(r"container|sidecar|extra|manifest|object|raw\b|deploy|podspec|template\b|plugin", re.IGNORECASE)
_OPENERS: Final = frozenset({"if", "with", "range"})
_MOST_DEPTH: Final = 60


@dataclass(frozen=True, slots=True)
class Text:
    """What stands outside the braces."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Action:
    """A pipeline whose value is printed, or that sets a variable.

    `is_telling` where it may print an image; `is_dump` where it prints values as they are, whatever they hold.
    """

    text: str
    line: int
    is_telling: bool
    is_dump: bool
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Jump:
    """A `break` or `continue`."""

    is_break: bool


@dataclass(frozen=True, slots=True)
class Block:
    """An `if`, `with` or `range`: its branches, each with its word, condition ("" for a bare `else`) and body."""

    branches: tuple[tuple[str, str, Body], ...]
    line: int


@dataclass(slots=True)
class Body:
    """What stands in a block; the rest sums up its parts.

    `is_telling` where it may write an image, `has_kind` where it writes an object's kind, `is_inline` where it has no
    line break, `calls` are the templates that it includes.
    """

    nodes: list[Text | Action | Block | Jump] = field(default_factory=list)
    is_telling: bool = False
    is_inline: bool = True
    has_kind: bool = False
    calls: set[str] = field(default_factory=set)


Parsed: TypeAlias = "tuple[Body, dict[str, Body]]"


@dataclass(slots=True)
class _Open:
    """A block that is not closed yet."""

    word: str
    line: int
    branches: list[tuple[str, str, Body]]
    name: str = ""


def tells(text: str) -> bool:
    """Tell whether a template may write an image by itself, by its words alone."""
    return _TELLING.search(text) is not None or (_DUMPED.search(text) is not None and _ROOMY.search(text) is not None)


def called(text: str) -> Iterator[str]:
    """Tell the names of the templates that a template includes, by its words alone."""
    return (one or other for one, other in _CALLS.findall(text))


def defines(text: str) -> bool:
    """Tell whether a template names others."""
    return _DEFINES.search(text) is not None


@lru_cache(maxsize=256)
def parse_template(text: str) -> Parsed:
    """Read a template into its body and the templates that it names; raises `BadTemplate`.

    >>> body, named = parse_template('{{ define "n" }}x{{ end }}a: {{ include "n" . }}')
    >>> list(named), body.calls
    (['n'], {'n'})
    """
    reader = _Reader()
    for kind, part, line in _parts(text):
        if kind == "text":
            reader.add(Text(part, line))
        else:
            reader.take(part, line)
    if len(reader.open) > 1:
        raise BadTemplate(f"line {reader.open[-1].line}: {reader.open[-1].word} has no end")
    return reader.body, reader.named


def plain_template(text: str) -> Body:
    """Make a body of a text that is no template."""
    reader = _Reader()
    reader.add(Text(text, 1))
    return reader.body


def _parts(text: str) -> Iterator[tuple[str, str, int]]:
    """Split a template into texts and actions, blanks trimmed where the braces say so."""
    end, line, is_trimmed = 0, 1, False
    while (start := text.find("{{", end)) >= 0:
        match = _COMMENT.match(text, start) or _ACTION.match(text, start) or _PLAIN_ACTION.match(text, start)
        if match is None:
            raise BadTemplate(f"line {text.count(chr(10), 0, start) + 1}: an action is not closed")
        before, whole = text[end:start], match[0]
        is_left = whole.startswith("{{-") and whole[3:4].isspace()
        yield from _text(before, line, is_left=is_trimmed, is_right=is_left)
        line += before.count("\n")
        inner = whole[3:-2] if is_left else whole[2:-2]
        is_trimmed = len(inner) > 1 and inner.endswith("-") and inner[-2].isspace()
        inner = (inner[:-1] if is_trimmed else inner).strip()
        if not inner.startswith("/*"):
            yield "action", inner, line
        line += whole.count("\n")
        end = match.end()
    yield from _text(text[end:], line, is_left=is_trimmed, is_right=False)


def _text(text: str, line: int, *, is_left: bool, is_right: bool) -> Iterator[tuple[str, str, int]]:
    if is_left:
        kept = text.lstrip()
        line += text.count("\n", 0, len(text) - len(kept))
        text = kept
    if is_right:
        text = text.rstrip()
    if text:
        yield "text", text, line


class _Reader:
    """Builds the tree from parts."""

    def __init__(self) -> None:
        self.named: dict[str, Body] = {}
        self.open = [_Open("", 1, [("", "", Body())])]

    @property
    def body(self) -> Body:
        return self.open[-1].branches[-1][2]

    def add(self, node: Text | Action | Block | Jump) -> None:
        body = self.body
        body.nodes.append(node)
        match node:
            case Text(text=text):
                body.is_inline = body.is_inline and "\n" not in text
                body.is_telling = body.is_telling or _TELLING.search(text) is not None
                body.has_kind = body.has_kind or "kind:" in text
            case Action(is_telling=is_telling, calls=calls):
                body.is_telling = body.is_telling or is_telling
                body.calls.update(calls)
            case Block(branches=branches):
                for _, condition, inner in branches:
                    inner.is_telling = inner.is_telling or (_ROOMY.search(condition) is not None and _dumps(inner))
                    body.has_kind = body.has_kind or inner.has_kind
                    body.is_inline = body.is_inline and inner.is_inline
                    body.is_telling = body.is_telling or inner.is_telling
                    body.calls |= inner.calls

    def take(self, text: str, line: int) -> None:
        word, _, rest = text.partition(" ")
        word = word.strip()
        if word in _OPENERS or text.split(None, 1)[:1] in ([each] for each in _OPENERS):
            word, *more = text.split(None, 1)
            self.start(_Open(word, line, [(word, more[0] if more else "", Body())]))
        elif word == "else":
            self.otherwise(rest.strip(), line)
        elif word == "end":
            self.close(line)
        elif word in {"define", "block", "template"}:
            self.name(text, line)
        elif text in {"break", "continue"}:
            self.add(Jump(text == "break"))
        else:
            self.add(_action(text, line))

    def start(self, block: _Open) -> None:
        if len(self.open) > _MOST_DEPTH:
            raise BadTemplate(f"line {block.line}: blocks too deep to read")
        self.open.append(block)

    def otherwise(self, rest: str, line: int) -> None:
        if self.open[-1].word not in _OPENERS:
            raise BadTemplate(f"line {line}: an else without an if")
        word, *more = rest.split(None, 1) or ["else"]
        self.open[-1].branches.append((word, more[0] if more else "", Body()))

    def close(self, line: int) -> None:
        if len(self.open) == 1:
            raise BadTemplate(f"line {line}: an end without a beginning")
        block = self.open.pop()
        if block.name:
            self.named[block.name] = block.branches[0][2]
        else:
            self.add(Block(tuple(block.branches), block.line))

    def name(self, text: str, line: int) -> None:
        match = _NAMED.match(text)
        if match is None:
            raise BadTemplate(f"line {line}: {text.split(None, 1)[0]} names no template")
        name = match["name"][1:-1]
        if match["word"] != "define":
            self.add(_action(f"include {match['name']} {match['rest'] or 'nil'}", line))
        if match["word"] != "template":
            self.start(_Open(match["word"], line, [("", "", Body())], name))


def _action(text: str, line: int) -> Action:
    calls = tuple(called(text))
    is_dump = _DUMPED.search(text) is not None
    is_roomy = is_dump and _ROOMY.search(text) is not None
    return Action(text, line, is_roomy or bool(_TELLING.search(text) or _DYNAMIC.search(text)), is_dump, calls)


def _dumps(body: Body) -> bool:
    return any(isinstance(node, Action) and node.is_dump for node in body.nodes)
