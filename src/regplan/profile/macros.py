"""Palette's macros, filled in from what is at hand: variables, values of packs, and what a running cluster knows.

`{{.spectro.var.NAME}}`, `{{.spectro.pack.PACK.KEY}}`, `{{.spectro.macro.NAME}}` and `{{.spectro.system.NAME}}`, with
sprig's functions behind a bar or in front (Palette docs, "Pack Macros", "Macros Support" and "Define and Manage Profile
Variables"). Whatever cannot be filled in is said, with the reason, and never guessed.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.profile.composer import Map, Seq
from regplan.profile.functions import BadCall, Missing, written
from regplan.profile.hidden import is_secret_key
from regplan.profile.pipeline import evaluate
from regplan.profile.system import lost_system
from regplan.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.profile.composer import Tree
    from regplan.profile.functions import Value

__all__ = ["Expanded", "Scope", "expand", "has_macro", "hides"]

_VARIABLE: Final = ".spectro.var."
_PACK: Final = ".spectro.pack."
_USER: Final = ".spectro.macro."
_SYSTEM: Final = ".spectro.system."
_KUBERNETES: Final = "kubernetes.version"
_MOST_STEPS: Final = 8
_MOST_KEYS: Final = 16
_MOST_TEXT: Final = 10_000
_MOST_LOOKUPS: Final = 1_000
_GIVE: Final = "under `variables` in the site file or with --set-var"


class Expanded(NamedTuple):
    """A text with its macros filled in, or None and why not."""

    text: str | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What macros can be filled in from, as one pack sees it.

    `variables` are the profile's and the caller's, `sensitive` names those whose values are never shown, `packs` maps
    a pack's name to its values, `own` is the pack that asks, `kubernetes` the version of the layer k8s, `system` what
    the caller tells of the running cluster ("cluster.name"), which wins.
    """

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    sensitive: frozenset[str] = frozenset()
    packs: Mapping[str, Map] = field(default_factory=dict, repr=False)
    own: Map = field(default_factory=Map, repr=False)
    kubernetes: str | None = None
    system: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Walk:
    """How deep one text's macros lead, how many there were in all, so that no text can keep this busy, and to what."""

    steps: int = 0
    lookups: int = 0
    met_secret: bool = False


def has_macro(text: str) -> bool:
    """Tell whether a text holds a macro or template.

    >>> has_macro("{{.spectro.var.Tag}}"), has_macro("nginx")
    (True, False)
    """
    return "{{" in text


def expand(text: str, scope: Scope) -> Expanded:
    """Fill in every macro of a text.

    >>> expand("nginx:{{ .spectro.var.Tag }}", Scope({"Tag": "1.27"})).text
    'nginx:1.27'
    >>> expand("v{{ .spectro.system.kubernetes.version | substr 0 4 }}", Scope(kubernetes="1.30.5")).text
    'v1.30'
    >>> expand('{{ .spectro.pack.k8s.version | default "1.19.0" }}', Scope()).text
    '1.19.0'
    >>> expand("{{.spectro.var.Tag}}", Scope()).problem
    'the variable Tag has no value: set it under `variables` in the site file or with --set-var Tag=VALUE'
    """
    if not has_macro(text):
        return Expanded(text)
    try:
        filled = _filled(text, scope, _Walk())
    except BadCall as error:
        return Expanded(None, str(error))
    return Expanded(None, filled.problem) if isinstance(filled, Missing) else Expanded(filled)


def hides(text: str, scope: Scope) -> bool:
    """Tell whether any macro of a text leads to a sensitive variable or to a pack's secret.

    >>> hides("{{.spectro.var.Tag}}-{{.spectro.var.Key}}", Scope(sensitive=frozenset({"Key"})))
    True
    """
    for start, stop in _macros(text):
        walk = _Walk()
        with suppress(BadCall):
            _filled(text[start:stop], scope, walk)
        if walk.met_secret:
            return True
    return False


