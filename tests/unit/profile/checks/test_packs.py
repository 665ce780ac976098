from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from regplan.profile.parts import Members, NamedText, Rendered
from regplan.profile.read import Setting, read
from unit.profile.folders import chart, folder, pack_folder
from unit.profile.texts import deployment, export, listing, pack, read_one

if TYPE_CHECKING:
    from regplan.model.finding import Finding
    from regplan.model.profile import Declarations


def told(declarations: Declarations, rule: str) -> list[Finding]:
    return [each for each in declarations.findings if each.rule == rule]


def profile(*packs: dict[str, Any]) -> Declarations:
    return read_one(export(*packs))


def manifests(content: str) -> list[dict[str, str]]:
    return [{"name": "m", "content": content}]


def test_a_kubernetes_layer_that_lists_images_is_told() -> None:
    (finding,) = told(profile(pack("edge-k8s", listing("a:1", "b:1"), layer="k8s")), "profile.k8s-layer-images")
    assert "lists 2 images of the Kubernetes layer" in finding.message
    assert finding.where == "shop > k8s/edge-k8s"


@pytest.mark.parametrize(("layer", "values"), [("k8s", "x: y"), ("cni", listing("a:1"))])
def test_other_layers_and_a_kubernetes_layer_without_a_list_are_not(layer: str, values: str) -> None:
    assert told(profile(pack("edge", values, layer=layer)), "profile.k8s-layer-images") == []


def test_attached_manifests_are_told_once_for_each_profile() -> None:
    attached = manifests(deployment("a:1"))
    declarations = profile(
        pack("calico", layer="cni", manifests=attached), pack("web", manifests=attached), pack("plain", listing("a:1"))
    )
    (finding,) = told(declarations, "profile.attached-manifest")
    assert "attaches manifests to 2 packs: cni/calico, of the infrastructure, addon/web" in finding.message


def test_a_manifest_that_is_a_layer_of_its_own_is_applied() -> None:
    declarations = profile(pack("web", type="manifest", manifests=manifests(deployment("a:1"))))
    assert told(declarations, "profile.attached-manifest") == []


def test_manifests_inside_values_are_the_packs_own() -> None:
    values = f"manifests: {{byo: {{contents: {json.dumps(deployment('a:1'))}}}}}"
    assert told(profile(pack("byo", values)), "profile.attached-manifest") == []


def test_manifests_by_themselves_are_attached_to_nothing() -> None:
    assert told(read_one(deployment("a:1"), "app.yaml"), "profile.attached-manifest") == []


def test_the_legacy_harbor_pack_is_told() -> None:
    (finding,) = told(profile(pack("harbor-edge-native-config", listing("a:1"))), "profile.legacy-harbor")
    assert "`palette content` fails" in finding.message


def test_the_harbor_pack_is_not_the_legacy_one() -> None:
    assert told(profile(pack("harbor", listing("a:1"))), "profile.legacy-harbor") == []


@pytest.mark.parametrize(
    "container",
    [
        {"env": [{"name": "RELATED_IMAGE_ENGINE", "value": "longhornio/longhorn-engine:v1.6.0"}]},
        {"args": ["--engine-image", "longhornio/longhorn-engine:v1.6.0"]},
    ],
)
def test_an_image_that_a_pod_is_told_by_name_is_no_webhooks_to_rewrite(container: dict[str, Any]) -> None:
    content = deployment("a:1", containers=[{"name": "a", "image": "a:1", **container}])
    declarations = profile(pack("web", listing("a:1"), type="manifest", manifests=manifests(content)))
    (finding,) = told(declarations, "image.passed-by-name")
    assert (
        "is told the names of 1 image in arguments or environment: docker.io/longhornio/longhorn-engine:v1.6.0"
        in finding.message
    )
    assert "manifests.m Deployment/web" in finding.message


def test_arguments_that_name_no_image_are_none() -> None:
    plain = {
        "name": "a",
        "image": "a:1",
        "args": ["--port=8080", "--peer=a/b:1"],
        "env": [{"name": "HOST", "value": "db.example"}],
    }
    content = deployment("a:1", containers=[plain])
    declarations = profile(pack("web", listing("a:1"), type="manifest", manifests=manifests(content)))
    assert told(declarations, "image.passed-by-name") == []


def test_charts_that_are_only_named_are_told_once_for_each_profile() -> None:
    fetched = "pack: {content: {images: [{image: a:1}], charts: [{repo: r, name: more, version: '1'}]}}\n"
    declarations = profile(pack("web", fetched + "charts: {web: {a: b}}"), pack("db", "charts: {db: {a: b}, web: {}}"))
    (finding,) = told(declarations, "profile.chart-not-read")
    assert "3 charts or manifests not at hand" in finding.message
    assert finding.message.endswith("web, more, db.")


def test_charts_that_are_at_hand_are_not_told() -> None:
    texts = pack_folder("web") | folder("charts/web", chart("web"))
    texts["values.yaml"] += "charts: {web: {replicas: 1}}\n"
    assert told(read([Members("packs", texts)]), "profile.chart-not-read") == []


def test_a_chart_that_cannot_be_rendered_is_told_with_the_reason() -> None:
    texts = pack_folder("web") | folder("charts/web", chart("web"))
    setting = Setting(renderer=lambda *_: Rendered(None, "a value is missing"))
    (finding,) = told(read([Members("packs", texts)], setting), "profile.chart-not-read")
    assert "the chart web could not be rendered" in finding.message
    assert "a value is missing" in finding.message


def test_a_list_of_references_is_nobodys_pack() -> None:
    declarations = read([NamedText("images.txt", "harbor-edge-native-config:1\n")])
    assert declarations.findings == ()
