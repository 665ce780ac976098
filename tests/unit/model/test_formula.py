from __future__ import annotations

from fractions import Fraction

import pytest

from regplan.model.formula import Formula, Input, exact


def ratio(name: str, value: float) -> Input:
    return Input(name, value, "ratio", "assumed")


def test_a_formula_s_value_is_its_expression_in_exact_fractions() -> None:
    formula = Formula(
        "kept", "ceil(live * version_delta) * 3", (Input("live", 10**18 + 1), ratio("version_delta", 0.35))
    )

    assert formula.value == 3 * -(-(10**18 + 1) * 35 // 100)
    assert isinstance(formula.value, int)


def test_ratios_are_taken_as_they_are_written() -> None:
    assert Formula("share", "size * share", (Input("size", 10), ratio("share", 0.1))).value == 1


def test_what_is_not_whole_is_a_float_and_no_count_of_bytes() -> None:
    formula = Formula("share", "a / b", (Input("a", 1), Input("b", 3)), "ratio")

    assert formula.value == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="share = a / b is not whole"):
        int(formula)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("max(a, b) - min(a, b)", 4),
        ("-a + 2 * (b - 1)", 9),
        ("floor(b / 2)", 3),
        ("(1 + a) ** 2", 16),
        ("ceil(1000 * (1 + 0.15) ** 1.5)", 1234),
    ],
)
def test_arithmetic_has_its_meaning_in_python(expression: str, value: int) -> None:
    assert Formula("any", expression, (Input("a", 3), Input("b", 7)), "").value == value


@pytest.mark.parametrize(
    "expression", ["a.real", "__import__('os')", "[a]", "a if a else a", "max(a, key=a)", "'a'", "a // 2"]
)
def test_what_is_no_arithmetic_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="this is no arithmetic"):
        _ = Formula("any", expression, (Input("a", 3),)).value


@pytest.mark.parametrize("expression", ["2 ** 100000", "9.5 ** 999.5", "a / 0"])
def test_what_is_beyond_any_number_is_an_arithmetic_error(expression: str) -> None:
    with pytest.raises(ArithmeticError):
        _ = Formula("any", expression, (Input("a", 3),)).value


def test_a_whole_number_is_exact_and_a_ratio_is_as_it_is_written() -> None:
    assert (exact(2**70), exact(0.0192)) == (Fraction(2**70), Fraction(192, 10_000))
