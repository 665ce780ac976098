"""The images that other tests measure: what they are, and that a real registry and skopeo take them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from support import images, skopeo

if TYPE_CHECKING:
    from pathlib import Path

    from support.content import Tree
    from support.registry import Registry

SAMPLES: dict[str, Tree] = {
    "layer-twice": images.layer_twice(),
    "multi-platform": images.multi_platform(),
    "nested-index": images.nested_index(),
    "foreign-layer": images.with_foreign_layer(),
    "docker-list": images.docker_list(),
    "docker-image": images.image([images.layer(4000, 50)], dialect="docker"),
}


@pytest.mark.parametrize("size", [600, 601, 2_345, 65_536, 999_999, 1_000_000, 3_333_333])
def test_a_layer_is_a_gzip_tar_of_exactly_the_size_asked_for(size: int) -> None:
    layer = images.layer(size, seed=7)

    tar = gzip.decompress(layer.blob.data)
    assert len(layer.blob.data) == size
    assert layer.diff_id == f"sha256:{hashlib.sha256(tar).hexdigest()}"
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        assert archive.getnames() == ["usr/share/content-7"]


def test_a_seed_gives_the_same_layer_again_and_another_seed_another() -> None:
    assert images.layer(5000, 1) == images.layer(5000, 1)
    assert images.layer(5000, 1).blob.digest != images.layer(5000, 2).blob.digest


def test_the_sample_with_a_layer_twice_names_it_twice_and_has_it_once() -> None:
    image = images.layer_twice()
    named = [layer["digest"] for layer in json.loads(image.manifest.data)["layers"]]

    assert len(named) == 4
    assert len(set(named)) == 3
    assert len(image.blobs()) == 4


def test_attestations_say_which_manifest_they_attest() -> None:
    index = images.multi_platform()
    entries = json.loads(index.manifest.data)["manifests"]

    about = [entry["annotations"]["vnd.docker.reference.digest"] for entry in entries[2:]]
    assert about == [entry["digest"] for entry in entries[:2]]
    assert [entry["platform"]["os"] for entry in entries[2:]] == ["unknown", "unknown"]


def test_a_foreign_layer_is_named_and_not_among_the_bytes() -> None:
    image = images.with_foreign_layer()
    first = json.loads(image.manifest.data)["layers"][0]

    assert first["urls"]
    assert first["digest"] not in {blob.digest for blob in image.blobs()}


@pytest.mark.registry
@pytest.mark.parametrize("name", SAMPLES)
def test_skopeo_reads_each_sample_back_byte_for_byte(open_registry: Registry, tmp_path: Path, name: str) -> None:
    tree = SAMPLES[name]
    images.push(open_registry, f"samples/{name}", tree, ["1.0", "latest"])
    place = f"docker://{open_registry.address}/samples/{name}"

    assert skopeo.manifest(f"{place}:1.0", open_registry) == tree.manifest.data
    assert skopeo.manifest(f"{place}@{tree.manifest.digest}", open_registry) == tree.manifest.data
    if name not in {"nested-index", "foreign-layer"}:  # skopeo follows neither an inner index nor a layer's own URL
        skopeo.copy(f"{place}:latest", f"dir:{tmp_path}", source_registry=open_registry, all_platforms=True)


@pytest.mark.registry
def test_skopeo_pushes_a_layout_that_was_written(open_registry: Registry, tmp_path: Path) -> None:
    index = images.multi_platform(seed=60)
    images.write_layout(tmp_path, {"1.0": index})

    target = f"docker://{open_registry.address}/from-layout:1.0"
    skopeo.copy(f"oci:{tmp_path}:1.0", target, target_registry=open_registry, all_platforms=True)

    assert skopeo.manifest(target, open_registry) == index.manifest.data
    assert skopeo.inspect(target, open_registry)["Architecture"] in {"amd64", "arm64"}


def test_a_sparse_layout_has_manifests_and_configs_and_no_layers(tmp_path: Path) -> None:
    image = images.layer_twice()
    images.write_layout(tmp_path, {"docker.io/library/twice:1": image}, sparse=True)

    kept = {file.name for file in (tmp_path / "blobs/sha256").iterdir()}
    assert kept == {blob.digest.removeprefix("sha256:") for blob in (image.config, image.manifest)}
