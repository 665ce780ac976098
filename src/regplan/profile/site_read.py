"""Sections of a site file read by the table of keys; every problem is noted with its line and key."""

from __future__ import annotations

import sys
from dataclasses import field
from functools import cache
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, InvalidSite
from regplan.profile.composer import Map, Seq
from regplan.profile.hidden import holds_password, is_secret_key, masked
from regplan.profile.meant import suggest
from regplan.profile.site_keys import KEYS, SECTIONS, keys_of, subsections
from regplan.profile.spots import at
from regplan.profile.tree import describe
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from regplan.profile.composer import Tree
    from regplan.profile.site_key import Key, Section

__all__ = ["Reading", "Values", "find_secrets", "read_section"]

_MOST_LENGTH: Final = 1_000
_KEPT: Final = 300
_ADDRESS: Final = "this address holds a password; "
_ADVICE: Final = "a site file holds no secrets; log in with docker or podman, or set $REGISTRY_AUTH_FILE"


@dataclass(frozen=True, slots=True)
class Values:
    """What a section says: attribute names to values, sections below, and the items of a list of sections."""

    fields: dict[str, object] = field(default_factory=dict)
    sections: dict[str, list[Values]] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """Collects problems and the keys that were left out, while a site file is read.

    `column` tells where in its line a key stands, by line and key; it is asked only where something is wrong.
    """

    file: str
    column: Callable[[int, str], int | None] | None = None
    problems: list[tuple[int, str, str]] = field(default_factory=list)
    defaulted: list[str] = field(default_factory=list)

    def add(self, line: int | None, path: str, problem: str) -> None:
        """Note a problem at a line, where it is known, and a key, where there is one; one key has one problem.

        A list whose item has one has none of its own: what reads it stops at that item. No password is repeated.
        """
        problem = masked(problem)
        if len(problem) > _MOST_LENGTH:
            # What it repeats of a long text stands in the middle, what to do at the end.
            problem = f"{problem[:_KEPT]}…{problem[-_KEPT:]}"
        if not path or not any(other == path or other.startswith(f"{path}[") for _, other, _ in self.problems):
            self.problems.append((line or 0, path, problem))

    def finish(self) -> None:
        """Raise `InvalidSite` with everything that was noted, if anything was, in the file's order."""
        if not self.problems:
            return
        ordered = sorted(self.problems, key=lambda each: each[0] or sys.maxsize)
        told = [self._sentence(*each) for each in ordered]
        error = InvalidSite(f"{self.file}: {len(told)} problems:", told)
        if len(told) == 1:
            error = InvalidSite(f"{self.file}: {told[0]}")
            error.problems = tuple(told)
        raise error

    def _sentence(self, line: int, path: str, problem: str) -> str:
        column = self.column(line, path) if line and self.column is not None else None
        return ": ".join(part for part in (at(line, column), path, problem) if part)


def read_section(tree: Map, section: Section, path: str, reading: Reading) -> Values:
    """Read a mapping by the table: its keys, then the sections in it; `path` is how messages name it."""
    values = Values()
    keys, below = _named_keys(section.path), subsections(section.path)
    for name in tree:
        if name not in keys and not is_secret_key(name):
            known = [*keys, *(each.path.rpartition(".")[2] for each in below)]
            if name not in known:
                reading.add(tree.lines.get(name), _join(path, name), f"unknown key{_meant(name, section.path, known)}")
    for name, key in keys.items():
        given = tree.get(name)
        if given is None:
            if key.is_required:
                reading.add(min(tree.lines.values(), default=None), _join(path, name), "this key is needed")
            elif (key.default or key.otherwise) and (not section.is_list or key.path not in reading.defaulted):
                reading.defaulted.append(key.path)
            continue
        try:
            values.fields[key.field] = key.kind.read(given)
        except InputError as error:
            reading.add(tree.lines.get(name), _join(path, name), str(error))
    for each in below:
        values.sections[each.path] = list(_below(tree, each, path, reading))
    return values


@cache
def _named_keys(section: str) -> Mapping[str, Key]:
    return {key.name: key for key in keys_of(section)}


def find_secrets(tree: Tree, reading: Reading, path: str = "") -> None:
    """Note every key that names a secret, and every address with one in it; no value is ever told."""
    if isinstance(tree, Map):
        for key, child in tree.items():
            line = tree.lines.get(key)
            if path != "declared_sizes" and is_secret_key(key):
                reading.add(line, _join(path, key), _ADVICE)
            elif isinstance(child, str) and holds_password(child):
                reading.add(line, _join(path, key), _ADDRESS + _ADVICE)
            else:
                find_secrets(child, reading, _join(path, key))
    elif isinstance(tree, Seq):
        for place, child in enumerate(tree):
            if isinstance(child, str) and holds_password(child):
                reading.add(_line_of(tree, place), f"{path}[{place}]", _ADDRESS + _ADVICE)
            else:
                find_secrets(child, reading, f"{path}[{place}]")


def _line_of(tree: Seq, place: int) -> int | None:
    return tree.lines[place] if place < len(tree.lines) else None


def _below(tree: Map, section: Section, path: str, reading: Reading) -> Iterator[Values]:
    """Read a section of a section: once, as often as a list says, or not at all."""
    name = section.path.rpartition(".")[2]
    given = tree.get(name)
    if given is None:
        if section.is_whole:
            reading.defaulted.append(section.path)
            return
        given = Map()
    items = given if section.is_list and isinstance(given, Seq) else [given]
    for place, item in enumerate(items):
        label = _join(path, f"{name}[{place}]" if section.is_list else name)
        if isinstance(item, Map):
            yield read_section(item, section, label, reading)
        else:
            line = _line_of(items, place) if isinstance(items, Seq) else tree.lines.get(name)
            reading.add(line, label, f"a mapping is expected, and here is {describe(item)}")


def _meant(name: str, section: str, known: list[str]) -> str:
    """Tell what a key was meant to be: one of its own section, or one that stands elsewhere."""
    near = suggest(name, known)
    if near:
        return near
    paths = [key.path for key in KEYS] + [each.path for each in SECTIONS if each.path]
    elsewhere = {path.rpartition(".")[2]: path for path in reversed(paths)}
    if name in elsewhere and elsewhere[name] != f"{section}.{name}":
        return f"; did you mean {elsewhere[name]}?"
    return f"; known are {', '.join(known)}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
