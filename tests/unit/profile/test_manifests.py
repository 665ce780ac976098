from __future__ import annotations

import json

from regplan.profile.composer import Map
from regplan.profile.manifests import folder_manifests, pack_manifests
from regplan.profile.parts import Problems
from regplan.profile.tree import parse_documents
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
    lost = ("profile.no-image-list", "INCOMPLETE")
    assert lost in findings(read_one(export(pack("web", manifests=named))))
    assert lost not in findings(read_one(export(pack("web", listing("a:1"), manifests=named))))


def test_an_empty_manifest_is_no_unknown_one() -> None:
    text = export(pack("web", type="manifest", manifests=[{"name": "app", "content": ""}]))
    assert ("profile.no-image-list", "INCOMPLETE") not in findings(read_one(text))


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
    assert [each.split(": ")[1:3] for each in told] == [
        ["line 1", f"spec.template.packs[0] (web).manifests.{name}"] for name in "abcd"
    ]
    assert "a Kubernetes object with its kind is expected, and here is text" in told[0]
    assert "line 2, column 1" in told[2]


STEERED = """\
{{- if .spectro.var.Small }}
kind: Pod
metadata: {name: small}
spec: {containers: [{image: "a:1"}]}
{{- else }}
---
kind: Pod
metadata: {name: large}
spec: {containers: [{image: "b:1"}]}
{{- end }}
"""


def test_what_templates_steer_is_read_from_every_branch_with_its_line() -> None:
    declarations = read_one(export(pack("web", manifests=[{"name": "app", "content": STEERED}])))
    assert [use.text for use in declarations.uses] == ["a:1", "b:1"]
    inside = json.dumps({"manifests": {"byo": {"contents": STEERED}}})
    assert [use.text for use in read_one(export(pack("web", inside))).uses] == ["a:1", "b:1"]


def test_branches_that_are_no_yaml_together_are_told_with_the_line_as_it_is_written() -> None:
    content = "kind: Pod\n{{ if .a }}\nspec: 1\n{{ else }}\nspec: 2\n{{ end }}\n"
    (told,) = problems(export(pack("web", manifests=[{"name": "app", "content": content}])))
    assert "spec.template.packs[0] (web).manifests.app" in told
    assert "line 3, column 1" in told


def test_a_manifest_keeps_palettes_name_of_it() -> None:
    (tree,) = parse_documents("- {name: app, uid: 5f, kind: manifest}")
    (found,) = pack_manifests(tree, "p.json", "packs[0]", Problems())
    assert (found.uid, found.documents) == ("5f", None)


PLAIN = deployment("a:1")
TEMPLATE = """\
{{ if .Values.on }}
kind: Pod
spec: {containers: [{image: "{{ .Values.image }}"}]}
{{ end }}
"""
QUOTING = """\
kind: ConfigMap
data:
  dashboard: |
    legend: {{ .Values.name }}
---
kind: Pod
spec: {containers: [{image: "a:{{.spectro.var.Tag}}"}]}
"""
UNSTEERED = "kind: Pod\nspec: {containers: [{image: {{ .Values.image }}}]}\n"


def test_files_of_a_pack_are_objects_or_templates() -> None:
    problems_ = Problems()
    texts = {
        "manifests/plain.yaml": PLAIN,
        "manifests/a/hello.yml": TEMPLATE,
        "manifests/quoting.yaml": QUOTING,
        "manifests/unsteered.yaml": UNSTEERED,
    }
    manifests, charts = folder_manifests("packs/web", texts, problems_)
    assert [(each.key, each.file) for each in manifests] == [
        ("manifests.plain", "packs/web/manifests/plain.yaml"),
        ("manifests.quoting", "packs/web/manifests/quoting.yaml"),
    ]
    assert [len(each.documents or ()) for each in manifests] == [1, 2]
    assert [(each.name, each.file, each.values_at) for each in charts] == [
        ("hello", "packs/web/manifests/a/hello.yml", ("manifests", "hello")),
        ("unsteered", "packs/web/manifests/unsteered.yaml", ("manifests", "unsteered")),
    ]
    assert charts[0].texts["templates/hello.yml"] == TEMPLATE
    (head,) = parse_documents(charts[0].texts["Chart.yaml"])
    assert isinstance(head, Map)
    assert (head["apiVersion"], head["name"]) == ("v2", "hello")
    assert problems_.found == []


def test_a_file_that_is_neither_is_told_with_its_line() -> None:
    problems_ = Problems()
    folder_manifests("web", {"manifests/a.yaml": "kind: Pod\nspec: [\n"}, problems_)
    (told,) = problems_.found
    assert told.startswith("web/manifests/a.yaml: line 3, column 1")
