from __future__ import annotations

import json
from typing import Any

import pytest

from regplan.profile.composer import Map
from regplan.profile.palette import read_profile
from regplan.profile.parts import Problems
from regplan.profile.tree import parse_documents
from unit.profile.texts import export, findings, listing, pack, problems, read_one

PACKS = [pack("web", listing("nginx:1.27"), layer="addon", type="oci", version="2.0.1")]


def api(published: object = None, draft: object = None) -> str:
    """A profile as GET /v1/clusterprofiles/UID answers."""
    spec: dict[str, Any] = {"version": "1.2.3"}
    for name, packs in (("published", published), ("draft", draft)):
        if packs is not None:
            spec[name] = {"name": "edge", "type": "cluster", "profileVersion": "1.2.3", "packs": packs}
    return json.dumps({"apiVersion": "v1", "kind": "ClusterProfile", "metadata": {"name": "edge"}, "spec": spec})


def test_an_export_tells_the_profile_and_its_packs() -> None:
    (profile,) = read_one(export(*PACKS)).profiles
    assert (profile.name, profile.version, profile.type, profile.file) == ("shop", "1.0.0", "add-on", "shop.json")
    (only,) = profile.packs
    assert (only.name, only.version, only.layer, only.type) == ("web", "2.0.1", "addon", "oci")


def test_an_image_knows_file_profile_pack_layer_and_key() -> None:
    (use,) = read_one(export(*PACKS)).uses
    assert str(use.provenance) == "shop.json:1 > shop > addon/web 2.0.1 > pack.content.images[0].image"
    assert use.provenance.file == "shop.json"


@pytest.mark.parametrize(
    "place", [("spec", "published"), ("spec", "draft"), ("spec", "template"), ("spec",), ()], ids=".".join
)
def test_packs_are_found_wherever_they_stand(place: tuple[str, ...]) -> None:
    body: dict[str, object] = {"packs": PACKS}
    for key in reversed(place):
        body = {key: body}
    declarations = read_one(json.dumps({"name": "x"} | body))
    assert [str(use.reference) for use in declarations.uses] == ["docker.io/library/nginx:1.27"]


def test_yaml_with_versions_that_look_like_numbers_reads_as_written() -> None:
    text = (
        "metadata: {name: shop}\nspec:\n  version: 1.10\n  template:\n    packs:\n"
        "    - {name: web, layer: k8s, tag: 1.30, type: OCI}\n"
    )
    (profile,) = read_one(text, "shop.yaml").profiles
    assert profile.version == "1.10"
    assert [(each.version, each.type) for each in profile.packs] == [("1.30", "oci")]


def test_published_wins_over_a_draft_and_a_difference_is_said() -> None:
    newer = [pack("web", listing("nginx:1.28"))]
    declarations = read_one(api(PACKS, newer))
    assert [use.text for use in declarations.uses] == ["nginx:1.27"]
    assert ("profile.unpublished-draft", "INFO") in findings(declarations)


def test_a_draft_that_is_the_same_is_no_finding() -> None:
    again = [{**PACKS[0], "packUid": "another", "params": None}]
    assert findings(read_one(api(PACKS, again))) == []


@pytest.mark.parametrize("published", [None, []])
def test_a_draft_stands_in_where_nothing_is_published(published: object) -> None:
    declarations = read_one(api(published, PACKS))
    assert [use.text for use in declarations.uses] == ["nginx:1.27"]
    (finding,) = declarations.findings
    assert (finding.rule, finding.where) == ("profile.unpublished-draft", "edge")
    assert "never published" in finding.message


def test_an_answer_that_lists_profiles_reads_each() -> None:
    text = json.dumps({"items": [json.loads(api(PACKS)), json.loads(export(*PACKS))]})
    assert [each.name for each in read_one(text).profiles] == ["edge", "shop"]


def test_values_may_be_a_mapping_empty_or_only_comments() -> None:
    told = {"pack": {"content": {"images": [{"image": "nginx:1.27"}]}}}
    declarations = read_one(export(pack("a", told), pack("b", ""), pack("c", None), pack("d", "# nothing\n")))
    assert [use.text for use in declarations.uses] == ["nginx:1.27"]


