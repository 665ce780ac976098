"""Laws of reading profiles: nothing crashes it, nothing is lost, and order and repetition change nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regplan.errors import InvalidProfile
from regplan.profile.lists import parse_list
from regplan.profile.read import NamedText, read
from regplan.profile.tree import parse_documents

pytestmark = pytest.mark.property

DEMO = Path(__file__).parents[2] / "data" / "demo" / "profiles"
EXPORTS = [path.read_text(encoding="utf-8") for path in sorted(DEMO.iterdir())]
WORDS = [  # keys that readers look for
    "pack",
    "packs",
    "content",
    "contents",
    "images",
    "image",
    "iamge",
    "spec",
    "published",
    "draft",
    "template",
    "values",
    "manifests",
    "charts",
    "name",
    "layer",
    "type",
    "tag",
    "version",
    "kind",
    "apiVersion",
    "metadata",
    "namespace",
    "items",
    "variables",
    "defaultValue",
    "isSensitive",
    "containers",
    "replicas",
    "initContainers",
    "nodeSelector",
    "repository",
    "registry",
    "digest",
    "enabled",
    "zot",
    "registry-connect",
    "harbor",
    "config",
    "sync",
    "enable",
    "projects",
    "storage",
    "pvc",
    "size",
    "persistence",
]
SCALARS = st.sampled_from(
    ["a:1", "nginx", f"quay.io/a/b@sha256:{'0' * 64}", "Deployment", "DaemonSet", "List", "apps/v1", "x.corp/v1", "3",
     "{{.spectro.var.A}}", "{{.spectro.pack.a.values.a}}", "{{ .Values.x }}", "{{", "300Gi", "k8s", "manifest", "", "a"]
) | st.text(max_size=12) | st.none() | st.booleans() | st.integers() | st.floats()  # fmt: skip
KEYS = st.sampled_from(WORDS) | st.text(max_size=6)


def _nest(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    inside = children | children.map(json.dumps)  # a YAML string inside, as values and manifests are
    return st.lists(inside, max_size=4) | st.dictionaries(KEYS, inside, max_size=6)


TREES = st.recursive(SCALARS, _nest, max_leaves=25)
PACKS = st.fixed_dictionaries({"name": st.sampled_from("abc"), "layer": st.just("addon"), "values": TREES | TREES.map(json.dumps), "manifests": TREES})  # fmt: skip
PROFILES = st.lists(PACKS, max_size=3).map(lambda packs: {"spec": {"template": {"packs": packs}}})
LOOSE = st.fixed_dictionaries({"kind": SCALARS, "apiVersion": SCALARS, "metadata": TREES, "spec": TREES})
COMPONENT = st.text("abcdef-0123", min_size=1, max_size=8).filter(lambda text: text.strip("-") == text)
REFERENCES = st.builds(
    "{}{}/{}:{}".format,
    st.sampled_from(["", "quay.io/", "localhost:5000/", "registry.corp:8443/"]),
    COMPONENT,
    COMPONENT,
    st.text("abAB_01", min_size=1, max_size=8),
)


def outcome(*texts: str) -> object:
    """What reading ends in: declarations, or the message of one of regplan's own errors."""
    try:
        return read([NamedText(f"file-{number}", text) for number, text in enumerate(texts)])
    except InvalidProfile as error:
        return str(error)


def shop(packs: list[dict[str, str]]) -> str:
    return json.dumps({"metadata": {"name": "shop"}, "spec": {"version": "1", "template": {"packs": packs}}})


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A real profile with some of it cut out, put in twice or replaced."""
    text = draw(st.sampled_from(EXPORTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 200)))
        text = text[:start] + draw(st.text(max_size=8) | st.just(text[start:end] * 2)) + text[end:]
    return text


@given(st.text())
@example("\ud800")
@example("\x00")
@example("- " * 5000)
@example("{{{{{{")
@example('{"a": ' * 5000)
def test_any_text_is_read_or_refused_and_twice_the_same(text: str) -> None:
    assert outcome(text) == outcome(text)


@given(damaged())
def test_a_damaged_profile_is_read_or_refused(text: str) -> None:
    outcome(text)


@given(st.lists(TREES | PROFILES | LOOSE, min_size=1, max_size=3))
def test_any_structure_is_read_or_refused_and_twice_the_same(trees: list[object]) -> None:
    texts = [json.dumps(tree) for tree in trees]
    assert outcome(*texts) == outcome(*texts)


@given(st.lists(st.lists(REFERENCES, max_size=5), min_size=1, max_size=5), st.randoms())
def test_the_order_of_packs_changes_no_reference_and_no_status(lists: list[list[str]], random: Any) -> None:
    packs = []
    for number, references in enumerate(lists):
        images = [{"image": reference} for reference in references]
        packs.append({"name": f"p{number}", "values": json.dumps({"pack": {"content": {"images": images}}})})
    shuffled = random.sample(packs, len(packs))
    one, other = (read([NamedText("shop", shop(each))]) for each in (packs, shuffled))
    assert set(one.references()) == set(other.references())
    assert sorted(map(repr, one.uses)) == sorted(map(repr, other.uses))


@given(st.lists(REFERENCES | st.sampled_from(["{{.spectro.var.X}}", "Not One", ""]), min_size=1, max_size=8))
def test_every_entry_of_a_list_is_one_mention_in_its_order(entries: list[str]) -> None:
    images = [{"image": entry} for entry in entries]
    declarations = read([NamedText("v", json.dumps({"pack": {"content": {"images": images}}}))])
    assert [use.text for use in declarations.uses] == entries
    assert all((use.reference is None) == bool(use.problem) for use in declarations.uses)


@given(st.lists(REFERENCES, min_size=1, max_size=8))
def test_a_list_a_values_file_and_a_json_list_name_the_same(entries: list[str]) -> None:
    lines = parse_list("\n".join(entries), "list")
    values = read([NamedText("v", json.dumps({"pack": {"content": {"images": [{"image": e} for e in entries]}}}))])
    items = read([NamedText("j", json.dumps(entries))])
    references = [use.reference for use in lines]
    assert references == [use.reference for use in values.uses] == [use.reference for use in items.uses]


@given(
    st.recursive(st.text() | st.none(), lambda each: st.lists(each) | st.dictionaries(st.text(), each), max_leaves=20)
)
def test_json_of_texts_comes_back_as_it_was(tree: object) -> None:
    written = json.dumps([tree])
    plain = json.dumps(tree, ensure_ascii=False)
    if all(ord(letter) >= 32 and not 0xD800 <= ord(letter) < 0xE000 for letter in plain):
        assert parse_documents(written) == ([tree],)
