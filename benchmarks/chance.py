#!/usr/bin/env python3
"""Measure drawn years of a fleet: ten million site-draws on one core, and two workers against one.

    .venv/bin/python benchmarks/chance.py [ROUNDS] [--sites N] [--draws N] [--blocks N]

Prints site-draws a second of one core (the bound is 0.5 million; tier 0's bytes under five topologies with failures, joins, upgrades
and moves, tier 1's times, intervals, and each block written as it would be kept) and the peak of the process (100 MB, numpy
included, measured in a process of its own). Then, turn about, the same blocks drawn here and by two processes that run already: by
the clock, and by the processor time of the busiest process with all that it sends and receives, since a busy machine gives two
processes no two processors. What both came to is compared.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from regplan.model.profile import Spread
from regplan.model.site import Scenario
from regplan.sim.carried.life import Terms
from regplan.sim.carried.of_site import Release, SiteImages
from regplan.sim.chance.closed import Boot
from regplan.sim.chance.draws import Varied
from regplan.sim.fleet.block import BlockYears, run_block, together
from regplan.sim.fleet.document import stamp_of, written_years
from regplan.sim.fleet.prices import Prices, prices_of
from regplan.sim.fleet.subject import BLOCK, Block, Spec, Subject
from regplan.sim.pulls import HostPulls, Pulls
from regplan.verbs.executors import in_order, open_executor
from unit.plan.builders import declarations, entry, host, image, inventory, site, use, workload

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.years import FleetYears
    from regplan.verbs.executors import Executor

MB = 10**6
MOST_HOSTS = 12
SCENARIO = Scenario(node_adds=1, reimages_per_node_year=0.5, upgrades_per_year=4, reschedules_per_year=12)


def release(number: int) -> Release:
    """Make a version of a profile: a base that stays, and two applications, one on every host."""
    names = (f"shop/agent:{number}", f"shop/till:{number}")
    found = inventory(
        entry(names[0], image(f"agent-{number}", {"base": 800 * MB, f"agent-{number}": 200 * MB})),
        entry(names[1], image(f"till-{number}", {"base": 800 * MB, f"till-{number}": 1_500 * MB})),
    )
    told = (workload(names[0], Spread.EVERY_HOST, 1), workload(names[1], Spread.REPLICAS, 1))
    return Release(declarations(*map(use, names), workloads=told), found)


def classes() -> dict[int, Prices]:
    """Ask tier 0 of sites with 1 to 12 hosts."""
    made = {}
    for count in range(1, MOST_HOSTS + 1):
        hosts = tuple(host(f"node-{number}", role="worker") for number in range(count))
        made[count] = prices_of(SiteImages(site(hosts=hosts), [release(1), release(2)]), Terms(count), SCENARIO)
    return made


def blocks(count: int) -> Iterator[Block]:
    """Make blocks of sites that all differ in their links and hosts."""
    rng, prices = random.Random(7), classes()  # noqa: S311  sizes, no secrets
    for number in range(count):
        yield Block(number, tuple(subject(BLOCK * number + place, rng, prices) for place in range(BLOCK)))


def subject(line: int, rng: random.Random, prices: dict[int, Prices]) -> Subject:
    """Make a site: a host in three pulls the application too."""
    count = rng.randint(1, MOST_HOSTS)
    sizes = [(1_000 + 1_500 * (place % 3 == 0)) * MB for place in range(count)]
    pulls = Pulls(tuple(HostPulls(str(place), size, 50 * MB) for place, size in enumerate(sizes)), 2_500 * MB)
    rate_bps = rng.randrange(2, 100) * MB
    boot = Boot(pulls, rate_bps, 1_000 * MB, tuple(3 * size for size in sizes), 60 * MB)
    varied = Varied(spread=0.4), Varied(spread=0.2)
    return Subject(line, f"store-{line}", 1.0, 0.5, 4.0, 12.0, prices[count], boot, rate_bps, *varied)


def alone(sites: int, draws: int) -> None:
    """Draw block after block, write each, and keep what all together carry."""
    made = blocks(sites // BLOCK)
    spec, spent_s, total = Spec(7, draws), 0.0, None
    with tempfile.TemporaryDirectory() as folder:
        for block in made:
            begun = time.process_time()
            years = run_block(block, spec)
            text = written_years(years, stamp_of(block, spec), os.getpid())
            (Path(folder) / f"{block.number}.json").write_text(text, encoding="utf-8")
            wan = years.wan[:2]
            total = (
                wan
                if total is None
                else [[a + b for a, b in zip(*pair, strict=True)] for pair in zip(total, wan, strict=True)]
            )
            spent_s += time.process_time() - begun
    done = sites // BLOCK * BLOCK * draws
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    direct, primary = (sum(each) / draws / 1e15 for each in total or ((0,), (0,)))
    print(
        f"{done:,} site-draws in {spent_s:.1f} s of one core: {done / spent_s / 1e6:.2f} million a second (bound 0.5)"
    )
    print(
        f"peak {peak:.0f} MB (bound 100); all sites in a year: {direct:.3f} PB directly, {primary:.3f} PB with registries"
    )


def warm(_: int, __: Sequence[object]) -> int:
    """Be a task that takes a moment, so that both processes begin, and tell which one this is."""
    import numpy as np

    time.sleep(0.3)
    np.ones(1).sum()
    return os.getpid()


def draw(task: tuple[Block, Spec], _: Sequence[object]) -> BlockYears:
    """Draw a block."""
    return run_block(*task)


def spent_s(process: int) -> float:
    """Tell how long a process has had a processor in all its threads: for drawing, and for what it sent and received."""
    told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def side(
    executor: Executor, made: Sequence[Block], spec: Spec, processes: Sequence[int]
) -> tuple[float, float, FleetYears]:
    """Draw all; tell how long that took, how long the busiest process had a processor, and what it came to."""
    before = [spent_s(each) for each in processes]
    begun = time.perf_counter()
    found = together(in_order(executor, draw, (((block, spec), ()) for block in made)), spec)
    took_s = time.perf_counter() - begun
    busy = [spent_s(each) - earlier_s for each, earlier_s in zip(processes, before, strict=True)]
    return took_s, max(busy), found


def two_against_one(rounds: int, count: int, draws: int) -> None:
    """Take turns with one process and two."""
    made, spec, walls, busy = list(blocks(count)), Spec(7, draws), [], []
    with open_executor(1) as here, open_executor(2) as both:
        processes = [os.getpid(), *set(in_order(both, warm, ((number, ()) for number in range(6))))]
        for number in range(rounds):
            load = os.getloadavg()[0]
            (one_s, one_busy_s, one), (two_s, two_busy_s, two) = (
                side(each, made, spec, processes) for each in (here, both)
            )
            walls.append(one_s / two_s)
            busy.append(one_busy_s / two_busy_s)
            same = "the same to the bit" if one == two else "NOT THE SAME"
            print(
                f"round {number + 1}, load {load:.1f}: {one_s:.2f} s and {two_s:.2f} s; of a processor {one_busy_s:.2f} s and {two_busy_s:.2f} s; {same}"
            )
    print(f"two workers against one, median of {rounds}: {statistics.median(walls):.2f} times as fast by the clock,")
    print(
        f"{statistics.median(busy):.2f} times by the processor time of the busiest process, which is what idle processors would make of it"
    )


def main() -> None:
    """Measure both, and print what was found beside the bounds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", nargs="?", type=int, default=3)
    parser.add_argument("--sites", type=int, default=10_000)
    parser.add_argument("--draws", type=int, default=1_000)
    parser.add_argument("--blocks", type=int, default=8, help="blocks of 250 sites that two workers share")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    # As the command line has it.
    gc.set_threshold(100_000, 20, 20)
    if given.alone:
        alone(given.sites, given.draws)
        return
    told = ["--alone", "--sites", str(given.sites), "--draws", str(given.draws)]
    subprocess.run([sys.executable, __file__, *told], check=True)
    two_against_one(given.rounds, given.blocks, given.draws)


if __name__ == "__main__":
    main()
