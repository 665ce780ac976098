from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.profile.functions import FUNCTIONS, BadCall, Missing, call, written

if TYPE_CHECKING:
    from regplan.profile.functions import Value

UNSET = Missing("not set", is_empty=True)
UNKNOWN = Missing("only the cluster knows")


# What sprig v3 and text/template print for the same calls.
@pytest.mark.parametrize(
    ("name", "given_", "result"),
    [
        ("trim", ["  a  "], "a"),
        ("trimAll", ["$", "$5.00$"], "5.00"),
        ("trimPrefix", ["v", "v1.30"], "1.30"),
        ("trimSuffix", ["-rev2", "1.30-rev2"], "1.30"),
        ("upper", ["ab"], "AB"),
        ("lower", ["AB"], "ab"),
        ("title", ["hello world"], "Hello World"),
        ("untitle", ["Hello World"], "hello world"),
        ("repeat", [3, "ab"], "ababab"),
        ("repeat", [-1, "ab"], ""),
        ("substr", [0, 4, "1.30.5"], "1.30"),
        ("substr", [-1, 2, "abc"], "ab"),
        ("substr", [1, -1, "abc"], "bc"),
        ("trunc", [3, "hello"], "hel"),
        ("trunc", [-3, "hello"], "llo"),
        ("nospace", [" a b c "], "abc"),
        ("contains", ["b", "abc"], True),
        ("hasPrefix", ["a", "abc"], True),
        ("hasSuffix", ["a", "abc"], False),
        ("quote", ['say "a"'], '"say \\"a\\""'),
        ("squote", ["a", "b"], "'a' 'b'"),
        ("cat", ["a", "b"], "a b"),
        ("indent", [2, "a\nb"], "  a\n  b"),
        ("nindent", [1, "a"], "\n a"),
        ("replace", [".", "-", "1.30.5"], "1-30-5"),
        ("b64enc", ["a:b"], "YTpi"),
        ("b64dec", ["YTpi"], "a:b"),
        ("int", ["12.7"], 12),
        ("int", ["many"], 0),
        ("atoi", ["7"], 7),
        ("add", ["1", 2, 3], 6),
        ("add1", [1], 2),
        ("sub", [1, 2], -1),
        ("mul", [3, 4], 12),
        ("div", [-7, 2], -3),
        ("mod", [-7, 2], -1),
        ("max", [1, 3, 2], 3),
        ("min", [1, 3, 2], 1),
        ("splitList", [".", "1.30"], ("1", "30")),
        ("split", [".", "1.30"], {"_0": "1", "_1": "30"}),
        ("join", ["-", ("a", "b")], "a-b"),
        ("first", [("a", "b")], "a"),
        ("last", [("a", "b")], "b"),
        ("rest", [("a", "b", "c")], ("b", "c")),
        ("initial", [("a", "b", "c")], ("a", "b")),
        ("index", [("a", "b"), 1], "b"),
        ("list", ["a", "b"], ("a", "b")),
        ("list", [], ()),
        ("printf", ["a"], "a"),
        ("max", [7], 7),
        ("len", ["abc"], 3),
        ("eq", ["a", "b", "a"], True),
        ("ne", ["a", "b"], True),
        ("not", [True], False),
        ("toString", [5], "5"),
        ("print", ["a", 1], "a1"),
        ("printf", ["%s:%d %q %v%%", "a", 1, "b", True], 'a:1 "b" true%'),
        ("semver", ["v1.30.5-rev2"], {"Major": 1, "Minor": 30, "Patch": 5, "Prerelease": "rev2"}),
        ("ternary", ["a", "b", True], "a"),
        ("ternary", ["a", "b", False], "b"),
        ("default", ["d", "a"], "a"),
        ("default", ["d", ""], "d"),
        ("default", ["d", UNSET], "d"),
        ("default", ["d", UNKNOWN], UNKNOWN),
        ("coalesce", [UNSET, "", "b", UNKNOWN], "b"),
        ("coalesce", [UNKNOWN, "b"], UNKNOWN),
        ("empty", [UNSET], True),
        ("empty", ["a"], False),
        ("empty", [UNKNOWN], UNKNOWN),
        ("upper", [UNSET], UNSET),
    ],
)
def test_a_function_does_what_sprig_does(name: str, given_: list[Value], result: Value) -> None:
    assert call(name, given_) == result


@pytest.mark.parametrize(
    ("name", "given_", "problem"),
    [
        ("genPrivateKey", ["rsa"], "the function genPrivateKey is not known here"),
        ("upper", [], "the function upper takes 1 value, and 0 are given"),
        ("max", [], "the function max takes 1 value, and 0 are given"),
        ("eq", ["a"], "the function eq takes 2 values, and 1 are given"),
        ("default", ["a"], "the function default takes 2 values, and 1 are given"),
        ("ternary", ["a", "b", "c"], "wants true or false"),
        ("trunc", ["a", "b"], "the function trunc wants a number, and here is another value"),
        ("trunc", [True, "b"], "wants a number"),
        ("upper", [("a",)], "wants a text"),
        ("first", ["a"], "wants a list"),
        ("first", [()], "the list has no item 0"),
        ("index", [("a",), 5], "the list has no item 5"),
        ("div", [1, 0], "divides by zero"),
        ("mul", [2**62, 2], "more than 64 bits"),
        ("b64dec", ["%"], "is not base64"),
        ("semver", ["latest"], "'latest' is not a version"),
        ("printf", ["%05d", 1], "with %s, %d, %v and %q only"),
        ("printf", ["%s"], "too few values"),
        ("repeat", [10**17, "a"], "more than 10,000 characters"),
        ("indent", [10**17, "a"], "more than 10,000 characters"),
        ("replace", ["", "a" * 200, "b" * 200], "more than 10,000 characters"),
    ],
)
def test_a_call_that_cannot_be_is_said(name: str, given_: list[Value], problem: str) -> None:
    with pytest.raises(BadCall, match=re.escape(problem)):
        call(name, given_)


def test_a_list_is_no_single_value() -> None:
    with pytest.raises(BadCall, match="it makes a list"):
        written(("a",))
    with pytest.raises(BadCall, match="only the cluster knows"):
        written(UNKNOWN)


@given(st.text(max_size=300))
def test_base64_there_and_back_is_the_same(text: str) -> None:
    assert call("b64dec", [call("b64enc", [text])]) == text


@given(st.text(alphabet=".ab", max_size=40))
def test_splitting_and_joining_is_the_same(text: str) -> None:
    assert call("join", [".", call("splitList", [".", text])]) == text


@given(st.integers(-(10**9), 10**9), st.integers(-(10**6), 10**6).filter(bool))
def test_a_quotient_and_its_rest_make_the_number(left: int, right: int) -> None:
    quotient, rest = call("div", [left, right]), call("mod", [left, right])
    assert isinstance(quotient, int)
    assert isinstance(rest, int)
    assert quotient * right + rest == left
    assert abs(rest) < abs(right)


VALUES = st.one_of(
    st.text(max_size=20),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.just(UNSET),
    st.tuples(st.text(max_size=3)),
)


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(VALUES, max_size=4))
def test_whatever_a_function_is_given_it_answers_or_says_why_not(name: str, given_: list[Value]) -> None:
    with suppress(BadCall):
        assert not isinstance(call(name, given_), list)
