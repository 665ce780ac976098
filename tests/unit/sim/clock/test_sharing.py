"""Tier 1: the closed form of hosts that share a line, one by one and for many sites at once."""

from __future__ import annotations

import random

import ciw
import pytest

from regplan.sim.clock.bounds import band, distribution_bound_s, outage_share, seeded_s
from regplan.sim.clock.pulling import Runtime
from regplan.sim.clock.run import pull_all
from regplan.sim.clock.sharing import HostLoad, Shared, ready_times, sites_ready
from regplan.sim.link import finish_times
from unit.sim.clock.drawn import MB, host, image, internet

np = pytest.importorskip("numpy")


def by_ciw(sizes: list[int], share: int) -> list[float]:
    """Let Ciw serve customers who come at once, each by an even share of a server, and by no more than 1 / `share`."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([0.0] * len(sizes) + [float("inf")])],
        service_distributions=[ciw.dists.Sequential([float(size) for size in sizes])],
        number_of_servers=[float("inf")],
        ps_thresholds=[share],
    )
    simulation = ciw.Simulation(network, node_class=ciw.PSNode)
    simulation.simulate_until_max_time(2 * sum(sizes))
    return sorted(record.service_end_date for record in simulation.get_all_records())


@pytest.mark.parametrize("seed", range(8))
def test_the_closed_form_is_what_a_processor_sharing_queue_does(seed: int) -> None:
    rng = random.Random(seed)
    sizes = [rng.randint(1, 500) for _ in range(rng.randint(1, 9))]
    share = rng.choice([1, 1, 2, 3])
    # A customer alone is served at 1 by Ciw: the line of `share` servers carries `share`, each flow at most 1.
    ends = finish_times(sizes, 8 * share, 8)

    assert sorted(ends) == pytest.approx(by_ciw(sizes, share), rel=1e-9)


def test_many_sites_at_once_are_each_site_alone() -> None:
    rng = random.Random(3)
    sites = [[rng.randint(0, 10**10) for _ in range(rng.randint(1, 12))] for _ in range(300)]
    lines = [rng.randint(10**6, 10**9) for _ in sites]
    caps = [rng.choice([float("inf"), rng.randint(10**6, 10**8)]) for _ in sites]
    table = np.full((len(sites), 12), np.nan)
    for row, sizes in enumerate(sites):
        table[row, : len(sizes)] = sizes
    found = sites_ready(table, lines, caps)

    for row, (sizes, line, cap) in enumerate(zip(sites, lines, caps, strict=True)):
        assert list(found[row, : len(sizes)]) == pytest.approx(list(finish_times(sizes, line, cap)), rel=1e-12)
        assert np.isnan(found[row, len(sizes) :]).all()


def test_a_host_is_ready_after_its_overhead_its_bytes_and_its_unpacking() -> None:
    shared = Shared(80 * MB, host_bps=40 * MB, connection_bps=8 * MB, connections=3, unpack_bytes_per_s=10 * MB)
    loads = [HostLoad(30 * MB, 100 * MB, 0.5), HostLoad(0, 50 * MB)]

    # Three connections of 8 Mbit/s are the least: 3 MB/s.
    assert ready_times(loads, shared) == pytest.approx((0.5 + 10 + 10, 5))


def test_unpacking_that_keeps_step_counts_only_where_it_is_slower() -> None:
    loads = [HostLoad(30 * MB, 100 * MB), HostLoad(30 * MB, 20 * MB)]

    assert ready_times(loads, Shared(48 * MB, unpack_bytes_per_s=5 * MB, overlaps=True)) == pytest.approx((20, 10))
    assert ready_times(loads, Shared(48 * MB, overlaps=True)) == pytest.approx((10, 10))


def test_tier_2_is_tier_1_for_one_layer_on_each_host() -> None:
    rng = random.Random(11)
    sizes = [rng.randint(MB, 60 * MB) for _ in range(9)]
    unpacked = [rng.randint(0, 90 * MB) for _ in range(9)]
    hosts = [
        host(f"{place}", image(size, unpacked=more))
        for place, (size, more) in enumerate(zip(sizes, unpacked, strict=True))
    ]
    finished = pull_all(hosts, internet(80 * MB, 30 * MB), Runtime(unpack_bytes_per_s=20 * MB))
    loads = [HostLoad(size, more) for size, more in zip(sizes, unpacked, strict=True)]
    told = ready_times(loads, Shared(80 * MB, connection_bps=30 * MB, connections=1, unpack_bytes_per_s=20 * MB))

    assert [each.ready_s for each in finished.hosts] == pytest.approx(list(told), rel=1e-6)


def test_sharing_among_hosts_takes_at_least_the_source_the_slowest_and_all_bytes() -> None:
    # CF11, each of the three terms the largest once: S = 1 GB to ten hosts.
    size = 10**9

    assert distribution_bound_s(size, 10, 8 * MB, 80 * MB, 800 * MB) == pytest.approx(1000)
    assert distribution_bound_s(size, 10, 800 * MB, 80 * MB, 800 * MB) == pytest.approx(100)
    assert distribution_bound_s(size, 10, 800 * MB, 800 * MB, 8 * MB) == pytest.approx(10 * 1000 / (100 + 10))


def test_seeding_first_and_serving_then_takes_both() -> None:
    assert seeded_s(24 * MB, 8 * MB, 3, (8 * MB, 32 * MB, 80 * MB)) == pytest.approx(24 + 2.4)
    assert seeded_s(24 * MB, 8 * MB, 3, (8 * MB, 8 * MB, 80 * MB)) == pytest.approx(24 + 8)


def test_a_share_of_the_time_is_down() -> None:
    # CF12: up 9 h in the mean, down 1 h.
    assert outage_share(1 / (9 * 3600), 3600) == pytest.approx(0.1)

    rng = random.Random(5)
    ups, downs = ([rng.expovariate(1 / mean) for _ in range(20_000)] for mean in (9.0, 1.0))
    assert sum(downs) / (sum(ups) + sum(downs)) == pytest.approx(0.1, abs=0.003)


def test_hosts_in_step_are_the_upper_end_of_a_range() -> None:
    wanted = [host(f"node-{number}", image(8 * MB, 8 * MB, unpacked=8 * MB)) for number in range(4)]
    low, high = band(wanted, internet(8 * MB, host_bps=None), Runtime(concurrent_downloads=1, unpack_bytes_per_s=MB))

    # 64 s of bytes; in step all unpack the last layer for 8 s more.
    assert (low, high) == pytest.approx((64, 72))
