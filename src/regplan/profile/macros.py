"""Palette's macros, filled in from what is at hand: `{{.spectro.var.NAME}}`, `{{.spectro.pack.PACK.KEY}}`.

Also `{{.spectro.system.kubernetes.version}}` and the functions `substr`, `lower`, `upper` and `trim` behind a bar
(Palette docs, "Macros"). Whatever cannot be filled in is said, with the reason, and never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from regplan.profile.composer import Map, Seq
from regplan.profile.hidden import is_secret_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.profile.composer import Tree

__all__ = ["Expanded", "Scope", "expand", "has_macro"]

_MACRO = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
_WORD = re.compile(r'"[^"]*"|\'[^\']*\'|[^\s|]+|\|')
_VARIABLE: Final = ".spectro.var."
_PACK: Final = ".spectro.pack."
_KUBERNETES: Final = ".spectro.system.kubernetes.version"
_MOST_STEPS: Final = 8
_MOST_KEYS: Final = 16
_MOST_TEXT: Final = 10_000


class Expanded(NamedTuple):
    """A text with its macros filled in, or None and why not."""

    text: str | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What macros can be filled in from, as one pack sees it.

    `variables` are the profile's and the caller's, `sensitive` names those whose values are never shown, `packs` maps
    a pack's name to its values, `own` is the pack that asks, `kubernetes` the version of the layer k8s.
    """

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    sensitive: frozenset[str] = frozenset()
    packs: Mapping[str, Map] = field(default_factory=dict, repr=False)
    own: Map = field(default_factory=Map, repr=False)
    kubernetes: str | None = None


def has_macro(text: str) -> bool:
    """Tell whether a text holds a macro or template.

    >>> has_macro("{{.spectro.var.Tag}}"), has_macro("nginx")
    (True, False)
    """
    return "{{" in text


def expand(text: str, scope: Scope, steps: int = 0) -> Expanded:
    """Fill in every macro of a text.

    >>> expand("nginx:{{ .spectro.var.Tag }}", Scope({"Tag": "1.27"})).text
    'nginx:1.27'
    >>> expand("v{{ .spectro.system.kubernetes.version | substr 0 4 }}", Scope(kubernetes="1.30.5")).text
    'v1.30'
    >>> expand("{{.spectro.var.Tag}}", Scope()).problem
    'the variable Tag has no value: set it under `variables` in the site file'
    """
    if not has_macro(text):
        return Expanded(text)
    parts: list[str] = []
    end = 0
    for match in _MACRO.finditer(text):
        filled = _fill(match[1], scope, steps)
        if filled.text is None:
            return filled
        parts += [text[end : match.start()], filled.text]
        end = match.end()
    whole = "".join([*parts, text[end:]])
    if len(whole) > _MOST_TEXT:
        return Expanded(None, f"its macros make more than {_MOST_TEXT:,} characters")
    return Expanded(whole) if not has_macro(whole) else Expanded(None, "a macro is not closed or holds another")


def _fill(inner: str, scope: Scope, steps: int) -> Expanded:
    words = _WORD.findall(inner)
    if not words or words[0] == "|":
        return Expanded(None, "an empty macro")
    found = _look_up(words[0], scope, steps)
    if found.text is None:
        return found
    call: list[str] = []
    for word in [*words[1:], "|"]:
        if word != "|":
            call.append(word)
        elif call:
            found = _apply(call, str(found.text))
            if found.text is None:
                return found
            call = []
    return found


def _look_up(path: str, scope: Scope, steps: int) -> Expanded:
    if path.startswith(_VARIABLE):
        return _variable(path.removeprefix(_VARIABLE), scope, steps)
    if path.startswith(_PACK):
        return _pack_value(path.removeprefix(_PACK), scope, steps)
    if path == _KUBERNETES:
        version = scope.kubernetes
        return Expanded(version) if version else Expanded(None, "no pack of the layer k8s tells the Kubernetes version")
    if path.startswith(".spectro."):
        return Expanded(None, f"{path} is known only to a running cluster")
    return Expanded(None, f"{path} is not a macro of Palette")


def _variable(name: str, scope: Scope, steps: int) -> Expanded:
    if name in scope.sensitive:
        return Expanded(None, f"the variable {name} is sensitive, so its value is not shown: name the image without it")
    value = scope.variables.get(name, "")
    if not value:
        return Expanded(None, f"the variable {name} has no value: set it under `variables` in the site file")
    return _again(value, scope, steps, f"variable {name}")


def _pack_value(path: str, scope: Scope, steps: int) -> Expanded:
    named = [name for name in scope.packs if path.startswith(f"{name}.")]
    name = max(named, key=len, default=path.partition(".")[0])
    values = scope.packs.get(name)
    if values is None:
        # A values file does not tell its pack's name: what it asks for by any unknown name is its own.
        if any(each is scope.own for each in scope.packs.values()):
            return Expanded(None, f"no pack {name} is among what was handed over")
        values = scope.own
    key = path.removeprefix(f"{name}.")
    keys = key.split(".", _MOST_KEYS)
    if any(map(is_secret_key, keys)):
        return Expanded(None, f"{key} of the pack {name} is a secret, so its value is not shown")
    value = _dotted(values, keys)
    if not isinstance(value, str) or not value:
        return Expanded(None, f"the pack {name} has no value at {key}")
    own = Scope(scope.variables, scope.sensitive, scope.packs, values, scope.kubernetes)
    return _again(value, own, steps, f"pack {name}")


def _again(value: str, scope: Scope, steps: int, what: str) -> Expanded:
    if steps >= _MOST_STEPS:
        return Expanded(None, f"the {what} refers to itself through its macros")
    return expand(value, scope, steps + 1)


def _dotted(tree: Tree, path: list[str]) -> Tree:
    """Follow a dotted path whose keys may themselves hold dots, the longest key first."""
    if not path:
        return tree
    if isinstance(tree, Seq):
        place = int(path[0]) if re.fullmatch(r"[0-9]{1,6}", path[0]) else len(tree)
        return _dotted(tree[place], path[1:]) if place < len(tree) else None
    if isinstance(tree, Map):
        for count in range(len(path), 0, -1):
            key = ".".join(path[:count])
            if key in tree:
                found = _dotted(tree[key], path[count:])
                if found is not None:
                    return found
    return None


def _apply(call: list[str], text: str) -> Expanded:
    match call:
        case ["substr", start, end] if re.fullmatch(r"[0-9]{1,6} -?[0-9]{1,6}", f"{start} {end}"):
            return Expanded(text[int(start) :] if int(end) < 0 else text[int(start) : int(end)])
        case ["lower"]:
            return Expanded(text.lower())
        case ["upper"]:
            return Expanded(text.upper())
        case ["trim"]:
            return Expanded(text.strip())
        case _:
            return Expanded(None, f"the function {call[0]} is not known here")
