"""The last host of a site is ready in many draws at once when lives drawn one by one say."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from regplan.sim.chance.boots import ready_in
from regplan.sim.chance.closed import Boot
from regplan.sim.chance.draws import DrawnLife
from regplan.sim.fleet.ready import last_ready_ms
from regplan.sim.pulls import HostPulls, Pulls

np = pytest.importorskip("numpy")


@pytest.mark.parametrize("seed", range(8))
def test_times_are_those_of_the_lives_to_the_millisecond(seed: int) -> None:
    rng = random.Random(seed)
    sizes = [rng.randrange(10**8, 4 * 10**9) for _ in range(3)]
    hosts = [rng.choice(sizes) for _ in range(rng.randint(1, 9))]
    pulls = Pulls(
        tuple(HostPulls(str(n), size, rng.choice([0, size // 9, size])) for n, size in enumerate(hosts)), 10**10
    )
    unpacked = tuple(size * rng.choice([2, 3]) for size in hosts) if seed % 2 else ()
    boot = Boot(pulls, rng.randrange(10**6, 10**9), rng.randrange(10**8, 10**9), unpacked, 60_000_000)
    if seed % 3:
        early = tuple(size // 7 for size in unpacked)
        passes = tuple((float(rng.randrange(9)), 1.5, float(rng.randrange(5))) for _ in hosts)
        boot = replace(boot, early_unpacked_bytes=early, internet_host_bps=5e7, lan_host_bps=4e8, before_s=passes)
    if seed == 5:
        boot = replace(boot, has_lan=False)
    drawn = [(rng.lognormvariate(0, 0.6), rng.lognormvariate(0, 0.3)) for _ in range(12)]

    (found,) = last_ready_ms([(boot, *np.array(drawn).T)])
    for place, (internet, unpack) in enumerate(drawn):
        alone = ready_in(boot, [DrawnLife(1, internet_ratio=internet, unpack_ratio=unpack)])
        told = {name: int(np.broadcast_to(times, len(drawn))[place]) for name, times in found.items()}
        assert told == {name: each.last_ms.total for name, each in alone.items()}


def test_what_does_not_vary_is_told_once_and_no_hosts_at_no_time() -> None:
    boot = Boot(Pulls((HostPulls("a", 10**9, 0),), 10**9), 8_000_000, 10**9)

    once, varied = np.array([1.0]), np.array([1.0, 2.0])
    none = Boot(Pulls((), 0), 1, 1)
    alone, nothing, faster, nobody = last_ready_ms(
        [(boot, once, once), (none, once, once), (boot, varied, once), (None, once, once)]
    )
    assert alone["direct"].tolist() == [1_000_000]
    assert faster["direct"].tolist() == [1_000_000, 500_000]
    assert nothing == nobody == {}
