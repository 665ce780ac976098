#!/usr/bin/env python3
"""Read the manifests and configs of a content bundle of 1 GB, against `zstd -t` of the same file.

    .venv/bin/python benchmarks/bundle.py [ROUNDS] [--folder FOLDER]

The bundle is made by skopeo, tar, zstd and split, with index.json before, amid and behind the blobs, in parts of 300 MB.
Its layers are compressed already, as those of real images are, so that zstd has nothing to unpack and is as fast as it
can be. Both are timed in turn, so that the ratio holds on a noisy machine. "reading" is opening the bundle and fetching
every manifest and config, in a process that has started; "process" is the whole of `regplan bundle inspect`, start-up
included; the peak is that process's. Bounds: reading within 1.3 of `zstd -t`, peak under 150 MB. Needs skopeo and zstd.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support import images
from support.limits import MB, measure

IMAGES = 40
LAYER_BYTES = 25_000_000
ORDERS = {
    "first": "index.json oci-layout blobs",
    "middle": "{before} index.json oci-layout {after}",
    "last": "blobs oci-layout index.json",
}
MOST_RATIO, MOST_PEAK = 1.3, 150 * MB
READING = """
import sys, time
import anyio
from regplan.oci.platform import Platform
from regplan.resolve import CachedSource, Choice, resolve
from regplan.store.opening import open_archive

async def read():
    started = time.perf_counter()
    source = open_archive("bundle", sys.argv[1])
    choice = Choice((Platform("linux", "amd64"),), all_platforms=True, configs=True)
    found = await resolve(dict.fromkeys(source.references(), ()), [CachedSource(source)], choice)
    print(time.perf_counter() - started, len(found.inventory.images()), len(found.inventory.unresolved))

anyio.run(read)
"""


def build(folder: Path) -> None:
    """Write the layout with skopeo, image by image."""
    base = images.layer(400_000, 1)
    for number in range(IMAGES):
        one = folder / "one"
        tree = images.image([base, images.layer(LAYER_BYTES - number, 100 + number)], label=f"app-{number}")
        name = f"registry.example/edge/app-{number}:1.0"
        images.write_layout(one, {name: tree})
        _run(f"skopeo --insecure-policy copy -q oci:one:{name} oci:bundle-pkg:{name} && rm -r one", folder)


def pack(folder: Path, order: str) -> tuple[Path, Path]:
    """Make a bundle with its members in an order; gives the file, and its first part."""
    blobs = sorted((folder / "bundle-pkg" / "blobs" / "sha256").iterdir())
    names = [f"blobs/sha256/{path.name}" for path in blobs]
    half = len(names) // 2
    told = ORDERS[order].format(before=" ".join(names[:half]), after=" ".join(names[half:]))
    members = " ".join(f"bundle-pkg/{name}" for name in told.split())
    file = folder / f"{order}.tar.zst"
    _run(f"tar -cf - {members} | zstd -q -3 -f -o {file.name}", folder)
    _run(f"split -b 300MB -d {file.name} {order}-split.tar.zst_part", folder)
    return file, folder / f"{order}-split.tar.zst_part00"


def reading(part: Path) -> float:
    """Read all manifests and configs; gives the seconds that it took within its process."""
    done = subprocess.run([sys.executable, "-c", READING, part], check=True, capture_output=True, text=True)
    seconds, found, unresolved = done.stdout.split()
    if (int(found), int(unresolved)) != (IMAGES, 0):
        sys.exit(f"not everything was read: {done.stdout}")
    return float(seconds)


def testing(file: Path) -> float:
    """Have zstd test the file; gives the seconds."""
    started = time.perf_counter()
    subprocess.run(["zstd", "-q", "-t", file], check=True)  # noqa: S607
    return time.perf_counter() - started


def main() -> None:
    """Print a row for each order, and whether the bounds hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", nargs="?", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where the files are made; needs 4 GB")
    told = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1] / "src")
    with tempfile.TemporaryDirectory(dir=told.folder) as name:
        folder = Path(name)
        build(folder)
        print(
            f"{'index.json':10}  {'size':>7}  {'zstd -t':>8}  {'reading':>8}  {'ratio':>6}  {'process':>8}  {'peak':>7}"
        )
        holds = [row(folder, order, told.rounds) for order in ORDERS]
    print(f"bounds (ratio {MOST_RATIO}, peak {MOST_PEAK // MB} MB): {'hold' if all(holds) else 'DO NOT HOLD'}")
    sys.exit(not all(holds))


def row(folder: Path, order: str, rounds: int) -> bool:
    """Measure one order in turn, and print its row; tells whether the bounds hold."""
    file, part = pack(folder, order)
    _run("sync", folder)  # what is still on its way to the disk would be measured too
    testing(file), reading(part)
    pairs = [(testing(file), reading(part)) for _ in range(rounds)]
    taken = measure("bundle", "inspect", str(part), "-o", "json")
    if taken.code:
        sys.exit(taken.err)
    ratio = statistics.median(ours / theirs for theirs, ours in pairs)
    theirs, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"{order:10}  {file.stat().st_size / MB:4.0f} MB  {theirs:6.3f} s  {ours:6.3f} s  {ratio:6.2f}"
        f"  {taken.seconds:6.2f} s  {taken.peak_bytes / MB:4.0f} MB"
    )
    _run(f"rm {file.name} {order}-split.tar.zst_part*", folder)
    return ratio <= MOST_RATIO and taken.peak_bytes < MOST_PEAK


def _run(command: str, folder: Path) -> None:
    subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, check=True)  # noqa: S607


if __name__ == "__main__":
    main()
