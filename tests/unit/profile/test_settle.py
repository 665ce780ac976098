from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from regplan.profile.parts import Members
from regplan.profile.read import NamedText, Setting, read
from unit.profile.folders import chart
from unit.profile.texts import defects, deployment, export, listing, pack, read_one, statuses

if TYPE_CHECKING:
    from regplan.model.profile import Declarations

DIGEST = "sha256:" + "a" * 64


def one(image: str) -> list[dict[str, str]]:
    return [{"name": "m", "content": deployment(image)}]


def values(*listed: str, **charts: Any) -> str:
    """A values file: what it lists, and each chart's values."""
    return f"{listing(*listed)}charts: {json.dumps(charts)}\n"


def of_values(*listed: str, **charts: Any) -> Declarations:
    return read_one(values(*listed, **charts), "values.yaml")


def test_an_image_that_runs_and_stands_in_another_packs_list_is_listed() -> None:
    text = export(pack("web", listing("b:1"), manifests=one("a:1")), pack("base", listing("docker.io/library/a:1")))
    declarations = read_one(text)
    assert statuses(declarations) == {"b:1": "listed", "a:1": "listed", "docker.io/library/a:1": "listed"}
    assert defects(declarations) == []


def test_an_image_that_runs_and_stands_in_no_list_is_missing_and_named_once_for_each_pack() -> None:
    two = [{"name": "x", "content": deployment("b:1")}, {"name": "y", "content": deployment("b:1")}]
    declarations = read_one(export(pack("web", listing("a:1"), type="manifest", manifests=two)))
    assert statuses(declarations)["b:1"] == "missing"
    (finding,) = [each for each in declarations.findings if each.rule == "image.missing-from-list"]
    assert finding.fix == "Add `- image: docker.io/library/b:1` to the pack's `pack.content.images`."


def test_another_host_is_another_image() -> None:
    text = export(pack("crossplane", listing("xpkg.upbound.io/x/x:v2"), manifests=one("xpkg.crossplane.io/x/x:v2")))
    found = read_one(text)
    assert statuses(found) == {"xpkg.upbound.io/x/x:v2": "unused", "xpkg.crossplane.io/x/x:v2": "missing"}
    assert found.uses[1].note == "the list has xpkg.upbound.io/x/x:v2 instead"


def test_another_tag_is_another_image_and_the_listed_one_is_named() -> None:
    found = read_one(export(pack("web", listing("a/b:v1"), manifests=one("a/b:v2"))))
    assert statuses(found) == {"a/b:v1": "listed", "a/b:v2": "missing"}
    assert found.uses[1].note == "the list has docker.io/a/b:v1 instead"


def test_a_misspelt_image_is_missing_without_a_second_finding() -> None:
    declarations = read_one(export(pack("web", "pack: {content: {images: [{iamge: a:1}]}}")))
    assert defects(declarations) == [("profile.misspelt-key", "FAIL")]


def test_a_pinned_image_is_served_by_its_listed_tag() -> None:
    text = export(pack("web", listing("a:1"), manifests=one(f"a:1@{DIGEST}")))
    assert statuses(read_one(text))[f"a:1@{DIGEST}"] == "listed"


@pytest.mark.parametrize(("listed", "run"), [(f"a@{DIGEST}", "a:1"), ("a:1", f"a@{DIGEST}")])
def test_a_tag_and_a_digest_may_be_one_image_so_that_nobody_calls_it_missing(listed: str, run: str) -> None:
    found = read_one(export(pack("web", listing(listed), manifests=one(run))))
    assert statuses(found)[run] == "unknown"
    assert "which may be the same image" in found.uses[1].note
    assert found.uses[1].is_counted


def test_what_values_name_under_the_listed_images_path_at_another_host_is_missing() -> None:
    found = of_values("xpkg.upbound.io/x/x:v2", x={"image": {"repository": "xpkg.crossplane.io/x/x", "tag": ""}})
    assert [(use.status.value, use.reference is None) for use in found.uses] == [("unused", False), ("missing", True)]
    assert defects(found) == [("image.missing-from-list", "INFO"), ("image.host-mismatch", "INFO")]