def test_every_problem_of_every_pack_is_told_at_once() -> None:
    text = export(
        pack("a", "pack: [1"),
        pack("b", "just text"),
        pack("c", "a: 1\n---\nb: 2"),
        pack("d", ["x"]),
        {"layer": "addon"},
        "text",
        pack("e", manifests={"name": "x"}),
        pack("f", "a: 1\na: 2"),
        pack("g", "pack: {content: {images: many}}"),
        pack("h", "pack: {content: {images: [[x], {image: a}]}}"),
    )
    told = problems(text)
    assert len(told) == 10
    assert told[0].startswith("shop.json: line 1: spec.template.packs[0] (a): values, line 2, column 1: did not find")
    assert told[1] == "shop.json: line 1: spec.template.packs[1] (b): values are text, where one mapping is expected"
    assert told[2] == (
        "shop.json: line 1: spec.template.packs[2] (c): values hold several documents, where one mapping is expected"
    )
    assert told[3] == "shop.json: line 1: spec.template.packs[3] (d): values must be YAML in a text, and it is a list"
    assert told[4] == "shop.json: line 1: spec.template.packs[4]: this pack has no name"
    assert told[5] == "shop.json: line 1: spec.template.packs[5]: this pack is text, not a mapping"
    assert told[6].endswith("(e).manifests: a list is expected, and it is a mapping")
    assert told[7].endswith("(f): values, line 2: the key 'a' stands twice, first in line 1")
    assert told[8].startswith(
        "shop.json: line 1: shop > addon/g > pack.content.images: a list of `- image: REFERENCE` is expected"
    )
    assert told[9].startswith(
        "shop.json: line 1: shop > addon/h > pack.content.images[0]: `- image: REFERENCE` is expected, and here is a"
    )


@pytest.mark.parametrize("packs", ["text", None, 5])
def test_packs_that_are_no_list_are_a_problem(packs: object) -> None:
    (told,) = problems(json.dumps({"metadata": {"name": "x"}, "spec": {"template": {"packs": packs}}}))
    assert "spec.template.packs: a list of packs is expected" in told


def test_a_profile_without_packs_is_a_problem() -> None:
    assert problems(export()) == (
        "shop.json: spec.template.packs: the profile has no packs, so there is nothing to plan",
    )


def test_variables_fill_macros_and_the_callers_win() -> None:
    values = listing('"a:{{.spectro.var.One}}-{{.spectro.var.Two}}-{{.spectro.var.Three}}"')
    variables = [
        {"name": "One", "defaultValue": 1.10},
        {"name": "Two", "defaultValue": "two"},
        {"name": "Three"},
        {"displayName": "no name"},
    ]
    text = export(pack("p", values), variables=variables)
    (use,) = read_one(text, variables={"Two": "zwei", "Three": "drei"}).uses
    assert str(use.reference) == "docker.io/library/a:1.1-zwei-drei"


def test_variables_that_are_no_list_are_a_problem() -> None:
    assert "variables: a list of variables is expected" in problems(export(*PACKS, variables={"a": 1}))[0]


def palette_cluster(**spec: object) -> str:
    return json.dumps({"kind": "SpectroCluster", "metadata": {"name": "store-7"}, "spec": spec})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            palette_cluster(clusterProfileTemplates=[{"name": "infra", "packs": PACKS}, {"name": "retail"}]),
            (
                "this is a cluster (store-7), not a cluster profile: hand over its profiles (infra, retail), "
                "or name them with --palette"
            ),
        ),
        (
            palette_cluster(clusterProfileTemplates=[], cloudType="edge-native"),
            "this is a cluster (store-7), not a cluster profile: hand over its profiles, or name them with --palette",
        ),
        (
            palette_cluster(cloudConfigRef={"uid": "1"}),
            "this is a cluster (store-7), not a cluster profile; export the profile in Palette, or name it with --palette",
        ),
        (
            json.dumps({"metadata": {"name": "node-1"}, "spec": {"device": {"cpu": {"cores": 4}, "disks": []}}}),
            "this is an Edge host (node-1), not a cluster profile; regplan init --from-palette reads hosts",
        ),
        (
            json.dumps({"items": [{"metadata": {"name": "infra"}, "specSummary": {"version": "1.0.0"}}]}),
            (
                "this is a list of summaries, without any packs' values; export the profile in Palette, "
                "or name it with --palette"
            ),
        ),
        (
            json.dumps({"metadata": {"name": "infra"}, "specSummary": {"version": "1.0.0"}}),
            (
                "this is a summary of a cluster profile, without its packs' values; export the profile in Palette, "
                "or name it with --palette"
            ),
        ),
    ],
)
def test_another_object_of_palettes_is_told_as_what_it_is(text: str, problem: str) -> None:
    assert problems(text, "x.json") == (f"x.json: {problem}",)


