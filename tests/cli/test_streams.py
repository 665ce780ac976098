"""Standard streams that are closed, full or read by nobody any more: what is to be done is done all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support import images

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="NOT TESTED: streams that a shell has closed on Windows"
)
SOURCE = Path(__file__).parents[2] / "src"


def run(folder: Path, words: str, redirected: str) -> int:
    """Run a verb in a shell that hands over its streams as `redirected` says, and tell its exit code."""
    line = f'"$0" -m regplan {words} {redirected}'
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    return subprocess.run(["/bin/sh", "-c", line, sys.executable], cwd=folder, env=env, check=False).returncode


@pytest.mark.parametrize("redirected", [">&- 2>&- <&-", "2>/dev/full >/dev/null"])
def test_a_seeding_ends_well_that_nobody_hears(tmp_path: Path, redirected: str) -> None:
    image = images.image([images.layer(2_000, 1)])
    images.write_layout(tmp_path / "from", {"1": image})

    code = run(tmp_path, "seed docker.io/a/b:1 --from oci:from:1 --to oci:to --yes", redirected)

    kept = {each.name for each in (tmp_path / "to").rglob("blobs/sha256/*")}
    assert (code, kept) == (0, {each.digest.removeprefix("sha256:") for each in (*image.blobs(), image.manifest)})


@pytest.mark.parametrize("is_both", [False, True])
def test_who_reads_no_more_of_it_has_seen_enough(tmp_path: Path, *, is_both: bool) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "regplan", "images", "nginx:1"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(SOURCE)}, check=False,
        stdout=writing, stderr=writing if is_both else subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)

    assert ended.returncode == 0
