"""The fluid model where a closed form is known: CF1 to CF6, each computed here from its formula."""

from __future__ import annotations

import math
import random

import pytest

from regplan.sim.clock.pulling import PER_NODE, Runtime
from regplan.sim.clock.run import pull_all
from unit.sim.clock.drawn import MB, host, image, internet

# A flow is over when half a byte is left, so that times are exact to a byte or so on the slowest line here.
EXACT = pytest.approx


@pytest.mark.parametrize(
    ("line_bps", "cap_bps", "host_bps"),
    [(80 * MB, None, None), (800 * MB, 40 * MB, None), (800 * MB, None, 24 * MB), (80 * MB, 88 * MB, 96 * MB)],
)
def test_one_layer_takes_the_overhead_the_slowest_rate_and_the_unpacking(
    line_bps: int, cap_bps: int | None, host_bps: int | None
) -> None:
    network = internet(line_bps, cap_bps, host_bps)
    runtime = Runtime(unpack_bytes_per_s=5 * MB, image_overhead_s=0.5)
    finished = pull_all([host("a", image(30 * MB, unpacked=60 * MB))], network, runtime)
    slowest = min(rate for rate in (line_bps, cap_bps, host_bps) if rate is not None) / 8

    assert finished.ready_s == EXACT(0.5 + 30 * MB / slowest + 60 / 5, rel=3.5e-10)


@pytest.mark.parametrize("count", [1, 2, 7, 50])
def test_identical_hosts_on_a_full_line_take_as_long_as_their_bytes(count: int) -> None:
    hosts = [host(f"node-{number}", image(3 * MB, 5 * MB)) for number in range(count)]
    finished = pull_all(hosts, internet(16 * MB), Runtime())

    assert finished.ready_s == EXACT(count * 8 / 2, rel=3.5e-10)
    assert finished.lines[0].carried_bytes == count * 8 * MB


def test_hosts_of_unequal_sizes_end_as_processor_sharing_has_them() -> None:
    rng = random.Random(7)
    for _ in range(50):
        sizes = [rng.randint(MB, 50 * MB) for _ in range(rng.randint(1, 12))]
        cap_bps = rng.choice([None, 10 * MB, 40 * MB])
        hosts = [host(f"node-{place}", image(size)) for place, size in enumerate(sizes)]
        finished = pull_all(hosts, internet(80 * MB, cap_bps), Runtime())

        ends = [each.ready_s for each in finished.hosts]
        assert ends == EXACT([_shared(sizes, size, 10 * MB, cap_bps) for size in sizes], rel=3.5e-10)


def _shared(sizes: list[int], own: int, rate: float, cap_bps: int | None) -> float:
    """Tell when a transfer ends whose rate is the same for all that are left: the sum over the sizes up to its own."""
    ordered = sorted(sizes)
    slowest = 0.0 if cap_bps is None else 8 / cap_bps
    befores = [0, *ordered]
    return sum(
        (size - before) * max((len(ordered) - place) / rate, slowest)
        for place, (before, size) in enumerate(zip(befores, ordered, strict=False))
        if size <= own
    )


@pytest.mark.parametrize(("count", "slots"), [(9, 3), (10, 3), (1, 3), (7, 1), (5, None)])
@pytest.mark.parametrize("scope", ["image", PER_NODE])
def test_layers_over_capped_connections_go_in_rounds_of_so_many_as_there_are_slots(
    count: int, slots: int | None, scope: str
) -> None:
    finished = pull_all(
        [host("a", image(*[4 * MB] * count))],
        internet(None, 16 * MB),
        Runtime(concurrent_downloads=slots, scope=scope),
    )

    assert finished.ready_s == EXACT(math.ceil(count / (slots or count)) * 2, rel=3.5e-10)


@pytest.mark.parametrize(("size", "unpacked"), [(4 * MB, 2 * MB), (2 * MB, 8 * MB), (4 * MB, 4 * MB)])
def test_layers_fetched_and_unpacked_one_by_one_are_a_flow_shop(size: int, unpacked: int) -> None:
    finished = pull_all(
        [host("a", image(*[size] * 6, unpacked=unpacked))],
        internet(None, 8 * MB),
        Runtime(concurrent_downloads=1, unpack_bytes_per_s=2 * MB),
    )
    fetch, unpack = size / MB, unpacked / MB / 2

    assert finished.ready_s == EXACT(fetch + 5 * max(fetch, unpack) + unpack, rel=3.5e-10)


def test_unpacking_after_the_last_layer_adds_all_of_it() -> None:
    finished = pull_all(
        [host("a", image(4 * MB, 4 * MB, unpacked=6 * MB))],
        internet(32 * MB),
        Runtime(unpack_bytes_per_s=2 * MB, unpacks_last=True),
    )

    assert finished.ready_s == EXACT(2 + 6, rel=3.5e-10)


def test_a_registry_that_is_seeded_first_and_then_serves_takes_both_times() -> None:
    # CF3: B = 24 MB over 1 MB/s; then three hosts of 8 MB, each with 3 connections of 1 MB/s, over 10 MB/s.
    seed_s = 24.0
    hosts = [host(f"node-{number}", image(*[2 * MB] * 4), starts_s=seed_s) for number in range(3)]
    finished = pull_all(hosts, internet(80 * MB, 8 * MB), Runtime(concurrent_downloads=4))

    assert finished.ready_s == EXACT(seed_s + max(8 / 4, 3 * 8 / 10), rel=3.5e-10)
