"""A number with its formula, as a document has it: an expression over named inputs, each with where it is from."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from regplan.model.formula import Formula, Input
from regplan.report.explained.paths import is_number
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.report.explained.paths import Place

__all__ = ["Given", "Reckoned", "agrees", "evaluated", "gathered", "reckoned", "reckoned_document", "reckoned_of"]

# A sum of more than that is told by the first few of what is added, and by what the others come to.
_MOST_ADDED: Final = 12
_TOLD: Final = 3


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


def gathered(formula: Reckoned) -> Reckoned:
    """Write a sum of very many inputs so that it can be read: but for the first of them they are one input, with its total.

    >>> many = tuple(Given(f"placed_{number}", 100, "milli", "assumed", "") for number in range(40))
    >>> told = gathered(Reckoned("cpu", "cpu", " + ".join(each.name for each in many), many, "milli", 4000))
    >>> told.expression, told.inputs[-1].value, told.inputs[-1].source
    ('placed_0 + placed_1 + placed_2 + placed_3_to_39', 3700, '37 numbers, placed_3 to placed_39')
    """
    first, others = formula.inputs[:_TOLD], formula.inputs[_TOLD:]
    if len(formula.inputs) <= _MOST_ADDED or formula.expression != " + ".join(each.name for each in formula.inputs):
        return formula
    start, end = others[0], others[-1]
    name = f"{start.name}_to_{end.name.rpartition('_')[2]}"
    known = ", ".join(dict.fromkeys(each.provenance for each in others))
    source = f"{len(others):,} numbers, {start.name} to {end.name}"
    rest = Given(name, sum(each.value for each in others), start.unit, known, source)
    expression = " + ".join(each.name for each in (*first, rest))
    return replace(formula, expression=expression, inputs=(*first, rest))


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
