from __future__ import annotations

import json
from typing import Any

import pytest

from regplan.model.profile import FoundBy
from regplan.profile.parts import Members
from regplan.profile.read import NamedText, Setting, read
from unit.profile.folders import chart, folder, pack_folder
from unit.profile.texts import defects, deployment, export, listing, pack, read_one, statuses


def manifest(*images: str, **more: Any) -> list[dict[str, str]]:
    return [{"name": f"m{number}", "content": deployment(image, **more)} for number, image in enumerate(images)]


def test_a_pack_without_a_list_whose_manifests_run_images_says_so() -> None:
    declarations = read_one(export(pack("web", type="manifest", manifests=manifest("a:1", "b:1"))))
    assert statuses(declarations) == {"a:1": "missing", "b:1": "missing"}
    assert defects(declarations) == [
        ("profile.no-image-list", "INFO"),
        ("image.missing-from-list", "INFO"),
        ("image.missing-from-list", "INFO"),
    ]
    assert "name 2 images." in declarations.findings[0].message


def test_a_pack_without_a_list_whose_values_show_images_tells_them_as_unknown() -> None:
    declarations = read_one(export(pack("web", "charts: {web: {image: {repository: a/b, tag: 1.0}}}")))
    assert statuses(declarations) == {"a/b:1.0": "unknown"}
    assert defects(declarations) == [("profile.no-image-list", "INFO")]
    assert declarations.uses[0].provenance.key == "charts.web.image"
    assert [str(each) for each in declarations.references()] == ["docker.io/a/b:1.0"]


def test_images_that_cannot_be_put_together_leave_the_answer_incomplete() -> None:
    values = "charts: {web: {image: {repository: a/b, tag: ''}}, db: {image: c/d:1}}"
    declarations = read_one(export(pack("web", values)))
    assert defects(declarations) == [("profile.no-image-list", "INCOMPLETE")]
    assert "name 2 images; 1 of them cannot be told in full" in declarations.findings[0].message


def test_values_of_a_pack_with_a_list_are_shown_and_not_counted() -> None:
    declarations = read_one(export(pack("web", listing("a:1") + "charts: {web: {image: c/d:1}}")))
    assert statuses(declarations) == {"a:1": "listed", "c/d:1": "unknown"}
    assert [use.text for use in declarations.uses if use.is_counted] == ["a:1"]
    assert defects(declarations) == []


