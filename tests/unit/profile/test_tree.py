from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from regplan.profile import tree
from regplan.profile.tree import BadSyntax, Map, Seq, TooMuch, describe, dig, flag, parse_documents, texts_of

DEMO = Path(__file__).parents[3] / "data" / "demo" / "profiles"


def one(text: str) -> object:
    (document,) = parse_documents(text)
    return document


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(BadSyntax) as caught:
        parse_documents(text)
    return caught.value.problems


@pytest.mark.parametrize(
    "written", ["1.30", "1e3", "0x1F", "2026-01-01", "yes", "0123", "1_000", "12:30:45", ".inf", "007"]
)
def test_a_scalar_stays_as_it_is_written(written: str) -> None:
    assert one(f"key: {written}") == {"key": written}


@pytest.mark.parametrize("written", ["", "~", "null", "Null", "NULL"])
def test_a_plain_null_is_none_and_a_quoted_one_is_text(written: str) -> None:
    assert one(f"key: {written}") == {"key": None}
    assert one(f'key: "{written}"') == {"key": written}


def test_json_numbers_and_truth_values_are_texts_as_well() -> None:
    assert one('{"a": 1.50, "b": true, "c": null, "d": [1]}') == {"a": "1.50", "b": "true", "c": None, "d": ["1"]}


def test_a_byte_order_mark_before_json_or_yaml_is_taken_off() -> None:
    assert one('\ufeff{"a": "b"}') == one("\ufeffa: b") == {"a": "b"}


@pytest.mark.parametrize("path", sorted(DEMO.glob("*.*")), ids=lambda path: path.name)
def test_the_reader_in_plain_python_reads_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = path.read_text(encoding="utf-8")
    read_by_default = parse_documents(text)
    monkeypatch.setattr(tree, "_LOADER", yaml.SafeLoader)
    assert parse_documents(text) == read_by_default
    with pytest.raises(BadSyntax, match="line 2"):
        parse_documents("a: [1\nb: 2")


def test_every_key_and_item_knows_its_line() -> None:
    found = one("a: 1\nb:\n  - x\n  - y\nc: {d: 2}\n")
    assert isinstance(found, Map)
    assert found.lines == {"a": 1, "b": 2, "c": 5}
    items = found["b"]
    assert isinstance(items, Seq)
    assert items.lines == [3, 4]


def test_a_macro_without_quotes_stays_whole() -> None:
    text = 'a: {{ .spectro.var.A }}:{{.spectro.var.B | substr 0 4}}\nb: "v{{.spectro.var.C}}"\n{{.spectro.var.D}}: e\n'
    assert one(text) == {
        "a": "{{ .spectro.var.A }}:{{.spectro.var.B | substr 0 4}}",
        "b": "v{{.spectro.var.C}}",
        "{{.spectro.var.D}}": "e",
    }


def test_a_macro_with_escaped_quotes_inside_json_is_read_as_json_reads_it() -> None:
    assert one('{"a": "{{ x | f \\"y\\" }}"}') == {"a": '{{ x | f "y" }}'}


def test_a_text_with_the_private_characters_that_stand_for_macros_is_left_alone() -> None:
    assert one("a: \ue0000\ue001\nb: '{{.c}}'") == {"a": "\ue0000\ue001", "b": "{{.c}}"}


def test_several_documents_are_told_apart_and_empty_ones_are_none() -> None:
    assert parse_documents("a: 1\n---\n---\nb: 2\n") == ({"a": "1"}, None, {"b": "2"})


def test_anchors_aliases_and_merges_mean_what_yaml_says() -> None:
    text = "base: &b {x: 1, y: 2}\nname: &n z\nall: {<<: *b, y: 3}\nlist: {<<: [*b, {w: 4}]}\n*n : [*n, *b]\n"
    assert one(text) == {
        "base": {"x": "1", "y": "2"},
        "name": "z",
        "all": {"x": "1", "y": "3"},
        "list": {"x": "1", "y": "2", "w": "4"},
        "z": ["z", {"x": "1", "y": "2"}],
    }


def test_a_quoted_merge_key_is_an_ordinary_key() -> None:
    assert one('"<<": {a: 1}') == {"<<": {"a": "1"}}


