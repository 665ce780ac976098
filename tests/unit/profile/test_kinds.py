from __future__ import annotations

import json
import re
from typing import Any

import pytest

from regplan.profile.kinds import is_foreign, sort_out
from regplan.profile.parts import Problems, RawPack
from regplan.profile.read import NamedText, read
from unit.profile.texts import deployment, export, findings, listing, pack, problems, read_one, statuses


@pytest.mark.parametrize("file", ["a.json", "a.txt", "a"])
def test_the_kind_of_a_file_is_in_its_content_and_not_in_its_name(file: str) -> None:
    for text in (export(pack("web", listing("a:1"))), listing("a:1"), deployment("a:1"), "a:1\n"):
        assert statuses(read_one(text, file)) == {"a:1": "listed"}


def test_a_list_may_be_yaml_or_json() -> None:
    assert statuses(read_one("- a:1\n- image: b:1\n")) == {"a:1": "listed", "b:1": "listed"}
    assert statuses(read_one('["a:1", {"iamge": "b:1"}]')) == {"a:1": "listed", "b:1": "listed"}
    assert findings(read_one('["a:1", {"iamge": "b:1"}]')) == []


@pytest.mark.parametrize("text", ["42", "1.5", '"abc"', '"a:1"', "true", "\ufeff 42\n"])
def test_a_single_json_value_is_no_list(text: str) -> None:
    (told,) = problems(text, "t.json")
    assert told.startswith("t.json: this is one JSON value and is not a profile; expected is a cluster profile")


@pytest.mark.parametrize(
    "text",
    [
        '{"spec": {"image": "{{.spectro.var.Host}}/a:1"',
        '\ufeff  {"image": "{{.spectro.var.Host}}/a:1", "b"',
        '["{{.spectro.var.Host}}/a:1"',
        '# exported\n{"image": "{{.spectro.var.Host}}/a:1"',
        "{image: {{.spectro.var.Host}}/a:1",
    ],
)
def test_a_truncated_text_is_an_error_with_line_and_column_and_no_list(text: str) -> None:
    (told,) = problems(text, "t.json")
    assert re.match(r"t\.json: line \d+, column \d+: ", told)


def test_a_list_of_plain_references_and_macros_stays_a_list() -> None:
    lines = ["{{.spectro.var.Host}}/a:1", "b:1", "@bad: line", "{{ .spectro.var.Host | trunc 3 }}/c:1"]
    assert [use.reference is None for use in read_one("\n".join(lines)).uses] == [True, False, True, True]
    assert statuses(read_one("nginx")) == {"nginx": "listed"}


def test_a_list_that_yaml_stumbles_over_is_still_a_list() -> None:
    text = "a:1\nb:1\nc:1 # x\n@bad: line\n"
    assert [use.reference is None for use in read_one(text).uses] == [False, False, False, True]


def test_a_list_of_profiles_and_a_stream_of_everything_are_read_one_by_one() -> None:
    profile = json.loads(export(pack("web", listing("a:1"))))
    assert statuses(read_one(json.dumps([profile]))) == {"a:1": "listed"}
    stream = "\n---\n".join([json.dumps(profile), listing("b:1"), deployment("c:1"), deployment("d:1")])
    declarations = read_one(stream)
    assert statuses(declarations) == {f"{each}:1": "listed" for each in "abcd"}
    assert [each.name for each in declarations.profiles] == ["shop"]


def test_values_without_an_image_list_are_values_all_the_same() -> None:
    assert ("profile.no-image-list", "INFO") in findings(read_one("charts: {web: {a: b}}", "values.yaml"))


def test_a_charts_own_values_are_values_where_they_name_an_image_as_charts_do() -> None:
    declarations = read_one("web: {image: {repository: a/b, tag: 1.0}}", "values.yaml")
    assert [str(use.reference) for use in declarations.uses] == ["docker.io/a/b:1.0"]


def test_a_mapping_that_is_nothing_but_images_is_a_list() -> None:
    declarations = read_one("images: [a:1, {image: 'b:1'}]", "x.yaml")
    assert statuses(declarations) == {"a:1": "listed", "b:1": "listed"}
    assert [use.provenance.key for use in declarations.uses] == ["images[0]", "images[1].image"]


def test_a_list_of_more_images_than_any_site_has_is_refused() -> None:
    told = problems("\n".join(f"registry.example/a{number}:1" for number in range(50_001)), "x.txt")
    assert told == ("x.txt: this names more than 50,000 images, which no site needs; hand over a part of it",)


