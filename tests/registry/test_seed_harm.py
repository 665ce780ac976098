"""Damage made on a real registry's disk: which level of verifying finds it, and what the next seeding makes of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from registry.ours import OurProgram
from support import http, images
from support.starter import StartRegistry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.running import Said
    from support.certificates import Authority
    from support.registry import Registry

pytestmark = [pytest.mark.registry, pytest.mark.docker_registry]

PROJECT = "spectro-images"
SHARED = images.layer(90_000, 1)
OWN = images.layer(300_000, 2)
APP = images.image([SHARED, OWN], label="app")
TOOL = images.image([SHARED, images.layer(5_000, 3)], label="tool")
SHARED_DIGEST, OWN_DIGEST = (blob.digest for blob in APP.blobs()[1:])
LEVELS = ("tags", "blobs", "deep")


@dataclass(frozen=True)
class Harmed:
    """Two images that share a layer, in a registry and seeded from there into another one."""

    source: Registry
    target: Registry

    @property
    def references(self) -> list[str]:
        return [f"{self.source.address}/edge/{name}:1" for name in ("app", "tool")]

    @property
    def app(self) -> str:
        return f"{PROJECT}/{self.source.address.replace(':', '_')}/edge/app"

    @property
    def tool(self) -> str:
        return f"{PROJECT}/{self.source.address.replace(':', '_')}/edge/tool"

    def run(self, verb: str, *arguments: str) -> Said:
        said = regplan(
            verb, *self.references, *arguments, f"--plain-http={self.source.address}",
            f"--plain-http={self.target.address}", "-o", "json", "--quiet",
        )  # fmt: skip
        assert said.out.startswith("{"), said.err
        return said

    def seed(self, *arguments: str) -> Said:
        return self.run("seed", "--to", f"docker://{self.target.address}/{PROJECT}", "--yes", *arguments)

    def verify(self, level: str) -> Said:
        return self.run("verify", "--at", f"docker://{self.target.address}/{PROJECT}", "--level", level)

    def restart(self) -> None:
        """Have the registry forget what it remembers of its files."""
        self.target.stop()
        self.target.start()

    def file(self, digest: str) -> Path:
        return self.target.blob_file(digest)

    def repository_folder(self, repository: str) -> Path:
        return self.target.root / "docker/registry/v2/repositories" / repository

    def every_byte_is_right(self) -> bool:
        """Read everything back without our code."""
        for repository, tree in ((self.app, APP), (self.tool, TOOL)):
            manifest = http.request(
                "GET", f"{self.target.url}/v2/{repository}/manifests/1", headers={"Accept": tree.manifest.media_type}
            )
            if _digest(manifest.body) != tree.manifest.digest:
                return False
            for blob in tree.blobs():
                answer = http.request("GET", f"{self.target.url}/v2/{repository}/blobs/{blob.digest}")
                if _digest(answer.body) != blob.digest:
                    return False
        return True


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.fixture
def harmed(start_registry: StartRegistry) -> Harmed:
    return filled(start_registry(), start_registry())


def filled(source: Registry, target: Registry) -> Harmed:
    found = Harmed(source, target)
    for name, tree in (("app", APP), ("tool", TOOL)):
        images.push(found.source, f"edge/{name}", tree, ["1"])
    assert found.seed().code == 0
    return found


def cut(place: Harmed) -> None:
    file = place.file(OWN_DIGEST)
    file.write_bytes(file.read_bytes()[:-1])


def cut_to_nothing(place: Harmed) -> None:
    place.file(OWN_DIGEST).write_bytes(b"")


def flip(place: Harmed) -> None:
    file = place.file(OWN_DIGEST)
    data = bytearray(file.read_bytes())
    data[1000] ^= 1
    file.write_bytes(data)


def cut_shared(place: Harmed) -> None:
    place.file(SHARED_DIGEST).write_bytes(b"short")


def remove_file(place: Harmed) -> None:
    place.file(OWN_DIGEST).unlink()


def remove_shared_file(place: Harmed) -> None:
    place.file(SHARED_DIGEST).unlink()


def remove_layer_link(place: Harmed) -> None:
    place.target.forget_blob(place.app, OWN_DIGEST)
    place.restart()


def remove_shared_links(place: Harmed) -> None:
    place.target.forget_blob(place.app, SHARED_DIGEST)
    place.target.forget_blob(place.tool, SHARED_DIGEST)
    place.restart()


def delete_manifest(place: Harmed) -> None:
    encoded = APP.manifest.digest.partition(":")[2]
    (place.repository_folder(place.app) / "_manifests/revisions/sha256" / encoded / "link").unlink()


def delete_manifest_by_its_api(place: Harmed) -> None:
    url = f"{place.target.url}/v2/{place.app}/manifests/{APP.manifest.digest}"
    assert http.request("DELETE", url).status == 202


def remove_tag_link(place: Harmed) -> None:
    (place.repository_folder(place.app) / "_manifests/tags/1/current/link").unlink()


def empty_tag_link(place: Harmed) -> None:
    """As a registry leaves it that was killed between making a link's file and writing it."""
    (place.repository_folder(place.app) / "_manifests/tags/1/current/link").write_bytes(b"")
    place.restart()


