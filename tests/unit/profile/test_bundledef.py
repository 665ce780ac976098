from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from regplan.profile.bundledef import bundle_entries, is_bundle
from regplan.profile.read import NamedText, read
from regplan.profile.tree import parse_documents
from unit.profile.texts import deployment, read_one

if TYPE_CHECKING:
    from regplan.profile.composer import Tree

DIGEST = f"sha256:{'a' * 64}"


def entries(text: str) -> dict[str, Tree]:
    return {each.key: each.tree for each in bundle_entries(parse_documents(text)[0])}


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("{reference: 'quay.io/a/b:1'}", {"artifacts[0].reference": "quay.io/a/b:1"}),
        ("{image: 'docker://quay.io/a/b:1'}", {"artifacts[0].image": "docker://quay.io/a/b:1"}),
        (f"{{ref: 'quay.io/a/b@{DIGEST}'}}", {"artifacts[0].ref": f"quay.io/a/b@{DIGEST}"}),
        (f"{{name: quay.io/a/b, digest: '{DIGEST}'}}", {"artifacts[0].name": f"quay.io/a/b@{DIGEST}"}),
        ("{repository: a/b, registry: 'quay.io', tag: 1.0}", {"artifacts[0].repository": "quay.io/a/b:1.0"}),
        (f"{{name: quay.io/a/b, tag: v1, digest: '{DIGEST}'}}", {"artifacts[0].name": f"quay.io/a/b:v1@{DIGEST}"}),
        (
            "{name: app, annotations: {org.opencontainers.image.ref.name: 'quay.io/a/b:1'}}",
            {"artifacts[0].annotations.org.opencontainers.image.ref.name": "quay.io/a/b:1"},
        ),
        ("{type: image, source: 'quay.io/a/b:1', target: 'reg/a/b:1'}", {"artifacts[0].source": "quay.io/a/b:1"}),
        ("{spec: {deep: [{image: 'quay.io/a/b:1'}]}}", {"artifacts[0].spec.deep[0].image": "quay.io/a/b:1"}),
        ("{images: ['quay.io/a/b:1', 'words']}", {"artifacts[0].images[0]": "quay.io/a/b:1"}),
        ("{type: helm-chart, reference: 'quay.io/charts/b:1'}", {}),
        ("{kind: pack, reference: 'quay.io/packs/b:1'}", {}),
        ("{reference: quay.io/a/b}", {}),
        ("{reference: 'https://quay.io/a/b'}", {}),
    ],
)
def test_an_artifact_is_an_image_where_it_carries_a_tag_or_a_digest_and_is_nothing_else(
    item: str, told: dict[str, str]
) -> None:
    text = f"artifacts: [{item}]"
    assert entries(text) == told
    assert is_bundle(parse_documents(text)[0], "x.yaml") == bool(told)


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("bundle-definition.yaml", "images: [{image: 'a/b:1'}]", True),
        ("x.yaml", "kind: ContentBundle\napiVersion: v1\nspec: {content: [{image: 'a/b:1'}]}", True),
        ("x.yaml", "metadata: {name: store-bundle}\ncontent: [{image: 'a/b:1'}]", True),
        ("x.yaml", "bundleVersion: 1\ncontent: [{image: 'a/b:1'}]", True),
        ("x.yaml", "images: [{image: 'a/b:1'}]", False),
        ("x.yaml", "jobs: {build: {image: 'a/b:1'}}", False),
        ("bundle.yaml", "name: x", False),
        ("bundle.yaml", deployment("a/b:1"), False),
    ],
)
def test_a_document_is_a_bundle_where_it_says_so_and_names_an_image(file: str, text: str, *, expected: bool) -> None:
    assert is_bundle(parse_documents(text)[0], file) is expected


def test_a_definition_is_read_with_its_entries_and_told_as_a_bundle() -> None:
    text = json.dumps({"metadata": {"name": "core"}, "artifacts": [{"reference": "a/b:1"}, {"reference": "c/d:2"}]})

    declarations = read_one(text, "bundle-definition.json")

    assert declarations.bundles == ("bundle-definition.json",)
    assert [(use.text, use.status.value, use.provenance.key) for use in declarations.uses] == [
        ("a/b:1", "listed", "artifacts[0].reference"),
        ("c/d:2", "listed", "artifacts[1].reference"),
    ]
    assert {str(use.provenance.found_by) for use in declarations.uses} == {"bundle"}


def test_a_list_and_a_profile_are_no_bundles() -> None:
    listing = NamedText("images.yaml", "images: [{image: 'a/b:1'}, 'c/d:1']")
    declarations = read([listing])
    assert declarations.bundles == ()
    assert [use.text for use in declarations.uses] == ["a/b:1", "c/d:1"]


def test_what_stands_in_a_list_of_packs_is_a_pack_and_what_it_holds_are_images() -> None:
    text = """images:
- {source: quay.io/a/b:1, target: reg/a/b:1}
packs:
- source: quay.io/packs/web:1
- source: quay.io/packs/db:1
  images:
  - quay.io/a/db:1
"""
    declarations = read_one(text, "bundle-definition.yaml")
    assert [(use.text, use.provenance.key, use.provenance.line) for use in declarations.uses] == [
        ("quay.io/a/b:1", "images[0].source", 2),
        ("quay.io/a/db:1", "packs[1].images[0]", 7),
    ]


def test_what_is_nested_without_end_is_read_to_a_depth_and_no_further() -> None:
    inner = "{image: 'a/b:1'}"
    for _ in range(40):
        inner = f"{{x: {inner}}}"
    assert entries(inner) == {}
