"""YAML and JSON as trees: scalars are text as it is written, and every key and item knows its line.

A version `1.30` stays "1.30" and a date stays a date, because nothing here guesses types. Macros are kept whole even
where they stand without quotes, since Palette fills them in before it reads the YAML.
"""

from __future__ import annotations

import io
import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from regplan.patterns import pattern
from regplan.profile.composer import BadSyntax, Composer, Lines, Map, Quoted, Seq, TooMuch, Tree
from regplan.profile.pyyaml import yaml

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

__all__ = [
    "BadSyntax",
    "Lines",
    "Map",
    "Seq",
    "TooMuch",
    "Tree",
    "describe",
    "dig",
    "file_of",
    "flag",
    "line_of",
    "lined",
    "lines_in",
    "parse_documents",
    "texts_of",
]

_OWN: Final = Lines()
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MACRO = pattern(r"\{\{[^{}\n\\]*\}\}")
_KEPT = pattern("\ue000(\\d+)\ue001")
_CONTROL = pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_HALF = pattern("[\ud800-\udfff]")
_MOST_DEPTH: Final = 100
_MOST_TEXT: Final = 16 * 2**20
# What begins a line or an item, or stands for it in a text inside quotes, whose own values are counted so too.
_MARKS: Final = ("\n", "\\", ",", "{", "[", "- ", "-\t", "\r", "\x85", "\u2028", "\u2029")
_MOST_MARKS: Final = 400_000
_MOST_KEY: Final = 1_024
_MOST_TAGS: Final = 100
_FLAGS: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def parse_documents(text: str, lines: Lines = _OWN) -> tuple[Tree, ...]:
    r"""Read the documents of a YAML or JSON text; empty ones are None; raises `BadSyntax`.

    `lines` tells where in its file the text stands, for a text inside another.

    >>> parse_documents("version: 1.30\nfrom: 2026-01-01")
    ({'version': '1.30', 'from': '2026-01-01'},)
    >>> parse_documents("image: {{.spectro.var.Host}}/a:1")
    ({'image': '{{.spectro.var.Host}}/a:1'},)
    """
    _check_size(text)
    text = text.removeprefix("\ufeff")
    # Most texts have nothing but what can be printed, and line feeds.
    control = None if text.replace("\n", "").isprintable() else _CONTROL.search(text)
    if control is not None:
        raise BadSyntax(f"line {_line(text, control.start())}: the character U+{ord(control[0]):04X} stands in no text")
    kept, restore = _keep_macros(text)
    composer = Composer(restore, lines)
    encoded = kept.encode()
    del kept  # up to four times as large, and not needed any more
    try:
        composer.read(_LOADER(encoded).get_event)
    except yaml.YAMLError as error:
        if text.lstrip()[:1] in {"{", "["}:
            return (_parse_json(text),)
        raise BadSyntax(_of_yaml(error, text, lines.shift)) from error
    if composer.problems:
        raise BadSyntax(*composer.problems)
    return tuple(composer.documents)


def lines_in(text: Tree) -> Lines:
    r"""Tell how the lines of a text inside a tree are told when it is read in its turn.

    >>> lines_in(parse_documents("values: |\n  a: 1")[0]["values"])
    Lines(shift=1, fixed=None)
    """
    if not isinstance(text, Quoted) or not text.line:
        return _OWN
    return Lines(shift=text.line - 1) if text.is_block else Lines(fixed=text.line)


def line_of(tree: Tree, key: str | int) -> int | None:
    r"""Tell the line of a key or of an item, counted from 1; None where it is not known.

    >>> line_of(parse_documents("a: 1\nb: 2")[0], "b")
    2
    """
    if isinstance(tree, Map) and isinstance(key, str):
        return tree.lines.get(key)
    if isinstance(tree, Seq) and isinstance(key, int) and key < len(tree.lines):
        return tree.lines[key]
    return None


def lined(file: str, line: int | None) -> str:
    """Write a file with the line of it where that is known.

    >>> lined("a.yaml", 7), lined("a.yaml", None)
    ('a.yaml: line 7', 'a.yaml')
    """
    return f"{file}: line {line}" if line else file


def file_of(file: str, text: Tree) -> str:
    r"""Tell where a text inside a file stands, for what is wrong in the text: the line, where its own lines are no file's.

    >>> file_of("a.json", parse_documents('{"values": "a: [b"}')[0]["values"])
    'a.json: line 1'
    """
    return lined(file, lines_in(text).fixed)


