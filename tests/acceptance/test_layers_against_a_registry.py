"""What `regplan layers` says is what a set of images takes under a real registry's blobs/, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support import images, skopeo

if TYPE_CHECKING:
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = pytest.mark.registry

TAGS = {
    "app/multi": ["1.0"],
    "app/twice": ["1.0"],
    "app/two-tags": ["1.0", "stable-1"],
    "lib/nested": ["1.0"],  # skopeo copies no nested index whole, so it is left out there
    "lib/list": ["1.0"],
}


def _fill(source: Registry) -> list[str]:
    trees: dict[str, images.Tree] = {
        "app/multi": images.multi_platform(),
        "app/twice": images.layer_twice(),
        "app/two-tags": images.image([images.layer(40_000, 1), images.layer(25_000, 77)], label="two tags"),
        "lib/nested": images.nested_index(),
        "lib/list": images.docker_list(),
    }
    for repository, tags in TAGS.items():
        images.push(source, repository, trees[repository], tags)
    return [f"{source.address}/{repository}:{tag}" for repository, tags in TAGS.items() for tag in tags]


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
