"""Several nodes of one registry under `--to`: dead ones are passed over, and another takes over from one that dies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support import http, images
from support.faulty import Exchange, FaultyProxy
from support.seeding import Finished, seeding, taken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.docker_registry]

PROJECT = "spectro-images"
NAMES = [f"edge/app-{number}" for number in range(5)]
TREES = [
    images.image([images.layer(300_000, 1), images.layer(400_000 + number, 100 + number)], label=f"app-{number}")
    for number in range(5)
]
ACCEPT = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
# Nothing listens there, and nothing may.
DEAD = "127.0.0.1:1"


@pytest.fixture
def source(start_registry: StartRegistry) -> Registry:
    registry = start_registry()
    for name, tree in zip(NAMES, TREES, strict=True):
        images.push(registry, name, tree, ["1.0"])
    return registry


def seed(source: Registry, *hosts: str, more: tuple[str, ...] = ()) -> Finished:
    named = [f"{source.address}/{name}:1.0" for name in NAMES]
    targets = [text for host in hosts for text in ("--to", f"docker://{host}/{PROJECT}")]
    with seeding([*named, *targets, "--plain-http"], *more) as run:
        return run.finish()


def place(source: Registry, name: str) -> str:
    return f"{PROJECT}/{source.address.replace(':', '_')}/{name}"


def right_tags(source: Registry, target: Registry) -> int:
    found = [http.request("HEAD", f"{target.url}/v2/{place(source, name)}/manifests/1.0", headers=ACCEPT).headers.get("docker-content-digest") for name in NAMES]  # fmt: skip
    return sum(digest == tree.manifest.digest for digest, tree in zip(found, TREES, strict=True))


def test_a_dead_node_is_passed_over_and_told(source: Registry, start_registry: StartRegistry) -> None:
    target = start_registry()
    done = seed(source, DEAD, target.address)
    assert done.code == 0, done.said
    assert right_tags(source, target) == 5
    assert done.said.count(f"{DEAD} is passed over: {DEAD} cannot be reached") == 1
    assert done.document["target"] == f"docker://{target.address}/{PROJECT}"
    assert done.document["nodes"]["asked"] == target.address
    assert [told.partition(":1 is ")[0] for told in done.document["nodes"]["passed_over"]] == ["127.0.0.1"]


def test_where_all_nodes_are_dead_nothing_is_written_and_each_is_told(source: Registry) -> None:
    done = seed(source, DEAD, "127.0.0.1:2")
    assert done.code == 3
    assert f"{DEAD} is passed over" in done.said
    assert "127.0.0.1:2 is passed over" in done.said


def test_another_node_takes_over_from_one_that_dies_and_only_what_was_under_way_is_sent_again(
    source: Registry, start_registry: StartRegistry
) -> None:
    target = start_registry()
    with FaultyProxy(target.address) as first, FaultyProxy(target.address) as second:
        first.hook = dies_at(first, lambda exchange: exchange.is_upload and len(first.stored()) >= 4)
        done = seed(source, first.address, second.address)
        stored, again = first.stored(), second.stored()
    assert done.code == 0, done.said
    assert right_tags(source, target) == 5
    assert f"going on with {second.address}" in done.said
    assert done.document["target"] == f"docker://{first.address}/{PROJECT}"
    assert done.document["nodes"]["asked"] == second.address
    [died] = done.document["nodes"]["passed_over"]
    assert died.endswith(f"going on with {second.address}")
    assert len(stored) >= 4
    # What the first node had taken is not sent to the second.
    assert not set(stored) & set(again)
    # By the registry's own log: the dying proxy may have cut off the answer to one that arrived.
    assert set(taken(target)) == {blob.digest for tree in TREES for blob in tree.blobs()}
    assert all(taken(target)[digest] == 1 for digest in stored)
    assert (done.document["verified"], done.document["failed"]) == (True, [])


def dies_at(proxy: FaultyProxy, is_time: Callable[[Exchange], bool]) -> Callable[[Exchange], None]:
    def hook(exchange: Exchange) -> None:
        if is_time(exchange):
            proxy.__exit__()

    return hook


def test_two_registries_are_no_nodes_of_one_even_while_both_are_empty(
    source: Registry, start_registry: StartRegistry
) -> None:
    first, second = start_registry(), start_registry()
    done = seed(source, first.address, second.address)
    assert done.code == 2
    assert f"{first.address} and {second.address} are not nodes of one registry" in done.said
    assert "was put into the first and is not in the second; seed each by itself" in done.said
    assert right_tags(source, first) == right_tags(source, second) == 0
    assert second.blob_files() == {}


def test_two_registries_of_which_one_is_seeded_are_told_apart_before_anything_is_written(
    source: Registry, start_registry: StartRegistry
) -> None:
    first, second = start_registry(), start_registry()
    assert seed(source, second.address, more=("--no-journal",)).code == 0
    for more in ((), ("--dry-run",)):
        done = seed(source, first.address, second.address, more=more)
        assert done.code == 2
        assert "edge/app-0:1.0 is sha256:" in done.said
        assert "at the second and absent at the first" in done.said
    assert first.blob_files() == {}


@pytest.mark.slow
def test_a_node_that_takes_over_must_hold_what_the_one_before_it_took(
    source: Registry, start_registry: StartRegistry
) -> None:
    target, other = start_registry(), start_registry()
    with FaultyProxy(target.address) as first, FaultyProxy("127.0.0.1:1") as second:
        # The second node is dead at first, and comes back as another registry.
        second.break_all()

        def hook(exchange: Exchange) -> None:
            if exchange.is_upload and len(first.stored()) >= 3:
                second.upstream = other.address
                first.__exit__()

        first.hook = hook
        done = seed(source, first.address, second.address)
    assert done.code == 2, done.said
    assert "are not nodes of one registry" in done.said
    assert other.blob_files() == {}


def test_a_site_files_addresses_are_its_nodes(source: Registry, start_registry: StartRegistry, tmp_path: Path) -> None:
    target = start_registry()
    site = {
        "name": "store-1",
        "images": [f"{source.address}/{name}:1.0" for name in NAMES],
        "registry": {"address": [DEAD, target.address], "project": PROJECT},
    }
    (tmp_path / "site.yaml").write_text(json.dumps(site))
    with seeding([str(tmp_path / "site.yaml"), "--plain-http"]) as run:
        done = run.finish()
    assert done.code == 0, done.said
    assert right_tags(source, target) == 5


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (("docker://a:1/p", "docker://b:1/q"), "differ in their project"),
        (("docker://a:1/p", "oci:/nowhere/tree"), "are two targets"),
        (("oci:/nowhere/one", "oci:/nowhere/two"), "are two targets"),
    ],
)
def test_several_targets_are_taken_as_nodes_of_one_registry_only(targets: tuple[str, ...], words: str) -> None:
    arguments = [text for target in targets for text in ("--to", target)]
    with seeding(["nginx:1.27", *arguments]) as run:
        done = run.finish()
    assert done.code == 2
    assert words in done.said
