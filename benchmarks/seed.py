#!/usr/bin/env python3
"""Seed 25 images that share layers from one real registry into another: regplan against a loop of `skopeo copy`.

    .venv/bin/python benchmarks/seed.py [ROUNDS]

Both are timed as whole processes, in turn, each into an empty registry, so that the ratio holds on a noisy machine;
requests are counted in the target's access log. Needs docker-registry and skopeo (scripts/test installs them).
"""

from __future__ import annotations

import contextlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support import images
from support.certificates import new_authority
from support.starter import StartRegistry

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.registry import Registry


def build(source: Registry) -> list[str]:
    """Push the images; tell their references."""
    base = [images.layer(400_000, 1), images.layer(90_000, 2)]
    references = []
    for number in range(25):
        runtime = [images.layer(2_600_000 + number % 5, 100 + number % 5), images.layer(30_000, 200 + number % 5)]
        tree = images.image([*base, *runtime, images.layer(7_500_000 + number, 400 + number)], label=f"app-{number}")
        images.push(source, f"edge/app-{number}", tree, ["1.0"])
        references.append(f"{source.address}/edge/app-{number}:1.0")
    return references


def with_regplan(references: list[str], target: Registry) -> None:
    """Seed all of them in one process."""
    to = f"docker://{target.address}/p"
    _run([sys.executable, "-m", "regplan", "seed", *references, "--to", to, "--plain-http", "--yes", "--quiet"])


def with_skopeo(references: list[str], target: Registry) -> None:
    """Copy them one by one."""
    flags = ["--insecure-policy", "copy", "--quiet", "--src-tls-verify=false", "--dest-tls-verify=false"]
    for reference in references:
        _run(["skopeo", *flags, f"docker://{reference}", f"docker://{target.address}/p/{reference.partition('/')[2]}"])


def _run(command: list[str]) -> None:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "XDG_CACHE_HOME": home}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


def main() -> None:
    """Print seconds, processor seconds and requests of both, and the ratios."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    rows: dict[str, list[tuple[float, float, int]]] = {"regplan": [], "skopeo": []}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stops:
        count = iter(range(10**6))
        start = StartRegistry(
            lambda name: _made(Path(folder, f"{name}-{next(count)}")), new_authority(Path(folder)), stops
        )
        source = start()
        references = build(source)
        for _ in range(rounds):
            for name, seed in (("regplan", with_regplan), ("skopeo", with_skopeo)):
                rows[name].append(_timed(seed, references, start()))
    for name, measured in rows.items():
        wall_s, cpu_s, requests = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"{name:8} {wall_s:6.2f} s wall  {cpu_s:6.2f} s processor  {requests:5.0f} requests at the target")
    ratios = [ours[0] / theirs[0] for ours, theirs in zip(rows["regplan"], rows["skopeo"], strict=True)]
    print(f"regplan / skopeo, wall, pair by pair: median {statistics.median(ratios):.2f} of {rounds}")


def _timed(
    seed: Callable[[list[str], Registry], None], references: list[str], target: Registry
) -> tuple[float, float, int]:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    seed(references, target)
    wall_s = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, len(target.requests())


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