def test_custom_objects_of_a_pack_without_a_list_are_looked_at() -> None:
    custom = json.dumps({"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "spec": {"image": "a/b:1"}})
    declarations = read_one(export(pack("web", type="manifest", manifests=[{"name": "m", "content": custom}])))
    (use,) = declarations.uses
    assert (use.status.value, use.provenance.found_by) == ("unknown", FoundBy.CUSTOM)
    assert use.provenance.key.startswith("manifests.m Prometheus")


def test_a_pack_without_a_list_that_shows_nothing_says_so() -> None:
    declarations = read_one(export(pack("web", "charts: {web: {replicas: 1}}")))
    assert defects(declarations) == [("profile.no-image-list", "INFO")]
    assert "shows no image" in declarations.findings[0].message


def test_a_manifest_pack_that_plainly_runs_nothing_still_lists_nothing() -> None:
    settings = "apiVersion: v1\nkind: ConfigMap\ndata: {}"
    web = pack("web", type="manifest", manifests=[{"name": "m", "content": settings}])
    assert defects(read_one(export(web, pack("b", listing("a:1"))))) == []


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
    assert defects(read_one(text)) == [("profile.no-image-list", "INFO")]


def test_a_sensitive_value_in_a_reference_stays_unknown_and_unseen() -> None:
    variables = [{"name": "Pass", "defaultValue": "hunter2", "isSensitive": True}]
    text = export(pack("web", listing('"a:{{.spectro.var.Pass}}"')), variables=variables)
    declarations = read_one(text, variables={"Pass": "hunter3"})
    assert [use.reference for use in declarations.uses] == [None]
    assert defects(declarations) == [("profile.unresolved-macro", "INCOMPLETE")]
    assert "hunter" not in repr(declarations)


def test_every_mention_tells_its_line_its_version_and_how_it_was_found() -> None:
    values = listing("a:1") + "charts:\n  web:\n    image:\n      repository: a\n      tag: '1'\n"
    texts = [
        NamedText("values.yaml", values),
        NamedText("shop.json", export(pack("web", listing("b:1"), manifests=manifest("b:1")))),
        NamedText("images.txt", "# none\nc:1\n"),
    ]
    told = [(use.text, use.provenance) for use in read(texts).uses]
    assert [(text, where.line, where.version, where.found_by and where.found_by.value) for text, where in told] == [
        ("a:1", 4, "", "list"),
        ("a:1", 8, "", "values"),
        ("b:1", 1, "1.0.0", "list"),
        ("b:1", 1, "1.0.0", "workload"),
        ("c:1", 2, "", "list"),
    ]


def on_disk(*handed: dict[str, str]) -> Any:
    texts = {path: text for each in handed for path, text in each.items()}
    return read([Members("packs", texts)])


def test_a_chart_of_a_pack_on_disk_runs_what_the_list_must_have() -> None:
    declarations = on_disk(pack_folder("web"), folder("charts/web", chart("web")))
    assert statuses(declarations) == {"a/web:1": "unused", "chart.example/web:1.0.0": "missing"}
    assert defects(declarations) == [("image.missing-from-list", "INFO"), ("image.unused", "INFO")]


def test_values_of_a_chart_that_is_at_hand_are_told_by_the_chart_alone() -> None:
    texts = pack_folder("web") | folder("charts/web", chart("web"))
    texts["values.yaml"] += "charts: {web: {image: {tag: '2'}, unusedImage: {repository: x/y, tag: '1'}}}\n"
    assert statuses(on_disk(texts)) == {"a/web:1": "unused", "chart.example/web:2": "missing"}


def test_a_chart_by_itself_is_its_own_list() -> None:
    declarations = on_disk(chart("web"))
    assert statuses(declarations) == {"chart.example/web:1.0.0": "listed"}
    assert defects(declarations) == []


PRESETS = """presets:
  - name: big
    group: Size
    add: |
      charts: {web: {image: {repository: x/big, tag: "1"}}}
  - name: listed
    group: Size
    add: |
      pack: {content: {images: [{image: "x/more:1"}]}}
"""


def test_what_a_preset_that_is_not_enabled_would_add_is_only_if_enabled() -> None:
    declarations = on_disk(pack_folder("web") | {"presets.yaml": PRESETS})
    found = [(use.text, use.status.value, use.enabled_by, use.is_counted) for use in declarations.uses[1:]]
    assert found == [
        ("x/big:1", "only-if-enabled", "preset Size:big", False),
        ("x/more:1", "only-if-enabled", "preset Size:listed", False),
    ]
    assert declarations.uses[1].provenance.found_by is FoundBy.PRESET
    assert [(use.provenance.file, use.provenance.line, use.provenance.key) for use in declarations.uses[1:]] == [
        ("packs/presets.yaml", 5, "preset Size:big.charts.web.image"),
        ("packs/presets.yaml", 9, "preset Size:listed pack.content.images[0].image"),
    ]


def test_a_preset_that_is_enabled_adds_nothing_to_the_values_that_have_it() -> None:
    texts = pack_folder("web") | {"presets.yaml": PRESETS}
    texts["values.yaml"] = f"# spectrocloud.com/enabled-presets: Size:big,Size:listed\n{texts['values.yaml']}"
    assert statuses(on_disk(texts)) == {"a/web:1": "listed"}


def test_a_provider_image_that_is_na_is_shown_and_needed_by_nobody() -> None:
    values = listing('"{{.spectro.pack.byoi.options.system.uri}}"') + "options: {system.uri: NA}\n"
    declarations = read_one(export(pack("byoi", values, layer="os")))
    (use,) = declarations.uses
    assert (use.reference, use.is_counted, use.problem) == (None, False, "it says NA: no image")
    assert defects(declarations) == []


def test_hosts_that_are_known_decide_which_architectures_are_dead_weight() -> None:
    text = NamedText("values.yaml", listing("a/b:1-amd64", "a/b:1-arm64"))
    both = read([text], Setting(architectures=frozenset({"amd64", "arm64"})))
    one = read([text], Setting(architectures=frozenset({"amd64"})))
    assert list(statuses(both).values()) == ["listed", "listed"]
    assert list(statuses(one).values()) == ["listed", "unused"]


def test_values_beside_the_charts_that_are_at_hand_are_no_charts() -> None:
    texts = pack_folder("web") | folder("charts/web", chart("web"))
    texts["values.yaml"] += "charts: {web: {replicas: 1}, slack: {enabled: false}, isOpenshift: false}\n"
    assert "profile.chart-not-read" not in dict(defects(on_disk(texts)))


def test_a_chart_that_the_pack_fetches_and_that_is_not_at_hand_is_told() -> None:
    texts = pack_folder("web") | folder("charts/web", chart("web"))
    texts["values.yaml"] = texts["values.yaml"].replace("    images:", "    charts: [{name: db}]\n    images:")
    (found,) = (each for each in on_disk(texts).findings if each.rule == "profile.chart-not-read")
    assert (
        "1 chart or manifest not at hand, so that what it runs is told by lists and values alone: db." in found.message
    )


def test_a_manifest_of_which_only_the_name_is_known_is_told_beside_a_list() -> None:
    manifests = [{"kind": "manifest", "name": "web", "uid": "1"}]
    declarations = read_one(export(pack("web", listing("a:1"), type="manifest", manifests=manifests)))
    (found,) = declarations.findings
    assert found.message == (
        "shop: 1 chart or manifest not at hand, so that what it runs is told by lists and values alone: web."
    )
