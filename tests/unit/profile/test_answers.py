from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InvalidProfile
from regplan.profile.read import NamedText, Setting, read
from support.palette_documents import cluster_variables, manifests_answer, pack, profile, uid
from unit.profile.texts import deployment, export, listing
from unit.profile.texts import pack as exported

if TYPE_CHECKING:
    from regplan.model.profile import Declarations


def read_all(*documents: Any, variables: dict[str, str] | None = None) -> Declarations:
    """Read documents together: a.json is the first, b.json the second."""
    texts = [NamedText(f"{'abcdef'[place]}.json", json.dumps(each)) for place, each in enumerate(documents)]
    return read(texts, Setting(variables or {}))


def images(declarations: Declarations) -> dict[str, str]:
    """Each image that is used, with the file that names it."""
    return {str(use.reference): use.provenance.file for use in declarations.uses}


def problems(*documents: Any) -> tuple[str, ...]:
    with pytest.raises(InvalidProfile) as caught:
        read_all(*documents)
    assert caught.value.exit_code == 2
    return caught.value.problems


REFERRED = [{"kind": "manifest", "name": "web", "uid": uid(900)}]
WEB = profile("shop", 1, pack("app", manifests=REFERRED))
MANIFESTS = manifests_answer("shop", 1, {"app": {"web": deployment("nginx:1.27")}})


def test_manifests_that_a_profile_only_refers_to_come_from_the_answer() -> None:
    assert images(read_all(WEB)) == {}
    assert images(read_all(WEB, MANIFESTS)) == {"docker.io/library/nginx:1.27": "b.json"}


def test_the_order_of_profile_and_answer_does_not_matter() -> None:
    assert images(read_all(MANIFESTS, WEB)) == {"docker.io/library/nginx:1.27": "a.json"}


def test_a_manifest_is_found_by_its_id_whatever_it_is_called() -> None:
    renamed = manifests_answer("shop", 1, {"app": {"another-name": deployment("nginx:1.27")}})
    (workload,) = read_all(WEB, renamed).workloads
    assert workload.provenance.key.startswith("manifests.web")


def test_an_answer_that_lists_one_packs_manifests_fits_by_their_ids() -> None:
    answer = {"items": [manifest("web", 900, deployment("nginx:1.27")), manifest("other", 901, deployment("redis:7"))]}
    assert list(images(read_all(WEB, answer))) == ["docker.io/library/nginx:1.27"]


@pytest.mark.parametrize("state", ["published", "draft"])
@pytest.mark.parametrize(
    "holder", ["a pack with its name above", "a pack with its name in spec", "spec.packs", "alone"]
)
def test_manifests_that_are_objects_of_their_own_are_read_wherever_they_stand(holder: str, state: str) -> None:
    told = manifest("web", 900, deployment("nginx:1.27"))
    told["spec"] = {state: told["spec"]["published"]}
    above = {"metadata": {"name": "app", "uid": uid(77)}, "spec": {"manifests": [told]}}
    named = {"metadata": {"uid": uid(77)}, "spec": {"name": "app", "layer": "addon", "manifests": [told]}}
    answer = {
        "a pack with its name above": {"items": [above]},
        "a pack with its name in spec": {"items": [named]},
        "spec.packs": {"metadata": {"uid": uid(1)}, "spec": {"packs": [named]}},
        "alone": told,
    }[holder]

    assert images(read_all(WEB, answer)) == {"docker.io/library/nginx:1.27": "b.json"}


def manifest(name: str, number: int, content: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "uid": uid(number)}, "spec": {"published": {"content": content, "digest": ""}}}


def test_a_clusters_answer_wins_over_the_profile_for_it_is_what_runs() -> None:
    written = profile("shop", 1, pack("app", listing("registry/{{.spectro.var.Name}}:1.0")))
    running = manifests_answer("shop", 1, {"app": {"extra": deployment("redis:7")}})
    running["spec"]["packs"][0]["spec"]["values"] = listing("registry.corp/web:1.0")
    declarations = read_all(written, {"profiles": [running]})

    assert images(declarations) == {"registry.corp/web:1.0": "b.json", "docker.io/library/redis:7": "b.json"}
    assert not [each for each in declarations.findings if each.rule == "profile.unresolved-macro"]


