"""The fluid model against an oracle of another hand: simpy's events, and rates computed flow by flow."""

from __future__ import annotations

import random
from typing import Any

import pytest

from independent.fluid import Case, ready_times
from regplan.sim.clock.pulling import (
    PER_IMAGE,
    PER_NODE,
    HostPulls,
    ImagePull,
    LayerPull,
    Line,
    Network,
    Runtime,
    Source,
)
from regplan.sim.clock.run import pull_all


def drawn(seed: int) -> Case:
    rng = random.Random(seed)
    pool = [(f"blob-{number}", rng.randint(1, 40) * 250_000, rng.randint(0, 60) * 250_000) for number in range(24)]
    hosts = []
    for _ in range(rng.randint(1, 5)):
        base = rng.sample(pool, 2)
        chosen = [rng.sample(pool, rng.randint(1, 6)) for _ in range(rng.randint(0, 5))]
        hosts.append([base + [layer for layer in image if layer not in base] for image in chosen])
    line = rng.choice([1.0, 5.0, 50.0]) * 1e6
    return Case(
        hosts=hosts,
        line=line,
        port=rng.choice([0.4, 2.0]) * line,
        connection=rng.choice([0.1, 1.0]) * line,
        slots=rng.choice([1, 2, 3]),
        per_node=rng.random() < 0.5,
        at_once=rng.random() < 0.5,
        disk=rng.choice([2.0, 30.0]) * 1e6,
        answer_s=rng.choice([0.0, 0.013, 0.3]),
        starts=[rng.uniform(0, 3) for _ in hosts],
    )


def ours(case: Case) -> list[float | None]:
    bits: Any = lambda rate: round(rate * 8)  # noqa: E731
    network = Network(
        (Line("internet", bits(case.line)),),
        (Source(connection_bps=bits(case.connection), answer_s=case.answer_s),),
        host_bps=bits(case.port),
    )
    runtime = Runtime(
        concurrent_downloads=case.slots,
        scope=PER_NODE if case.per_node else PER_IMAGE,
        parallel_images=None if case.at_once else 1,
        unpack_bytes_per_s=round(case.disk),
        host_unpack_bytes_per_s=round(case.disk),
    )
    hosts = [
        HostPulls(
            f"node-{number}",
            tuple(
                ImagePull(f"image-{place}", tuple(LayerPull(*layer) for layer in image))
                for place, image in enumerate(images)
            ),
            case.starts[number],
        )
        for number, images in enumerate(case.hosts)
    ]
    return [host.ready_s for host in pull_all(hosts, network, runtime).hosts]


@pytest.mark.parametrize("seed", range(60))
def test_hosts_are_ready_when_simpy_has_them_ready(seed: int) -> None:
    case = drawn(seed)

    # An index of one byte stands in ours, so that it is asked for; the rest is equal to half a byte a flow.
    assert ours(case) == pytest.approx(ready_times(case), rel=1e-4, abs=1e-4)
