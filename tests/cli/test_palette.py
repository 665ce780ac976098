"""A live Palette on the command line: profiles by name, lists of what is there, and a site file made of it."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from cli.running import Said, regplan
from regplan.profile.site import parse_site
from support.palette import KEY, Palette, Reply, serve_palette
from support.palette_documents import (
    PROJECT,
    cluster,
    cluster_variables,
    edge_host,
    machine_pools,
    manifests_answer,
    pack,
    profile,
    summary,
    uid,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEPLOYMENT = json.dumps(
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"containers": [{"name": "a", "image": "nginx:1.27"}]}}},
    }
)


def listing(reference: str) -> str:
    return f"pack:\n  content:\n    images:\n      - image: {reference}\n"


def nothing(folder: Path) -> str:
    """A recording that knows no image, so that nothing is looked up anywhere."""
    (folder / "rec").mkdir()
    (folder / "rec" / "facts.jsonl").write_text("")
    return str(folder / "rec")


@pytest.fixture
def palette(monkeypatch: pytest.MonkeyPatch) -> Iterator[Palette]:
    """Two profiles, one of them in two versions with a manifest and a variable; its key is in the environment."""
    with serve_palette(Palette()) as running:
        referred = [{"kind": "manifest", "name": "web", "uid": uid(900)}]
        new = profile(
            "retail", 2, pack("app", listing("app:{{.spectro.var.Tag}}"), manifests=referred), version="1.10.0"
        )
        old = profile("retail", 3, pack("app", listing("app:old")), version="1.9.0")
        running.add(profile("infra", 1, pack("cni", listing("quay.io/cilium/cilium:v1.16.0"), layer="cni")))
        running.add(
            new,
            summary=summary(new, ("1.9.0", uid(3))),
            variables=[{"name": "Tag", "defaultValue": "2.0"}],
            manifests=manifests_answer("retail", 2, {"app": {"web": DEPLOYMENT}}),
        )
        running.profiles[uid(3)] = old
        running.variables[uid(3)] = []
        monkeypatch.setenv("PALETTE_HOST", running.url)
        monkeypatch.setenv("PALETTE_API_KEY", KEY)
        monkeypatch.setenv("PALETTE_PROJECT_UID", PROJECT)
        yield running


def images(said: Said) -> list[str]:
    assert said.code in {0, 1, 4}, said.err
    return [image["normalized"] for image in said.document["images"]]


def test_a_profile_in_palette_reads_like_its_file_with_manifests_and_variables(palette: Palette) -> None:
    said = regplan("images", "palette:retail", "-o", "json")

    assert sorted(images(said)) == ["docker.io/library/app:2.0", "docker.io/library/nginx:1.27"]
    (mention,) = next(each for each in said.document["images"] if each["normalized"].endswith("app:2.0"))["mentions"]
    assert (mention["file"], mention["pack"]) == ("palette:retail@1.10.0", "app")
    # The line of the answer as `jq .` prints it.
    printed = json.dumps(palette.profiles[uid(2)], indent=2).splitlines()
    assert "spectro.var.Tag" in printed[mention["line"] - 1]
    assert {each.headers["projectuid"] for each in palette.asked} == {PROJECT}


def test_a_bare_name_is_palettes_where_palette_is_named(palette: Palette) -> None:
    said = regplan("images", "infra", "--palette", palette.url, "-o", "json")

    assert images(said) == ["quay.io/cilium/cilium:v1.16.0"]


def test_a_bare_name_is_an_image_where_only_the_environment_names_palette(palette: Palette) -> None:
    said = regplan("images", "infra", "-o", "json")

    assert images(said) == ["docker.io/library/infra:latest"]
    assert palette.asked == []


@pytest.mark.usefixtures("palette")
def test_a_version_and_an_id_choose_and_without_either_the_highest_version_counts() -> None:
    assert images(regplan("images", "palette:retail@1.9.0", "-o", "json")) == ["docker.io/library/app:old"]
    assert images(regplan("images", uid(3), "-o", "json")) == ["docker.io/library/app:old"]
    assert "docker.io/library/app:2.0" in images(regplan("images", "palette:retail", "-o", "json"))


def test_a_file_that_is_there_comes_before_a_name(
    palette: Palette, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "images.txt").write_text("redis:7\n")

    regplan("images", "infra/", "--palette", palette.url, "-o", "json")
    regplan("images", "infra", "--palette", palette.url, "-o", "json")

    assert palette.asked == []


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("palette:retial", "did you mean 'retail'?"),
        ("palette:nothing-like-it", "regplan palette profiles lists them"),
        ("palette:retail@3.0.0", "in version 1.9.0, 1.10.0, and not in '3.0.0'"),
        ("palette:", "write palette:NAME"),
        ("palette:infra@", "write palette:NAME"),
        (f"palette:{'a' * 9_000}", "aaa…: write palette:NAME"),
        ("palette:@1.0.0", "write palette:NAME"),
        ("0" * 24, "has no cluster profile 000000000000000000000000"),
    ],
)
def test_a_name_that_palette_does_not_have_is_the_inputs_fault(palette: Palette, argument: str, words: str) -> None:
    del palette
    said = regplan("images", argument)

    assert said.code == 2
    assert words in said.err
    assert said.err.count("\n") == 1


def test_a_name_that_stands_for_two_profiles_asks_for_an_id(palette: Palette) -> None:
    palette.add(profile("infra", 9))
    said = regplan("images", "palette:infra")

    assert said.code == 2
    assert f"more than once: name it by its id ({uid(1)}, {uid(9)})" in said.err


def test_several_names_that_are_not_there_are_told_together(palette: Palette) -> None:
    del palette
    said = regplan("images", "palette:one", "palette:two", "palette:infra")

    assert said.code == 2
    assert "'one'" in said.err
    assert "'two'" in said.err


def test_the_key_may_come_on_standard_input_and_shows_nowhere(
    palette: Palette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PALETTE_API_KEY")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{KEY}\n"))
    said = regplan("images", "infra", "--palette", palette.url, "--palette-key-stdin", "-v", "-o", "json")

    assert images(said) == ["quay.io/cilium/cilium:v1.16.0"]
    assert KEY not in said.out + said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("images", "palette:infra", "--palette-key-stdin"), "nothing came on standard input"),
        (("layers", "a.b/c:1", "--palette-key-stdin", "--username=u", "--password-stdin"), "give one of them"),
        (("images", "palette:infra", "--palette", "https://other.corp"), "is for 127.0.0.1"),
        (("images", "palette:infra", "--palette-project", "Default"), "no project ID"),
        (("init", "--cluster", "x"), "go with --from-palette"),
        (("palette", "profiles", "--cluster", "x"), "--cluster goes with"),
    ],
)
def test_what_cannot_go_together_is_told_before_anything_is_asked(
    palette: Palette, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    said = regplan(*arguments)

    assert said.code == 2
    assert words in said.err
    assert palette.asked == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("images", "palette:infra", "--palette-key-stdin"),
        ("layers", "a.b/c:1", "--username=u", "--password-stdin"),
        ("seed", "a.b/c:1", "--to", "oci:tree"),
        ("tui",),
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_a_program_that_was_started_without_standard_input_says_so(
    palette: Palette, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", None)
    said = regplan(*arguments)

    assert said.code == 2, said.err
    assert palette.asked == []


def test_without_any_palette_a_name_says_how_to_name_one() -> None:
    said = regplan("images", "palette:infra")

    assert said.code == 2
    assert "give --palette https://HOST, or set $PALETTE_HOST or $SPECTROCLOUD_HOST" in said.err


def test_offline_palette_is_not_asked(palette: Palette) -> None:
    said = regplan("images", "palette:infra", "--offline")

    assert said.code == 3
    assert "being offline allows no connection" in said.err
    assert palette.asked == []


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, b"{}"), "refuses the API key from $PALETTE_API_KEY"),
        (Reply(403, b"{}"), "denies the list of cluster profiles"),
        (Reply(200, b"<html>log in"), "answers with a web page"),
    ],
)
def test_a_palette_that_cannot_be_used_ends_with_3_in_one_sentence(palette: Palette, reply: Reply, words: str) -> None:
    palette.instead["/v1/dashboard/clusterprofiles"] = [reply]
    said = regplan("images", "palette:infra")

    assert said.code == 3
    assert words in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    "document",
    [{}, {"spec": None}, {"spec": {"published": {"packs": [{"name": ["x"], "values": "{{", "manifests": [{}]}]}}}],
    ids=["empty", "no spec", "wrong types"],
)
def test_a_profile_that_is_none_is_one_clear_error(palette: Palette, document: object) -> None:
    palette.instead[f"/v1/clusterprofiles/{uid(1)}"] = [Reply(200, json.dumps(document).encode())]
    palette.manifests[uid(1)] = {"metadata": ["x"], "spec": 5}
    said = regplan("images", uid(1))

    assert said.code == 2
    assert f"palette:{uid(1)}" in said.err
    assert "internal error" not in said.err


def test_manifests_that_cannot_be_fetched_are_not_passed_over(palette: Palette) -> None:
    palette.instead[f"/v1/clusterprofiles/{uid(2)}/packs/manifests"] = [Reply(403, b"{}")]
    said = regplan("images", "palette:retail")

    assert said.code == 3
    assert "denies the manifests of cluster profile" in said.err


def test_values_that_palette_resolves_fill_macros_that_nobody_else_can(palette: Palette) -> None:
    palette.add(
        profile("edge", 5, pack("os", listing("os:{{.spectro.system.cluster.uid}}"), layer="os")),
        resolved={"os": listing("os:resolved")},
    )
    assert images(regplan("images", "palette:edge", "-o", "json")) == ["docker.io/library/os:resolved"]

    palette.instead[f"/v1/clusterprofiles/{uid(5)}/packs/resolvedValues"] = [Reply(400, b"{}")]
    said = regplan("images", "palette:edge", "-o", "json")
    assert said.code == 4
    assert "profile.unresolved-macro" in {finding["rule"] for finding in said.document["findings"]}


def test_a_site_file_names_profiles_in_palette(palette: Palette, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(f"name: s\nprofiles: [infra, palette:retail@1.9.0]\nupgrade_to: [{uid(2)}]\n")
    said = regplan(
        "plan", str(tmp_path / "site.yaml"), "--palette", palette.url, "-o", "json", "--recording", nothing(tmp_path)
    )

    assert said.code == 4, said.err
    found = said.document["images"]
    assert found["unique"] == 2
    assert sorted(each["reference"] for each in found["unresolved"]) == [
        "docker.io/library/app:old",
        "quay.io/cilium/cilium:v1.16.0",
    ]
    assert f"GET /v1/clusterprofiles/{uid(2)}" in palette.paths()


@pytest.mark.usefixtures("palette")
@pytest.mark.parametrize(
    "arguments",
    [
        ("layers", "palette:infra"),
        ("diff", "palette:infra", "palette:retail@1.9.0"),
        ("seed", "palette:infra@1.0.0", "--to", "oci:out", "--dry-run"),
        ("verify", "palette:infra", "--at", "oci:out"),
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_every_verb_that_reads_profiles_reads_them_from_palette(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    said = regplan(*arguments, "--recording", nothing(tmp_path), "-o", "json")

    assert said.code in {1, 4}, said.err
    assert "quay.io/cilium/cilium:v1.16.0" in said.out


def test_a_bare_name_in_a_site_file_is_a_file_without_palette(palette: Palette, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("name: s\nprofiles: [infra]\n")
    said = regplan("plan", str(tmp_path / "site.yaml"))

    assert said.code == 2
    assert "infra" in said.err
    assert palette.asked == []


@pytest.mark.usefixtures("palette")
def test_profiles_are_listed_a_line_for_each_version() -> None:
    said = regplan("palette", "profiles", "-o", "json")

    assert said.code == 0, said.err
    rows = [(each["name"], each["version"], each["uid"], each["project"]) for each in said.document["profiles"]]
    assert rows == [
        ("infra", "1.0.0", uid(1), PROJECT),
        ("retail", "1.9.0", uid(3), PROJECT),
        ("retail", "1.10.0", uid(2), PROJECT),
    ]
    assert "retail  1.9.0" in regplan("palette", "profiles").out


def test_hosts_are_listed_with_what_they_have(palette: Palette) -> None:
    palette.hosts = [edge_host("node-2", 12, archType="arm64"), edge_host("node-1", 11, memory=None)]
    said = regplan("palette", "hosts", "-o", "json")

    assert said.code == 0, said.err
    first, second = said.document["hosts"]
    assert (first["name"], first["memory_bytes"], first["cpu_milli"]) == ("node-1", None, 4000)
    assert (second["arch"], second["memory_bytes"], second["storage_bytes"]) == ("arm64", 7930 * 2**20, 300 * 10**9)
    assert "unknown" in regplan("palette", "hosts").out


@pytest.fixture
def store(palette: Palette) -> Palette:
    """The cluster store-7 of three hosts, beside a fourth host that is in no cluster."""
    palette.hosts = [edge_host(f"node-{number}", 20 + number) for number in (1, 2, 3, 4)]
    palette.clusters[uid(50)] = cluster("store-7", 50, palette.profiles[uid(1)], palette.profiles[uid(2)])
    palette.cluster_hosts[uid(50)] = [uid(21), uid(22), uid(23)]
    palette.pools[uid(51)] = machine_pools([palette.hosts[1]], [palette.hosts[0], palette.hosts[2]])
    palette.cluster_variables[uid(50)] = cluster_variables(
        2,
        {"name": "Tag", "value": "2.1"},
        {"name": "AdminPassword", "value": "hunter2"},
        {"name": "Hidden", "value": "hunter3", "isSensitive": True},
        {"name": "Mirror", "value": "https://me:hunter4@mirror.corp"},
    )
    return palette


@pytest.mark.parametrize("name", ["store-7", uid(50)])
def test_a_site_file_is_made_of_a_cluster(store: Palette, tmp_path: Path, name: str) -> None:
    file = tmp_path / "store.yaml"
    said = regplan("init", str(file), "--from-palette", "--cluster", name)

    assert said.code == 0, said.err
    site = parse_site(file.read_text(), str(file))
    told = [(each.name, each.role, each.cpu_milli, each.memory_bytes, each.storage_bytes) for each in site.hosts]
    sizes = (4000, 7930 * 2**20, 300 * 10**9)
    assert told == [
        ("node-2", "control-plane", *sizes),
        ("node-1", "worker", *sizes),
        ("node-3", "worker", *sizes),
    ]
    assert site.inputs.profiles == ("palette:infra@1.0.0", "palette:retail@1.10.0")
    assert (site.name, site.deployment, site.agent_version) == ("store", "appliance", "4.7.2")
    assert site.palette_images == "unknown"
    assert site.inputs.variables == (("Tag", "2.1"),)
    assert dict(site.inputs.system)["cluster.name"] == "store-7"
    assert "hunter" not in file.read_text()
    assert store.asked[0].headers["projectuid"] == PROJECT


def test_the_site_file_that_init_made_can_be_planned(store: Palette, tmp_path: Path) -> None:
    file = tmp_path / "store.yaml"
    regplan("init", str(file), "--from-palette", "--cluster", "store-7")
    said = regplan("plan", str(file), "-o", "json", "--recording", nothing(tmp_path))

    assert said.code in {1, 4}, said.err
    assert said.document["images"]["unique"] == 3
    assert f"GET /v1/clusterprofiles/{uid(2)}" in store.paths()


def test_without_a_cluster_every_host_is_written_and_no_role_is_made_up(store: Palette) -> None:
    said = regplan("init", "--from-palette")

    assert said.code == 0, said.err
    site = parse_site(said.out, "site.yaml")
    assert [each.name for each in site.hosts] == ["node-1", "node-2", "node-3", "node-4"]
    assert said.out.count("Palette does not tell") == 4
    assert "    role:" not in said.out
    assert f"GET /v1/spectroclusters/{uid(50)}" not in store.paths()


def test_what_palette_does_not_tell_of_a_host_stays_a_comment(store: Palette) -> None:
    store.hosts = [edge_host("Same", 1, cpu=None, archType="riscv64"), edge_host("Same", 2, hostType="agent-mode")]
    said = regplan("init", "--from-palette")

    site = parse_site(said.out, "site.yaml")
    assert [each.name for each in site.hosts] == [f"Same-{uid(1)}", f"Same-{uid(2)}"]
    assert [each.cpu_milli for each in site.hosts] == [None, 4000]
    assert site.deployment == "appliance"
    assert "# arch: amd64" in said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--cluster", "store-8"), "did you mean 'store-7'?"),
        (("--cluster", "cloud"), "is of type aws, and regplan plans Edge clusters"),
        (("--cluster", "0" * 24), "has no cluster 000000000000000000000000"),
    ],
)
def test_a_cluster_that_cannot_be_planned_is_told(store: Palette, arguments: tuple[str, ...], words: str) -> None:
    store.clusters[uid(60)] = cluster("cloud", 60, cloud_type="aws")
    said = regplan("init", "--from-palette", *arguments)

    assert said.code == 2
    assert words in said.err


def test_a_project_without_hosts_makes_no_site_file(palette: Palette, tmp_path: Path) -> None:
    del palette
    said = regplan("init", str(tmp_path / "site.yaml"), "--from-palette")

    assert said.code == 2
    assert "has no Edge host" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_overwritten_and_palette_not_asked(store: Palette, tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text("mine")
    said = regplan("init", str(file), "--from-palette")

    assert said.code == 2
    assert file.read_text() == "mine"
    assert store.asked == []


def test_names_that_no_screen_takes_are_shown_on_one_line_with_a_question_mark(store: Palette) -> None:
    store.hosts = [edge_host("no\nde \ud800", 1)]
    said = regplan("palette", "hosts")
    made = regplan("init", "--from-palette")

    assert said.code == 0, said.err
    assert said.out.splitlines()[1].startswith("no de ?  ")
    assert [each.name for each in parse_site(made.out, "site.yaml").hosts] == ["no de ?"]
