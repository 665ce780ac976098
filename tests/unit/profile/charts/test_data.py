from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.profile.charts.data import MARK, UNKNOWN, Data, as_text, dumped, fill, to_json, typed
from regplan.profile.macros import Scope
from regplan.profile.tree import parse_documents
from unit.profile.charts.made import chart, deployment, uses

if TYPE_CHECKING:
    from regplan.profile.parts import Renderer


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("Yes", True), ("off", False), ("~", None), ("12", 12), ("-3", -3), ("0x1F", 31), ("0o17", 15),
        ("017", 15), ("1_000", 1000), ("1.10", 1.1), (".5", 0.5), ("1e3", 1000), ("'1'", "1"), ('"true"', "true"),
        ("v1", "v1"), ("1.2.3", "1.2.3"), ("2026-01-01", "2026-01-01"), ("-", ["x"]), ("1e999", "1e999"), ("- ", [None]),
        ("08", 8), ("0x", "0x"), ("+", "+"),
    ],
)  # fmt: skip
def test_a_plain_scalar_gets_the_type_that_helm_gives_it(text: str, value: Data) -> None:
    if text == "-":
        text = "[x]"
    found = typed(parse_documents(text)[0])
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"), (1.5, "1.5"), (1e30, "1e+30"), (True, "true"), (None, ""), (7, "7"), ("a", "a"), (UNKNOWN, MARK),
        ({}, MARK), ([], MARK),
    ],
)  # fmt: skip
def test_a_value_is_printed_as_go_prints_it(value: Data, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Y",
        "n",
        "On",
        "NULL",
        "017",
        "0o17",
        "08",
        "1_000",
        "1e3",
        "1.50",
        ".5",
        "-.5",
        "+1",
        "0x1f",
        "1.2.3",
        "12e",
        "_1",
        "1:30",
    ],
)
def test_types_are_those_of_helms_own_reader(helm: Renderer, text: str) -> None:
    made = chart(deployment('a/b:{{ toJson .Values.v | replace "\\"" "q" }}'), f"v: {text}")
    (theirs,), (ours,) = uses(made, helm).sightings, uses(made).sightings
    assert ours.use.text == theirs.use.text


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text("abc: -{}[]#'\"\\\n~0123.eoxyntrufals", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab: -1", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.property
@given(_JSON)
def test_what_is_dumped_as_yaml_is_read_back_as_it_was(value: Data) -> None:
    assert typed(parse_documents(dumped(value))[0]) == value


@pytest.mark.property
@given(_JSON)
def test_what_is_written_as_json_is_read_back_as_it_was(value: Data) -> None:
    assert json.loads(to_json(value)) == value


def test_a_macro_is_filled_and_its_value_typed_as_it_stands() -> None:
    tree = parse_documents(
        "{a: {{.spectro.var.n}}, b: '{{.spectro.var.n}}', c: ['x-{{ .spectro.var.none }}'], d: '{{ .Values.a }}'}"
    )[0]
    assert typed(fill(tree, Scope({"n": "3"}))) == {
        "a": 3,
        "b": "3",
        "c": ["x-{{ .spectro.var.none }}"],
        "d": "{{ .Values.a }}",
    }
