"""When hosts are ready in drawn lives, held against lines that are shared step by step in fractions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from regplan.model.site import Scenario
from regplan.sim.chance.boots import Ready, ready_in
from regplan.sim.chance.closed import Boot
from regplan.sim.chance.draws import Chances, DrawnLife, Varied, drawn_lives
from regplan.sim.chance.intervals import percentile_interval
from regplan.sim.clock.cold import Cold
from regplan.sim.pulls import HostPulls, Pulls

pytest.importorskip("numpy")

MB = 1_000_000
SIZES = ((900 * MB, 200 * MB), (500 * MB, 200 * MB), (100 * MB, 100 * MB))
UNPACKED = (2_000 * MB, 1_200 * MB, 250 * MB)
PULLS = Pulls(tuple(HostPulls(f"node-{size}", size, early) for size, early in SIZES), 1_500 * MB)
# Two hosts share 200 MB of what they want; peers fetch a fifth on top.
COLD = Cold(800 * MB, (575 * MB, 225 * MB, 0), (), (0, 0, 0))
BOOT = Boot(PULLS, 80 * MB, 1_000 * MB, UNPACKED, 100 * MB, cold=COLD, cache="harbor", peer_extra=0.2)


def shared(sizes: list[int], line_bps: Fraction, cap_bps: Fraction | None = None) -> list[Fraction]:
    """Let transfers share a line evenly until the next of them ends."""
    left, ends, now = (
        {place: Fraction(8 * size) for place, size in enumerate(sizes)},
        [Fraction()] * len(sizes),
        Fraction(),
    )
    while left:
        rate = line_bps / len(left)
        rate = rate if cap_bps is None else min(rate, cap_bps)
        step = min(left.values()) / rate
        now += step
        left = {place: bits - step * rate for place, bits in left.items()}
        for place in [place for place, bits in left.items() if not bits]:
            ends[place] = now
            del left[place]
    return ends


def by_hand(internet: Fraction, unpack: Fraction) -> dict[str, list[Fraction]]:
    internet_bps, lan_bps = 80 * MB * internet, Fraction(1_000 * MB)
    every, early = [size for size, _ in SIZES], [size for _, size in SIZES]
    first = shared(early, internet_bps, lan_bps)
    seeded = max(first) + Fraction(8 * 1_500 * MB) / min(internet_bps, lan_bps)
    # The third host runs nothing but what comes before a registry.
    served = shared([700 * MB, 300 * MB], lan_bps)
    # A cache that reads once more for itself than the two hosts that ask, 800 MB in all; the hosts' shares in those by turns.
    cold = shared([700 * MB, 300 * MB, 800 * MB], min(internet_bps, lan_bps))
    come = [
        max(each, Fraction(8 * size) / lan_bps)
        for each, size in zip(shared([690 * MB, 270 * MB], internet_bps), (700 * MB, 300 * MB), strict=True)
    ]
    fetched = {
        "direct": shared(every, internet_bps, lan_bps),
        "primary": [seeded + served[0], seeded + served[1], first[2]],
        "bundle": shared(every, lan_bps),
        "pull-through": [max(first) + cold[0], max(first) + cold[1], first[2]],
        "peer-to-peer": [max(first) + come[0], max(first) + come[1], first[2]],
    }
    return {
        name: [each + size / (100 * MB * unpack) for each, size in zip(ends, UNPACKED, strict=True)]
        for name, ends in fetched.items()
    }


@pytest.mark.parametrize(("internet", "unpack"), [(1.0, 1.0), (0.25, 1.0), (0.5, 0.125), (64.0, 2.0)])
def test_a_life_is_ready_when_shared_lines_and_disks_say(internet: float, unpack: float) -> None:
    found = ready_in(BOOT, [DrawnLife(1, internet_ratio=internet, unpack_ratio=unpack)])

    for name, times in by_hand(Fraction(internet), Fraction(unpack)).items():
        assert found[name].hosts_ms.total == pytest.approx(float(1_000 * sum(times)), abs=2)
        assert found[name].last_ms.most == pytest.approx(float(1_000 * max(times)), abs=1)
        assert (found[name].hosts_ms.count, found[name].last_ms.count) == (3, 1)


def test_lives_one_by_one_come_to_the_same_as_all_at_once() -> None:
    varied = Chances(Scenario(), 3, internet=Varied(spread=0.8), unpacking=Varied((0.5, 1.0)))
    lives = drawn_lives(varied, 2, 0)
    apart = [ready_in(BOOT, [each]) for each in lives]

    for name, found in ready_in(BOOT, lives).items():
        assert found == sum((each[name] for each in reversed(apart)), Ready())


def test_the_median_of_a_lognormal_internet_is_the_time_at_its_own_rate() -> None:
    varied = Chances(Scenario(), 3, internet=Varied(spread=0.5))
    lives = [life for block in range(8) for life in drawn_lives(varied, 11, block)]
    found = ready_in(replace(BOOT, unpack_bytes_per_s=None), lives)["direct"].last_ms

    # All 1500 MB at 80 Mbit/s: the line is the limit in every life.
    assert percentile_interval(found, 0.5).holds(150_000)
    assert percentile_interval(found, 0.95).low > 150_000


def test_no_lives_or_no_hosts_are_ready_at_no_time() -> None:
    assert ready_in(BOOT, []) == ready_in(replace(BOOT, pulls=Pulls((), 0)), [DrawnLife(1)])
    assert ready_in(BOOT, [])["direct"] == Ready()
