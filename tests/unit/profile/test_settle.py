from __future__ import annotations

import json

import pytest

from unit.profile.texts import deployment, export, findings, listing, pack, read_one, statuses

DIGEST = "sha256:" + "a" * 64


def one(image: str) -> list[dict[str, str]]:
    return [{"name": "m", "content": deployment(image)}]


def test_an_image_that_runs_and_stands_in_another_packs_list_is_listed() -> None:
    text = export(pack("web", listing("b:1"), manifests=one("a:1")), pack("base", listing("docker.io/library/a:1")))
    declarations = read_one(text)
    assert statuses(declarations) == {"b:1": "listed", "a:1": "listed", "docker.io/library/a:1": "listed"}
    assert findings(declarations) == []


def test_an_image_that_runs_and_stands_in_no_list_is_missing_and_named_once_for_each_pack() -> None:
    two = [{"name": "x", "content": deployment("b:1")}, {"name": "y", "content": deployment("b:1")}]
    declarations = read_one(export(pack("web", listing("a:1"), manifests=two)))
    assert statuses(declarations) == {"a:1": "listed", "b:1": "missing"}
    (finding,) = declarations.findings
    assert finding.rule == "image.missing-from-list"
    assert finding.fix == "Add `- image: docker.io/library/b:1` to the pack's `pack.content.images`."


def test_another_host_is_another_image() -> None:
    text = export(pack("crossplane", listing("xpkg.upbound.io/x/x:v2"), manifests=one("xpkg.crossplane.io/x/x:v2")))
    assert statuses(read_one(text))["xpkg.crossplane.io/x/x:v2"] == "missing"


def test_a_misspelt_image_is_missing_without_a_second_finding() -> None:
    declarations = read_one(export(pack("web", "pack: {content: {images: [{iamge: a:1}]}}")))
    assert findings(declarations) == [("profile.misspelt-key", "FAIL")]


def test_a_pinned_image_is_served_by_its_listed_tag() -> None:
    text = export(pack("web", listing("a:1"), manifests=one(f"a:1@{DIGEST}")))
    assert statuses(read_one(text))[f"a:1@{DIGEST}"] == "listed"


def test_what_a_manifest_pack_lists_and_mentions_nowhere_is_unused() -> None:
    text = export(pack("web", listing("a:1", "quay.io/x/extra:1"), type="manifest", manifests=one("a:1")))
    assert statuses(read_one(text)) == {"a:1": "listed", "quay.io/x/extra:1": "unused"}


def test_what_another_pack_runs_is_not_unused() -> None:
    text = export(
        pack("web", listing("a:1", "quay.io/x/extra:1"), type="manifest", manifests=one("a:1")),
        pack("more", manifests=one("quay.io/x/extra:1")),
    )
    assert statuses(read_one(text))["quay.io/x/extra:1"] == "listed"


@pytest.mark.parametrize(
    ("kind", "values", "content"),
    [
        ("spectro", "", deployment("a:1")),
        ("manifest", "charts: {x: {y: z}}", deployment("a:1")),
        ("manifest", "manifests: {inside: {replicas: 1}}", deployment("a:1")),
        ("manifest", "", "kind: ConfigMap\napiVersion: v1"),
        ("manifest", "", deployment("a:1", containers=[{"image": "a:1", "args": ["--run=quay.io/x/extra:2"]}])),
        ("manifest", "", deployment("a:1") + "\n---\napiVersion: x.corp/v1\nkind: Thing\n"),
        ("manifest", "", deployment("{{.Values.image}}")),
    ],
)
def test_what_may_still_be_run_is_never_called_unused(kind: str, values: str, content: str) -> None:
    manifests = [{"name": "m", "content": content}]
    text = export(pack("web", listing("a:1", "quay.io/x/extra:1") + values, type=kind, manifests=manifests))
    assert statuses(read_one(text))["quay.io/x/extra:1"] == "listed"


def test_manifests_by_themselves_are_their_own_list() -> None:
    assert statuses(read_one(deployment("a:1"), "app.yaml")) == {"a:1": "listed"}
    assert findings(read_one(json.dumps([json.loads(deployment("a:1"))]))) == []
