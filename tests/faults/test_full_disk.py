"""A registry whose disk is full: said so in one sentence, and gone on with when there is room."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from faults.scene import scene
from support.faults import Rule, answers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cli.running import Said
    from faults.scene import Scene
    from faults.watching import Watcher
    from support import images
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [
    pytest.mark.registry,
    pytest.mark.skipif(sys.platform != "linux", reason="NOT TESTED: a small disk is made with Linux's tmpfs"),
]


@contextmanager
def on_a_disk_of(registry: Registry, size: str) -> Iterator[None]:
    """Keep the registry's files on a disk of that size, until the end of the block."""
    registry.stop()
    registry.root.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(registry.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    if done.returncode:
        pytest.skip(f"NOT TESTED: no file system may be mounted here ({done.stderr.strip()})")
    try:
        registry.start()
        yield
    finally:
        registry.stop()
        subprocess.run(["umount", "-l", str(registry.root)], check=True, timeout=20)


@pytest.mark.parametrize(
    "size", ["1100k", *(pytest.param(size, marks=pytest.mark.slow) for size in ("200k", "500k", "900k"))]
)
def test_a_full_disk_is_told_of_and_gone_on_with_when_there_is_room(
    size: str,
    shared_source: Registry,
    start_registry: StartRegistry,
    built: Mapping[tuple[str, str], images.Tree],
    watcher: Watcher,
) -> None:
    target = start_registry()
    with on_a_disk_of(target, size), scene(shared_source, target, built, watcher=watcher) as stage:
        said = stage.seed()
        # Blobs under way at once may fill the disk before one of them is whole: the target's refusal is then all there is to tell.
        is_begun = bool(stage.near_target.stored())
        stage.assert_undone(said, 5 if is_begun else 3, "room")
        assert not is_begun or len(said.document["failed"]) == 1

        subprocess.run(["mount", "-o", "remount,size=16m", str(target.root)], check=True, timeout=20)
        stored = set(stage.near_target.stored())
        stage.near_target.forget()
        stage.assert_done(with_empty_manifests_removed(stage, stage.seed()))
        assert stored.isdisjoint(stage.near_target.stored())


def with_empty_manifests_removed(stage: Scene, said: Said) -> Said:
    """Do as a seeding says that found manifests of 0 bytes, and seed again.

    Where the disk was full at the very moment when 2.8 wrote a manifest, its file stands there with nothing in it, and is kept
    whatever is put: which manifests these are, if any, is the chance of that moment.
    """
    if said.code == 0:
        return said
    empty = [file for file in (stage.target.root / "docker/registry/v2/blobs").rglob("data") if not file.stat().st_size]
    failed = said.document["failed"]
    assert (said.code, len(failed)) == (5, len(empty)), said.err
    stage.target.stop()
    for file in empty:
        assert any(f"remove the file {file.relative_to(stage.target.root)} " in each for each in failed), failed
        file.unlink()
    stage.target.start()
    return stage.seed()


@pytest.mark.slow
def test_a_manifest_of_which_a_full_disk_kept_nothing_is_told_with_the_file_to_remove(stage: Scene) -> None:
    lost = stage.built["tools/side", "3"].manifest
    stage.near_target.rules = (Rule(answers(500), "PUT", "tools/side/manifests/", times=0),)
    assert stage.seed().code == 5
    stage.near_target.rules = ()
    # What the file system driver of 2.8 leaves where a manifest's first byte finds no room, and takes for the whole later.
    stage.target.stop()
    file = stage.target.root / "docker/registry/v2/blobs/sha256" / lost.digest[7:9] / lost.digest[7:] / "data"
    file.parent.mkdir(parents=True)
    file.touch()
    stage.target.start()

    said = stage.seed()

    assert (said.code, said.document["verified"]) == (5, False)
    assert len(said.document["failed"]) == 1
    assert f"{file.relative_to(stage.target.root)}" in said.document["failed"][0]

    stage.target.stop()
    file.unlink()
    stage.target.start()
    stage.assert_done(stage.seed())
