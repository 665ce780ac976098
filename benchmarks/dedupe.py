#!/usr/bin/env python3
"""Deduplicate and attribute a million (image, layer) rows, against a bare numpy `unique` with counts over their digests.

    .venv/bin/python benchmarks/dedupe.py [ROUNDS]

The set is a real `Inventory`: 100,000 images of 10 layers each, a few base images under most of them and one image in ten
with layers of its own, every digest read from its text as a parser does it. regplan measures it whole: what each digest
takes and how many images hold it, then SIZE, SHARED, UNIQUE and the fair share of every image, its 200,000 manifests and
configs with the million layers. numpy tells the distinct ones and their counts of one array with the same million layer
digests: `np.array` of the texts "sha256:...", type U71. Beside it stands the time for the same texts as bytes (S71), which
is faster and holds to nothing. Both run in processes of their own, in turn and in processor time; neither time has the
making of the set or of the array in it, and regplan's has the loading of numpy. The bounds are three times numpy's time,
and a peak of 600 MB for the whole process with the set in it.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import random
import resource
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.image import Inventory

IMAGES = 100_000
LAYERS = 10
BASES = 400
MOST_RATIO = 3.0
MOST_BYTES = 600_000_000


def stacks() -> Iterator[list[str]]:
    """Yield each image's layers by name: a base of up to five layers, the frequent ones often, then a team's, then its own."""
    chance = random.Random(1)  # noqa: S311
    for number in range(IMAGES):
        base = min(int(chance.paretovariate(0.8)), BASES)
        depth = 2 + base % 4
        team = min(int(chance.paretovariate(0.7)), 20_000)
        own = 1 if chance.random() < 0.9 else LAYERS - depth
        names = [f"base {base} {level}" for level in range(depth)]
        names += [f"team {base} {team} {level}" for level in range(LAYERS - depth - own)]
        yield names + [f"own {number} {level}" for level in range(own)]


def hexadecimal(name: str) -> str:
    """Tell a digest's 64 digits for a name: a new text each time, as a parser makes it."""
    return hashlib.sha256(name.encode()).hexdigest()


def inventory() -> Inventory:
    """Make the set as resolving does, one object for each digest and descriptor that was read."""
    from regplan.model.image import Blob, Image, Inventory, ResolvedReference
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.oci.mediatype import OCI_LAYER, OCI_MANIFEST
    from regplan.oci.platform import Platform
    from regplan.oci.reference import Reference

    def digest(name: str) -> Digest:
        return Digest.parse(f"sha256:{hexadecimal(name)}")

    entries = []
    platform = Platform("linux", "amd64")
    for number, names in enumerate(stacks()):
        layers = tuple(Descriptor(OCI_LAYER, digest(name), 1000 + sum(name.encode()) * 7919) for name in names)
        config = Blob(digest(f"config {number}"), 2000 + number % 97)
        own = digest(f"manifest {number}")
        image = Image(own, OCI_MANIFEST, platform, 1500 + number % 89, config, layers, "benchmark")
        reference = Reference.parse(f"registry.example/team-{number % 900}/app-{number // 3}:{number % 3}")
        entries.append(ResolvedReference(reference, own, (image,)))
    return Inventory(tuple(entries))


def measure() -> tuple[float, str]:
    """Tell the seconds that measuring takes, and what came out."""
    from regplan.plan.sharing import measure_layers

    made = inventory()
    # So that what the interpreter owes for making the set is not paid while it is measured.
    gc.collect()
    begun = time.process_time()
    report = measure_layers(made)
    spent = time.process_time() - begun
    shares = sum({each.digest: each.fair_bytes for each in report.images}.values())
    if shares != report.unique_bytes - report.index_bytes:
        raise SystemExit("the fair shares do not add up")
    return spent, f"{len(report.images):,} images, {report.blobs:,} distinct configs and layers"


def bare(kind: str) -> tuple[float, str]:
    """Tell the seconds that numpy takes for an array of a kind, and what came out."""
    import numpy as np

    texts = {name: f"sha256:{hexadecimal(name)}" for names in stacks() for name in names}
    rows = np.array([texts[name] for names in stacks() for name in names], dtype=kind)
    begun = time.process_time()
    distinct, counts = np.unique(rows, return_counts=True)
    spent = time.process_time() - begun
    return spent, f"{counts.sum():,} rows, {len(distinct):,} distinct layers"


def run(what: str) -> tuple[float, int, str]:
    """Run one side in a process of its own: seconds, peak memory in bytes, what came out."""
    done = subprocess.run([sys.executable, __file__, "--only", what], capture_output=True, text=True, check=True)
    spent, peak, told = done.stdout.strip().split("\t")
    return float(spent), int(peak), told


def main() -> int:
    """Compare both sides and hold them to the bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", type=int, nargs="?", default=3)
    parser.add_argument("--only", choices=["regplan", "U71", "S71"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        spent, told = measure() if given.only == "regplan" else bare(given.only)
        # Linux tells kilobytes.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(spent, peak, told, sep="\t")
        return 0
    runs = {what: [run(what) for _ in range(given.rounds)] for what in ("U71", "regplan", "S71")}
    seconds = {what: statistics.median(spent for spent, _, _ in found) for what, found in runs.items()}
    peak = max(peak for _, peak, _ in runs["regplan"])
    ratio = seconds["regplan"] / seconds["U71"]
    print(f"numpy unique with counts: {seconds['U71']:.2f} s as U71 ({runs['U71'][0][2]})")
    print(f"                          {seconds['S71']:.2f} s as S71")
    print(f"regplan measure_layers:   {seconds['regplan']:.2f} s ({runs['regplan'][0][2]})")
    print(f"ratio {ratio:.2f}, at most {MOST_RATIO}; as S71 {seconds['regplan'] / seconds['S71']:.2f}")
    print(f"peak of regplan's process {peak / 1e6:.0f} MB, at most {MOST_BYTES / 1e6:.0f} MB")
    return 0 if ratio <= MOST_RATIO and peak <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
