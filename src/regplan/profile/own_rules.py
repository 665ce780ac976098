"""Files of users' own rules: text in, `OwnRule`s out; the columns are those of regplan's own rows."""

from __future__ import annotations

import re
import sys
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError, InvalidRules
from regplan.model.finding import Verdict
from regplan.model.keyed import parse_keyed
from regplan.model.own_rule import OPERATORS, OwnRule
from regplan.profile.composer import BadSyntax, Map, Seq
from regplan.profile.hidden import holds_password, masked
from regplan.profile.meant import suggest
from regplan.profile.tree import describe, line_of, parse_documents
from regplan.units import parse_ratio
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regplan.profile.composer import Tree

__all__ = ["COLUMNS", "Place", "parse_own_rules"]

# Each column, and what it holds; the first four are needed.
COLUMNS: Final = {
    "id": "the rule's id, two words with a dot between",
    "measured": "a key of the plan document, or arithmetic over keys",
    "op": "how it is compared: " + " ".join(OPERATORS),
    "threshold": "with what: a value with its unit, or arithmetic over keys; a list for in",
    "title": "a few words",
    "compares": "what is compared with what, in a sentence",
    "unit": "of both: bytes, milli, s, bps, ratio, version or a word",
    "source": "who demands it",
    "since": "since which version",
    "reading": "how its words are read",
    "verdict": "when it does not hold: FAIL, MARGINAL or INFO",
    "where": "the key or the thing that it is about",
    "fix": "what to do",
    "tolerance": "by how much it may be missed to be MARGINAL, such as 5%",
}
_NEEDED: Final = ("id", "measured", "op", "threshold")
_ID = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+")
_BROKEN: Final = (Verdict.FAIL, Verdict.MARGINAL, Verdict.INFO)
_SEVERAL: Final = frozenset({"in", "not in"})
_UNITS: Final = {"_bytes": "bytes", "_milli": "milli", "_s": "s", "_bps": "bps", "_ratio": "ratio"}
_MOST_TEXT: Final = 2_000
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Place:
    """A rule, and where it stands: its number in the file, and the lines of its columns."""

    rule: OwnRule
    number: int
    lines: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class _Desk:
    """Where problems are noted, each with its line and key."""

    file: str
    problems: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int | None, key: str, problem: str) -> None:
        told = ": ".join(part for part in (f"line {line}" if line else "", key, masked(problem)) if part)
        self.problems.append((line or sys.maxsize, told))

    def finish(self) -> None:
        if not self.problems:
            return
        told = [problem for _, problem in sorted(self.problems, key=lambda each: each[0])]
        if len(told) > 1:
            raise InvalidRules(f"{self.file}: {len(told)} problems:", told)
        error = InvalidRules(f"{self.file}: {told[0]}")
        error.problems = tuple(told)
        raise error


def parse_own_rules(
    text: str, file: str, name: str, problem_of: Callable[[OwnRule], tuple[str, str] | None]
) -> tuple[Place, ...]:
    """Read a file of rules, YAML or JSON: `rules:` with a list, a list, or one rule; `name` is how reports call the file.

    `problem_of` tells the column of a rule that nothing can evaluate, and why. Raises `InvalidRules` with every problem, each
    with its line and key.
    """
    desk = _Desk(file)
    found = [
        _place(tree, number, (desk, name), line)
        for number, (tree, line) in enumerate(_rules(_document(text, desk), desk))
    ]
    places = [place for place in found if place is not None]
    for place in places:
        problem = problem_of(place.rule)
        if problem is not None:
            desk.add(dict(place.lines).get(problem[0]), f"rules[{place.number}].{problem[0]}", problem[1])
    desk.finish()
    return tuple(places)


def _document(text: str, desk: _Desk) -> Tree:
    try:
        documents = [each for each in parse_documents(text) if each is not None]
    except BadSyntax as error:
        raise InvalidRules(f"{desk.file}: {'; '.join(error.problems)}", ()) from error
    if len(documents) != 1:
        what = "it holds several documents" if documents else "it is empty"
        raise InvalidRules(f"{desk.file}: this is no file of rules: {what}")
    return documents[0]


