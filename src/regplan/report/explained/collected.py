"""The formulas that a plan carries, each at the number of the plan document that it gives."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from regplan.model.formula import Formula
from regplan.report.explained.paths import at, is_number
from regplan.report.explained.reckoned import agrees, reckoned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.model.plan import Plan
    from regplan.report.explained.reckoned import Reckoned

__all__ = ["collected"]

# These hold no formulas, and much else.
_WITHOUT: Final = frozenset({"analysis", "counts", "layers", "site", "upgrade", "verdict", "wire"})
# What a number may be called in the document whose formula has the bare name.
_ENDINGS: Final = ("", "_bytes", "_milli", "_month", "_s", "_ratio", "_count")
# What the number is called that an object with a formula of its own is about.
_OWN: Final = ("bytes", "size_bytes", "value", "count")


def collected(plan: Plan, document: Mapping[str, Any]) -> dict[str, Reckoned]:
    """Map paths of the plan document to formulas; one that gives no number of it stands beside what it is about.

    So does a formula that others take an input from: `storage.set` is no number of the document, and its formula is
    found there all the same.
    """
    found: dict[str, Reckoned] = {}
    for home, field, formula in _formulas(plan, "", ""):
        path = _path(document, home, field, formula)
        found.setdefault(path, reckoned(path, formula))
    return found


def _formulas(value: object, path: str, field: str) -> Iterator[tuple[str, str, Formula]]:
    """Yield every formula with the path of what holds it and the name of its field there."""
    if isinstance(value, Formula):
        yield path, field, value
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            # A tuple of formulas is no list of the document: they belong to what holds the tuple.
            is_formula = isinstance(each, Formula)
            yield from _formulas(each, path if is_formula or not field else f"{_join(path, field)}[{number}]", field)
    elif is_dataclass(value):
        for each in fields(value):
            inner = getattr(value, each.name)
            if each.name not in _WITHOUT and (isinstance(inner, tuple | Formula) or is_dataclass(inner)):
                home = path if isinstance(inner, tuple | Formula) else _join(path, each.name)
                yield from _formulas(inner, home, each.name)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _path(document: Mapping[str, Any], home: str, field: str, formula: Formula) -> str:
    """Tell where a formula's number stands: the number must be its value, whatever it is called."""
    stem = field.removesuffix("formula").removesuffix("_")
    names = [f"{name}{ending}" for name in (stem, formula.key) if name and name != "formulas" for ending in _ENDINGS]
    place = at(document, home)
    row = place.value if place is not None and isinstance(place.value, dict) else {}
    for name in (*names, *(_OWN if field == "formula" else ())):
        if is_number(row.get(name)) and agrees(reckoned("", formula), row[name]):
            return _join(home, name)
    return _join(home, formula.key)
