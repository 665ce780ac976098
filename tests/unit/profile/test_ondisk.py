from __future__ import annotations

import pytest

from regplan.model.profile import PackDependency, ResourceNeed
from regplan.profile.parts import Members, Origin, RawPack
from regplan.profile.read import read
from unit.profile.folders import about, chart, folder, pack_folder, sorted_out
from unit.profile.texts import deployment, listing, statuses


def one(texts: dict[str, str]) -> RawPack:
    found, problems = sorted_out(texts, "web-1.0.0")
    assert problems == []
    (raw,) = found.parts
    assert isinstance(raw, RawPack)
    return raw


def test_a_pack_on_disk_has_its_name_version_layer_and_the_lines_of_its_values() -> None:
    raw = one({"pack.json": about(version="1.2.3", layer="CSI"), "values.yaml": "\n" + listing("a:1")})

    assert raw.origin is Origin.PACK
    assert (raw.pack.name, raw.pack.version, raw.pack.layer) == ("web", "1.2.3", "csi")
    assert (raw.where.file, raw.where.pack, raw.where.version, raw.where.layer) == (
        "web-1.0.0/values.yaml",
        "web",
        "1.2.3",
        "csi",
    )
    declarations = read([Members("web-1.0.0", pack_folder())])
    (use,) = declarations.uses
    assert (str(use.reference), use.provenance.file, use.provenance.line) == (
        "docker.io/a/web:1",
        "web-1.0.0/values.yaml",
        4,
    )


def test_limits_are_thousandths_of_a_cpu_mib_of_memory_and_gib_of_disk() -> None:
    resources = [
        {"type": "cpu", "minLimit": 512, "components": [{"scheduleType": "worker"}, {"scheduleType": "worker"}]},
        {"type": "memory", "minLimit": 256, "components": [{"scheduleType": "all"}, {"scheduleType": "master"}]},
        {"type": "diskSize", "minLimit": 1.5},
    ]
    raw = one({"pack.json": about(constraints={"resources": resources})})

    assert raw.pack.needs == (
        ResourceNeed("cpu", 512, "worker"),
        ResourceNeed("memory", 256 * 1024 * 1024),
        ResourceNeed("diskSize", 3 * 1024**3 // 2),
    )


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        ({"type": "gpu", "minLimit": 1}, "constraints.resources[0].type: cpu, memory or diskSize is expected"),
        (
            {"type": "cpu", "minLimit": "a lot"},
            "constraints.resources[0].minLimit: a number is expected, and it is a lot",
        ),
        ({"type": "cpu"}, "constraints.resources[0].minLimit: a number is expected, and it is empty"),
    ],
)
def test_a_limit_that_is_none_is_a_problem_at_its_key(resource: dict[str, object], told: str) -> None:
    _, (problem,) = sorted_out({"pack.json": about(constraints={"resources": [resource]})})
    assert problem.startswith(f"packs/pack.json: {told}")


def test_dependencies_are_kept_with_their_bounds() -> None:
    dependencies = [
        {"packName": "kubernetes", "layer": "k8s", "minVersion": "1.27", "maxVersion": "", "type": "optional"},
        {"layer": "addon"},
    ]
    raw = one({"pack.json": about(constraints={"dependencies": dependencies})})
    assert raw.pack.dependencies == (PackDependency("kubernetes", "k8s", "optional", "1.27", ""),)


def test_presets_are_read_and_those_that_the_values_first_comment_names_are_on() -> None:
    presets = """presets:
  - {name: small, displayName: Small, group: Size, remove: ["charts.web.big"], add: "charts: {web: {replicas: 1}}"}
  - name: large
    group: Size
    remove: []
    add: |
      charts:
        web:
          replicas: 3
"""
    values = "\n# spectrocloud.com/enabled-presets: Size:large, Other Thing:x\n" + listing("a:1")
    raw = one({"pack.json": about(), "presets.yaml": presets, "values.yaml": values})

    assert raw.enabled_presets == ("Size:large", "Other Thing:x")
    small, large = raw.presets
    assert (small.name, small.group, small.remove, small.is_on) == ("small", "Size", ("charts.web.big",), False)
    assert (large.name, large.is_on) == ("large", True)
    assert large.add == {"charts": {"web": {"replicas": "3"}}}


