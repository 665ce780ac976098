from __future__ import annotations

import json

import pytest

from regplan.profile.members import sort_members
from regplan.profile.parts import Members, Origin, Problems, RawPack, RawProfile
from regplan.profile.read import read
from unit.profile.folders import about, chart, folder, pack_folder, sorted_out
from unit.profile.texts import deployment, export, findings, listing, pack, statuses


def test_a_tree_of_packs_is_read_pack_by_pack_wherever_it_begins() -> None:
    texts = {**pack_folder("web", "tree/packs/web-1.0.0"), **pack_folder("db", "tree/packs/db-1.0.0")}

    found, problems = sorted_out(texts)

    assert problems == []
    packs = [part for part in found.parts if isinstance(part, RawPack)]
    assert [(each.origin, each.pack.name, each.where.file) for each in packs] == [
        (Origin.PACK, "db", "packs/tree/packs/db-1.0.0/values.yaml"),
        (Origin.PACK, "web", "packs/tree/packs/web-1.0.0/values.yaml"),
    ]


def test_the_problems_of_one_pack_do_not_hide_the_others_nor_their_images() -> None:
    texts = {
        **pack_folder("good", "good"),
        "bad/pack.json": '{"name": "bad", ',
        "worse/pack.json": '{"name": "worse"}',
        "worse/values.yaml": "a: [",
        "nameless/pack.json": "{}",
    }

    found, problems = sorted_out(texts)

    assert [problem.split(":")[0] for problem in problems] == [
        "packs/bad/pack.json",
        "packs/nameless/pack.json",
        "packs/worse/values.yaml",
    ]
    assert [part.pack.name for part in found.parts if isinstance(part, RawPack)] == ["good", "worse"]


def test_a_chart_by_itself_is_a_chart_with_its_subcharts_inside() -> None:
    texts = {**folder("web", chart()), **folder("web/charts/db", chart("db"))}

    found, problems = sorted_out(texts)

    (raw,) = found.parts
    assert isinstance(raw, RawPack)
    assert (raw.origin, raw.pack.name, raw.pack.version, raw.pack.type) == (Origin.CHART, "web", "1.0.0", "helm")
    assert [each.name for each in raw.charts] == ["web"]
    assert "charts/db/Chart.yaml" in raw.charts[0].texts
    assert problems == []


def test_a_chart_that_names_nothing_is_a_problem() -> None:
    assert sorted_out({"web/Chart.yaml": "apiVersion: v2\n"})[1] == [
        "packs/web: Chart.yaml: it names no chart under `name`"
    ]


def test_a_cluster_definition_is_walked_and_every_profile_in_it_is_read() -> None:
    texts = {
        "spc/profiles/infra": export(pack("k8s", listing("a:1")), name="infra"),
        "spc/app.json": export(pack("web", listing("b:1")), name="app"),
        "spc/metadata.json": '{"uid": "1"}',
        "spc/list.yaml": json.dumps([json.loads(export(pack("c", listing("c:1")), name="more"))]),
    }

    found, problems = sorted_out(texts, "cluster.tgz")

    assert problems == []
    names = [part.profile.name for part in found.parts if isinstance(part, RawProfile)]
    assert sorted(names) == ["app", "infra", "more"]
    assert found.findings == ()


