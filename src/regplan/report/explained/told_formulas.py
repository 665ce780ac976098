"""The formulas of a plan document: those that a plan carries, those that follow from its own numbers, and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.model.formula import Formula, Input, ToldFormula
from regplan.report.explained.collected import collected
from regplan.report.explained.paths import is_number, places
from regplan.report.explained.reckoned import Given, Reckoned, reckoned_document
from regplan.report.explained.relations import related

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.model.plan import Plan

__all__ = ["formulas_document", "told_formulas"]

# Of what is there once: what every row of a table has is told where it is asked for, since it would double a document.
_ONCE: Final = frozenset({"simulation", "storage", "upgrade", "wire"})
_ROWS: Final = frozenset({"storage.terms[].bytes", "storage.projects[].quota_bytes"})


def formulas_document(
    plan: Plan, told: Iterable[ToldFormula], document: Mapping[str, Any]
) -> dict[str, dict[str, object]]:
    """Write every formula of a plan under the path of its number in `document`."""
    found = {each.path: _reckoned(each) for each in told} | collected(plan, document)
    parts = {key: document[key] for key in document if key in _ONCE}
    for place in places(parts):
        if place.path not in found and place.pattern not in _ROWS and is_number(place.value):
            formula = related(document, place)
            if formula is not None:
                found[place.path] = formula
    return {path: reckoned_document(found[path]) for path in sorted(found)}


def told_formulas(document: Mapping[str, Any]) -> tuple[ToldFormula, ...]:
    """Read the formulas of a plan document that fits the schema; one without any has none."""
    formulas: Mapping[str, Any] = document.get("formulas") or {}
    return tuple(
        ToldFormula(
            path,
            Formula(
                each["key"],
                each["expression"],
                tuple(
                    Input(given["name"], given["value"], given["unit"], given["provenance"], given["source"])
                    for given in each["inputs"]
                ),
                each["unit"],
            ),
            each["value"],
            tuple(given.get("path", "") for given in each["inputs"]),
        )
        for path, each in formulas.items()
    )


def _reckoned(told: ToldFormula) -> Reckoned:
    formula = told.formula
    inputs = tuple(
        Given(each.name, each.value, each.unit, each.provenance, each.source, path)
        for each, path in zip(formula.inputs, told.inputs, strict=True)
    )
    return Reckoned(told.path, formula.key, formula.expression, inputs, formula.unit, told.value)
