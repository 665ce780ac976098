from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.profile.functions import BadCall, Missing, Value
from regplan.profile.pipeline import evaluate


def look_up(path: str) -> Value:
    return {".a": "x", ".n": "3"}.get(path, Missing(f"{path} is not set", is_empty=True))


@pytest.mark.parametrize(
    ("inner", "value"),
    [
        (" .a ", "x"),
        ("$.a", "x"),
        ('"a\\"b\\n"', 'a"b\n'),
        ("`a\\n`", "a\\n"),
        ("'a'", "a"),
        ("7", 7),
        ("true", True),
        (".a | upper | quote", '"X"'),
        ('printf "%s-%s" .a (.a|upper)', "x-X"),
        ("add 1 (mul 2 .n)", 7),
        ("(split `.` `1.2`)._1", "2"),
        ("ternary `a` `b` (eq .a `x`)", "a"),
        ("/* nothing */", ""),
        ("default `d` .b", "d"),
        ('trimPrefix "|" "|a"', "a"),
    ],
)
def test_an_action_is_worked_out_as_go_does(inner: str, value: Value) -> None:
    assert evaluate(inner, look_up) == value


def test_what_is_not_set_goes_through_functions_until_something_fills_it() -> None:
    assert evaluate(".b | upper | trim", look_up) == Missing(".b is not set", is_empty=True)
    assert evaluate(".b | upper | default `c` | title", look_up) == "C"


@pytest.mark.parametrize(
    ("inner", "problem"),
    [
        ("", "an empty macro"),
        ("()", "an empty macro"),
        (".a .a", ".a is no function"),
        (".a | .a", ".a is no function"),
        (".a | 5", "5 is no function"),
        (".a |", "nothing follows a bar"),
        ("(.a", "a bracket is not closed"),
        (".a)", "a bracket closes nothing"),
        ('"a', "not closed"),
        ("range .a", "the function range is not known here"),
        ("a" * 10_001, "more than 10,000 characters"),
    ],
)
def test_what_is_no_action_is_said(inner: str, problem: str) -> None:
    with pytest.raises(BadCall, match=problem):
        evaluate(inner, look_up)


@given(st.text(alphabet=" .an|()\"'`0upper$-,=\\", max_size=40))
def test_whatever_stands_there_is_worked_out_or_said(inner: str) -> None:
    with suppress(BadCall):
        assert evaluate(inner, look_up) is not None