def dig(tree: Tree, *keys: str) -> Tree:
    """Follow keys into mappings; None where one is not there.

    >>> dig(parse_documents("a: {b: c}")[0], "a", "b")
    'c'
    """
    for key in keys:
        if not isinstance(tree, Map):
            return None
        tree = tree.get(key)
    return tree


def flag(tree: Tree) -> bool | None:
    """Read a truth value as YAML 1.1 writes it; None for anything else.

    >>> flag("True"), flag("off"), flag("maybe")
    (True, False, None)
    """
    return _FLAGS.get(tree.lower()) if isinstance(tree, str) else None


def describe(tree: Tree) -> str:
    """Tell what a tree is without telling what is in it."""
    match tree:
        case None | "":
            return "empty"
        case str():
            return "text"
        case Map():
            return "a mapping"
        case _:
            return "a list"


def texts_of(tree: Tree) -> Iterator[str]:
    """Yield every scalar in a tree, keys left out."""
    if isinstance(tree, str):
        yield tree
    elif tree is not None:
        for child in tree.values() if isinstance(tree, Map) else tree:
            yield from texts_of(child)


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _check_size(text: str) -> None:
    """Raise `TooMuch` for a text whose tree would not fit: told before anything is made of it."""
    if len(text) > _MOST_TEXT:
        raise TooMuch(f"this is longer than {_MOST_TEXT:,} characters, more than is ever read as one text")
    if len(text) > _MOST_MARKS and sum(map(text.count, _MARKS)) > _MOST_MARKS:
        raise TooMuch(f"this holds more than {_MOST_MARKS:,} lines and items, more than is ever read as one text")
    # libyaml compares each with all before it.
    if text.count("%TAG") > _MOST_TAGS:
        raise TooMuch(f"this holds more than {_MOST_TAGS} %TAG lines")


def _keep_macros(text: str) -> tuple[str, Callable[[str], str] | None]:
    """Put a plain word in each macro's place, and tell how to put it back where there is any."""
    if "{{" not in text or "\ue000" in text:
        return text, None
    macros: list[str] = []

    def keep(match: re.Match[str]) -> str:
        macros.append(match[0])
        return f"\ue000{len(macros) - 1}\ue001"

    def restore(scalar: str) -> str:
        return _KEPT.sub(lambda match: macros[int(match[1])], scalar) if "\ue000" in scalar else scalar

    return _MACRO.sub(keep, text), restore


def _of_yaml(error: yaml.YAMLError, text: str, shift: int) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "this is not YAML"
    if mark is None:
        return str(problem)
    line = next(islice(io.StringIO(text), mark.line, None), "")
    if "\t" in line[: len(line) - len(line.lstrip())]:
        problem = "a tab stands before the text, where YAML is indented with blanks alone"
    return f"line {mark.line + 1 + shift}, column {mark.column + 1}: {problem}"


def _parse_json(text: str) -> Tree:
    try:
        loaded = json.loads(text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_pairs)
    except json.JSONDecodeError as error:
        what = "something follows the end of the document" if error.msg == "Extra data" else error.msg
        raise BadSyntax(f"line {error.lineno}, column {error.colno}: {what}") from error
    except RecursionError as error:
        raise BadSyntax("this is nested too deeply") from error
    return _of_json(loaded, 0)


def _pairs(pairs: list[tuple[str, Any]]) -> Map:
    found = Map()
    for key, value in pairs:
        if len(key) > _MOST_KEY:
            raise TooMuch(f"a key is longer than {_MOST_KEY:,} characters")
        if key in found:
            raise BadSyntax(f"the key {_whole(key)!r} stands twice")
        found[_whole(key)] = value
    return found


def _of_json(value: object, depth: int) -> Tree:
    if depth > _MOST_DEPTH:
        raise BadSyntax(f"this is nested more than {_MOST_DEPTH} levels deep")
    match value:
        case Map():
            for key in value:
                value[key] = _of_json(value[key], depth + 1)
            return value
        case list():
            items = Seq()
            items.extend(_of_json(each, depth + 1) for each in value)
            return items
        case bool():
            return str(value).lower()
        case None:
            return None
        case _:
            return Quoted(_whole(str(value)))


def _whole(text: str) -> str:
    if _HALF.search(text) is not None:
        raise BadSyntax("half of a character stands in a text: a \\ud800 to \\udfff without its other half")
    return text
