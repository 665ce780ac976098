from __future__ import annotations

import json

from unit.profile.texts import deployment, export, findings, listing, pack, problems, read_one


def test_inline_manifests_are_read_and_their_images_know_where_they_stand() -> None:
    text = export(pack("web", listing("a:1"), manifests=[{"name": "app", "content": deployment("a:1")}]))
    uses = read_one(text).uses
    assert [use.provenance.key for use in uses] == [
        "pack.content.images[0].image",
        "manifests.app Deployment/web containers[0].image",
    ]


def test_manifests_without_a_name_are_counted() -> None:
    text = export(pack("web", manifests=[{"content": deployment("a:1")}]))
    assert read_one(text).uses[0].provenance.key == "manifests[0] Deployment/web containers[0].image"


def test_published_content_inside_a_manifest_is_read() -> None:
    manifest = {"name": "app", "spec": {"published": {"content": deployment("a:1")}}}
    assert [use.text for use in read_one(export(pack("web", manifests=[manifest]))).uses] == ["a:1"]


def test_manifests_inside_values_are_read() -> None:
    values = json.dumps({"manifests": {"byo": {"contents": deployment("a:1")}, "other": {"replicas": 2}}})
    (use,) = read_one(export(pack("byo-manifest", values))).uses
    assert use.provenance.key == "values.manifests.byo.contents Deployment/web containers[0].image"


def test_manifests_of_which_only_the_name_is_known_leave_the_answer_incomplete() -> None:
    named = [{"kind": "manifest", "name": "app", "uid": "5f"}]
    assert findings(read_one(export(pack("web", manifests=named)))) == [("profile.no-image-list", "INCOMPLETE")]
    assert findings(read_one(export(pack("web", listing("a:1"), manifests=named)))) == []


def test_an_empty_manifest_is_no_unknown_one() -> None:
    text = export(pack("web", type="manifest", manifests=[{"name": "app", "content": ""}]))
    assert findings(read_one(text)) == []


def test_a_list_of_objects_is_taken_apart() -> None:
    pod = {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"image": "b:1"}]}}
    items = [json.loads(deployment("a:1")), {"kind": "PodList", "items": [pod]}]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    declarations = read_one(export(pack("web", manifests=[{"name": "app", "content": text}])))
    assert [work.kind for work in declarations.workloads] == ["Deployment", "Pod"]
    assert [use.text for use in declarations.uses] == ["a:1", "b:1"]


def test_what_is_no_kubernetes_object_is_told_for_every_manifest() -> None:
    manifests = [
        {"name": "a", "content": "just text"},
        {"name": "b", "content": "no: kind"},
        {"name": "c", "content": "kind: [\n"},
        {"name": "d", "content": "kind: List\nitems: [{}]"},
    ]
    told = problems(export(pack("web", manifests=manifests)))
    assert [each.split(": ")[1] for each in told] == [
        f"spec.template.packs[0] (web).manifests.{name}" for name in "abcd"
    ]
    assert "a Kubernetes object with its kind is expected, and here is text" in told[0]
    assert "line 2, column 1" in told[2]