def _filled(text: str, scope: Scope, walk: _Walk) -> str | Missing:
    if len(text) > _MOST_TEXT:
        raise BadCall(f"a text with macros has more than {_MOST_TEXT:,} characters")
    whole, end, is_trimmed = "", 0, False
    for start, stop in _macros(text):
        between, inner = text[end:start], text[start + 2 : stop - 2]
        whole += between.lstrip() if is_trimmed else between
        if inner.startswith("-"):
            whole, inner = whole.rstrip(), inner[1:]
        is_trimmed = inner.endswith("-")
        value = evaluate(inner.removesuffix("-"), lambda path: _look_up(path, scope, walk))
        if isinstance(value, Missing):
            return value
        whole += written(value)
        end = stop
        if len(whole) > _MOST_TEXT:
            raise BadCall(f"its macros make more than {_MOST_TEXT:,} characters")
    whole += text[end:].lstrip() if is_trimmed else text[end:]
    if has_macro(whole):
        raise BadCall("a macro is not closed or holds another")
    return whole


def _macros(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each macro begins and ends."""
    start = text.find("{{")
    while start >= 0:
        stop = text.find("}}", start)
        if stop < 0:
            return
        yield start, stop + 2
        start = text.find("{{", stop + 2)


def _look_up(path: str, scope: Scope, walk: _Walk) -> Value:
    walk.lookups += 1
    if walk.lookups > _MOST_LOOKUPS:
        raise BadCall(f"its macros refer to more than {_MOST_LOOKUPS:,} others")
    if path.startswith(_VARIABLE):
        walk.met_secret |= path.removeprefix(_VARIABLE) in scope.sensitive
        return _variable(path.removeprefix(_VARIABLE), scope, walk)
    if path.startswith(_PACK):
        return _pack_value(path.removeprefix(_PACK), scope, walk)
    if path.startswith(_USER):
        return _user_macro(path.removeprefix(_USER), scope, walk)
    if path.startswith(_SYSTEM):
        return _system_value(path.removeprefix(_SYSTEM), scope)
    return Missing(f"{path} is not a macro of Palette")


def _variable(name: str, scope: Scope, walk: _Walk) -> Value:
    if name in scope.sensitive:
        return Missing(f"the variable {name} is sensitive, so its value is not shown: name the image without it")
    if name not in scope.variables:
        return Missing(f"the variable {name} has no value: set it {_GIVE} {name}=VALUE", is_empty=True)
    return _again(scope.variables[name], scope, walk, f"variable {name}")


def _user_macro(name: str, scope: Scope, walk: _Walk) -> Value:
    """Look up a macro of the tenant or project, which no profile holds: the caller may give it as a variable."""
    key = f"macro.{name}"
    if key not in scope.variables:
        return Missing(f"the macro {name} is kept in Palette, not in the profile: give it as {key} {_GIVE} {key}=VALUE")
    return _again(scope.variables[key], scope, walk, f"macro {name}")


def _system_value(name: str, scope: Scope) -> Value:
    known = scope.system.get(name)
    if known is None and name == _KUBERNETES:
        known = scope.kubernetes
    return known if known is not None else Missing(lost_system(name))


def _pack_value(path: str, scope: Scope, walk: _Walk) -> Value:
    named = [name for name in scope.packs if path.startswith(f"{name}.")]
    name = max(named, key=len, default=path.partition(".")[0])
    values = scope.packs.get(name)
    if values is None:
        # A values file does not tell its pack's name: what it asks for by any unknown name is its own.
        if any(each is scope.own for each in scope.packs.values()):
            return Missing(f"no pack {name} is among what was handed over")
        values = scope.own
    key = path.removeprefix(f"{name}.")
    keys = key.split(".", _MOST_KEYS)
    if any(map(is_secret_key, keys)):
        walk.met_secret = True
        return Missing(f"{key} of the pack {name} is a secret, so its value is not shown")
    value = _dotted(values, keys)
    if isinstance(value, (Map, Seq)):
        return Missing(f"the pack {name} has no value at {key}, but a whole section")
    if not value:
        return Missing(f"the pack {name} has no value at {key}", is_empty=True)
    return _again(value, replace(scope, own=values), walk, f"pack {name}")


def _again(value: str, scope: Scope, walk: _Walk, what: str) -> Value:
    """Fill in the macros of a value in its turn."""
    if walk.steps >= _MOST_STEPS:
        raise BadCall(f"the {what} refers to itself through its macros")
    if not has_macro(value):
        return value
    walk.steps += 1
    filled = _filled(value, scope, walk)
    walk.steps -= 1
    return filled


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