def test_the_enabled_presets_of_a_values_file_stand_in_its_first_comment() -> None:
    text = "# spectrocloud.com/enabled-presets: Mode:small\n" + listing("a:1")
    (raw,) = sort_out(NamedText("values.yaml", text), Problems())
    assert isinstance(raw, RawPack)
    assert raw.enabled_presets == ("Mode:small",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: s\nprofiles: [a.json]\n", True),
        ("services: {web: {image: a}}", True),
        ('{"schemaVersion": 2, "mediaType": "x"}', True),
        ("jobs: {build: {image: a/b:1}}", False),
        (listing("a:1"), False),
        ("a: [", False),
        ("", False),
    ],
)
def test_what_is_well_known_to_be_something_else_is_told_apart(text: str, *, expected: bool) -> None:
    assert is_foreign(text) is expected


def test_a_key_that_is_long_is_shown_shortened() -> None:
    (told,) = problems(f"{'k' * 500}: 1", "x")
    assert len(told) < 300


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x: the file is empty"),
        ("# only a comment\n", "x: the file is empty"),
        ("---\n---\n", "x: the file is empty"),
        ("This is prose, and no profile.", "x: this is not a cluster profile, a values file"),
        ("<html><body>Log in</body></html>", "x: this is a web page or XML"),
        ("\ufeff  <!DOCTYPE html>\n<p>a: b: c", "x: this is a web page or XML"),
        ("[]", "x: this is a list, where a cluster profile"),
        ("[[1]]", "x: this is a list"),
        ("{}", "its keys are: none"),
        ("a: 1\nb: 2\n", "its keys are: a, b"),
        (
            "name: s\nprofiles: [a.json]\n",
            "this is a site file, where a profile is expected; give it to `regplan plan`",
        ),
        ('{"name": "x", "version": "1", "layer": "addon", "displayName": "X"}', "a pack.json"),
        ("apiVersion: v2\nname: x\nversion: 1\n", "a Chart.yaml"),
        ('{"schemaVersion": 2, "mediaType": "x"}', "an image manifest"),
        ('{"code": "Unauthorized", "message": "no"}', "an error that Palette answered with"),
        ("services: {web: {image: a}}", "a Compose file"),
        ('{"schema_version": 1, "kind": "plan", "findings": []}', "a plan document of regplan"),
        ("apiVersion: v1\nkind: List\nitems: []", "its keys are: apiVersion, kind, items"),
        ("kind: ConfigMap\napiVersion: v1\n", "x: none of its 1 Kubernetes objects runs an image"),
        ("a: [\n", "x: line 2, column 1: did not find expected node content"),
        ("charts: {a: b}\n---\ntext", "x: this is text"),
    ],
)
def test_what_is_no_profile_is_one_clear_sentence(text: str, message: str) -> None:
    assert message in problems(text, "x")[0]


def test_a_single_problem_is_the_whole_message() -> None:
    with pytest.raises(ValueError, match=r"^x: the file is empty, where .*list of images is expected$") as caught:
        read_one("", "x")
    assert "\n" not in str(caught.value)


def test_problems_of_several_files_are_told_together() -> None:
    good = NamedText("good.txt", "a:1")
    with pytest.raises(ValueError, match="2 problems keep regplan from reading this") as caught:
        read([NamedText("one", ""), good, NamedText("two", "a: [")])
    assert [line.split(":")[0] for line in str(caught.value).splitlines()[1:]] == ["  - one", "  - two"]


@pytest.mark.parametrize("holder", ["profiles", "spec.profiles", "clusterConfig.spec.profiles", "items"])
def test_profiles_inside_of_something_else_are_read_each_by_itself(holder: str) -> None:
    tree: Any = [json.loads(export(pack(name, listing(f"r.io/a/{name}:1")), name=name)) for name in ("one", "two")]
    for key in reversed(holder.split(".")):
        tree = {key: tree}

    declarations = read_one(json.dumps({"metadata": {"name": "cluster-profiles"}} | tree), "spc.json")

    assert [(use.provenance.profile, str(use.reference)) for use in declarations.uses] == [
        ("one", "r.io/a/one:1"),
        ("two", "r.io/a/two:1"),
    ]


@pytest.mark.parametrize(
    ("text", "line"), [("images:\n- r.io/a/b:1\n", 2), ("# mine\n- r.io/a/b:1\n- r.io/a/c:1\n", 2)]
)
def test_the_items_of_a_list_know_their_lines(text: str, line: int) -> None:
    assert read_one(text, "list.yaml").uses[0].provenance.line == line
