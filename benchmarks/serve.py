#!/usr/bin/env python3
"""Seed 25 images that share layers into `regplan serve --writable` and into docker-registry, and pull them out again.

    .venv/bin/python benchmarks/serve.py [ROUNDS]

The set of benchmarks/seed.py, from one docker-registry into each of the two, in turn, each empty and each a process of
its own; then one client reads every blob twice. Needs docker-registry (scripts/test installs it).
"""

from __future__ import annotations

import contextlib
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import seed

from support.certificates import new_authority
from support.registry import DockerRegistry
from support.starter import StartRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.registry import Registry

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class OurRegistry:
    """`regplan serve --writable` in a process of its own."""

    has_referrers = True

    def launch(self, registry: Registry) -> Callable[[], None]:
        """Start it on the registry's port, and wait until it says that it listens."""
        log = ["--access-log", str(registry.log_path)]
        source = [f"oci:{registry.root}", "--writable", "--listen", registry.address, "-o", "jsonl", "--quiet"]
        process = subprocess.Popen(
            [sys.executable, "-m", "regplan", "serve", *source, *log], stdout=subprocess.PIPE, text=True
        )
        if process.stdout is None or not process.stdout.readline():
            raise SystemExit("regplan serve did not start")

        def stop() -> None:
            process.terminate()
            process.wait()

        return stop

    def blobs(self, root: Path) -> Iterator[tuple[str, Path]]:
        """Yield the files of all layouts, each blob once."""
        yield from {f"{file.parent.name}:{file.name}": file for file in root.glob("**/blobs/*/*")}.items()

    def forget_blob(self, root: Path, repository: str, digest: str) -> None:
        """Remove the repository's file of it."""
        (root / repository / "blobs" / digest.replace(":", "/")).unlink()


def pull(target: Registry) -> float:
    """Read every blob of every image twice over one connection; tell the seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port)

    def get(path: str) -> bytes:
        connection.request("GET", f"/v2/{path}", headers={"Accept": _MANIFEST})
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"{path}: HTTP {answer.status}")
        return answer.read()

    places = []
    for repository in json.loads(get("_catalog?n=1000"))["repositories"]:
        manifest = json.loads(get(f"{repository}/manifests/1.0"))
        places += [f"{repository}/blobs/{each['digest']}" for each in (manifest["config"], *manifest["layers"])]
    started = time.monotonic()
    for place in places * 2:
        get(place)
    return time.monotonic() - started


def main() -> None:
    """Print seconds of both, and the ratios."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    rows: dict[str, list[tuple[float, float]]] = {"regplan serve": [], "docker-registry": []}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stops:
        count = iter(range(10**6))

        def new(name: str) -> Path:
            path = Path(folder, f"{name}-{next(count)}")
            path.mkdir()
            return path

        authority = new_authority(Path(folder))
        starts = {
            "regplan serve": StartRegistry(new, authority, stops, OurRegistry()),
            "docker-registry": StartRegistry(new, authority, stops, DockerRegistry()),
        }
        references = seed.build(starts["docker-registry"]())
        for _ in range(rounds):
            for name, start in starts.items():
                target = start()
                started = time.monotonic()
                seed.with_regplan(references, target)
                wall_s = time.monotonic() - started
                read_s = pull(target)
                target.stop()
                rows[name].append((wall_s, read_s))
    for name, measured in rows.items():
        wall_s, read_s = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"{name:16} seeded in {wall_s:6.2f} s   read twice in {read_s:6.2f} s")
    for place, what in enumerate(("seeding", "reading")):
        ratios = [ours[place] / theirs[place] for ours, theirs in zip(*rows.values(), strict=True)]
        print(
            f"regplan serve / docker-registry, {what}, pair by pair: median {statistics.median(ratios):.2f} of {rounds}"
        )


if __name__ == "__main__":
    main()
