"""Evaluate what a formula says, from the inputs that are told with it, without regplan."""

from __future__ import annotations

import ast
import math
import operator
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["evaluate", "gives", "numbers", "read_lines"]

_FUNCTIONS: dict[str, Callable[..., Any]] = {"ceil": math.ceil, "floor": math.floor, "max": max, "min": min}
_OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_GIVEN = re.compile(r"(?P<name>\w+) = (?P<value>-?[\d.,]+(?:e[-+]?\d+)?)(?: (?P<unit>[\w-]+))?(?: \(.*\))?")


def evaluate(expression: str, inputs: Mapping[str, float]) -> Fraction:
    """Evaluate arithmetic in exact fractions, a decimal number being what is written."""
    return _value(ast.parse(expression, mode="eval").body, {name: _exact(value) for name, value in inputs.items()})


def _exact(value: float) -> Fraction:
    return Fraction(value) if isinstance(value, int) else Fraction(repr(value))


def _value(node: ast.expr, inputs: Mapping[str, Fraction]) -> Fraction:
    if isinstance(node, ast.Constant):
        return _exact(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return inputs[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, inputs)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return Fraction(_FUNCTIONS[node.func.id](*(_value(each, inputs) for each in node.args)))
    assert isinstance(node, ast.BinOp), ast.dump(node)
    left, right = _value(node.left, inputs), _value(node.right, inputs)
    if isinstance(node.op, ast.Pow):
        return left**right.numerator if right.denominator == 1 else Fraction(repr(float(left) ** float(right)))
    return _OPERATORS[type(node.op)](left, right)


def gives(formula: Mapping[str, Any], value: float) -> bool:
    """Tell whether a formula of a document comes to a value: whole numbers exactly, others but for their last digits."""
    inputs = {each["name"]: each["value"] for each in formula["inputs"]}
    assert len(inputs) == len(formula["inputs"]), f"two inputs of one name: {formula}"
    found = evaluate(formula["expression"], inputs)
    return found == value if isinstance(value, int) else math.isclose(float(found), value, rel_tol=1e-9)


def read_lines(text: str) -> list[dict[str, Any]]:
    """Read the formulas that stand in the text of an explanation, as the document has them."""
    formulas: list[dict[str, Any]] = []
    label = ""
    for line in text.splitlines():
        match = re.fullmatch(r"(formula|with|gives|)\s+(\S.*)", line)
        if match is None:
            label = ""
            continue
        label, said = match[1] or label, match[2]
        if label == "formula":
            key, _, expression = said.partition(" = ")
            formulas.append({"key": key, "expression": expression, "inputs": []})
        elif label in {"with", "gives"}:
            given = _GIVEN.fullmatch(said)
            assert given is not None, said
            number = given["value"].replace(",", "")
            told = {"name": given["name"], "value": float(number) if set(number) & set(".e") else int(number)}
            if label == "with":
                formulas[-1]["inputs"].append(told)
            else:
                formulas[-1]["value"] = told["value"]
    return formulas


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Walk a document by itself, so that no number is left out that regplan's own walk would miss."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if path or key != "formulas":
                yield from numbers(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from numbers(inner, f"{path}[{place}]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value