def test_loose_texts_are_read_as_what_they_are() -> None:
    members = Members(
        "mixed",
        {
            "values.yaml": listing("a:1"),
            "deploy/web.yaml": deployment("b:1"),
            "images.txt": "docker.io/library/c:1\nd:1\n",
            "deploy/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        },
    )

    assert statuses(read([members])) == {
        "a:1": "listed",
        "b:1": "listed",
        "docker.io/library/c:1": "listed",
        "d:1": "listed",
    }


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.txt", "Read me, please."),
        ("words.txt", "one\ntwo\nthree\n"),
        ("words.json", '["one", "two"]'),
        ("ci.yaml", "steps: [build, test]"),
        ("broken.yaml", "a: ["),
        ("site.yaml", "name: store\nprofiles: [a.json]\nimages: [b:1]\n"),
        ("docker-compose.yml", "services: {web: {image: a/b:1}}"),
        ("pack-schema.json", '{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"images": {}}}'),
        ("Dockerfile", "FROM a/b:1\n"),
        ("Makefile", "image: a\n\tdocker build\n"),
    ],
)
def test_a_text_that_nobody_plans_from_is_left_out_without_a_word(path: str, text: str) -> None:
    found, problems = sorted_out({**pack_folder("web", "web"), path: text})

    assert len(found.parts) == 1
    assert (found.findings, problems) == ((), [])


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("a.json", '{"clusterProfiles": {"packs": {"a": 1}}}', "its keys are: clusterProfiles"),
        ("b.yaml", "jobs: {build: {image: a/b:1}}\n", "its keys are: jobs"),
        ("c.yaml", "images: [\n", "line 2, column 1"),
        ("d", '{"images": {"a": {"b": "c/d:1"}}}', "its keys are: images"),
    ],
)
def test_a_text_that_looks_as_if_it_named_images_and_is_not_understood_is_told(path: str, text: str, why: str) -> None:
    found, problems = sorted_out({**pack_folder("web", "web"), path: text})

    assert problems == []
    (finding,) = found.findings
    assert (finding.rule, finding.verdict.value, finding.where) == (
        "profile.not-understood",
        "INCOMPLETE",
        f"packs/{path}",
    )
    assert why in finding.message
    told = findings(read([Members("packs", {**pack_folder("web", "web"), path: text})]))
    assert ("profile.not-understood", "INCOMPLETE") in told


def test_a_folder_in_which_nothing_is_understood_is_an_error_that_says_what_was_looked_at() -> None:
    (told,) = sorted_out({"a.yaml": "jobs: {build: {image: a/b:1}}", "b.md": "x"})[1]
    assert told.startswith("packs: holds no pack, chart, cluster profile")
    assert "a.yaml: this is not" in told
    (empty,) = sorted_out({})[1]
    assert empty.endswith("none of its 0 texts is one")


def test_a_loose_profile_with_a_bad_pack_is_a_problem_and_no_hint() -> None:
    found, problems = sorted_out({"p.json": export(pack("web", "a: ["), pack("db", listing("a:1")))})

    assert [problem.split(": ")[0] for problem in problems] == ["packs/p.json"]
    assert len(found.parts) == 1


def test_what_the_store_could_not_read_is_a_problem_beside_all_others() -> None:
    problems = Problems()
    members = Members("packs", pack_folder(), problems=("packs: values.yaml: line 3 is not text in UTF-8",))

    sort_members(members, problems)

    assert problems.found == ["packs: values.yaml: line 3 is not text in UTF-8"]


@pytest.mark.parametrize("path", ["/a/pack.json", "//pack.json", "pack.json"])
def test_sorting_ends_whatever_the_paths_are(path: str) -> None:
    found, _ = sorted_out({path: '{"name": "web", "version": "1", "layer": "addon"}'})
    assert [part.pack.name for part in found.parts if isinstance(part, RawPack)] == ["web"]


def test_a_folder_whose_values_would_fill_the_memory_is_refused_before_they_are_read() -> None:
    values = "charts:\n  web:\n" + "".join(f"    k{number}: v\n" for number in range(30_000))
    texts: dict[str, str] = {}
    for number in range(30):
        texts |= pack_folder(f"p{number}", f"p{number}")
        texts[f"p{number}/values.yaml"] = f"{values}    own: {number}\n"

    found, problems = sorted_out(texts)

    assert problems == ["packs: holds more than 800,000 lines and values to read; hand over a part of it"]
    assert found.parts == ()
    same = {path: values if path.endswith("values.yaml") else text for path, text in texts.items()}
    assert len(sorted_out({path: same[path] for path in list(same)[:6]})[0].parts) == 3


def test_a_manifest_that_several_packs_have_is_read_once_and_stands_in_each() -> None:
    texts: dict[str, str] = {}
    for name in ("a", "b"):
        texts |= {f"{name}/pack.json": about(name), f"{name}/manifests/{name}.yaml": deployment("same:1")}

    found, _ = sorted_out(texts)

    first, second = (part.manifests[0] for part in found.parts if isinstance(part, RawPack))
    assert first.documents is second.documents
    assert [(each.key, each.file) for each in (first, second)] == [
        ("manifests.a", "packs/a/manifests/a.yaml"),
        ("manifests.b", "packs/b/manifests/b.yaml"),
    ]