def empty_manifest_link(place: Harmed) -> None:
    encoded = APP.manifest.digest.partition(":")[2]
    (place.repository_folder(place.app) / "_manifests/revisions/sha256" / encoded / "link").write_bytes(b"")
    place.restart()


def empty_layer_link(place: Harmed) -> None:
    encoded = SHARED_DIGEST.partition(":")[2]
    (place.repository_folder(place.app) / "_layers/sha256" / encoded / "link").write_bytes(b"")
    place.restart()


def move_tag(place: Harmed) -> None:
    other = images.image([images.layer(2_000, 9)], label="other")
    images.push(place.target, place.app, other, ["1"])


def cut_manifest(place: Harmed) -> None:
    file = place.file(APP.manifest.digest)
    file.write_bytes(file.read_bytes()[:20])


def _each_copy(place: Harmed, digest: str) -> list[Path]:
    return [file for each, file in place.target.program.blobs(place.target.root) if each == digest]


def cut_everywhere(place: Harmed) -> None:
    for file in _each_copy(place, SHARED_DIGEST):
        file.unlink()
        file.write_bytes(b"short")


def flip_everywhere(place: Harmed) -> None:
    for file in _each_copy(place, OWN_DIGEST):
        data = bytearray(file.read_bytes())
        data[1000] ^= 1
        file.unlink()
        file.write_bytes(data)


@pytest.mark.parametrize(
    ("harm", "level"),
    [
        (remove_shared_file, "blobs"),
        (remove_shared_links, "blobs"),
        (move_tag, "tags"),
        pytest.param(remove_file, "blobs", marks=pytest.mark.slow),
        pytest.param(remove_layer_link, "blobs", marks=pytest.mark.slow),
        pytest.param(delete_manifest, "tags", marks=pytest.mark.slow),
        pytest.param(delete_manifest_by_its_api, "tags", marks=pytest.mark.slow),
        pytest.param(remove_tag_link, "tags", marks=pytest.mark.slow),
        pytest.param(empty_tag_link, "tags", marks=pytest.mark.slow),
        pytest.param(empty_manifest_link, "tags", marks=pytest.mark.slow),
        pytest.param(empty_layer_link, "blobs", marks=pytest.mark.slow),
    ],
)
def test_what_is_gone_or_moved_is_found_by_its_level_and_mended_by_the_next_seeding_at_that_level(
    harmed: Harmed, harm: Callable[[Harmed], None], level: str
) -> None:
    harm(harmed)
    before = LEVELS[LEVELS.index(level) - 1] if level != "tags" else ""
    assert not before or harmed.verify(before).code == 0
    assert harmed.verify(level).code == 1
    harmed.target.forget_requests()

    mended = harmed.seed("--check", level)

    assert (mended.code, mended.document["verified"], mended.document["failed"]) == (0, True, []), mended.err
    # What it looks at before, and once more at the end, is counted too.
    done = mended.document["done"]
    assert done["requests"] + done["overhead_requests"] == len(harmed.target.requests())
    assert harmed.verify("deep").code == 0
    assert harmed.every_byte_is_right()


@pytest.mark.parametrize(
    ("harm", "level", "digest"),
    [
        (cut_shared, "blobs", SHARED_DIGEST),
        (flip, "deep", OWN_DIGEST),
        pytest.param(cut, "blobs", OWN_DIGEST, marks=pytest.mark.slow),
        pytest.param(cut_to_nothing, "blobs", OWN_DIGEST, marks=pytest.mark.slow),
        pytest.param(cut_manifest, "tags", APP.manifest.digest, marks=pytest.mark.slow),
    ],
)
def test_a_harmed_file_that_the_registry_keeps_is_named_and_sent_again_once_it_is_removed(
    harmed: Harmed, harm: Callable[[Harmed], None], level: str, digest: str
) -> None:
    harm(harmed)
    before = LEVELS[LEVELS.index(level) - 1] if level != "tags" else ""
    assert not before or harmed.verify(before).code == 0
    assert harmed.verify(level).code == 1
    check = "blobs" if level == "tags" else level

    refused = harmed.seed("--check", check)

    assert (refused.code, refused.document["verified"]) == (5, False)
    encoded = digest.partition(":")[2]
    file = f"docker/registry/v2/blobs/sha256/{encoded[:2]}/{encoded}/data"
    told = [each for each in refused.document["failed"] if file in each]
    assert len(told) == 1
    assert told[0].startswith(f"{harmed.app}@{digest}")

    (harmed.target.root / file).unlink()
    if "restart the registry" in told[0]:
        harmed.restart()
    mended = harmed.seed("--check", check)

    assert (mended.code, mended.document["verified"], mended.document["failed"]) == (0, True, []), mended.err
    assert harmed.every_byte_is_right()


