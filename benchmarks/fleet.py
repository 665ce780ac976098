#!/usr/bin/env python3
"""Plan 10,000 sites that all differ over five profiles: time and memory for each site, and whether both grow in line.

    .venv/bin/python benchmarks/fleet.py [SITES] [--workers N]

The sites differ in hosts, links, claim and in which of the five profiles they have, all 31 combinations; the profiles name
120 images, whose manifests' facts lie in a recording. regplan plans a tenth of the sites, half of them and all, each in a
process of its own and in processor time, reading the table, resolving and gathering included. Linear means that a further
site in the second half of the fleet takes what one in the first half takes. The bounds are 3 ms a site on one core, 500 MB
for the whole process, and 1.3 for that ratio. Fifty rows, sampled with a seed, are held against `regplan plan` of the site.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.fleets import site_file, sites, write_fleet, write_table

MOST_MS = 3.0
MOST_BYTES = 500_000_000
MOST_RATIO = 1.3
SAMPLED = 50


def measure(table: Path, workers: int) -> dict[str, float]:
    """Plan a table in this process and tell what it took."""
    from regplan.verbs.fleet import FleetAsked, plan_fleet

    before, wall = time.process_time(), time.perf_counter()
    fleet = plan_fleet(table, FleetAsked(workers=workers))
    took, wall = time.process_time() - before, time.perf_counter() - wall
    scale = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
    return {"sites": len(fleet.sites), "problems": len(fleet.problems), "s": took, "wall_s": wall, "bytes": peak}


def measured(table: Path, workers: int) -> dict[str, float]:
    """Do the same in a process of its own."""
    run = [sys.executable, __file__, "--measure", str(table), "--workers", str(workers)]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def differing(folder: Path, count: int) -> int:
    """Count the sampled rows that a plan of the same site does not agree with."""
    from regplan.verbs.fleet import plan_fleet
    from regplan.verbs.study import plan_site

    rows = list(sites(count))
    chosen = random.Random(7).sample(range(count), min(SAMPLED, count))  # noqa: S311
    table = write_table(folder / "sampled.csv", (rows[place] for place in chosen))
    fleet = {site.name: site for site in plan_fleet(table).sites}
    wrong = 0
    for place in chosen:
        row = rows[place]
        (folder / "alone.yaml").write_text(site_file(row), encoding="utf-8")
        plan, found = plan_site(folder / "alone.yaml").plan, fleet[row["name"]]
        failing = tuple(dict.fromkeys(each.rule for each in plan.findings if each.verdict == "FAIL"))
        alone = (plan.verdict, plan.binding_constraint, plan.storage.required_bytes, failing)
        wrong += alone != (found.verdict, found.binding_constraint, found.required_bytes, found.failing)
    return wrong


def main() -> int:
    """Run, print a table, and tell whether the bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sites", nargs="?", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--measure", metavar="TABLE", type=Path)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(asked.measure, asked.workers)))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "fleet"
        whole = write_fleet(folder, asked.sites)
        rows = list(sites(asked.sites))
        counts = (asked.sites // 10, asked.sites // 2, asked.sites)
        tables = [write_table(folder / f"{count}.csv", iter(rows[:count])) for count in counts[:2]]
        found = [measured(table, asked.workers) for table in (*tables, whole)]
        wrong = differing(folder, asked.sites)
    for each in found:
        ms = each["s"] / each["sites"] * 1000
        print(f"{each['sites']:>7,.0f} sites  {each['s']:7.2f} s  {ms:6.2f} ms a site  {each['bytes'] / 1e6:6.0f} MB")
    few, half, all_ = found
    steps = [(more["s"] - less["s"]) / (more["sites"] - less["sites"]) for less, more in ((few, half), (half, all_))]
    ratio, ms, peak = steps[1] / steps[0], all_["s"] / all_["sites"] * 1000, all_["bytes"]
    holds = wrong == 0 and peak <= MOST_BYTES and (asked.workers > 1 or (ratio <= MOST_RATIO and ms <= MOST_MS))
    print(f"a further site in the second half of the fleet over one in the first: {ratio:.2f} (at most {MOST_RATIO})")
    print(f"{ms:.2f} ms a site (at most {MOST_MS}), {peak / 1e6:.0f} MB (at most {MOST_BYTES / 1e6:.0f})")
    print(f"{wrong} of {min(SAMPLED, asked.sites)} sampled rows differ from a plan of the same site (0 may)")
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
