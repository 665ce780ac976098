"""Formulas as values: what a number is reckoned from, and the one place that reckons it.

A formula is not a text beside the code that computes: its value is its expression, evaluated. So whoever reads it, and
puts in the inputs that stand with it, gets the number that the plan shows.
"""

from __future__ import annotations

import ast
import math
import operator
from fractions import Fraction
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Exact = Fraction | int
    Reckon = Callable[[Mapping[str, Exact]], Exact]

__all__ = ["Formula", "Input", "ToldFormula", "exact"]

# Beyond any exabyte, and small enough to be written out.
_MOST_EXPONENT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Input:
    """What a formula takes: `name` as the expression has it, its value in `unit`, how it is known and who says so.

    `provenance` is measured, declared, rule or assumed.
    """

    name: str
    value: float
    unit: str = "bytes"
    provenance: str = "measured"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """How a number comes about: `key` names it, `expression` is arithmetic over the names of its inputs.

    An expression has + - * / ** and brackets, numbers, and the functions ceil, floor, max and min, all with their
    meaning in Python; it is reckoned in exact fractions, a ratio such as 0.15 being taken as it is written.
    """

    key: str
    expression: str
    inputs: tuple[Input, ...] = ()
    unit: str = "bytes"

    @property
    def value(self) -> float:
        """What it comes to, a whole number where it is one; raises `ArithmeticError` for what is beyond any number."""
        return _told(_compiled(self.expression)(self._given()))

    def __int__(self) -> int:
        """Tell the value of what is whole by its expression, such as bytes; raises `ValueError` where it is not."""
        value = self.value
        if isinstance(value, int):
            return value
        raise ValueError(f"{self.key} = {self.expression} is not whole: {value}")

    def over(self, name: str, values: Iterable[float]) -> Iterator[float]:
        """Yield what it comes to with each of some values for one input; raises as `value` does.

        >>> list(Formula("twice", "2 * a", (Input("a", 1),)).over("a", [3, 0.5]))
        [6, 1]
        """
        reckon, given = _compiled(self.expression), self._given()
        for value in values:
            given[name] = _taken(value)
            yield _told(reckon(given))

    def _given(self) -> dict[str, Exact]:
        return {each.name: _taken(each.value) for each in self.inputs}


@dataclass(frozen=True, slots=True)
class ToldFormula:
    """A formula as a plan document from elsewhere tells it, at a path of that document, with the value that it is said to have.

    Nobody evaluates it: what others wrote may be anything. `inputs` are the paths of the formula's inputs, "" for one that
    stands nowhere in the document.
    """

    path: str
    formula: Formula
    value: float
    inputs: tuple[str, ...] = ()


def exact(value: float) -> Fraction:
    """Take a number as it is written: 0.15 is 15/100, and not the binary fraction next to it.

    >>> exact(0.15)
    Fraction(3, 20)
    """
    return Fraction(value) if isinstance(value, int) else Fraction(str(value))


# Shares come again and again, and reading a text takes longer than all arithmetic with it.
@lru_cache(maxsize=1_000)
def _written(value: float) -> Fraction:
    return Fraction(str(value))


def _taken(value: float) -> Exact:
    """Take a number as it is written; whole ones stay integers, which reckon many times faster than fractions."""
    return value if isinstance(value, int) else _written(value)


def _told(found: Exact) -> float:
    """Tell a whole number where it is one."""
    return found.numerator if found.denominator == 1 else float(found)


def _divide(dividend: Exact, divisor: Exact) -> Exact:
    return Fraction(dividend, divisor)


def _power(base: Exact, exponent: Exact) -> Exact:
    if abs(exponent.numerator) > _MOST_EXPONENT * exponent.denominator:
        raise OverflowError(f"the exponent {float(exponent):g} is beyond {_MOST_EXPONENT}")
    if exponent.denominator == 1:
        return Fraction(base) ** int(exponent)
    return exact(float(base) ** float(exponent))


_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Exact, Exact], Exact]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divide,
    ast.Pow: _power,
}
_FUNCTIONS: Final[Mapping[str, Callable[..., Exact]]] = {
    "ceil": math.ceil,
    "floor": math.floor,
    "max": max,
    "min": min,
}


@cache
def _compiled(expression: str) -> Reckon:
    return _reckon(ast.parse(expression, mode="eval").body)


def _reckon(node: ast.expr) -> Reckon:
    """Turn a node into a function of the inputs; raises `ValueError` for what is no arithmetic."""
    match node:
        case ast.Constant(value=int() | float() as number):
            constant = _taken(number)
            return lambda _: constant
        case ast.Name(id=name):
            return operator.itemgetter(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _reckon(operand)
            return lambda inputs: -inner(inputs)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            apply, first, second = _OPERATORS[type(op)], _reckon(left), _reckon(right)
            return lambda inputs: apply(first(inputs), second(inputs))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            function, parts = _FUNCTIONS[name], [_reckon(each) for each in args]
            return lambda inputs: function(*[part(inputs) for part in parts])
        case _:
            raise ValueError(f"this is no arithmetic: {ast.unparse(node)}")
