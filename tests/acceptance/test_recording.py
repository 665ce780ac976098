"""What was recorded from a real registry plans, with the registry gone, as the registry did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import regplan
from support import images, skopeo

if TYPE_CHECKING:
    from pathlib import Path

    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = pytest.mark.registry


def _filled(registry: Registry) -> list[str]:
    trees: dict[str, images.Tree] = {
        "app/multi": images.multi_platform(),
        "app/twice": images.layer_twice(),
        "lib/list": images.docker_list(),
        "lib/nested": images.nested_index(),
    }
    for repository, tree in trees.items():
        images.push(registry, repository, tree, ["1.0"])
    pinned = f"{registry.address}/app/multi@{trees['app/multi'].manifest.digest}"
    return [*(f"{registry.address}/{repository}:1.0" for repository in trees), pinned]


def _site(folder: Path, references: list[str]) -> str:
    host = {"name": "a", "role": "control-plane", "cpu": 8, "memory": "16GiB", "storage": "1TB", "arch": "amd64"}
    site = {"name": "store", "images": references, "hosts": [host], "registry": {"kind": "zot", "storage": "300GB"}}
    (folder / "site.yaml").write_text(json.dumps(site), encoding="utf-8")
    return str(folder / "site.yaml")


def _plan(*arguments: str) -> dict[str, Any]:
    said = regplan("plan", *arguments, "-o", "json")
    document = said.document
    assert document["images"]["unresolved"] == []
    del document["generated_at"], document["site"]["from"]
    return document


def test_layers_and_plan_are_the_same_to_the_byte_with_the_registry_gone(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    registry = start_registry()
    references = _filled(registry)
    site, rec = _site(tmp_path, references), str(tmp_path / "rec")
    layers = regplan("layers", *references, "--plain-http", "-o", "json")
    plan = _plan(site, "--plain-http")

    recorded = regplan("record", site, "-O", rec, "--plain-http", "-o", "json")
    registry.stop()

    assert recorded.code == 0, recorded.err
    assert regplan("layers", *references, "--recording", rec, "--offline", "-o", "json").out == layers.out
    assert _plan(site, "--recording", rec, "--offline") == plan


def test_recording_asks_for_each_manifest_and_config_once(start_registry: StartRegistry, tmp_path: Path) -> None:
    registry = start_registry()
    references = _filled(registry)[:2]
    registry.forget_requests()

    regplan("record", *references, "-O", str(tmp_path / "rec"), "--plain-http")

    asked = [request.path.rsplit("/", 2)[-2] for request in registry.requests() if request.path != "/v2/"]
    # The index, its child and the child's config; and an image with its config.
    assert sorted(asked) == ["blobs", "blobs", "manifests", "manifests", "manifests"]


def test_a_recording_has_the_bytes_that_skopeo_sees(start_registry: StartRegistry, tmp_path: Path) -> None:
    registry = start_registry()
    references = [reference for reference in _filled(registry) if "list" not in reference]

    regplan("record", *references, "-O", str(tmp_path / "rec"), "--plain-http")

    for reference in references:
        there = skopeo.manifest(f"docker://{reference}", registry)
        assert skopeo.manifest(f"oci:{tmp_path / 'rec'}:{reference}") == there


def test_a_tag_that_is_pushed_anew_moves_in_the_recording(start_registry: StartRegistry, tmp_path: Path) -> None:
    registry = start_registry()
    reference, *_ = _filled(registry)
    rec = str(tmp_path / "rec")
    regplan("record", reference, "-O", rec, "--plain-http")
    newer = images.multi_platform(seed=60)
    images.push(registry, "app/multi", newer, ["1.0"])

    said = regplan("record", reference, "-O", rec, "--plain-http", "-o", "json")

    assert [each["now"] for each in said.document["moved"]] == [newer.manifest.digest]
    assert regplan("layers", reference, "--recording", rec).code == 0
