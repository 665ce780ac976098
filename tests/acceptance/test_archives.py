"""Archives that skopeo, tar, zstd and split have made, against the same images in a real registry."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import regplan
from support import images, skopeo
from support.tools import skip_without

if TYPE_CHECKING:
    from pathlib import Path

    from support.starter import StartRegistry

pytestmark = pytest.mark.registry

ZERO = images.image([images.layer(400_000, 5), images.layer(700_000, 6)], label="larger")
TREES: dict[str, images.Tree] = {
    "app/multi": images.multi_platform(),
    "app/twice": images.layer_twice(),
    "app/large": ZERO,
}


def sh(command: str, folder: Path) -> None:
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture
def registry(start_registry: StartRegistry) -> Any:
    registry = start_registry()
    for repository, tree in TREES.items():
        images.push(registry, repository, tree, ["1"])
    return registry


def copied(registry: Any, folder: Path, kind: str = "oci", *, all_platforms: bool = True) -> list[str]:
    """Each image as skopeo writes it: into one layout, or an archive each; gives the places."""
    places = []
    for repository in TREES:
        name = f"quay.io/{repository}:1"
        place = f"oci:{folder}/layout:{name}" if kind == "oci" else f"{kind}:{folder}/{repository[4:]}.tar:{name}"
        skopeo.copy(
            f"docker://{registry.address}/{repository}:1", place, source_registry=registry, all_platforms=all_platforms
        )
        places.append(place)
    return places


def measured(*arguments: str) -> dict[str, Any]:
    said = regplan("layers", *arguments, "-o", "json")
    assert said.code == 0, said.err
    return said.document


@pytest.mark.parametrize("all_platforms", [False, True])
def test_oci_archives_of_skopeo_are_as_large_as_their_images_in_the_registry(
    registry: Any, tmp_path: Path, *, all_platforms: bool
) -> None:
    flags = ["--all-platforms"] if all_platforms else []
    references = [f"{registry.address}/{repository}:1" for repository in TREES]

    archives = measured(*copied(registry, tmp_path, "oci-archive"), *flags)
    direct = measured(*references, "--plain-http", *flags)

    for key in ("referenced_bytes", "unique_bytes", "blobs", "manifests"):
        assert archives[key] == direct[key]
    if all_platforms:
        assert archives["unique_bytes"] == registry.blob_bytes()


def test_docker_archives_of_skopeo_are_as_large_as_their_layers_uncompressed(
    registry: Any, start_registry: StartRegistry, tmp_path: Path
) -> None:
    skopeo_place = f"docker-archive:{tmp_path}/large.tar:quay.io/app/large:1"
    sources = f"docker://{registry.address}/app/large:1"
    sh(f"skopeo --insecure-policy copy -q --src-tls-verify=false {sources} {skopeo_place}", tmp_path)
    sh(f"skopeo --insecure-policy copy -q {skopeo_place} dir:{tmp_path}/plain", tmp_path)

    told = measured(skopeo_place)

    files = {path.name: path.stat().st_size for path in (tmp_path / "plain").iterdir()}
    blobs = sum(size for name, size in files.items() if name not in {"manifest.json", "version"})
    assert told["blobs"] == len(ZERO.blobs())
    # The manifest is regplan's own: skopeo's is of Docker's kind.
    assert 0 < told["unique_bytes"] - blobs < 2000
    assert told["uncompressed_bytes"] == blobs - ZERO.config.size

    target = start_registry()
    said = regplan("seed", skopeo_place, "--to", f"docker://{target.address}/edge", "--plain-http", "--yes")
    assert said.code == 0, said.err
    assert target.blob_bytes() == told["unique_bytes"]
    assert skopeo.inspect(f"docker://{target.address}/edge/quay.io/app/large:1", target)["Architecture"] == "amd64"


@pytest.mark.parametrize(
    "order", ["index.json oci-layout blobs", "blobs oci-layout index.json", "oci-layout blobs index.json"]
)
def test_a_bundle_of_tar_zstd_and_split_seeds_a_registry_that_then_holds_the_same_bytes(
    registry: Any, start_registry: StartRegistry, tmp_path: Path, order: str
) -> None:
    skip_without("zstd", "split", "tar")
    target = start_registry()
    copied(registry, tmp_path)
    members = " ".join(f"bundle-pkg/{name}" for name in order.split())
    sh(
        f"mv layout bundle-pkg && tar -cf - {members} | zstd -q -3 -o core.tar.zst"
        " && split -b 300k -d core.tar.zst core.tar.zst_part && rm core.tar.zst",
        tmp_path,
    )
    file = f"bundle:{tmp_path}/core.tar.zst_part00"

    said = regplan("seed", file, "--to", f"docker://{target.address}/edge", "--all-platforms", "--plain-http", "--yes")
    again = regplan("layers", file, "--all-platforms", "-o", "json")

    assert said.code == 0, said.err
    assert target.blob_bytes() == again.document["unique_bytes"] == registry.blob_bytes()
    for repository, tree in TREES.items():
        place = f"docker://{target.address}/edge/quay.io/{repository}:1"
        assert skopeo.manifest(place, target) == tree.manifest.data
