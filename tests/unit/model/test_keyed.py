"""Arithmetic over keys: what is read, and what is refused with a reason."""

from __future__ import annotations

import pytest

from regplan.model.formula import Formula, Input
from regplan.model.keyed import parse_keyed


def value(text: str, **inputs: float) -> float:
    keyed = parse_keyed(text)
    assert {name for name, _ in keyed.keys} == set(inputs)
    return Formula("x", keyed.expression, tuple(Input(name, told) for name, told in inputs.items())).value


def test_a_key_alone_is_told_as_one() -> None:
    key = parse_keyed(" storage.claimed_bytes ").key

    assert key is not None
    assert key.steps == ("storage", "claimed_bytes")
    assert parse_keyed("storage.claimed_bytes + 0").key is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b * 2 + 5GB", 2 * 30 + 5 * 10**9),
        ("a.b / 4", 7.5),
        ("(a.b - 10) * 50%", 10),
        ("-a.b + 1Ki", 1024 - 30),
        ("a.b + 1 KiB", 1024 + 30),
        ("ceil(a.b / 7)", 5),
        ("max(a.b, 40, 7)", 40),
        ("min( a.b , 1.5 )", 1.5),
        ("a.b*2", 60),
    ],
)
def test_numbers_have_units_and_reckoning_is_exact(text: str, expected: float) -> None:
    assert value(text, a_b=30) == expected


def test_a_name_may_hold_a_hyphen_and_a_minus_stands_between_spaces() -> None:
    keyed = parse_keyed("hosts.node-1.cpu_milli - hosts.node-2.cpu_milli")

    assert [key.steps[1] for _, key in keyed.keys] == ["node-1", "node-2"]
    assert value("a.b - a.c", a_b=5, a_c=3) == 2


def test_items_are_named_by_place_by_text_and_by_a_star() -> None:
    keyed = parse_keyed('hosts[0].cpu_milli + findings["storage.claim"].measured + hosts.*.cpu_milli')

    assert [key.steps for _, key in keyed.keys] == [
        ("hosts", 0, "cpu_milli"),
        ("findings", "storage.claim", "measured"),
        ("hosts", "*", "cpu_milli"),
    ]
    assert [key.stem for _, key in keyed.keys] == [None, None, ("hosts",)]


def test_a_function_over_items_takes_them_together() -> None:
    keyed = parse_keyed("sum(hosts.*.memory_bytes) / count(hosts.*)")

    assert [(key.over, key.stem) for _, key in keyed.keys] == [("sum", None), ("count", None)]


def test_two_keys_that_would_have_one_name_have_two() -> None:
    names = [name for name, _ in parse_keyed("a.b_c + a_b.c + a.b_c").keys]

    assert names == ["a_b_c", "a_b_c_1"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("a.b +", "no arithmetic"),
        ("a.b c.d", "no arithmetic"),
        ("a.b ** 2", "no arithmetic"),
        ("a.b; import os", "is neither a key"),
        ("__import__('os')", "is neither a key"),
        ("4.7.2", "is neither a key"),
        ("5 gb", "is neither a key|no arithmetic"),
        ("sum(a.b)", r"sum\(\) is over the items of a list"),
        ("a.*.b.*", "more than one"),
        ("a" * 600, "longer than 500"),
        ("(" * 400 + "a", "no arithmetic|is neither"),
        ("a(b)", "no arithmetic"),
    ],
)
def test_what_is_no_arithmetic_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_keyed(text)


def test_dividing_by_what_may_be_nothing_is_arithmetic_all_the_same() -> None:
    assert parse_keyed("a.b / (a.c - a.d)").expression
