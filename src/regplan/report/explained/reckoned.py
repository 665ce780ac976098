"""A number with its formula, as a document has it: an expression over named inputs, each with where it is from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from regplan.model.formula import Formula, Input
from regplan.report.explained.paths import is_number
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.report.explained.paths import Place

__all__ = ["Given", "Reckoned", "agrees", "evaluated", "reckoned", "reckoned_document", "reckoned_of"]


@dataclass(frozen=True, slots=True)
class Given:
    """One input of an expression; `path` is where it stands in the document, "" where it does not."""

    name: str
    value: float
    unit: str
    provenance: str
    source: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """How the number at `path` comes about; `key` is what other expressions call it."""

    path: str
    key: str
    expression: str
    inputs: tuple[Given, ...]
    unit: str
    value: float


def reckoned(path: str, formula: Formula) -> Reckoned:
    """Place a formula in a document."""
    inputs = tuple(Given(each.name, each.value, each.unit, each.provenance, each.source) for each in formula.inputs)
    return Reckoned(path, formula.key, formula.expression, inputs, formula.unit, formula.value)


def evaluated(place: Place, unit: str, expression: str, inputs: tuple[Given, ...]) -> Reckoned:
    """Reckon an expression for the number at a place."""
    path, key = place.path, place.key or place.path
    given = tuple(Input(each.name, each.value) for each in inputs)
    return Reckoned(path, key, expression, inputs, unit, Formula(key, expression, given, unit).value)


def agrees(formula: Reckoned, value: object) -> bool:
    """Tell whether a formula gives a number of the document, but for the last digits of what is no whole number."""
    if not is_number(value):
        return False
    number: Any = value
    if isinstance(number, int) and isinstance(formula.value, int):
        return number == formula.value
    return math.isclose(number, formula.value, rel_tol=1e-9)


def reckoned_document(formula: Reckoned) -> dict[str, object]:
    """Write a formula without its path, under which it stands."""
    return {
        "key": formula.key,
        "expression": formula.expression,
        "inputs": [_given_document(each) for each in formula.inputs],
        "unit": formula.unit,
        "value": formula.value,
    }


def _given_document(given: Given) -> dict[str, object]:
    told: dict[str, object] = {
        "name": given.name,
        "value": given.value,
        "unit": given.unit,
        "provenance": given.provenance,
        "source": given.source,
    }
    return {**told, "path": given.path} if given.path else told


def reckoned_of(path: str, told: Mapping[str, Any]) -> Reckoned:
    """Read a formula of a document that fits the schema."""
    inputs = tuple(
        Given(each["name"], each["value"], each["unit"], each["provenance"], each["source"], each.get("path", ""))
        for each in told["inputs"]
    )
    return Reckoned(path, told["key"], told["expression"], inputs, told["unit"], told["value"])
