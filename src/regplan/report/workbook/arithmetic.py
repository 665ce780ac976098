"""The plan's arithmetic in a spreadsheet's words."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["spreadsheet_formula"]

# A spreadsheet reckons in binary fractions: what should be a whole number may lie a hair beside it, and is put right
# before it is rounded up or down.
_DIGITS: Final = 3
_FUNCTIONS: Final = {
    "ceil": f"ROUNDUP(ROUND({{}},{_DIGITS}),0)",
    "floor": f"ROUNDDOWN(ROUND({{}},{_DIGITS}),0)",
    "max": "MAX({})",
    "min": "MIN({})",
}
_SIGNS: Final[Mapping[type[ast.operator], tuple[str, int]]] = {
    ast.Add: ("+", 1),
    ast.Sub: ("-", 1),
    ast.Mult: ("*", 2),
    ast.Div: ("/", 2),
    ast.Pow: ("^", 3),
}
_ATOM: Final = 9


def spreadsheet_formula(expression: str, names: Mapping[str, str]) -> str:
    """Write an expression of a `Formula` as a spreadsheet does; `names` are what stands for its inputs.

    Raises `ValueError` for what is no arithmetic, and `KeyError` for an input without a name.

    >>> spreadsheet_formula("ceil(set * ((1 + rate) ** years - 1))", {"set": "A1", "rate": "B1", "years": "C1"})
    'ROUNDUP(ROUND(A1*((1+B1)^C1-1),3),0)'
    >>> spreadsheet_formula("a - (b - c) / d", {"a": "a", "b": "b", "c": "c", "d": "d"})
    'a-(b-c)/d'
    """
    return _written(ast.parse(expression, mode="eval").body, names)[0]


def _written(node: ast.expr, names: Mapping[str, str]) -> tuple[str, int]:
    """Write a node, and tell how tightly it binds."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return repr(number), _ATOM
        case ast.Name(id=name):
            return names[name], _ATOM
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            # A spreadsheet's minus binds more tightly than its powers.
            return f"(0-{_bracketed(operand, names, 2)})", _ATOM
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            sign, binds = _SIGNS[type(op)]
            # A spreadsheet takes powers from the left, and Python from the right: brackets leave no doubt.
            left_binds = binds + 1 if isinstance(op, ast.Pow) else binds
            return f"{_bracketed(left, names, left_binds)}{sign}{_bracketed(right, names, binds + 1)}", binds
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name].format(",".join(_written(each, names)[0] for each in args)), _ATOM
        case _:
            raise ValueError(f"this is no arithmetic: {ast.unparse(node)}")


def _bracketed(node: ast.expr, names: Mapping[str, str], least: int) -> str:
    text, binds = _written(node, names)
    return text if binds >= least else f"({text})"
