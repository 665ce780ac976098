from __future__ import annotations

import json
from typing import Any

import pytest

from unit.profile.texts import deployment, export, findings, listing, pack, read_one, statuses


def manifest(*images: str, **more: Any) -> list[dict[str, str]]:
    return [{"name": f"m{number}", "content": deployment(image, **more)} for number, image in enumerate(images)]


def test_a_pack_without_a_list_whose_manifests_run_images_says_so() -> None:
    declarations = read_one(export(pack("web", type="manifest", manifests=manifest("a:1", "b:1"))))
    assert statuses(declarations) == {"a:1": "missing", "b:1": "missing"}
    assert findings(declarations) == [
        ("profile.no-image-list", "INFO"),
        ("image.missing-from-list", "INFO"),
        ("image.missing-from-list", "INFO"),
    ]
    assert "name 2 images." in declarations.findings[0].message


def test_a_pack_without_a_list_whose_values_show_images_tells_them_as_unknown() -> None:
    values = "charts: {web: {image: {repository: a/b, tag: 1.0}}}"
    declarations = read_one(export(pack("web", values)))
    assert statuses(declarations) == {"a/b:1.0": "unknown"}
    assert findings(declarations) == [("profile.no-image-list", "INFO")]
    assert declarations.uses[0].provenance.key == "charts.web.image"


def test_images_that_cannot_be_put_together_leave_the_answer_incomplete() -> None:
    values = "charts: {web: {image: {repository: a/b, tag: ''}}, db: {image: c/d:1}}"
    declarations = read_one(export(pack("web", values)))
    assert findings(declarations) == [("profile.no-image-list", "INCOMPLETE")]
    assert "name 2 images; 1 of them cannot be told in full" in declarations.findings[0].message


def test_custom_objects_of_a_pack_without_a_list_are_looked_at() -> None:
    custom = json.dumps({"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "spec": {"image": "a/b:1"}})
    declarations = read_one(export(pack("web", type="manifest", manifests=[{"name": "m", "content": custom}])))
    assert [(use.provenance.key, use.status.value) for use in declarations.uses] == [
        ("m Prometheus.spec.image".replace("m ", "manifests.m "), "unknown")
    ]


def test_values_of_a_pack_with_a_list_are_not_searched() -> None:
    declarations = read_one(export(pack("web", listing("a:1") + "charts: {web: {image: c/d:1}}")))
    assert statuses(declarations) == {"a:1": "listed"}
    assert findings(declarations) == []


def test_a_pack_without_a_list_that_shows_nothing_says_so() -> None:
    declarations = read_one(export(pack("web", "charts: {web: {replicas: 1}}")))
    assert findings(declarations) == [("profile.no-image-list", "INFO")]
    assert "shows no image" in declarations.findings[0].message


def test_a_manifest_pack_that_plainly_runs_nothing_is_no_finding() -> None:
    settings = "apiVersion: v1\nkind: ConfigMap\ndata: {}"
    text = export(
        pack("web", type="manifest", manifests=[{"name": "m", "content": settings}]), pack("b", listing("a:1"))
    )
    assert findings(read_one(text)) == []


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ("", "spectro"),
        ("charts: {web: {a: b}}", "manifest"),
        ("pack: {content: {charts: [{name: x}]}}", "manifest"),
        ("manifests: {inside: {replicas: 1}}", "manifest"),
    ],
)
def test_what_a_pack_may_run_out_of_sight_is_said(values: str, kind: str) -> None:
    settings = "apiVersion: v1\nkind: ConfigMap\ndata: {}"
    text = export(pack("web", values, type=kind, manifests=[{"name": "m", "content": settings}]))
    assert findings(read_one(text)) == [("profile.no-image-list", "INFO")]


def test_a_sensitive_value_in_a_reference_stays_unknown_and_unseen() -> None:
    variables = [{"name": "Pass", "defaultValue": "hunter2", "isSensitive": True}]
    text = export(pack("web", listing('"a:{{.spectro.var.Pass}}"')), variables=variables)
    declarations = read_one(text, variables={"Pass": "hunter3"})
    assert [use.reference for use in declarations.uses] == [None]
    assert findings(declarations) == [("profile.unresolved-macro", "INCOMPLETE")]
    assert "hunter" not in repr(declarations)
