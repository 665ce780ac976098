"""What a seeding says is true when it is said: before anything moves, and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support import images

if TYPE_CHECKING:
    from pathlib import Path

    from cli.running import Said

REFERENCES = ("registry.example/shop/web:1.0", "registry.example/shop/api:1.0")
BASE = images.layer(60_000, 5)
OWN = images.layer(20_000, 1), images.layer(20_000, 2)
TREES = {name: images.image([BASE, own], label=name) for name, own in zip(REFERENCES, OWN, strict=True)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a source of two images that share a layer."""
    images.write_layout(tmp_path / "source", TREES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def seed(*more: str) -> Said:
    return regplan("seed", *REFERENCES, "--from", "oci:source", "--to", "oci:disk", *more)


@pytest.mark.usefixtures("folder")
def test_the_numbers_of_the_plan_are_told_before_anything_moves() -> None:
    said = seed("--yes")

    blobs = {blob.digest: len(blob.data) for tree in TREES.values() for blob in tree.blobs()}
    once, all_ = sum(blobs.values()), sum(len(blob.data) for tree in TREES.values() for blob in tree.blobs())
    manifests = sum(len(tree.manifest.data) for tree in TREES.values())
    told = said.err.split("100 %")[0]
    assert (
        f"5 blobs ({kb(once)}; image by image {kb(all_)}) at 6 places, 2 manifests, {kb(once + manifests)} in all"
        in told
    )
    assert f"at minimum 0 requests and {kb(once)} for what is left to do, after 0 requests" in told
    assert "manifests to put" not in told


@pytest.mark.usefixtures("folder")
def test_one_of_a_kind_is_told_as_one() -> None:
    said = regplan("seed", REFERENCES[0], "--from", "oci:source", "--to", "oci:disk", "--yes")

    assert ", 1 manifest, " in said.err
    assert ", 1 manifest put, 0 requests" in said.out


@pytest.mark.usefixtures("folder")
def test_after_a_run_nothing_is_told_as_still_to_be_done() -> None:
    planned, said, again = seed("--dry-run"), seed("--yes"), seed("--yes")

    assert "manifests to put" in planned.out
    assert "bytes left to send" in planned.out
    assert "no profile tells the layers" in planned.out
    for done in (said, again):
        assert done.code == 0, done.err
        assert "WHAT WAS PLANNED" in done.out
        assert "manifests to put" not in done.out
        assert "bytes left to send" not in done.out
        assert "bytes that were left to send" in done.out


def test_where_running_again_cannot_help_it_is_told_what_can(folder: Path) -> None:
    encoded = OWN[0].blob.digest.partition(":")[2]
    harmed = folder / "source" / "blobs" / "sha256" / encoded
    harmed.write_bytes(bytes(reversed(harmed.read_bytes())))

    said = seed("--yes")

    assert said.code == 5
    assert "NOT verified" in said.out
    assert "name another with --from" in said.out
    assert "run it again" not in said.out.lower()
    failed, lacking = said.out.partition("FAILED")[2].split("IMAGES THAT LACK SOMETHING")
    assert f"sha256:{encoded}"[:19] in failed
    assert lacking.split()[0] == REFERENCES[0]


@pytest.mark.usefixtures("folder")
def test_a_target_that_does_not_answer_is_told_once() -> None:
    # Nothing listens there, and nothing may.
    said = regplan(
        "seed", *REFERENCES, "--from", "oci:source", "--to", "docker://127.0.0.1:1/p", "--plain-http", "--yes"
    )

    assert said.code == 3
    assert said.err.count("127.0.0.1:1 cannot be reached") == 1


def kb(size_bytes: int) -> str:
    """Write bytes of less than a megabyte, without our code."""
    return f"{size_bytes / 1000:.{0 if size_bytes >= 100_000 else 1}f} kB"
