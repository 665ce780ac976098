"""The closed forms that are told give the times that a clock gives, step by step."""

from __future__ import annotations

import math
import random

import pytest

from independent.arithmetic import evaluate
from regplan.model.site import Link, Site
from regplan.sim.boot import bundle_times, direct_times, primary_times
from regplan.sim.pulls import HostPulls, Pulls
from regplan.sim.told import boot_formula

TIMES = {"direct": direct_times, "primary": primary_times, "bundle": bundle_times}


def clock(sizes: list[int], link_bps: int, cap_bps: int | None) -> list[float]:
    """Let time pass from one end of a transfer to the next."""
    left = dict(enumerate(map(float, sizes)))
    ends, now = [0.0] * len(sizes), 0.0
    while left:
        rate = min(link_bps / len(left), cap_bps or math.inf) / 8
        step = min(left.values()) / rate
        now += step
        for place in list(left):
            left[place] -= step * rate
            if left[place] <= 1e-3:
                ends[place] = now
                del left[place]
    return ends


def random_case(seed: int) -> tuple[Site, Pulls]:
    chance = random.Random(seed)
    rates = [chance.choice([None, 1_000_000, 3_000_000, 20_000_000, 1_000_000_000, 7]) for _ in range(2)]
    links = [None if rate is None else Link(rate) for rate in rates]
    hosts = []
    for number in range(chance.randint(1, 6)):
        size = chance.choice([0, 500, 1000, chance.randint(0, 10**9)])
        hosts.append(HostPulls(f"node-{number}", size, chance.choice([0, size // 3, size])))
    return Site("x", internet_link=links[0], lan_link=links[1]), Pulls(tuple(hosts), chance.randint(0, 10**9))


def rank(times: list[float] | tuple[float, ...], share: float) -> float:
    return sorted(times)[max(math.ceil(share * len(times)), 1) - 1]


@pytest.mark.parametrize("seed", range(200))
def test_a_formula_gives_the_time_of_the_host_that_the_share_names(seed: int) -> None:
    site, pulls = random_case(seed)
    for way, times_of in TIMES.items():
        times = times_of(site, pulls)
        for share in (0.5, 0.95, 1.0):
            formula = boot_formula(way, site, pulls, share)

            assert (formula is None) == (not times)
            if formula is not None and times:
                inputs = {each.name: each.value for each in formula.inputs}
                assert float(evaluate(formula.expression, inputs)) == pytest.approx(rank(times, share), rel=1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_the_direct_ways_formula_gives_what_a_clock_gives(seed: int) -> None:
    site, pulls = random_case(seed)
    if site.internet_link is None:
        assert boot_formula("direct", site, pulls, 1.0) is None
        return
    cap = None if site.lan_link is None else site.lan_link.rate_bps
    ends = clock([host.all_bytes for host in pulls.hosts], site.internet_link.rate_bps, cap)

    formula = boot_formula("direct", site, pulls, 1.0)

    assert formula is not None
    assert formula.value == pytest.approx(max(ends), rel=1e-6, abs=1e-2)


def test_a_site_without_hosts_has_no_time() -> None:
    assert boot_formula("direct", Site("x", internet_link=Link(1)), Pulls((), 5), 1.0) is None