def test_a_profiles_answer_does_not_replace_the_values_that_the_profile_has() -> None:
    written = profile("shop", 1, pack("app", listing("nginx:1.27")))
    answer = manifests_answer("shop", 1, {"app": {}})
    answer["spec"]["packs"][0]["spec"]["values"] = listing("nginx:1.26")
    assert list(images(read_all(written, answer))) == ["docker.io/library/nginx:1.27"]


def test_values_that_the_profile_lacks_come_from_the_list_of_its_packs() -> None:
    bare = profile("shop", 1, {**pack("app"), "values": None})
    answer = {"items": [{"metadata": {"uid": uid(77)}, "spec": {"name": "app", "values": listing("nginx:1.27")}}]}
    assert images(read_all(bare, answer)) == {"docker.io/library/nginx:1.27": "b.json"}


@pytest.mark.parametrize("key", ["app", uid(77), "app-1.0.0", "app:1.0.0"])
def test_resolved_values_are_the_packs_by_name_or_id(key: str) -> None:
    written = profile("shop", 1, pack("app", listing("web:{{.spectro.var.Tag}}")))
    answer = {"resolved": {key: listing("web:2.0"), "another": "a: 1"}}
    assert images(read_all(written, answer)) == {"docker.io/library/web:2.0": "b.json"}


@pytest.mark.parametrize("key", ["spectro.system.cluster.name", "{{.spectro.system.cluster.name}}"])
def test_resolved_macros_are_filled_in_where_they_stand(key: str) -> None:
    written = profile("shop", 1, pack("app", listing('"web:{{ .spectro.system.cluster.name }}"')))
    assert list(images(read_all(written, {"resolved": {key: "store-7"}}))) == ["docker.io/library/web:store-7"]


def test_a_clusters_resolved_values_go_to_the_profile_that_they_name() -> None:
    first = profile("one", 1, pack("app", listing("a:{{.spectro.var.Tag}}")))
    second = profile("two", 2, pack("app", listing("b:{{.spectro.var.Tag}}")))
    answer = {
        "profiles": [
            {"uid": uid(2), "resolved": {"app": listing("b:2")}},
            {"uid": uid(1), "resolved": {"app": listing("a:1")}},
        ]
    }
    assert sorted(images(read_all(first, second, answer))) == ["docker.io/library/a:1", "docker.io/library/b:2"]


def test_variables_of_an_answer_fill_macros_and_the_profiles_own_come_first() -> None:
    values = listing('"a:{{.spectro.var.One}}-{{.spectro.var.Two}}"')
    written = profile("shop", 1, pack("app", values))
    answer = {"variables": [{"name": "One", "defaultValue": "1"}, {"name": "Two", "defaultValue": "2"}]}
    assert list(images(read_all(written, answer))) == ["docker.io/library/a:1-2"]

    written["spec"]["variables"] = [{"name": "One", "defaultValue": "own"}]
    named = {"metadata": {"uid": uid(1)}, **answer}
    assert list(images(read_all(written, named))) == ["docker.io/library/a:own-2"]


def test_variables_as_a_cluster_sets_them_win_over_defaults() -> None:
    written = profile("shop", 1, pack("app", listing('"a:{{.spectro.var.One}}"')))
    written["spec"]["variables"] = [{"name": "One", "defaultValue": "default"}]
    answer = cluster_variables(1, {"name": "One", "defaultValue": "default", "value": "chosen"})
    assert list(images(read_all(written, answer))) == ["docker.io/library/a:chosen"]


def test_a_sensitive_variable_of_an_answer_is_not_filled_in() -> None:
    written = profile("shop", 1, pack("app", listing('"a:{{.spectro.var.One}}"')))
    answer = {"variables": [{"name": "One", "defaultValue": "hunter2", "isSensitive": True}]}
    declarations = read_all(written, answer)
    assert [use.reference for use in declarations.uses] == [None]
    assert "hunter2" not in repr(declarations)


def test_an_answer_fits_an_export_by_name_since_exports_have_no_ids() -> None:
    told = {"metadata": {"name": "shop"}, "spec": {"template": {"packs": [exported("app", manifests=REFERRED)]}}}
    assert list(images(read_all(told, MANIFESTS))) == ["docker.io/library/nginx:1.27"]