def test_another_host_says_nothing_where_something_pulls_the_listed_one() -> None:
    charts = {
        "a": {"image": {"repository": "r.io/x/x", "tag": "1"}},
        "b": {"image": {"repository": "q.io/x/x", "tag": "1"}},
    }
    found = of_values("r.io/x/x:1", **charts)
    assert [use.status.value for use in found.uses] == ["listed", "listed", "unknown"]
    assert defects(found) == []


def test_a_mirrors_path_is_another_repository() -> None:
    image = {"repository": "public.ecr.aws/docker/library/redis", "tag": "7"}
    assert list(statuses(of_values("docker.io/library/redis:7", x={"image": image})).values()) == ["listed", "unknown"]


def test_a_bare_name_whose_host_stands_elsewhere_in_the_values_is_the_listed_image() -> None:
    chart = {"globalRegistry": "r.io/", "image": {"repository": "x/x", "tag": "1"}}
    found = of_values("r.io/x/x:1", web=chart)
    assert [(str(use.reference), use.status.value) for use in found.uses] == [("r.io/x/x:1", "listed")] * 2


def test_a_bare_name_without_its_host_anywhere_is_docker_hubs() -> None:
    found = of_values("r.io/x/x:1", web={"image": {"repository": "x/x", "tag": "1"}})
    assert [use.status.value for use in found.uses] == ["unused", "missing"]


def test_a_name_without_a_tag_is_one_more_mention_of_what_is_listed() -> None:
    found = of_values("r.io/x/x:7", web={"image": {"repository": "r.io/x/x", "tag": ""}})
    assert [(str(use.reference), use.status.value) for use in found.uses] == [("r.io/x/x:7", "listed")] * 2


def test_values_with_another_tag_prove_nothing() -> None:
    found = of_values("r.io/x/x:v7", web={"image": {"repository": "r.io/x/x", "tag": "7"}})
    assert [(use.status.value, use.is_counted) for use in found.uses] == [("listed", True), ("unknown", False)]
    assert found.uses[1].note == "the list has r.io/x/x:v7"


def test_what_must_be_switched_on_is_not_counted_and_what_it_would_use_is_dead_weight() -> None:
    chart = {"proxy": {"enabled": False, "image": {"repository": "r.io/x/proxy", "tag": "1"}}}
    found = of_values("r.io/x/proxy:1", web=chart)
    assert [(use.status.value, use.is_counted) for use in found.uses] == [("unused", True), ("only-if-enabled", False)]
    assert found.uses[1].enabled_by == "charts.web.proxy.enabled: true"
    assert found.uses[0].note == "only used with charts.web.proxy.enabled: true"


def test_what_is_switched_off_in_one_pack_and_runs_in_another_is_needed() -> None:
    off = {"charts": {"web": {"proxy": {"enabled": False, "image": {"repository": "r.io/x/proxy", "tag": "1"}}}}}
    text = export(
        pack("web", listing("r.io/x/proxy:1") + json.dumps(off)[1:-1]), pack("more", manifests=one("r.io/x/proxy:1"))
    )
    assert [use.status.value for use in read_one(text).uses] == ["listed", "only-if-enabled", "listed"]


def test_what_a_manifest_pack_lists_and_mentions_nowhere_is_unused() -> None:
    text = export(pack("web", listing("a:1", "quay.io/x/extra:1"), type="manifest", manifests=one("a:1")))
    assert statuses(read_one(text)) == {"a:1": "listed", "quay.io/x/extra:1": "unused"}


def test_what_another_pack_runs_is_not_unused() -> None:
    text = export(
        pack("web", listing("a:1", "quay.io/x/extra:1"), type="manifest", manifests=one("a:1")),
        pack("more", manifests=one("quay.io/x/extra:1")),
    )
    assert statuses(read_one(text))["quay.io/x/extra:1"] == "listed"


ROLE = json.dumps(
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["create"]}],
    }
)