def _rules(tree: Tree, desk: _Desk) -> Iterator[tuple[Tree, int | None]]:
    """Yield each rule of a document with its line."""
    if isinstance(tree, Map) and "rules" not in tree and not {"id", "measured"} & tree.keys():
        raise InvalidRules(f"{desk.file}: this is no file of rules: it has neither `rules:` nor a rule with an `id`")
    if isinstance(tree, Map) and "rules" in tree:
        for key in tree:
            if key != "rules":
                desk.add(line_of(tree, key), key, f"unknown key{suggest(key, ('rules',)) or '; known is rules'}")
        tree = tree["rules"]
    if isinstance(tree, Map):
        yield tree, None
        return
    if not isinstance(tree, Seq) or not tree:
        raise InvalidRules(f"{desk.file}: rules: a list of rules is expected, and here is {describe(tree)}")
    yield from ((each, line_of(tree, number)) for number, each in enumerate(tree))


def _place(tree: Tree, number: int, where: tuple[_Desk, str], line: int | None) -> Place | None:
    """Read a rule; None where a column is wrong, which is then noted."""
    desk, name = where
    path = f"rules[{number}]"
    if not isinstance(tree, Map):
        desk.add(line, path, f"a mapping is expected, and here is {describe(tree)}")
        return None
    before = len(desk.problems)
    for key in tree:
        if key not in COLUMNS:
            near = suggest(key, tuple(COLUMNS)) or f"; known are {', '.join(COLUMNS)}"
            desk.add(line_of(tree, key), f"{path}.{key[:_SHOWN]}", f"unknown column{near}")
    given: dict[str, Any] = {}
    for key in COLUMNS:
        if tree.get(key) is None:
            if key in _NEEDED:
                first = min(tree.lines.values(), default=line)
                desk.add(first, f"{path}.{key}", f"this column is needed: {COLUMNS[key]}")
            continue
        try:
            given[key] = _column(key, tree[key], tree)
        except InputError as error:
            desk.add(line_of(tree, key), f"{path}.{key}", str(error))
    if len(desk.problems) > before:
        return None
    if "verdict" in given:
        given["broken"] = given.pop("verdict")
    unit = given.pop("unit", "") or _unit_of(given["measured"])
    return Place(OwnRule(**given, unit=unit, file=name), number, tuple(tree.lines.items()))


def _column(key: str, tree: Tree, rule: Map) -> object:
    if key == "threshold" and rule.get("op") in _SEVERAL:
        return tuple(_text(each) for each in (tree if isinstance(tree, Seq) else [tree]))
    text = _text(tree)
    reader = _READERS.get(key)
    return text if reader is None else reader(text)


def _text(tree: Tree) -> str:
    if not isinstance(tree, str):
        raise InputError(f"one value is expected, and here is {describe(tree)}")
    if not tree.strip() or len(tree) > _MOST_TEXT:
        raise InputError(
            "a value is expected, and here is " + ("a very long text" if tree.strip() else "an empty text")
        )
    if holds_password(tree):
        raise InputError("this address holds a password, and a rule is shown to everybody")
    return tree.strip()


def _id(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise InputError(
            f"{text[:_SHOWN]!r} is not an id: two words with a dot between, such as house.claim, in a-z, 0-9 and -"
        )
    return text


def _op(text: str) -> str:
    if text not in OPERATORS:
        raise InputError(f"{text[:_SHOWN]!r} is none of {', '.join(OPERATORS)}{suggest(text, tuple(OPERATORS))}")
    return text


def _broken(text: str) -> Verdict:
    known = {each.value: each for each in _BROKEN}
    if text.upper() not in known:
        raise InputError(f"{text[:_SHOWN]!r} is none of {', '.join(known)}{suggest(text, tuple(known))}")
    return known[text.upper()]


def _tolerance(text: str) -> float:
    share = parse_ratio(text)
    if share >= 1:
        raise InputError(f"{text!r} is not a share; write a percentage below 100%, such as 5%")
    return share


def _unit_of(measured: str) -> str:
    """Tell the unit that a key's name says, where it stands alone."""
    try:
        key = parse_keyed(measured).key
    except ValueError:
        return ""
    last = "" if key is None else str(key.steps[-1])
    return next((unit for ending, unit in _UNITS.items() if f"_{last}".endswith(ending)), "")


_READERS: Final[dict[str, Callable[[str], object]]] = {
    "id": _id,
    "op": _op,
    "verdict": _broken,
    "tolerance": _tolerance,
}