def test_presets_of_an_answer_come_to_the_pack() -> None:
    header = "# spectrocloud.com/enabled-presets: Mode:lite\npack: {}\n"
    answer = manifests_answer("shop", 1, {"app": {}})
    answer["spec"]["packs"][0]["spec"]["presets"] = [{"name": "lite", "group": "Mode", "add": "a: [", "remove": []}]
    (told,) = problems(profile("shop", 1, pack("app", header)), answer)
    assert told.startswith("b.json: line 1: spec.packs[0] (app).presets[0] (lite).add: line 2")


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (MANIFESTS, "the manifests of a cluster profile's packs (of shop)"),
        ({"profiles": [MANIFESTS]}, "the packs of a cluster's profiles (of shop)"),
        ({"resolved": {"app": "a: 1"}}, "the resolved values of packs"),
        ({"variables": [{"name": "A"}]}, "the variables of a cluster profile"),
        ({"items": [manifest("a", 1, "")]}, "the manifests of a pack"),
        ({"items": [{"spec": {"name": "app", "layer": "addon"}}]}, "the packs of a cluster profile"),
    ],
)
def test_an_answer_without_its_profile_is_one_clear_problem(answer: Any, what: str) -> None:
    assert problems(answer) == (
        f"a.json: this is {what}, as Palette's API answers, and no profile: hand over the profile beside it",
    )


def test_an_answer_of_another_profile_is_told() -> None:
    other = manifests_answer("other", 2, {"app": {"web": deployment("nginx:1.27")}})
    assert problems(WEB, other) == (
        (
            "b.json: this is the manifests of a cluster profile's packs (of other), and it fits none of the profiles that were "
            "handed over (shop)"
        ),
    )


def test_what_an_answer_holds_and_nobody_can_read_is_told_with_its_place() -> None:
    broken = manifests_answer("shop", 1, {"app": {"web": "kind: [", "two": deployment("a:1")}})
    (told,) = problems(WEB, broken)
    assert told.startswith("b.json: line 1: spec.packs[0] (app).manifests.web: ")


@pytest.mark.parametrize(
    "document",
    [
        {"apiVersion": "v1", "kind": "List", "items": [json.loads(deployment("nginx:1.27"))]},
        json.loads(export(exported("app", listing("nginx:1.27")))),
        {"items": [profile("shop", 1, pack("app", listing("nginx:1.27")))]},
    ],
)
def test_profiles_and_kubernetes_lists_are_no_answers(document: Any) -> None:
    assert list(images(read_all(document))) == ["docker.io/library/nginx:1.27"]


SECRET_TAG = {"name": "Tag", "isSensitive": True, "defaultValue": "hunter2"}


@pytest.mark.parametrize(
    "resolved",
    [
        {"app": listing("a:hunter2", "b:store-7", "c:hunter2") + "x: {y: hunter2}\n"},
        {"spectro.var.Tag": "hunter2", "spectro.pack.app.x.y": "hunter2", "spectro.system.cluster.name": "store-7"},
    ],
    ids=["values", "macros"],
)
@pytest.mark.parametrize("told_by", ["profile", "answer"])
def test_what_palette_resolves_is_not_taken_where_it_shows_a_sensitive_variable(
    resolved: dict[str, str], told_by: str
) -> None:
    values = listing(
        "a:{{.spectro.var.Tag}}", '"b:{{ .spectro.system.cluster.name }}"', '"c:{{ .spectro.pack.app.x.y }}"'
    )
    written = profile("shop", 1, pack("app", values + "x: {y: '{{.spectro.var.Tag}}'}\n"))
    variables: dict[str, Any] = {"metadata": {"uid": uid(1)}, "variables": [SECRET_TAG]}
    if told_by == "profile":
        written["spec"]["variables"] = [SECRET_TAG]
    # The answer with the variables comes last, and holds for what came before it.
    documents = (written, {"uid": uid(1), "resolved": resolved}, *([variables] if told_by == "answer" else []))
    declarations = read_all(*documents)

    assert [str(use.reference) for use in declarations.uses] == ["None", "docker.io/library/b:store-7", "None"]
    assert "hunter2" not in repr(declarations)


def test_a_manifest_that_a_cluster_resolves_keeps_the_macro_of_a_sensitive_variable() -> None:
    written = json.loads(
        export(exported("app", manifests=[{"name": "web", "content": deployment("a:{{.spectro.var.Tag}}")}]))
    )
    written["spec"]["variables"] = [SECRET_TAG]
    running = manifests_answer("shop", 1, {"app": {"web": deployment("a:hunter2")}})
    declarations = read_all(written, {"profiles": [running]})

    assert [use.text for use in declarations.uses] == ["a:{{.spectro.var.Tag}}"]
    assert "hunter2" not in repr(declarations)
