"""How often a registry is asked, counted in its own access log: first runs, second runs, offline, seeding after planning."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import regplan
from support import images
from support.content import Blob, Image, encode

if TYPE_CHECKING:
    from support.content import Tree
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = pytest.mark.registry

MULTI, OTHER = images.multi_platform(seed=500), images.multi_platform(seed=520)
PLAIN, NESTED = images.image([images.layer(9000, 540)], label="plain"), images.nested_index(seed=550)
HELM = "application/vnd.cncf.helm"


def chart() -> Image:
    """A Helm chart as `helm push` stores it."""
    config = Blob(f"{HELM}.config.v1+json", encode({"name": "till", "version": "1.0.0", "apiVersion": "v2"}))
    layer = images.layer(7000, 560).typed(f"{HELM}.chart.content.v1.tar+gzip")
    media_type = "application/vnd.oci.image.manifest.v1+json"
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": config.descriptor(),
        "layers": [layer.blob.descriptor()],
    }
    return Image(Blob(media_type, encode(manifest)), config, (layer,))


CHART = chart()


@pytest.fixture
def registry(start_registry: StartRegistry) -> Registry:
    """A registry whose access log is this test's own."""
    return start_registry()


def asked(registry: Registry) -> list[tuple[str, str]]:
    """METHOD and path of everything since the last call, the path after /v2/."""
    found = [(request.method, request.path.removeprefix("/v2/")) for request in registry.requests()]
    registry.forget_requests()
    return sorted(found)


def push(registry: Registry, repository: str, tree: Tree, *tags: str) -> None:
    images.push(registry, repository, tree, tags)
    registry.forget_requests()


def child(tree: images.Index, number: int = 0) -> Image:
    found = tree.children[number]
    assert isinstance(found, Image)
    return found


def layers(cache: Path, *arguments: str) -> dict[str, Any]:
    said = regplan("layers", *arguments, "--cache-dir", str(cache), "--plain-http", "-o", "json")
    assert said.code == 0, said.err + said.out
    return said.document


def size_of(image: Image) -> int:
    return sum(blob.size for blob in (image.manifest, *image.blobs()))


def test_a_tag_of_many_platforms_is_two_requests_and_then_one_head(registry: Registry, tmp_path: Path) -> None:
    push(registry, "a/multi", MULTI, "1")
    name = f"{registry.address}/a/multi:1"

    first = layers(tmp_path, name)
    assert asked(registry) == [
        ("GET", "a/multi/manifests/1"),
        ("GET", f"a/multi/manifests/{child(MULTI).manifest.digest}"),
    ]
    second = layers(tmp_path, name)
    assert asked(registry) == [("HEAD", "a/multi/manifests/1")]

    assert first["unique_bytes"] == second["unique_bytes"] == size_of(child(MULTI))
    assert second["last_seen"] == {"tags": 0, "oldest": None, "newest": None}


def test_a_tag_of_one_platform_is_its_manifest_and_the_config_that_tells_the_platform(
    registry: Registry, tmp_path: Path
) -> None:
    push(registry, "a/plain", PLAIN, "1")
    name = f"{registry.address}/a/plain:1"

    layers(tmp_path, name)
    assert asked(registry) == [("GET", f"a/plain/blobs/{PLAIN.config.digest}"), ("GET", "a/plain/manifests/1")]
    layers(tmp_path, name)
    assert asked(registry) == [("HEAD", "a/plain/manifests/1")]


def test_an_artefact_is_one_request_and_a_nested_index_one_more_for_the_index_inside(
    registry: Registry, tmp_path: Path
) -> None:
    push(registry, "a/chart", CHART, "1.0.0")
    push(registry, "a/nested", NESTED, "1")

    measured = layers(tmp_path / "1", f"{registry.address}/a/chart:1.0.0")
    assert asked(registry) == [("GET", "a/chart/manifests/1.0.0")]
    assert measured["unique_bytes"] == size_of(CHART)

    layers(tmp_path / "2", f"{registry.address}/a/nested:1")
    inner = NESTED.children[1].manifest.digest
    wanted = child(NESTED).manifest.digest
    assert asked(registry) == sorted(("GET", f"a/nested/manifests/{each}") for each in ("1", inner, wanted))


