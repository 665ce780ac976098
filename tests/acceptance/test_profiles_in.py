"""A profile, its pack on disk and its chart, as a person hands them over: every image, its place, its status, its mend.

Profile, pack and chart are written here from the formats that are documented; what is expected is written beside them,
and lines are looked up in the very files. Charts are read twice: rendered by helm, and without it.
"""

from __future__ import annotations

import csv
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from cli.running import regplan
from support.helm import helm_folder

if TYPE_CHECKING:
    from pathlib import Path

APPS = """# exported by hand
metadata: {name: retail-apps}
spec:
  version: 1.4.0
  template:
    type: add-on
    packs:
      - name: shop
        type: spectro
        layer: addon
        tag: 2.3.1
        values: |
          pack:
            content:
              images:
              - image: ghcr.io/acme/shop-api:2.3.1   # the API
              - image: 'docker://redis:7.2'
              charts: [{repo: https://charts.acme.example, name: shop, version: 2.3.1}]
          charts:
            shop:
              cleanup: {enabled: true}
      - name: tools
        type: manifest
        layer: addon
        tag: 1.0.0
        values: "pack:\\n  content:\\n    images:\\n    - image: busybox:1.36  \\n"
        manifests:
          - name: tools
            content: |-
              apiVersion: apps/v1
              kind: DaemonSet
              metadata: {name: agent}
              spec:
                template:
                  spec:
                    initContainers:
                      - {name: wait, image: docker.io/library/busybox:1.36}
                    containers:
                      - {name: agent, image: registry.k8s.io/node-agent:v1.2.3}
              ---
              apiVersion: example.com/v1
              kind: Widget
              metadata: {name: w}
              spec:
                image: quay.io/acme/widget:9
      - name: typo
        layer: addon
        tag: 0.1.0
        values: |
          pack:
            content:
              images:
                - iamge: quay.io/acme/typo:1
      - name: vars
        layer: addon
        tag: 1.0.0
        values: |
          pack:
            content:
              images:
                - image: "{{.spectro.var.mirror}}/acme/web:{{ .spectro.var.web | trimPrefix \\"v\\" }}"
                - image: "{{ .spectro.var.nowhere }}/acme/lost:1"
                - image: "{{.spectro.pack.vars.options.system.uri}}"
          options:
            system.uri: quay.io/acme/sys:1
  variables:
    - {name: mirror, defaultValue: "mirror.example:5000"}
    - {name: web, defaultValue: v1.2.3}
"""
ABOUT = {"name": "shop", "displayName": "Shop", "version": "2.3.1", "layer": "addon", "charts": ["charts/shop"]}
CHART = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 2.3.1\n",
    "values.yaml": """image: {repository: ghcr.io/acme/shop-api, tag: ""}
redis: {image: "redis:7.2"}
cleanup: {enabled: false, image: {repository: bitnami/kubectl, tag: "1.30"}}
metrics: {enabled: false, image: {registry: quay.io, repository: acme/metrics, tag: v4}}
""",
    "templates/api.yaml": """apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      containers:
        - name: api
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.Version }}"
        - name: redis
          image: {{ .Values.redis.image | quote }}
        {{- if .Values.metrics.enabled }}
        - name: metrics
          image: {{ printf "%s/%s" .Values.metrics.image.registry .Values.metrics.image.repository }}:{{ .Values.metrics.image.tag }}
        {{- end }}
""",
    "templates/cleanup.yaml": """{{- if .Values.cleanup.enabled }}
apiVersion: batch/v1
kind: CronJob
metadata: {name: cleanup}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - {name: kubectl, image: "{{ .Values.cleanup.image.repository }}:{{ .Values.cleanup.image.tag }}"}
{{- end }}
""",
}
# Image -> its status and what stands in the line of APPS where it is named first; "" where the chart alone names it.
EXPECTED = {
    "ghcr.io/acme/shop-api:2.3.1": ("listed", "- image: ghcr.io/acme/shop-api:2.3.1"),
    "docker.io/library/redis:7.2": ("listed", "'docker://redis:7.2'"),
    "docker.io/bitnami/kubectl:1.30": ("missing", ""),
    "quay.io/acme/metrics:v4": ("only-if-enabled", ""),
    "docker.io/library/busybox:1.36": ("listed", "- image: busybox:1.36"),
    "registry.k8s.io/node-agent:v1.2.3": ("missing", "image: registry.k8s.io/node-agent:v1.2.3"),
    "quay.io/acme/widget:9": ("unknown", "image: quay.io/acme/widget:9"),
    "quay.io/acme/typo:1": ("missing", "iamge: quay.io/acme/typo:1"),
    "mirror.example:5000/acme/web:1.2.3": ("listed", "spectro.var.mirror}}/acme/web"),
    "quay.io/acme/sys:1": ("listed", "spectro.pack.vars.options.system.uri"),
    None: ("listed", "spectro.var.nowhere }}/acme/lost"),
}


