"""Mirrors and rate limits through the command line, against registries on loopback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from cli.running import regplan
from support import images
from support.answers import Asked, Reply, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.answers import Served
    from support.registry import Registry
    from support.starter import StartRegistry

HUB = "docker.io/library/nginx:1.27"


@pytest.fixture
def mirror(start_registry: StartRegistry) -> Registry:
    """A registry that has one image of Docker Hub under its path, and one of quay.io under its mapped name."""
    started = start_registry()
    images.push(started, "hub/library/nginx", images.image([images.layer(1000, seed=1)]), ["1.27"])
    images.push(started, "hub/quay.io/coreos/etcd", images.image([images.layer(2000, seed=2)]), ["v3"])
    started.forget_requests()
    return started


def test_layers_come_from_mirrors_and_keep_the_originals_names(mirror: Registry, tmp_path: Path) -> None:
    found = regplan(
        "layers", "nginx:1.27", "quay.io/coreos/etcd:v3", "--from", "mirrors", "--plain-http", mirror.address,
        "--mirror", f"docker.io={mirror.address}/hub", "--mirror", f"quay.io={mirror.address}/hub",
        "--cache-dir", str(tmp_path), "-o", "json",
    )  # fmt: skip

    assert found.code == 0, found.err
    assert {each["reference"] for each in found.document["images"]} == {HUB, "quay.io/coreos/etcd:v3"}
    assert {each.path for each in mirror.requests() if each.status == 200} >= {
        "/v2/hub/library/nginx/manifests/1.27",
        "/v2/hub/quay.io/coreos/etcd/manifests/v3",
    }


def test_several_mirrors_are_tried_in_order(mirror: Registry, start_registry: StartRegistry, tmp_path: Path) -> None:
    empty = start_registry()
    found = regplan(
        "layers", "nginx:1.27", "--from", "mirrors", "--plain-http", mirror.address, "--plain-http", empty.address,
        "--mirror", f"docker.io={empty.address}", "--mirror", f"docker.io={mirror.address}/hub",
        "--cache-dir", str(tmp_path), "-o", "json",
    )  # fmt: skip

    assert found.code == 0, found.err
    assert {each.status for each in empty.requests()} == {404}


def test_what_no_mirror_has_is_unresolved_and_a_host_without_a_mirror_is_named(
    mirror: Registry, tmp_path: Path
) -> None:
    found = regplan(
        "layers", "nginx:1.27", "redis:7", "ghcr.io/a/b:1", "--from", "mirrors", "--plain-http", mirror.address,
        "--mirror", f"docker.io={mirror.address}/hub", "--cache-dir", str(tmp_path), "-o", "json",
    )  # fmt: skip

    assert found.code == 4
    reasons = {each["reference"]: each["reason"] for each in found.document["unresolved"]}
    assert "has no manifest hub/" in reasons["docker.io/library/redis:7"]
    assert "give --mirror ghcr.io=HOST" in reasons["ghcr.io/a/b:1"]


def test_a_site_file_names_mirrors_and_an_option_takes_the_place_of_its_host(mirror: Registry, tmp_path: Path) -> None:
    site = {"name": "s", "images": ["nginx:1.27"], "from": ["mirrors"], "mirrors": {"docker.io": "127.0.0.1:1"}}
    file = tmp_path / "site.json"
    common = ("--plain-http", mirror.address, "--plain-http=127.0.0.1:1", "--cache-dir", str(tmp_path / "c"))
    file.write_text(json.dumps(site))

    down = regplan("plan", str(file), *common)
    told = regplan("plan", str(file), *common, "--mirror", f"docker.io={mirror.address}/hub", "-o", "json")
    file.write_text(json.dumps({**site, "mirrors": {"docker.io": ["127.0.0.1:1", f"{mirror.address}/hub"]}}))
    listed = regplan("plan", str(file), *common, "-o", "json")
    recorded = regplan("record", str(file), "-O", str(tmp_path / "rec"), *common)

    assert down.code == 3
    assert "127.0.0.1:1 cannot be reached" in down.err
    assert [each.document["images"]["resolved"] for each in (told, listed)] == [1, 1]
    assert told.document["inputs_digest"] == listed.document["inputs_digest"]
    assert recorded.code == 0, recorded.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--mirror", "docker.io"], "--mirror 'docker.io': write SOURCE-HOST=HOST[/PREFIX]"),
        (["--mirror", "docker.io=https://a.corp"], "'https://a.corp' is not a mirror"),
        (["--from", "mirrors"], "--from mirrors needs a mirror: --mirror SOURCE-HOST=HOST[/PREFIX]"),
        (["--from", "mirror"], "origin or mirrors"),
        (["--from", "oci:x", "--mirror", "docker.io=a.corp"], "--mirror needs --from origin or --from mirrors"),
    ],
)
def test_what_is_no_mirror_ends_with_2(arguments: list[str], told: str) -> None:
    said = regplan("layers", "nginx:1.27", *arguments)

    assert said.code == 2
    assert told in said.err


@pytest.fixture
def counting() -> Iterator[Served]:
    """A registry that counts pulls, as Docker Hub does."""
    config = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
    manifest = json.dumps(_manifest(config)).encode()
    left = [100]

    def answer(asked: Asked) -> Reply:
        if "/blobs/" in asked.path:
            return Reply(200, config, {"Content-Type": "application/octet-stream"})
        # A HEAD is not counted as a pull.
        left[0] -= asked.method == "GET"
        headers = {
            "Content-Type": "application/vnd.oci.image.manifest.v1+json",
            "RateLimit-Limit": "100;w=21600",
            "RateLimit-Remaining": f"{left[0]};w=21600",
            "Docker-RateLimit-Source": "192.0.2.7",
        }
        return Reply(200, manifest, headers)

    with serve(answer) as served:
        yield served


def _manifest(config: bytes) -> dict[str, Any]:
    import hashlib

    return {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": f"sha256:{hashlib.sha256(config).hexdigest()}",
            "size": len(config),
        },
        "layers": [],
    }


def test_the_pulls_that_are_left_are_told_as_the_registry_said_last(counting: Served, tmp_path: Path) -> None:
    common = ("--plain-http", counting.address, "--cache-dir", str(tmp_path / "c"))
    names = [f"{counting.address}/a:{number}" for number in range(3)]
    site = tmp_path / "site.json"
    site.write_text(json.dumps({"name": "s", "images": names[:1]}))

    shown = regplan("layers", *names, *common)
    plan = regplan("plan", str(site), *common, "-o", "json").document
    table = regplan("plan", str(site), *common)
    recorded = regplan("record", *names[:1], "-O", str(tmp_path / "rec"), *common)
    compared = regplan("diff", *names[:2], *common)

    assert f"{counting.address}: 97 of 100 pulls left in 6 h" in shown.out
    [limit] = plan["rate_limits"]
    assert limit == {
        "host": counting.address, "limit": 100, "remaining": 96, "window_s": 21600, "source": "192.0.2.7", "used": 1,
    }  # fmt: skip
    jsonschema.validate(plan, regplan("schema", "plan").document)
    for said in (table, recorded, compared):
        assert "of 100 pulls left in 6 h" in said.out


def test_where_no_registry_counts_nothing_is_said(mirror: Registry, tmp_path: Path) -> None:
    found = regplan(
        "layers", f"{mirror.address}/hub/library/nginx:1.27", "--plain-http", mirror.address, "--cache-dir", str(tmp_path),
        "-o", "json",
    )  # fmt: skip

    assert found.document["rate_limits"] == []