@pytest.mark.parametrize(
    ("kind", "values", "content"),
    [
        ("spectro", "", deployment("a:1")),
        ("manifest", "charts: {x: {y: z}}", deployment("a:1")),
        ("manifest", "manifests: {inside: {replicas: 1}}", deployment("a:1")),
        ("manifest", "", "kind: ConfigMap\napiVersion: v1"),
        ("manifest", "", deployment("a:1", containers=[{"image": "a:1", "args": ["--run=quay.io/x/extra:2"]}])),
        ("manifest", "", deployment("a:1") + "\n---\napiVersion: x.corp/v1\nkind: Thing\n"),
        ("manifest", "", deployment("a:1") + f"\n---\n{ROLE}\n"),
        ("manifest", "", deployment("{{.Values.image}}")),
    ],
)
def test_what_may_still_be_run_is_never_called_unused(kind: str, values: str, content: str) -> None:
    manifests = [{"name": "m", "content": content}]
    text = export(pack("web", listing("a:1", "quay.io/x/extra:1") + values, type=kind, manifests=manifests))
    assert statuses(read_one(text))["quay.io/x/extra:1"] == "listed"


def test_manifests_by_themselves_are_their_own_list() -> None:
    assert statuses(read_one(deployment("a:1"), "app.yaml")) == {"a:1": "listed"}
    assert defects(read_one(json.dumps([json.loads(deployment("a:1"))]))) == []


def test_builds_of_one_kernel_module_are_dead_weight_but_for_one() -> None:
    found = of_values("q.io/x/drbd9-jammy:v9", "q.io/x/drbd9-noble:v9", "q.io/x/drbd9-reactor:v9", "postgres:17-jammy")
    assert [use.status.value for use in found.uses] == ["unused", "unused", "listed", "listed"]


def test_the_only_build_of_a_kernel_module_is_needed() -> None:
    assert list(statuses(of_values("q.io/x/drbd9-jammy:v9")).values()) == ["listed"]


@pytest.mark.parametrize("system", ["windows", "linux"])
def test_what_a_host_with_windows_would_run_is_only_if_enabled(system: str) -> None:
    manifests = [
        {"name": "m", "content": deployment("a/b:1", kind="DaemonSet", nodeSelector={"kubernetes.io/os": system})}
    ]
    found = read_one(export(pack("web", listing("c:1"), type="manifest", manifests=manifests)))
    expected = ("missing", "") if system == "linux" else ("only-if-enabled", "a host that runs windows")
    assert (found.uses[1].status.value, found.uses[1].enabled_by) == expected


def bound_to(architecture: str) -> str:
    term = {"matchExpressions": [{"key": "kubernetes.io/arch", "operator": "In", "values": [architecture]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    content = deployment("a/b:1", kind="DaemonSet", affinity={"nodeAffinity": required})
    return export(pack("web", listing("c:1"), type="manifest", manifests=[{"name": "m", "content": content}]))


@pytest.mark.parametrize(
    ("hosts", "expected"), [({"amd64"}, "only-if-enabled"), ({"arm64"}, "missing"), (set(), "only-if-enabled")]
)
def test_what_no_host_of_the_site_can_run_is_only_if_enabled(hosts: set[str], expected: str) -> None:
    found = read([NamedText("a.json", bound_to("arm64"))], Setting(architectures=frozenset(hosts)))
    assert found.uses[1].status.value == expected


def test_what_runs_elsewhere_too_is_needed_all_the_same() -> None:
    both = [{"name": "m", "content": deployment("a/b:1")}]
    text = bound_to("arm64").replace('"packs": [', '"packs": [' + json.dumps(pack("x", manifests=both)) + ", ")
    found = read([NamedText("a.json", text)])
    assert {use.status.value for use in found.uses if use.text == "a/b:1"} == {"missing", "only-if-enabled"}


def test_an_image_whose_name_nobody_can_tell_is_unknown_and_counted() -> None:
    (use,) = read_one(export(pack("web", type="manifest", manifests=one("{{.Values.image}}")))).uses
    assert (use.status.value, use.is_counted) == ("unknown", True)


def test_a_chart_by_itself_lacks_nothing_whatever_a_list_says() -> None:
    chart_and_list: list[NamedText | Members] = [
        Members("web", chart("web", image="r.io/x/x")),
        NamedText("images.txt", "q.io/x/x:1.0.0"),
    ]
    assert statuses(read(chart_and_list)) == {"r.io/x/x:1.0.0": "listed", "q.io/x/x:1.0.0": "listed"}