def test_a_digest_that_was_fetched_before_costs_nothing(registry: Registry, tmp_path: Path) -> None:
    push(registry, "a/multi", MULTI, "1")
    layers(tmp_path, f"{registry.address}/a/multi:1")
    asked(registry)

    index, image = (f"{registry.address}/a/multi@{each.manifest.digest}" for each in (MULTI, child(MULTI)))

    layers(tmp_path, index)
    # An index that is pinned is kept whole: its other children are new.
    new = {each.manifest.digest for each in MULTI.children[1:]}
    assert asked(registry) == sorted(("GET", f"a/multi/manifests/{digest}") for digest in new)
    layers(tmp_path, image)
    assert asked(registry) == [("GET", f"a/multi/blobs/{child(MULTI).config.digest}")]
    layers(tmp_path, index, image)
    assert asked(registry) == []


def test_two_tags_of_one_digest_fetch_what_they_name_once(registry: Registry, tmp_path: Path) -> None:
    push(registry, "a/multi", MULTI, "1", "1.27", "latest")
    names = [f"{registry.address}/a/multi:{tag}" for tag in ("1", "1.27", "latest")]

    layers(tmp_path, *names)
    assert Counter(path.rpartition("/")[2] for _, path in asked(registry)) == {
        "1": 1, "1.27": 1, "latest": 1, child(MULTI).manifest.digest: 1,
    }  # fmt: skip
    layers(tmp_path, *names)
    assert asked(registry) == [("HEAD", f"a/multi/manifests/{tag}") for tag in ("1", "1.27", "latest")]


def test_a_tag_that_moved_is_looked_at_and_fetched_and_never_told_as_it_was(registry: Registry, tmp_path: Path) -> None:
    push(registry, "a/multi", MULTI, "1")
    layers(tmp_path, f"{registry.address}/a/multi:1")
    push(registry, "a/multi", OTHER, "1")

    moved = layers(tmp_path, f"{registry.address}/a/multi:1")

    assert asked(registry) == [
        ("GET", "a/multi/manifests/1"),
        ("GET", f"a/multi/manifests/{child(OTHER).manifest.digest}"),
        ("HEAD", "a/multi/manifests/1"),
    ]
    assert moved["unique_bytes"] == size_of(child(OTHER))


def test_one_registrys_tag_is_not_answered_for_anothers(start_registry: StartRegistry, tmp_path: Path) -> None:
    one, other = start_registry(), start_registry()
    push(one, "a/multi", MULTI, "1")
    push(other, "a/multi", OTHER, "1")
    layers(tmp_path, f"{one.address}/a/multi:1")

    assert layers(tmp_path, f"{other.address}/a/multi:1")["unique_bytes"] == size_of(child(OTHER))
    assert [method for method, _ in asked(other)] == ["GET", "GET"]


def test_a_login_that_may_not_read_a_tag_is_not_told_what_another_saw(
    start_registry: StartRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = start_registry("basic")
    push(private, "a/multi", MULTI, "1")
    name = f"{private.address}/a/multi:1"
    auth = tmp_path / "auth.json"
    auth.write_text(json.dumps({"auths": {private.address: {"auth": _basic(private.user, private.password)}}}))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(auth))
    layers(tmp_path / "cache", name)
    auth.write_text(json.dumps({"auths": {private.address: {"auth": _basic(private.user, "another")}}}))

    said = regplan("layers", name, "--cache-dir", str(tmp_path / "cache"), "--plain-http", "-o", "json")

    assert said.code == 3
    assert "refuses the login" in said.err
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert private.password.encode() not in kept
    assert private.user.encode() not in kept.replace(b"application/", b"")


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("place", ["m/docker.io/library/till", "m/library/till"])
def test_a_mirror_is_looked_at_once_under_the_name_that_answered_before(
    registry: Registry, tmp_path: Path, place: str
) -> None:
    push(registry, place, MULTI, "1")
    arguments = ("till:1", "--from", f"docker://{registry.address}/m")

    first = layers(tmp_path, *arguments)
    asked(registry)
    second = layers(tmp_path, *arguments)

    assert asked(registry) == [("HEAD", f"{place}/manifests/1")]
    assert first["images"] == second["images"]


def test_a_seeding_after_a_plan_fetches_no_manifest_again(start_registry: StartRegistry, tmp_path: Path) -> None:
    source, target = start_registry(), start_registry()
    push(source, "a/multi", MULTI, "1")
    push(source, "a/plain", PLAIN, "1")
    names = [f"{source.address}/a/{each}:1" for each in ("multi", "plain")]
    site = tmp_path / "site.json"
    told = {"kind": "zot", "address": target.address, "project": "p", "storage": "300GB"}
    site.write_text(json.dumps({"name": "shop", "images": names, "registry": told}))
    common = ("--cache-dir", str(tmp_path / "cache"), "--plain-http")
    regplan("plan", str(site), *common)
    asked(source)

    said = regplan("seed", str(site), *common, "--yes")

    assert said.code == 0, said.err
    manifests = [each for each in asked(source) if "/manifests/" in each[1]]
    assert manifests == [("HEAD", "a/multi/manifests/1"), ("HEAD", "a/plain/manifests/1")]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this process may connect or look up a name."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse, raising=False)