@pytest.fixture(params=["with helm", "without helm"])
def material(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The profile and a folder of packs beside it, as the working folder."""
    monkeypatch.setenv("PATH", helm_folder() if request.param == "with helm" else "")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "apps.yaml").write_text(APPS, encoding="utf-8")
    pack = tmp_path / "packs" / "shop-2.3.1"
    for path, text in {"pack.json": json.dumps(ABOUT), "values.yaml": "pack: {}\n"}.items():
        pack.mkdir(parents=True, exist_ok=True)
        (pack / path).write_text(text, encoding="utf-8")
    for path, text in CHART.items():
        file = pack / "charts" / "shop" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def images(*arguments: str) -> dict[Any, dict[str, Any]]:
    rows = regplan("images", *arguments, "-o", "json").document["images"]
    found = {row["normalized"]: row for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.usefixtures("material")
def test_every_image_stands_once_with_its_status() -> None:
    assert {name: row["status"] for name, row in images("apps.yaml", "packs/").items()} == {
        name: status for name, (status, _) in EXPECTED.items()
    }


def test_every_mention_tells_the_line_of_its_file_its_pack_and_its_rule(material: Path) -> None:
    lines = APPS.split("\n")
    for name, row in images("apps.yaml", "packs/").items():
        first = row["mentions"][0]
        words = EXPECTED[name][1]
        if words:
            # A quoted text of several lines stands in one line of the file.
            assert first["file"] == "apps.yaml"
            assert words in lines[first["line"] - 1]
            assert row["provenance"][0].startswith(f"apps.yaml:{first['line']} > retail-apps > addon/{first['pack']} ")
        for mention in row["mentions"]:
            assert all(mention[key] for key in ("pack", "version", "key", "found_by"))
            assert (material / mention["file"]).is_file()


def test_what_enables_an_image_enables_it(material: Path) -> None:
    (gate,) = images("apps.yaml", "packs/")["quay.io/acme/metrics:v4"]["enabled_by"]
    assert gate == "charts.shop.metrics.enabled: true"
    switched = APPS.replace("cleanup: {enabled: true}", "metrics: {enabled: true}")
    (material / "switched.yaml").write_text(switched, encoding="utf-8")

    found = images("switched.yaml", "packs/")

    assert found["quay.io/acme/metrics:v4"]["status"] == "missing"
    assert found["docker.io/bitnami/kubectl:1.30"]["status"] == "only-if-enabled"


def test_a_patch_that_is_pasted_leaves_nothing_missing(material: Path) -> None:
    (*patches,) = yaml.safe_load_all(regplan("images", "apps.yaml", "packs/", "--patch").out)
    profile = yaml.safe_load(APPS)
    for pack, patch in zip(profile["spec"]["template"]["packs"], patches, strict=False):
        values = yaml.safe_load(pack["values"])
        values["pack"]["content"]["images"] = patch["pack"]["content"]["images"]
        pack["values"] = yaml.safe_dump(values)
    (material / "mended.yaml").write_text(yaml.safe_dump(profile), encoding="utf-8")

    found = images("mended.yaml", "packs/")

    assert {row["status"] for row in found.values()} <= {"listed", "only-if-enabled", "unknown"}
    assert found.keys() == EXPECTED.keys()


@pytest.mark.usefixtures("material")
def test_every_form_has_the_same_facts_and_every_run_says_the_same() -> None:
    document = regplan("images", "apps.yaml", "packs/", "-o", "json")
    assert regplan("images", "apps.yaml", "packs/", "-o", "json").out == document.out
    table, marked = (regplan("images", "apps.yaml", "packs/", "-o", form).out for form in ("table", "md"))
    rows = list(csv.DictReader(io.StringIO(regplan("images", "apps.yaml", "packs/", "-o", "csv").out)))
    for row, image in zip(rows, document.document["images"], strict=True):
        assert (row["normalized"], row["status"]) == (image["normalized"] or "", image["status"])
        assert row["provenance"] == "; ".join(image["provenance"])
        assert (image["normalized"] or image["reference"]) in table
        assert (image["normalized"] or "acme/lost") in marked


@pytest.mark.parametrize("layout", ["profiles/apps.yaml", "a/b/c.json", "spc.json"])
def test_a_cluster_definition_is_read_whatever_its_layout(tmp_path: Path, layout: str) -> None:
    tree = yaml.safe_load(APPS)
    text = APPS if layout.endswith(".yaml") else json.dumps(tree)
    if layout == "spc.json":
        text = json.dumps({"metadata": {"name": "cluster-profiles"}, "spec": {"profiles": [tree]}})
    with tarfile.open(tmp_path / "spc.tgz", "w:gz") as archive:
        for name, body in ((layout, text.encode()), ("logo.png", b"\x89PNG\x00")):
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))

    found = images(str(tmp_path / "spc.tgz"))

    in_charts = {"docker.io/bitnami/kubectl:1.30", "quay.io/acme/metrics:v4"}
    assert found.keys() == EXPECTED.keys() - in_charts
    assert {row["mentions"][0]["file"] for row in found.values()} == {f"spc.tgz/{layout}"}


def test_problems_of_all_packs_are_told_together_with_their_places(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    text = APPS.replace(
        "        values: |\n          pack:\n            content:\n              images:\n                - iamge",
        "        values: [x]\n        #",
    )
    file.write_text(text.replace("apiVersion: apps/v1", "apiVersion: [apps/v1"), encoding="utf-8")

    said = regplan("images", str(file))

    place = text.split("\n").index("        values: [x]") + 1
    assert said.code == 2
    assert said.err.startswith("regplan: 2 problems keep regplan from reading this:\n")
    assert "(tools).manifests.tools: line " in said.err
    assert f"line {place}: spec.template.packs[2] (typo): values must be YAML in a text" in said.err