def test_every_key_that_stands_twice_is_named_with_both_lines() -> None:
    assert mistakes("a: 1\nb: {c: 1, c: 2}\na: 3\n") == (
        "line 2: the key 'c' stands twice, first in line 2",
        "line 3: the key 'a' stands twice, first in line 1",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1, 2\nb: 3", "line 2, column 2"),
        ("a: b: c", "line 1, column 5: mapping values are not allowed in this context"),
        ("a:\n\tb: 1", "line 2, column 1: a tab stands before the text, where YAML is indented with blanks alone"),
        ("a: b\x00", "line 1: the character U+0000 stands in no text"),
        ("ok\n\x1b[0m", "line 2: the character U+001B stands in no text"),
        ("a: \ud800", "U+D800"),
        ("a: *nobody", "the alias *nobody names nothing that was complete before it"),
        ("a: &a [*a]", "the alias *a names nothing that was complete before it"),
        ("{a: b}: c", "a key must be text, and here is a mapping or a list"),
        ("a: &l [1]\n*l : b", "a key must be text, and *l is not"),
        ("<<: text", "<< takes a mapping or a list of mappings"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(text: str, message: str) -> None:
    assert message in mistakes(text)[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1} trailing', "line 1, column 10: something follows the end of the document"),
        ('{"a": 1}{"b": 2}', "line 1, column 9: something follows the end of the document"),
        ('{"a": [1, 2', "line 1, column 12: Expecting ',' delimiter"),
        ('{"a": "\\ud800"}', "half of a character"),
        ('{"\\ud800": 1}', "half of a character"),
        ('{"a\\ud83d\\ude00": 1, "a\\ud83d\\ude00": 2}', "stands twice"),
        ('{"\\ud83d\\ude00": ' + "[" * 150 + "]" * 150 + "}", "nested more than 100 levels deep"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(text: str, message: str) -> None:
    assert message in mistakes(text)[0]


def test_json_that_yaml_cannot_read_is_read_as_json() -> None:
    text = json.dumps({"smile": "\U0001f600", "yes": True, "list": [None, {"n": 1}]})
    assert "\\ud83d" in text
    assert one(text) == {"smile": "\U0001f600", "yes": "true", "list": [None, {"n": "1"}]}


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, '{"a":' * 100_000])
def test_deep_nesting_ends_in_an_error_and_not_in_a_crash(text: str) -> None:
    assert mistakes(text)


def test_json_that_is_nested_beyond_pythons_stack_is_an_error() -> None:
    assert mistakes('["\\ud83d\\ude00",' * 99_000) == ("this is nested too deeply",)


def test_a_bomb_of_aliases_is_refused_before_anything_walks_it() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "the aliases expand to more than 50,000 values" in mistakes("\n".join(lines))[0]


def test_following_keys_ends_in_none_where_one_is_absent_or_no_mapping() -> None:
    found = parse_documents("a: {b: [c]}")[0]
    assert dig(found, "a", "b") == ["c"]
    assert dig(found, "a", "x") is None
    assert dig(found, "a", "b", "c") is None


def test_truth_values_are_those_of_yaml_1_1() -> None:
    assert [flag(each) for each in ("TRUE", "yes", "on", "False", "no", "off")] == [True] * 3 + [False] * 3
    assert flag("1") is None
    assert flag(Map()) is None


def test_a_tree_is_described_without_its_content() -> None:
    assert [describe(each) for each in (None, "secret", Map(), Seq())] == ["empty", "text", "a mapping", "a list"]


def test_the_texts_of_a_tree_are_its_scalars() -> None:
    assert list(texts_of(parse_documents("a: [b, {c: d}, null]")[0])) == ["b", "d"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("x" * (2**24 + 1), "longer than 16,777,216 characters"),
        ("- a\n" * 260_000, "more than 400,000 lines and items"),
        ('{"values": "' + "x: 1\\n" * 500_001 + '"}', "more than 400,000 lines and items"),
        ("[\t" + "{}," * 260_000 + "{}]", "more than 400,000 lines and items"),
        (f"a:\n  ? {'k' * 1_025}\n  : b", "line 2: a key is longer"),
        ("{\t" + f'"{"k" * 1_025}": 1}}', "a key is longer than 1,024 characters"),
        ("a: |\n  " + "x" * (2**23 + 1), "line 1: a text is longer than 8,388,608 characters"),
        ("- " * 101, "nested more than 100 levels deep"),
        ("%TAG !a! b\n" * 101 + "---\na: 1", "more than 100 %TAG lines"),
    ],
    ids=["text", "lines", "lines inside", "items", "key", "JSON key", "scalar", "depth", "tags"],
)
def test_what_is_more_than_a_tree_should_hold_is_refused(text: str, what: str) -> None:
    with pytest.raises(TooMuch) as caught:
        parse_documents(text)

    assert what in str(caught.value)


def test_lines_of_prose_are_no_reason_to_refuse() -> None:
    assert parse_documents("# every line is a comment\n" * 399_000 + "a: 1") == ({"a": "1"},)


def test_aliases_that_are_used_often_are_read_and_their_sum_is_bounded() -> None:
    shared = "a: &a {k: v, l: w}\n" + "".join(f"b{number}: *a\n" for number in range(1_000))

    found = one(shared)

    assert isinstance(found, Map)
    assert len(found) == 1_001
    assert "the aliases expand" in mistakes(shared + "".join(f"c{number}: *a\n" for number in range(12_000)))[0]


def test_merged_keys_stand_in_the_order_in_which_they_are_written() -> None:
    (found,) = parse_documents(
        "base: &b {z: 1, y: 2, x: 3, w: 4}\nmore: &m {v: 5, z: 6}\nown:\n  y: 7\n  <<: [*b, *m]\n"
    )

    own = dig(found, "own")

    assert isinstance(own, Map)
    assert list(own.items()) == [("y", "7"), ("z", "1"), ("x", "3"), ("w", "4"), ("v", "5")]
