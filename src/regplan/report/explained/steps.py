"""Steps of an explanation: one number after the other, each followed by what its inputs are reckoned from."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from functools import cached_property
from os.path import commonprefix
from typing import TYPE_CHECKING, Any, Final

from regplan.plan.verdict import reach_of
from regplan.report.explained.meanings import kind_of, known, unit_of
from regplan.report.explained.paths import at, is_number, places
from regplan.report.explained.reckoned import Given, Reckoned, agrees, reckoned_of
from regplan.report.explained.relations import related
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.report.explained.paths import Place

__all__ = ["Book", "Step"]

_SETS: Final = re.compile(r"assumptions\.(\w+)")
_PARAMETER: Final = "clock.pulls[].value"
_BESIDE: Final = ("", "_bytes", "_milli", "_s", "_ratio")


@dataclass(frozen=True, slots=True)
class Step:
    """What is known of one number: `formula` is how it is reckoned, None where it is read from elsewhere.

    `set_by` is the site file's key that sets it, "" where none does. `value` is what the document says, None for what
    only formulas name.
    """

    path: str
    value: Any
    unit: str
    says: str = ""
    provenance: str = ""
    source: str = ""
    set_by: str = ""
    formula: Reckoned | None = None

    @property
    def is_told(self) -> bool:
        """Whether anything is known of the number at all."""
        return bool(self.says or self.formula is not None)


class Book:
    """A plan document, opened for looking numbers up."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Index the formulas that the document has."""
        self.document = document
        told: Mapping[str, Any] = document.get("formulas") or {}
        self._formulas = {path: reckoned_of(path, each) for path, each in told.items()}
        self._by_key: dict[str, list[Reckoned]] = {}
        for formula in self._formulas.values():
            self._by_key.setdefault(formula.key, []).append(formula)
        self._terms = {each["key"]: f"storage.terms[{number}].bytes" for number, each in self._rows("storage", "terms")}
        self._assumptions = {each["key"]: f"assumptions[{number}].value" for number, each in self._rows("assumptions")}

    @cached_property
    def binding(self) -> int | None:
        """The place of the finding that binds, None where all that counts passes."""
        rule, worst = self.document["binding_constraint"], self.document["verdict"]
        if worst == "PASS":
            return None
        found = [(n, each) for n, each in self._rows("findings") if (each["rule"], each["verdict"]) == (rule, worst)]
        reached = ((reach_of(each["measured"], each["required"], each.get("op", ">=")), n) for n, each in found)
        return min(reached, default=(0, None))[1]

    def _rows(self, *path: str) -> list[tuple[int, Mapping[str, Any]]]:
        found: Any = self.document
        for key in path:
            found = found.get(key) or {}
        return list(enumerate(found))

    def formula(self, path: str, place: Place | None) -> Reckoned | None:
        """Tell how the number at a path is reckoned, with every input linked to where it is told of itself."""
        found = self._formulas.get(path)
        if found is None and place is not None and is_number(place.value):
            found = related(self.document, place)
        return (
            None if found is None else replace(found, inputs=tuple(self._linked(each, path) for each in found.inputs))
        )

    def step(self, path: str) -> Step:
        """Tell what is known of the number at a path; a formula that gives no number of the document has a path too."""
        place = at(self.document, path)
        formula = self.formula(path, place)
        if place is None or not is_number(place.value):
            return Step(path, None, "" if formula is None else formula.unit, formula=formula)
        return self.step_at(place, formula)

    def step_at(self, place: Place, formula: Reckoned | None = None) -> Step:
        """Tell the same of a place of the document."""
        found = formula or self.formula(place.path, place)
        told = known(self.document, place)
        unit = told.unit if told is not None else found.unit if found is not None else unit_of(place)
        set_by = self._key_of(place)
        if told is None:
            return Step(place.path, place.value, unit, set_by=set_by, formula=found)
        return Step(place.path, place.value, unit, told.says, told.provenance, told.source, set_by, found)

    def steps(self, path: str) -> tuple[Step, ...]:
        """Follow a number to what it is reckoned from, and that to what it is reckoned from, each once."""
        first = self.step(path)
        found, waiting = {path: first}, deque([first])
        while waiting:
            step = waiting.popleft()
            for each in step.formula.inputs if step.formula is not None else ():
                if each.path and each.path not in found:
                    inner = self.step(each.path)
                    if inner.formula is not None:
                        found[each.path] = inner
                        waiting.append(inner)
        return tuple(found.values())

    def numbers(self) -> tuple[Step, ...]:
        """Tell what is known of every number of the document, in its order."""
        return tuple(self.step_at(place) for place in places(self.document) if is_number(place.value))

    def kinds(self) -> dict[str, list[Place]]:
        """Gather the places of all numbers by what they have in common, in the document's order."""
        found: dict[str, list[Place]] = {}
        for place in places(self.document):
            if is_number(place.value):
                found.setdefault(kind_of(place), []).append(place)
        return found

    def between(self) -> tuple[Step, ...]:
        """Tell what is known of what formulas give that is no number of the document, such as sums between."""
        return tuple(step for path in self._formulas if (step := self.step(path)).value is None)

    def _key_of(self, place: Place) -> str:
        """Name the site file's key whose value stands at a place, "" where none does."""
        if place.pattern == _PARAMETER:
            return f"pulls.{place.row.get('key')}"
        return f"assumptions.{place.row.get('key')}" if place.path in self._assumptions.values() else ""

    def set_by(self, given: Given) -> str:
        """Name the site file's key that sets an input, "" where none does."""
        said = _SETS.match(given.source)
        name = given.name if said is None else said[1]
        # Another number may have an assumption's name, such as the term that a share of the PVC becomes.
        is_assumed = given.provenance == "assumed" and self._value(self._assumptions.get(name)) == given.value
        return f"assumptions.{name}" if is_assumed else ""

    def _value(self, path: str | None) -> object:
        place = None if path is None else at(self.document, path)
        return None if place is None else place.value

    def _linked(self, given: Given, path: str) -> Given:
        """Find where an input is told of itself: a formula of its name, a number beside the one in question, a term."""
        if given.path:
            return given
        home = path.rpartition(".")[0]
        named = [each for each in self._by_key.get(given.name, ()) if each.path != path and agrees(each, given.value)]
        if named:
            # Hosts have formulas of the same names: the nearest is meant.
            return replace(given, path=max(named, key=lambda each: len(commonprefix([each.path, path]))).path)  # noqa: RUF071
        beside = [f"{home}.{given.name}{ending}" if home else given.name for ending in _BESIDE]
        others = [place for place in (self._terms.get(given.name), self._assumptions.get(given.name)) if place]
        for each in (*beside, *others):
            place = at(self.document, each)
            if place is not None and place.path != path and place.value == given.value and is_number(place.value):
                return replace(given, path=place.path)
        return given
