"""What `regplan layers` says is what a set of images takes under a real registry's blobs/, byte for byte."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support import images, skopeo, writers

if TYPE_CHECKING:
    from pathlib import Path

    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = pytest.mark.registry

TAGS = {
    "app/multi": ["1.0"],
    "app/twice": ["1.0"],
    "app/two-tags": ["1.0", "stable-1"],
    "lib/nested": ["1.0"],  # skopeo copies no nested index whole, so it is left out there
    "lib/list": ["1.0"],
    "lib/empty-twice": ["1.0"],
    "lib/zstd": ["1.0"],
}
# The empty layer that Docker's and BuildKit's builders write: an empty tar, gzipped in Go.
EMPTY = bytes.fromhex("1f8b080000096e8800ff621805a360148c5800080000ffff2eafb5ef00040000")


def _fill(source: Registry) -> list[str]:
    trees: dict[str, images.Tree] = {
        "app/multi": images.multi_platform(),
        "app/twice": images.layer_twice(),
        "app/two-tags": images.image([images.layer(40_000, 1), images.layer(25_000, 77)], label="two tags"),
        "lib/nested": images.nested_index(),
        "lib/list": images.docker_list(),
        "lib/empty-twice": images.image([_empty(), images.layer(40_000, 1), _empty()], label="empty twice"),
        "lib/zstd": writers.image_of([writers.packed_by_skopeo(writers.tar_of("words", 200_000), "zstd")], "zstd"),
    }
    for repository, tags in TAGS.items():
        images.push(source, repository, trees[repository], tags)
    return [f"{source.address}/{repository}:{tag}" for repository, tags in TAGS.items() for tag in tags]


def _empty() -> images.Layer:
    assert len(EMPTY) == 32
    tar = gzip.decompress(EMPTY)
    media_type = "application/vnd.oci.image.layer.v1.tar+gzip"
    return images.Layer(images.Blob(media_type, EMPTY), f"sha256:{hashlib.sha256(tar).hexdigest()}")


def _charged(target: Registry, project: str) -> int:
    """Tell the bytes of what a project's repositories link to, each digest once, as Harbor's quota counts it."""
    repositories = target.root / "docker" / "registry" / "v2" / "repositories" / project
    links = [*repositories.rglob("_layers/sha256/*"), *repositories.rglob("_manifests/revisions/sha256/*")]
    sizes = {digest.removeprefix("sha256:"): size for digest, size in target.blob_files().items()}
    return sum(sizes[name] for name in {link.name for link in links})


def _occupied(references: list[str], source: Registry, target: Registry, *, all_platforms: bool) -> int:
    for reference in references:
        name = reference.removeprefix(f"{source.address}/")
        skopeo.copy(
            f"docker://{reference}", f"docker://{target.address}/{name}",
            source_registry=source, target_registry=target, all_platforms=all_platforms,
        )  # fmt: skip
    return target.blob_bytes()


@pytest.mark.parametrize("all_platforms", [False, True])
def test_unique_bytes_are_what_the_registry_holds_after_skopeo_copied_the_set(
    start_registry: StartRegistry, *, all_platforms: bool
) -> None:
    source, target = start_registry(), start_registry()
    references = [each for each in _fill(source) if not (all_platforms and "nested" in each)]
    flags = ["--all-platforms"] if all_platforms else []

    said = regplan("layers", *references, "--plain-http", "-o", "json", *flags)

    assert said.code == 0, said.err
    assert said.document["unique_bytes"] == _occupied(references, source, target, all_platforms=all_platforms)


def test_an_index_pinned_by_digest_is_counted_whole(start_registry: StartRegistry) -> None:
    source, target = start_registry(), start_registry()
    tree = images.multi_platform()
    images.push(source, "app/multi", tree, ["1.0"])
    digest = skopeo.inspect(f"docker://{source.address}/app/multi:1.0", source)["Digest"]

    said = regplan("layers", f"{source.address}/app/multi@{digest}", "--plain-http", "-o", "json")

    skopeo.copy(
        f"docker://{source.address}/app/multi:1.0", f"docker://{target.address}/app/multi:1.0",
        source_registry=source, target_registry=target, all_platforms=True,
    )  # fmt: skip
    assert said.document["unique_bytes"] == target.blob_bytes()


@pytest.mark.parametrize("all_platforms", [False, True])
def test_two_projects_are_charged_for_what_both_have_and_the_disk_holds_it_once(
    start_registry: StartRegistry, tmp_path: Path, *, all_platforms: bool
) -> None:
    source, target = start_registry(), start_registry()
    references = [each for each in _fill(source) if "nested" not in each]
    flags = ["--all-platforms"] if all_platforms else []
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        f"{source.address}/app: {target.address}/apps\n{source.address}/lib: {target.address}/infra\n", encoding="utf-8"
    )

    said = regplan(
        "layers", *references, "--plain-http", "-o", "json", *flags,
        "--mapping", str(rules), "--at", f"docker://{target.address}/edge",
    )  # fmt: skip

    assert said.code == 0, said.err
    for reference in references:
        name = reference.removeprefix(f"{source.address}/").replace("app/", "apps/").replace("lib/", "infra/")
        skopeo.copy(
            f"docker://{reference}", f"docker://{target.address}/{name}",
            source_registry=source, target_registry=target, all_platforms=all_platforms,
        )  # fmt: skip
    document = said.document
    charged = {each["project"]: each["quota_bytes"] for each in document["projects"]}
    assert charged == {project: _charged(target, project) for project in ("apps", "infra")}
    assert document["unique_bytes"] == target.blob_bytes()
    # The layer that apps and infra share is charged to both.
    assert document["quota_bytes"] == sum(charged.values()) >= document["unique_bytes"] + 40_000


def test_fair_shares_add_up_to_what_the_registry_holds(start_registry: StartRegistry) -> None:
    source, target = start_registry(), start_registry()
    references = _fill(source)

    document = regplan("layers", *references, "--plain-http", "-o", "json").document

    shares = {row["digest"]: row["fair_bytes"] for row in document["images"]}
    assert sum(shares.values()) == _occupied(references, source, target, all_platforms=False)
