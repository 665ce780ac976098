"""A node: Debian's containerd, started by hand in a network namespace, and images pulled into it with `ctr`."""

from __future__ import annotations

import contextlib
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["Node", "node"]

_CONFIG = """version = 2
root = "{root}/root"
state = "{root}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "{root}/containerd.sock"
"""


@dataclass(frozen=True, slots=True)
class Node:
    """A containerd that runs; `hosts` names a folder with hosts.toml files."""

    namespace: str
    folder: Path
    downloads: int

    def pull(self, references: Sequence[str], hosts: Path | None = None) -> list[float]:
        """Pull images one after the other; tell when each was ready, in seconds from the start of the first.

        `ctr` of containerd 1.6 fetches all of an image, and then unpacks its layers.
        """
        began = time.monotonic()
        ends = []
        for reference in references:
            self._ctr(
                "images", "pull", "--plain-http", "--snapshotter", "native",
                "--max-concurrent-downloads", str(self.downloads),
                *(["--hosts-dir", str(hosts)] if hosts else []), reference,
            )  # fmt: skip
            ends.append(time.monotonic() - began)
        return ends

    def _ctr(self, *words: str) -> None:
        command = [
            "ip", "netns", "exec", self.namespace, "ctr", "--address", str(self.folder / "containerd.sock"), *words
        ]  # fmt: skip
        ended = subprocess.run(command, capture_output=True, check=False, text=True)
        if ended.returncode:
            raise RuntimeError(f"{self.namespace}: {' '.join(words)}: {ended.stderr[-1000:]}")


@contextlib.contextmanager
def node(namespace: str, folder: Path, downloads: int = 3) -> Iterator[Node]:
    """Start an empty node, and end it."""
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(_CONFIG.format(root=folder), encoding="utf-8")
    with (folder / "containerd.log").open("wb") as log:
        command = ["ip", "netns", "exec", namespace, "containerd", "--config", str(folder / "config.toml")]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    made = Node(namespace, folder, downloads)
    try:
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(RuntimeError):
                made._ctr("version")
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "containerd.log").read_text()[-1000:])
            time.sleep(0.05)
        yield made
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
