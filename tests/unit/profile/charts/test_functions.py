"""Functions of templates against helm itself, and what they do with what nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.profile.charts.data import MARK, UNKNOWN, Data, truth
from regplan.profile.charts.functions import call, is_known
from regplan.profile.charts.plain_functions import PLAIN_FUNCTIONS
from regplan.profile.charts.semver import satisfies
from regplan.profile.charts.text_functions import TEXT_FUNCTIONS
from regplan.profile.charts.tree_functions import TREE_FUNCTIONS
from regplan.profile.macros import Scope
from unit.profile.charts.made import chart, deployment, uses

if TYPE_CHECKING:
    from regplan.profile.parts import Renderer

# What helm 3.22 makes of each, between an x and a y.
_EXPRESSIONS = (
    ('"AbC" | lower', "abc"),
    ('"abc" | trunc 2', "ab"),
    ('"abc" | trunc -2', "bc"),
    ('"a-b-c" | replace "-" "."', "a.b.c"),
    ('"xax" | trimAll "x"', "a"),
    ('"va" | trimPrefix "v"', "a"),
    ('"a.x" | trimSuffix ".x"', "a"),
    ('" a " | trim', "a"),
    ('printf "%s-%d-%v" "a" 3 true', "a-3-true"),
    ('print "a" "b"', "ab"),
    ('list "a" "b" | join "-"', "a-b"),
    ('"a,b" | splitList "," | last', "b"),
    ('(split "/" "a/b")._1', "b"),
    ('first (list "a" "b")', "a"),
    ('index (list "a" "b") 1', "b"),
    ('index (dict "k" "v") "k"', "v"),
    ('get (dict "k" "v") "k"', "v"),
    ('dig "a" "b" "none" (dict "a" (dict "b" "c"))', "c"),
    ('dig "a" "x" "none" (dict "a" (dict "b" "c"))', "none"),
    ('default "a" ""', "a"),
    ('default "a" "b"', "b"),
    ('coalesce "" nil "c"', "c"),
    ('ternary "a" "b" true', "a"),
    ('ternary "a" "b" (eq 1 2)', "b"),
    ("toString 12", "12"),
    ("12 | int64 | toString", "12"),
    ('"3" | atoi | add 4', "7"),
    ("sub 7 2", "5"),
    ("mul 2 3", "6"),
    ("div 7 2", "3"),
    ("mod 7 4", "3"),
    ("max 1 5 3", "5"),
    ("min 4 2", "2"),
    ("len (list 1 2)", "2"),
    ('len "abc"', "3"),
    ('(dict "a" 1) | toYaml | fromYaml | len', "1"),
    ('(omit (dict "a" 1 "b" 2) "a") | keys | first', "b"),
    ('(pick (dict "a" 1 "b" 2) "a") | keys | first', "a"),
    ('(merge (dict "a" "x") (dict "a" "y" "b" "z")).a', "x"),
    ('(mergeOverwrite (dict "a" "x") (dict "a" "y")).a', "y"),
    ('hasKey (dict "a" 1) "a"', "true"),
    ('hasPrefix "a" "abc"', "true"),
    ('hasSuffix "a" "abc"', "false"),
    ('contains "b" "abc"', "true"),
    ('has "a" (list "a")', "true"),
    ('empty ""', "true"),
    ("not true", "false"),
    ('and "a" "b"', "b"),
    ('and "" "b" | default "x"', "x"),
    ('or "" "b"', "b"),
    ('eq "a" "b" "a"', "true"),
    ("ne 1 2", "true"),
    ("lt 1 2", "true"),
    ("ge 2 2", "true"),
    ('kindIs "map" (dict)', "true"),
    ('kindOf "a"', "string"),
    ('kindIs "slice" (list)', "true"),
    ('typeIs "string" "a"', "true"),
    ('(list "b" "a" | sortAlpha) | first', "a"),
    ('(list "a" "a" | uniq) | len', "1"),
    ('(without (list "a" "b") "a") | first', "b"),
    ('(append (list "a") "b") | last', "b"),
    ('(prepend (list "a") "b") | first', "b"),
    ('(concat (list "a") (list "b")) | last', "b"),
    ('(list "a" "b" | rest) | first', "b"),
    ("until 3 | last", "2"),
    ('substr 0 2 "abc"', "ab"),
    ('cat "a" "b" | replace " " "-"', "a-b"),
    ('"a b" | nospace', "ab"),
    ('regexMatch "^a.c$" "abc"', "true"),
    ('semverCompare ">=1.2-0" "1.3.0"', "true"),
    ('semverCompare "~1.2" "1.3.0"', "false"),
    ('"a" | quote | trimAll "\\""', "a"),
    ('dict "a" 1 | toJson | fromJson | len', "1"),
    ('list 1 "b" | toJson | len', "7"),
    ('tpl "{{ .Release.Name }}" .', "web"),
    ('required "x" "a"', "a"),
    ('"a\\tb" | replace "\\t" "-"', "a-b"),
    ("`a` | upper | lower", "a"),
    ("1.0 | toString", "1"),
    ('trimall "x" "xa"', "a"),
    ('html "a"', "a"),
    ('println "a" | trim', "a"),
    ("all 1 2", "true"),
    ('any "" 0', "false"),
    ('list "" "a" | compact | first', "a"),
    ('dict "a" 1 | values | first', "1"),
    ('tuple "a" | first', "a"),
    ("add1 2", "3"),
    ('int "7"', "7"),
    ("float64 1.5", "1.5"),
    ("le 1 2", "true"),
    ("gt 2 1", "true"),
    ("slice (list 1 2 3) 1 2 | first", "2"),
    ('list 1 2 | toStrings | join "-"', "1-2"),
    ('typeOf "a"', "string"),
    ('printf "%%-%q" "a" | trimAll "%-\\""', "a"),
    ('unset (dict "a" 1 "b" 2) "a" | keys | first', "b"),
    ('set (dict) "a" "b" | len', "1"),
    ('get (dict) "a" | default "none"', "none"),
    ('include "word" . | nindent 2 | trim', "word"),
    ('include "word" . | indent 1 | trim', "word"),
    ('include "word" . | quote | trimAll "\\""', " word "),
    ('include "word" . | squote | trimAll "\'"', " word "),
    ('include "none" . | nindent 2 | trim', ""),
    ('include "word" . | toString | upper | lower', " word "),
    ('(include "word" .) | trim | trunc 2', "wo"),
    ('(dict "a" (dict "b" "c")).a.b', "c"),
    ("(index .Values.items 0).name", "one"),
    (".Chart.Name", "web"),
    (".Chart.Version", "1.0.0"),
    (".Release.Name", "web"),
    (".Release.Service", "Helm"),
    ('.Template.BasePath | replace "/" "-"', "web-templates"),
    (".Capabilities.KubeVersion.Major", "1"),
    ("$.Release.Namespace", "default"),
    ("0x10", "16"),
    ("1_000", "1000"),
    ("-3", "-3"),
    ("1.5", "1.5"),
    ("`raw`", "raw"),
    ('"a\\u0062"', "ab"),
    ("true | not | not", "true"),
    ("eq nil .Values.none", "true"),
    ('ne "a" "b"', "true"),
    ("kindOf nil", "invalid"),
    ('deepCopy (dict "a" "b") | len', "1"),
    ('mustMerge (dict "a" "x") (dict "b" "y") | len', "2"),
    ("list 1 2 3 | len | int64", "3"),
    ('tpl "x" .', "x"),
    ("tpl .Values.tpl .", "web"),
    ('hasKey .Values "items"', "true"),
    ('index .Values "items" | len', "1"),
    ('substr 1 -1 "abc"', "bc"),
    ('seq 1 3 | replace " " "-"', "1-2-3"),
    ('seq 3 | replace " " "-"', "1-2-3"),
    ('seq 5 -2 1 | replace " " "-"', "5-3-1"),
    ('list "a" | initial | len', "0"),
    ("'a'", "97"),
)
_WORDS = '{{- define "word" }} word {{ end }}{{- define "none" }}{{ end }}'
_VALUES = '{items: [{name: one}], tpl: "{{ .Release.Name }}", none: ~}'


@pytest.mark.parametrize(("expression", "expected"), _EXPRESSIONS)
def test_an_expression_gives_what_helm_gives(renderer: Renderer | None, expression: str, expected: str) -> None:
    made = chart({"a.yaml": deployment(f"a/b:x{{{{ {expression} }}}}y"), "_h.tpl": _WORDS}, _VALUES)
    (sighting,) = uses(made, renderer, scope=Scope(kubernetes="1.31.0")).sightings
    assert sighting.use.text == f"a/b:x{expected}y"


@pytest.mark.parametrize(
    "name", ["add", "contains", "eq", "gt", "hasPrefix", "len", "regexMatch", "semverCompare", "has"]
)
@pytest.mark.parametrize("unknown", [UNKNOWN, f"a{MARK}"])
def test_a_question_about_what_is_unknown_has_no_answer(name: str, unknown: Data) -> None:
    assert call(name, [unknown, "a"]) is UNKNOWN


_VALUES_OF_ANY_KIND = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just(UNKNOWN), st.just(f"a{MARK}"),
    st.lists(st.integers() | st.text(max_size=3), max_size=3), st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
)  # fmt: skip


@pytest.mark.property
@given(
    st.sampled_from(sorted(TEXT_FUNCTIONS | TREE_FUNCTIONS | PLAIN_FUNCTIONS)),
    st.lists(_VALUES_OF_ANY_KIND, max_size=4),
)
def test_no_function_breaks_on_anything(name: str, values: list[Data]) -> None:
    assert is_known(name)
    call(name, values)


def test_a_text_around_what_is_unknown_keeps_what_is_known() -> None:
    assert call("printf", ["%s/%s:%s", "quay.io", "a", UNKNOWN]) == f"quay.io/a:{MARK}"
    assert call("default", ["b", UNKNOWN]) is UNKNOWN
    assert call("coalesce", ["", UNKNOWN, "b"]) is UNKNOWN


@pytest.mark.parametrize(
    ("name", "values"),
    [("lookup", ["v1"]), ("index", [[], 3]), ("regexMatch", ["(a+)+$", "aaa"]), ("div", [1, 0]), ("trunc", ["x", "y"]), ("fromYaml", ["a: [\n"])],
)  # fmt: skip
def test_what_a_function_cannot_do_is_unknown(name: str, values: list[Data]) -> None:
    assert call(name, values) is UNKNOWN


def test_what_is_unknown_is_neither_true_nor_false() -> None:
    assert list(map(truth, (UNKNOWN, MARK, f"a{MARK}", "", 0, [], {"a": 1}, "false"))) == [
        None, None, True, False, False, False, True, True,
    ]  # fmt: skip
    assert is_known("default")
    assert not is_known("lookup")


@pytest.mark.parametrize(
    ("constraint", "version", "holds"),
    [
        (">=1.19-0", "v1.30.5+rke2r1", True), ("<1.19", "1.30.5", False), (">1.30", "1.30.5", False), (">1.30", "1.31.0", True),
        ("<=1.30", "1.30.5", True), ("!=1.30", "1.30.5", False), ("^1.2", "1.9.0", True), ("^1.2", "2.0.0", False),
        ("~1.30", "1.30.9", True), ("~1.30.4", "1.31.0", False), (">=1.2 <1.4", "1.3.0", True), ("1.x", "1.3.0", True),
        (">= 1.21, < 1.25 || ^2", "2.1.0", True), ("1.30.5", "1.30.5", True),
    ],
)  # fmt: skip
def test_a_version_is_held_against_a_constraint(constraint: str, version: str, holds: bool) -> None:
    assert satisfies(constraint, version) is holds


@pytest.mark.parametrize(("constraint", "version"), [("new", "1.2.3"), (">=1.2", "new")])
def test_what_is_no_version_is_refused(constraint: str, version: str) -> None:
    with pytest.raises(ValueError, match="new"):
        satisfies(constraint, version)


def test_values_reach_a_template_as_they_are_written(helm: Renderer) -> None:
    pack = 'charts: {web: {v: [1, "1", 1.5, true, ~, 1.30, 2026-01-01]}}'
    made = chart(deployment('a/b:{{ toJson .Values.v | replace "\\"" "q" | replace "," "_" | trimAll "[]" }}'))
    for renderer in (helm, None):
        (read,) = uses(made, renderer, pack).sightings
        assert read.use.text == "a/b:1_q1q_1.5_true_null_1.3_q2026-01-01q"
