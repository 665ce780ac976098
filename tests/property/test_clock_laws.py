"""Laws of the fluid model: bytes are neither lost nor made, no line is above its rate, and what more bandwidth does."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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

pytestmark = pytest.mark.property

MB = 1_000_000
BLOBS = [LayerPull(f"blob-{number}", (number * number + 1) * 70_000, number * 150_000) for number in range(12)]

layer_lists = st.lists(st.sampled_from(BLOBS), max_size=5, unique=True)
image_lists = st.lists(layer_lists, max_size=4)
rates = st.integers(1, 200).map(lambda number: number * 100_000)
maybe = st.none() | rates


@st.composite
def hosts(draw: st.DrawFn, starts: st.SearchStrategy[float] = st.just(0.0)) -> list[HostPulls]:  # noqa: B008  a strategy
    drawn = draw(st.lists(image_lists, min_size=1, max_size=4))
    return [
        HostPulls(
            f"node-{number}",
            tuple(ImagePull(f"image-{place}", tuple(each), 1500, 900, 400) for place, each in enumerate(images)),
            draw(starts),
        )
        for number, images in enumerate(drawn)
    ]


networks = st.builds(
    lambda line, cap, port, rtt_s, token: Network(
        (Line("internet", line),), (Source(rtt_s=rtt_s, connection_bps=cap, asks_token=token, is_tls=token),), port
    ),
    rates,
    maybe,
    maybe,
    st.sampled_from([0.0, 0.02, 0.4]),
    st.booleans(),
)
runtimes = st.builds(
    lambda slots, scope, images, unpack, last: Runtime(
        slots, scope, images, unpack_bytes_per_s=unpack, host_unpack_bytes_per_s=unpack, unpacks_last=last
    ),
    st.sampled_from([1, 3, None]),
    st.sampled_from([PER_IMAGE, PER_NODE]),
    st.sampled_from([1, 2, None]),
    maybe,
    st.booleans(),
)


@given(hosts(st.floats(0, 20)), networks, runtimes)
@settings(max_examples=60, deadline=None)
def test_every_host_gets_each_blob_that_it_lacks_once(
    given_hosts: list[HostPulls], network: Network, runtime: Runtime
) -> None:
    finished = pull_all(given_hosts, network, runtime)

    for host, times in zip(given_hosts, finished.hosts, strict=True):
        needed = {layer.key: layer.size_bytes for image in host.images for layer in image.layers}
        assert times.fetched_bytes == sum(needed.values()) + len(host.images) * (1500 + 900 + 400)
        assert times.ready_s is not None
        assert all(
            host.starts_s <= image.begin_s <= (image.fetched_s or 0) <= (image.end_s or 0) for image in times.images
        )
    assert finished.lines[0].carried_bytes == sum(times.fetched_bytes for times in finished.hosts)


@given(hosts(st.floats(0, 20)), networks, runtimes)
@settings(max_examples=60, deadline=None)
def test_no_line_is_ever_above_its_rate_and_what_it_carries_is_its_rate_over_time(
    given_hosts: list[HostPulls], network: Network, runtime: Runtime
) -> None:
    (line,) = pull_all(given_hosts, network, runtime).lines
    limit_bps = network.lines[0].rate_bps or 0
    spans = zip(line.rates, line.rates[1:], strict=False)

    assert all(0 <= rate_bps <= limit_bps * (1 + 1e-9) for _, rate_bps in line.rates)
    assert line.peak_bps <= limit_bps * (1 + 1e-9)
    # Each flow is over when half a byte is left.
    flows = 100
    assert sum((end - begin) * bps / 8 for (begin, bps), (end, _) in spans) == pytest.approx(
        line.carried_bytes, rel=1e-6, abs=flows
    )


@given(hosts(), rates, st.sampled_from([1, 3, None]), st.sampled_from([1, None]), st.integers(2, 5))
@settings(max_examples=60, deadline=None)
def test_without_pauses_and_caps_every_host_is_ready_sooner_in_proportion_to_the_rate(
    given_hosts: list[HostPulls], rate_bps: int, slots: int | None, images: int | None, times: int
) -> None:
    """What the line has carried then tells everything, and the rate only how long it took."""
    runtime = Runtime(slots, parallel_images=images)
    slow, fast = (
        pull_all(given_hosts, Network((Line("internet", bps),), (Source(),)), runtime).hosts
        for bps in (rate_bps, rate_bps * times)
    )

    assert [host.ready_s or 0 for host in slow] == pytest.approx(
        [times * (host.ready_s or 0) for host in fast], rel=1e-4, abs=1e-3
    )


@given(st.lists(st.integers(1, 50 * MB), min_size=1, max_size=6), rates, maybe, st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_with_one_layer_each_and_capped_connections_more_bandwidth_makes_no_host_later(
    sizes: list[int], rate_bps: int, cap_bps: int | None, more: int
) -> None:
    given_hosts = [
        HostPulls(f"{place}", (ImagePull("image", (LayerPull("blob", size, MB),)),)) for place, size in enumerate(sizes)
    ]
    slow, fast = (
        pull_all(
            given_hosts,
            Network((Line("internet", bps),), (Source(connection_bps=cap_bps),)),
            Runtime(unpack_bytes_per_s=2 * MB),
        ).hosts
        for bps in (rate_bps, rate_bps + more * 10_000)
    )

    assert all((late.ready_s or 0) >= (soon.ready_s or 0) - 1e-3 for late, soon in zip(slow, fast, strict=True))


def test_where_a_host_pauses_more_bandwidth_can_make_another_one_later() -> None:
    """The counterexample: a pull that comes back sooner from unpacking meets one that it came after before."""
    pausing = HostPulls(
        "pausing",
        (
            ImagePull("first", (LayerPull("first", 40 * MB, 5 * MB),)),
            ImagePull("second", (LayerPull("second", 40 * MB),)),
        ),
    )
    short = HostPulls("short", (ImagePull("third", (LayerPull("third", 3 * MB),)),), starts_s=41.5)
    runtime = Runtime(unpack_bytes_per_s=MB)
    slow, fast = (
        pull_all([pausing, short], Network((Line("internet", bps),), (Source(),)), runtime).hosts[1].ready_s or 0
        for bps in (8 * MB, 8 * MB + 400_000)
    )

    assert slow == pytest.approx(44.5)
    assert fast > slow + 1


@given(hosts(st.floats(0, 20)), networks, runtimes)
@settings(max_examples=30, deadline=None)
def test_the_same_input_gives_the_same_times(given_hosts: list[HostPulls], network: Network, runtime: Runtime) -> None:
    assert pull_all(given_hosts, network, runtime) == pull_all(list(given_hosts), dataclasses.replace(network), runtime)
