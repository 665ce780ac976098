#!/usr/bin/env python3
"""How long `regplan --help` and a cold `regplan plan` take, as ratios to `--help` of an empty click app in the same run.

    .venv/bin/python benchmarks/startup.py [ROUNDS]

Each is a process of its own with no cache, one after the other in every round; told are medians of processor time and
of wall-clock time. The bounds are 1.5 for `--help` and 4 for the plan of the demo site. Ends with 1 where one is missed.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
EMPTY = '''import click

@click.command()
def main():
    """Do nothing."""

main()
'''
BOUNDS = {"regplan --help": 1.5, "regplan plan": 4.0}


def run(command: list[str]) -> tuple[float, float]:
    """Run a process to its end; tell its processor time and its wall-clock time in seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, cwd=ROOT)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main() -> int:
    """Measure, print a table, and tell whether the bounds hold."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY)
        regplan = [sys.executable, "-m", "regplan"]
        plan = [*regplan, "plan", "data/demo/site.yaml", "--offline", "--cache-dir", f"{folder}/cache"]
        commands = {
            "empty --help": [sys.executable, str(empty), "--help"],
            "regplan --help": [*regplan, "--help"],
            "regplan plan": plan,
        }
        for command in commands.values():
            run(command)
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                taken[name].append(run(command))
    medians = {name: [statistics.median(each) for each in zip(*times, strict=True)] for name, times in taken.items()}
    base, held = medians["empty --help"], True
    print(f"{'':<16} {'cpu ms':>8} {'wall ms':>8} {'cpu ratio':>10} {'wall ratio':>11} {'bound':>6}")
    for name, (cpu, wall) in medians.items():
        bound = BOUNDS.get(name)
        ratios = cpu / base[0], wall / base[1]
        held = held and (bound is None or ratios[1] <= bound)
        told = "" if bound is None else f"{bound:g}"
        print(f"{name:<16} {1000 * cpu:>8.0f} {1000 * wall:>8.0f} {ratios[0]:>10.2f} {ratios[1]:>11.2f} {told:>6}")
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