def test_a_custom_object_with_a_device_is_no_edge_host() -> None:
    camera = {"apiVersion": "akri.sh/v0", "kind": "Camera", "metadata": {"name": "a"}, "spec": {"device": "usb"}}
    (told,) = problems(json.dumps(camera), "x.json")
    assert "Edge host" not in told


def test_presets_that_the_api_tells_belong_to_their_pack_and_the_values_say_which_are_on() -> None:
    presets = [{"name": name, "group": "Mode", "add": "a: 1", "remove": ["b"]} for name in ("lite", "full")]
    values = "# spectrocloud.com/enabled-presets: Mode:lite\n" + listing("nginx:1.27")
    (tree,) = parse_documents(api([pack("web", values, presets=presets, packUid="675f11")]))
    assert isinstance(tree, Map)
    (raw,) = read_profile(tree, "shop.json", Problems()).packs
    assert [(each.name, each.is_on, each.add, each.remove) for each in raw.presets] == [
        ("lite", True, {"a": "1"}, ("b",)),
        ("full", False, {"a": "1"}, ("b",)),
    ]
    assert (raw.enabled_presets, raw.uid) == (("Mode:lite",), "675f11")


def test_a_preset_that_cannot_be_read_is_told_with_its_place() -> None:
    (told,) = problems(api([pack("web", presets=[{"name": "lite", "add": "a: ["}])]))
    assert told.startswith("shop.json: line 1: spec.published.packs[0] (web).presets[0] (lite).add: line 2")


def test_a_use_knows_the_packs_version_and_its_line() -> None:
    text = "spec:\n  template:\n    packs:\n    - name: web\n      tag: 2.0.1\n      values: |\n        pack:\n"
    text += "          content:\n            images:\n            - image: nginx:1.27\n"
    (use,) = read_one(text, "shop.yaml").uses
    assert (use.provenance.version, use.provenance.line) == ("2.0.1", 10)


@pytest.mark.parametrize("place", [("spec", "template"), ("spec",)], ids=".".join)
def test_packs_that_are_no_list_are_named_by_their_key(place: tuple[str, ...]) -> None:
    body: dict[str, object] = {"packs": {"web": PACKS[0]}}
    for key in reversed(place):
        body = {key: body}
    key = ".".join((*place, "packs"))
    assert problems(json.dumps({"metadata": {"name": "x"}} | body)) == (
        f"shop.json: {key}: a list of packs is expected, and it is a mapping",
    )


@pytest.mark.parametrize("what", ["packs", "presets", "variables"])
def test_more_of_anything_than_anybody_has_is_refused_and_not_read(what: str) -> None:
    many = [{"name": f"n{number}"} for number in range(5_001)]
    text = {
        "packs": export(*many),
        "presets": export(pack("web", presets=many)),
        "variables": export(*PACKS, variables=many),
    }[what]
    (told,) = problems(text)
    assert told.endswith(f"here are 5,001 {what}, and regplan reads at most 5,000")
    assert what in told.removesuffix(f"here are 5,001 {what}, and regplan reads at most 5,000")


BROKEN = """metadata: {name: many}
spec:
  template:
    packs:
    - name: one
      values: |
        pack:
          content: [
    - name: two
      values: [x]
    - layer: addon
"""


def test_problems_are_told_with_the_line_of_the_file_and_the_key() -> None:
    assert [each.partition(", column")[0] for each in problems(BROKEN, "many.yaml")] == [
        "many.yaml: spec.template.packs[0] (one): values, line 9",
        "many.yaml: line 10: spec.template.packs[1] (two): values must be YAML in a text, and it is a list",
        "many.yaml: line 11: spec.template.packs[2]: this pack has no name",
    ]
