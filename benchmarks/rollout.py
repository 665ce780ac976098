#!/usr/bin/env python3
"""Measure a rollout: many sites over one uplink, and one night tried without it.

    .venv/bin/python benchmarks/rollout.py [SITES]

Sites (10,000) need 2 GB each over 20 Mbit/s, 50 of them at once on an uplink of 1 Gbit/s, from 22:00 to 05:00. Prints the processor
seconds of the rollout, and what one more night costs that is tried without it, with the lower of three rounds each.
"""

from __future__ import annotations

import sys
import time
from datetime import date

from regplan.model.rollout import RolloutRules, SiteNeed
from regplan.model.windows import Windows
from regplan.sim.rollout.course import rollout_of

NIGHT = Windows.parse("22:00-05:00", "Europe/Berlin")
START = date(2026, 10, 20)


def measured(needs: list[SiteNeed], failing: tuple[date, ...]) -> tuple[float, int]:
    """Tell the processor seconds of a rollout, and its nights."""
    begun = time.process_time()
    rollout = rollout_of(RolloutRules(START, 1_000_000_000, NIGHT), needs, failing)
    return time.process_time() - begun, len(rollout.nights)


def main() -> None:
    """Measure turn about."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    needs = [SiteNeed(f"s{number}", 2 * 10**9 + number * 10**5, 30, 20_000_000, NIGHT) for number in range(count)]
    rounds = [(measured(needs, ()), measured(needs, (START,))) for _ in range(3)]
    plain, tried = (min(each[place][0] for each in rounds) for place in (0, 1))
    print(
        f"{count:,} sites in {rounds[0][0][1]} nights: {plain:.2f} s; one night tried without it: {tried - plain:.2f} s more"
    )


if __name__ == "__main__":
    main()
