#!/usr/bin/env python3
"""Measure the clock: tier 2 against simpy on the same site, and tier 1 on ten million sites.

    .venv/bin/python benchmarks/simulator.py [ROUNDS] [--draws N]

Prints the processor seconds of both engines for 10 nodes x 40 images x 8 layers, turn about, with their ratio (the bound is
0.5) and how far apart their answers are; then site-draws a second on one core (the bound is 0.5 million) and the
peak of the process (100 MB, numpy included, measured in a process of its own).
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from regplan.sim.clock.pulling import PER_NODE, HostPulls, ImagePull, LayerPull, Line, Network, Runtime, Source
from regplan.sim.clock.run import pull_all

NODES, IMAGES, LAYERS = 10, 40, 8
LINE, PORT, DISK = 12_500_000, 125_000_000, 185_500_000
ANSWER_S = 0.05
BLOCK = 10_000
MOST_HOSTS = 12


def drawn() -> list[list[list[tuple[str, int, int]]]]:
    """Draw images of unequal layers, in another order on every node, so that nodes do not keep step."""
    rng = random.Random(7)  # noqa: S311  sizes, no secrets
    images = []
    for image in range(IMAGES):
        sizes = [min(int(rng.lognormvariate(14.5, 2)), 200_000_000) for _ in range(LAYERS)]
        images.append([(f"{image}-{place}", size, 3 * size) for place, size in enumerate(sizes)])
    return [rng.sample(images, IMAGES) for _ in range(NODES)]


def ours(hosts: list[list[list[tuple[str, int, int]]]]) -> list[float | None]:
    """Let the fluid engine tell when each node is ready."""
    pulls = [
        HostPulls(
            f"node-{number}",
            tuple(
                ImagePull(image[0][0], tuple(LayerPull(key, size, more) for key, size, more in image))
                for image in images
            ),
        )
        for number, images in enumerate(hosts)
    ]
    network = Network((Line("internet", 8 * LINE),), (Source(answer_s=ANSWER_S),), host_bps=8 * PORT)
    runtime = Runtime(3, PER_NODE, None, unpack_bytes_per_s=DISK, host_unpack_bytes_per_s=DISK)
    return [host.ready_s for host in pull_all(pulls, network, runtime).hosts]


def by_simpy(hosts: list[list[list[tuple[str, int, int]]]]) -> list[float]:
    """Let the oracle of the tests tell the same."""
    from independent.fluid import Case, ready_times

    return ready_times(Case(hosts, LINE, PORT, float("inf"), 3, True, True, DISK, ANSWER_S))  # noqa: FBT003


def tier_1(draws: int) -> None:
    """Draw blocks of sites, share their lines, and keep sums alone."""
    import numpy as np

    from regplan.sim.clock.sharing import sites_ready

    generator = np.random.default_rng(7)
    total, carried, begun = 0.0, 0.0, time.process_time()
    for _ in range(draws // BLOCK):
        hosts = generator.integers(1, MOST_HOSTS + 1, BLOCK)
        sizes = generator.lognormal(21, 1, (BLOCK, MOST_HOSTS))
        sizes[np.arange(MOST_HOSTS) >= hosts[:, None]] = np.nan
        lines = generator.lognormal(17, 0.5, BLOCK)
        ready = sites_ready(sizes, lines, 10 * lines)
        carried += float(np.nansum(sizes))
        total += float(np.nanmax(ready, axis=1).sum())
    spent_s = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(f"tier 1: {draws:,} site-draws in {spent_s:.1f} s of one core, {draws / spent_s / 1e6:.2f} million a second")
    print(f"tier 1: peak {peak:.0f} MB; means: {carried / draws / 1e9:.1f} GB, last host {total / draws:.0f} s")


def main() -> None:
    """Measure both, and print what was found beside the bounds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--draws", type=int, default=10_000_000)
    parser.add_argument("--tier-1-alone", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.tier_1_alone:
        tier_1(given.draws)
        return
    hosts = drawn()
    spent: dict[str, list[float]] = {"ours": [], "simpy": []}
    for _ in range(given.rounds):
        for name, engine in (("ours", ours), ("simpy", by_simpy)):
            begun = time.process_time()
            engine(hosts)
            spent[name].append(time.process_time() - begun)
    print(f"load {os.getloadavg()[0]:.1f}")
    one, two = ours(hosts), by_simpy(hosts)
    apart = max(abs((a or 0) - b) / b for a, b in zip(one, two, strict=True))
    mine, other = (statistics.median(times) for times in spent.values())
    print(f"tier 2: {mine * 1000:.0f} ms against {other * 1000:.0f} ms by simpy: {mine / other:.2f} (bound 0.5)")
    print(f"tier 2: {NODES * IMAGES * LAYERS / mine:,.0f} layer pulls a second; answers apart by at most {apart:.1e}")
    subprocess.run([sys.executable, __file__, "--tier-1-alone", "--draws", str(given.draws)], check=True)


if __name__ == "__main__":
    main()