@pytest.mark.parametrize("name", ["values.yaml", "presets.yaml", "schema.yaml"])
@pytest.mark.parametrize(("text", "told"), [("a: [", "line 2, column 1"), ("[1]", "a mapping is expected")])
def test_a_file_of_a_pack_that_cannot_be_read_is_a_problem_with_its_name(name: str, text: str, told: str) -> None:
    _, (problem,) = sorted_out({"pack.json": about(), name: text})
    assert problem.startswith(f"packs/{name}: {told}")


def test_a_chart_that_stands_packed_and_unpacked_counts_once_and_the_packed_one_is_taken() -> None:
    texts = {
        "pack.json": about(),
        **folder("charts/web", chart(image="unpacked")),
        **folder("charts/web-1.0.0.tgz/web", chart(image="packed")),
    }
    (found,) = one(texts).charts
    assert found.file == "web-1.0.0/charts/web-1.0.0.tgz/web"


def test_the_chart_that_pack_json_names_counts_and_others_are_not_installed() -> None:
    texts = {
        **folder("charts/web-1.0.0.tgz/web", chart()),
        **folder("charts/web-1.0.0.orig.tgz/web", chart()),
        **folder("charts/web-crd-1.0.0.tgz/web-crd", chart("web-crd")),
        **folder("charts/crds", chart("crds", "2.0.0")),
    }
    named = ["charts/web-1.0.0.tgz", "./charts/crds-2.0.0.tgz"]
    raw = one({"pack.json": about(charts=named), **texts})
    assert [each.file for each in raw.charts] == ["web-1.0.0/charts/crds", "web-1.0.0/charts/web-1.0.0.tgz/web"]

    assert [each.name for each in one({"pack.json": about(), **texts}).charts] == ["crds", "web", "web-crd"]


def test_a_chart_that_the_values_name_counts_beside_those_of_pack_json() -> None:
    values = "pack: {content: {charts: [{repo: https://a, name: extra, version: 3.0.0}]}}"
    texts = {**folder("charts/web", chart()), **folder("charts/extra", chart("extra", "3.0.0"))}
    raw = one({"pack.json": about(charts=["charts/web"]), "values.yaml": values, **texts})
    assert [each.name for each in raw.charts] == ["extra", "web"]


def test_a_subchart_in_an_archive_stands_unpacked_in_its_chart() -> None:
    texts = {
        **folder("charts/web", chart()),
        **folder("charts/web/charts/lib-1.0.tgz/lib", chart("lib")),
        **folder("charts/web/charts/lib-1.0.tgz/lib/charts/deep-1.0.tgz/deep", chart("deep")),
    }
    (found,) = one({"pack.json": about(), **texts}).charts
    assert {"charts/lib/Chart.yaml", "charts/lib/charts/deep/Chart.yaml"} <= set(found.texts)


def test_manifests_are_those_that_pack_json_names_or_else_all_and_templates_are_charts_of_one_file() -> None:
    texts = {
        "manifests/a.yaml": deployment("a:1"),
        "manifests/sub/b.yaml": deployment("b:1"),
        "manifests/t.yaml": "kind: Deployment\nimage: {{ .Values.image }}\n",
        "manifests/notes.txt": "hi",
    }
    raw = one({"pack.json": about(), **texts})
    assert [each.key for each in raw.manifests] == ["manifests.a", "manifests.b"]
    assert [(each.name, each.values_at) for each in raw.charts] == [("t", ("manifests", "t"))]
    assert raw.pack.type == "manifest"

    named = one({"pack.json": about(kubeManifests=["manifests/sub/b.yaml"]), **texts})
    assert [(each.key, each.file) for each in named.manifests] == [("manifests.b", "web-1.0.0/manifests/sub/b.yaml")]
    assert named.charts == ()


def test_a_manifest_that_only_passes_the_values_on_is_read_once() -> None:
    values = "manifests:\n  web:\n    contents: |\n" + "\n".join(f"      {line}" for line in [deployment("a:1")])
    texts = {"pack.json": about(), "values.yaml": values, "manifests/web.yaml": "{{ .Values.contents }}\n"}
    raw = one(texts)
    assert [each.key for each in raw.manifests] == ["values.manifests.web.contents"]
    assert raw.charts == ()
    assert list(statuses(read([Members("web", texts)]))) == ["a:1"]