def test_of_several_harmed_files_only_the_smallest_is_sent_to_a_registry_that_keeps_them(harmed: Harmed) -> None:
    cut(harmed)
    cut_shared(harmed)
    harmed.target.forget_requests()

    refused = harmed.seed("--check", "blobs")

    assert refused.code == 5
    assert harmed.target.blobs_sent() == [SHARED_DIGEST]
    for digest in (SHARED_DIGEST, OWN_DIGEST):
        assert sum(digest.partition(":")[2] in each for each in refused.document["failed"]) == 1


def test_a_file_that_is_gone_behind_the_registrys_back_is_sent_and_has_no_cut_one_sent_in_vain(harmed: Harmed) -> None:
    config = APP.blobs()[0].digest
    harmed.file(config).unlink()
    cut(harmed)
    cut_shared(harmed)
    harmed.target.forget_requests()

    refused = harmed.seed("--check", "blobs")

    assert refused.code == 5
    assert sorted(harmed.target.blobs_sent()) == sorted([config, SHARED_DIGEST])
    assert not any(config.partition(":")[2] in each for each in refused.document["failed"])


def test_a_close_look_that_finds_nothing_sends_nothing_and_says_so(harmed: Harmed) -> None:
    harmed.target.forget_requests()

    said = harmed.seed("--check", "blobs")

    assert said.code == 0
    assert said.document["check"] == {"level": "blobs", "missing_blobs": [], "wrong_blobs": [], "manifests": []}
    assert [each["verdict"] for each in said.document["findings"] if each["rule"] == "seed.damage"] == ["PASS"]
    asked = harmed.target.requests()
    assert {each.method for each in asked} <= {"GET", "HEAD"}
    assert said.document["done"]["requests"] == len(asked)
    # A HEAD for each of two tags, and a byte of each of six (repository, blob) pairs.
    assert len([each for each in asked if each.path != "/v2/"]) == 2 + 6


def test_what_is_harmed_is_told_before_anything_is_sent(harmed: Harmed) -> None:
    cut_shared(harmed)
    harmed.target.forget_requests()

    said = harmed.run("seed", "--to", f"docker://{harmed.target.address}/{PROJECT}", "--dry-run", "--check", "blobs")

    assert said.document["check"]["wrong_blobs"] == [
        {"repository": repository, "digest": SHARED_DIGEST} for repository in (harmed.app, harmed.tool)
    ]
    assert said.document["left_bytes"] == 90_000
    assert {each.method for each in harmed.target.requests()} <= {"GET", "HEAD"}


@pytest.mark.slow
def test_a_plain_seeding_does_not_take_a_manifest_for_mended_that_the_registry_cannot_read(harmed: Harmed) -> None:
    cut_manifest(harmed)

    said = harmed.seed()

    assert (said.code, said.document["verified"]) == (5, False)
    assert any("restart the registry" in each for each in said.document["failed"])


@pytest.mark.parametrize(("harm", "level"), [(cut_everywhere, "blobs"), (flip_everywhere, "deep")])
def test_a_registry_that_writes_files_anew_is_mended_by_sending(
    tmp_path_factory: pytest.TempPathFactory,
    authority: Authority,
    start_registry: StartRegistry,
    harm: Callable[[Harmed], None],
    level: str,
) -> None:
    start = StartRegistry(tmp_path_factory.mktemp, authority, program=OurProgram())
    with start.stops:
        place = filled(start_registry(), start())
        harm(place)
        assert place.verify(level).code == 1

        mended = place.seed("--check", level)

        assert (mended.code, mended.document["verified"], mended.document["failed"]) == (0, True, []), mended.err
        assert place.every_byte_is_right()


def test_a_harmed_file_of_a_tree_on_a_disk_is_written_anew(harmed: Harmed, tmp_path: Path) -> None:
    to = f"oci:{tmp_path / 'disk'}"
    assert harmed.run("seed", "--to", to, "--yes").code == 0
    files = list((tmp_path / "disk").rglob(SHARED_DIGEST.partition(":")[2]))
    assert len(files) == 2
    for file in files:
        data = bytearray(file.read_bytes())
        data[7] ^= 1
        file.unlink()
        file.write_bytes(data)
    assert harmed.run("verify", "--at", to, "--mapping", "host", "--level", "deep").code == 1

    mended = harmed.run("seed", "--to", to, "--yes", "--check", "deep")

    assert (mended.code, mended.document["failed"]) == (0, []), mended.err
    assert {_digest(file.read_bytes()) for file in files} == {SHARED_DIGEST}