def test_offline_tags_are_as_last_seen_and_this_is_said_in_every_face(
    registry: Registry, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    push(registry, "a/multi", MULTI, "1")
    push(registry, "a/plain", PLAIN, "1")
    names = [f"{registry.address}/a/{each}:1" for each in ("multi", "plain")]
    site = tmp_path / "site.json"
    site.write_text(json.dumps({"name": "shop", "images": names}))
    common = ("--cache-dir", str(tmp_path / "cache"), "--plain-http")
    online = layers(tmp_path / "cache", *names)
    asked(registry)
    request.getfixturevalue("no_network")

    offline = layers(tmp_path / "cache", *names, "--offline")
    table = regplan("layers", *names, *common, "--offline")
    plan = regplan("plan", str(site), *common, "--offline", "-o", "json").document
    diff = regplan("diff", *names, *common, "--offline")

    assert offline["images"] == online["images"]
    seen = offline["last_seen"]
    assert seen["tags"] == 2
    assert seen["oldest"] <= seen["newest"]
    assert f"2 tags as last seen {seen['oldest'][:10]}" in table.out
    assert f"2 tags as last seen {seen['oldest'][:10]}" in diff.out
    assert plan["images"]["last_seen"]["tags"] == 2
    (finding,) = [each for each in plan["findings"] if each["rule"] == "image.last-seen"]
    assert (finding["verdict"], finding["measured"], finding["unit"]) == ("INFO", 2, "tags")


@pytest.mark.usefixtures("no_network")
def test_offline_a_tag_that_no_run_has_seen_says_what_to_do(tmp_path: Path) -> None:
    said = regplan("layers", "registry.example/a/b:1", "--cache-dir", str(tmp_path), "--offline")

    assert said.code == 3
    assert "registry.example/a/b:1 is not known from an earlier run" in said.err
    assert "run once online" in said.err


def test_a_mirror_and_the_origin_are_remembered_apart(registry: Registry, tmp_path: Path) -> None:
    push(registry, "m/library/till", MULTI, "1")
    mirror = ("till:1", "--from", f"docker://{registry.address}/m")
    layers(tmp_path, *mirror)

    assert layers(tmp_path, *mirror, "--offline")["last_seen"]["tags"] == 1
    assert regplan("layers", "till:1", "--cache-dir", str(tmp_path), "--offline").code == 3


def test_the_cache_counts_and_forgets_tags(registry: Registry, tmp_path: Path) -> None:
    push(registry, "a/multi", MULTI, "1", "2")
    names = [f"{registry.address}/a/multi:{tag}" for tag in (1, 2)]
    layers(tmp_path, *names)

    info = regplan("cache", "info", "--cache-dir", str(tmp_path), "-o", "json").document
    regplan("cache", "clear", "--cache-dir", str(tmp_path))
    after = regplan("cache", "info", "--cache-dir", str(tmp_path), "-o", "json").document

    assert (info["entries"], info["tags"]) == (2, 2)
    assert info["tags_size_bytes"] > 0
    assert [after[key] for key in ("entries", "size_bytes", "tags", "tags_size_bytes")] == [0, 0, 0, 0]
    assert regplan("layers", *names, "--cache-dir", str(tmp_path), "--offline").code == 3


def test_several_processes_share_a_cache(registry: Registry, tmp_path: Path) -> None:
    names = []
    for number in range(6):
        push(registry, f"a/{number}", images.image([images.layer(3000, 600 + number)], label=str(number)), "1")
        names.append(f"{registry.address}/a/{number}:1")
    command = [
        sys.executable,
        "-m",
        "regplan",
        "layers",
        *names,
        "--plain-http",
        "--cache-dir",
        str(tmp_path),
        "-o",
        "json",
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}

    running = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(4)]
    said = [process.communicate(timeout=120)[0] for process in running]

    assert [process.returncode for process in running] == [0] * 4
    assert len({each for each in said if each}) == 1
    info = regplan("cache", "info", "--cache-dir", str(tmp_path), "-o", "json").document
    assert (info["entries"], info["tags"]) == (12, 6)
    asked(registry)
    layers(tmp_path, *names)
    assert [method for method, _ in asked(registry)] == ["HEAD"] * 6
