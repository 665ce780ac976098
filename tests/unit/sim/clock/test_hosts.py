"""How a host pulls: whose limit holds, what is fetched once, what waits for what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from regplan.sim.clock.compared import tier_1_times
from regplan.sim.clock.pulling import PER_NODE, HostPulls, ImagePull, LayerPull, Line, Network, Runtime, Source
from regplan.sim.clock.run import pull_all
from unit.sim.clock.drawn import MB, host, image, internet, layers

PARALLEL = Runtime(parallel_images=None)


def test_a_limit_for_the_node_holds_for_all_its_images_and_one_for_the_image_for_each() -> None:
    images = [image(*[1 * MB] * 3, name=f"image-{number}") for number in range(4)]
    capped = internet(None, 8 * MB)
    each = pull_all([host("a", *images)], capped, PARALLEL)
    node = pull_all([host("a", *images)], capped, replace(PARALLEL, scope=PER_NODE))

    assert each.ready_s == pytest.approx(1)
    assert node.ready_s == pytest.approx(4)


def test_images_pulled_one_by_one_begin_when_the_one_before_is_unpacked() -> None:
    images = [image(2 * MB, unpacked=3 * MB, name=name) for name in ("first", "second")]
    finished = pull_all([host("a", *images)], internet(8 * MB), Runtime(unpack_bytes_per_s=MB))
    first, second = finished.hosts[0].images

    assert [first.begin_s, first.fetched_s, first.end_s] == pytest.approx([0, 2, 5])
    assert [second.begin_s, second.fetched_s, second.end_s] == pytest.approx([5, 7, 10])


def test_a_blob_in_two_images_comes_once_even_when_both_are_pulled_at_once() -> None:
    shared = LayerPull("base", 8 * MB)
    images = [ImagePull(name, (shared, LayerPull(name, MB))) for name in ("one", "two")]
    finished = pull_all([host("a", *images)], internet(8 * MB), PARALLEL)

    assert finished.lines[0].carried_bytes == 10 * MB
    # The second image waits for the base that the first unpacks, and then fetches only its own layer.
    assert finished.ready_s == pytest.approx(10)


def test_a_chain_that_is_unpacked_is_not_fetched_and_a_blob_that_is_held_is_only_unpacked() -> None:
    wanted = ImagePull("app", layers(4 * MB, 4 * MB, unpacked=2 * MB))
    fresh = HostPulls("fresh", (wanted,))
    holding = HostPulls("holding", (wanted,), held=("layer-0",))
    based = HostPulls("based", (wanted,), unpacked=("/layer-0",))
    done = HostPulls("done", (wanted,), unpacked=("/layer-0", "/layer-0/layer-1"))
    ends = {}
    for each in (fresh, holding, based, done):
        runtime = Runtime(concurrent_downloads=1, unpack_bytes_per_s=MB)
        (times,) = pull_all([each], internet(8 * MB), runtime).hosts
        ends[each.name] = (times.fetched_bytes // MB, times.ready_s)

    assert ends == {
        "fresh": (8, pytest.approx(10)),
        "holding": (4, pytest.approx(6)),
        "based": (4, pytest.approx(6)),
        "done": (0, 0),
    }


def test_a_layer_above_one_that_differs_is_fetched_although_the_same_one_is_unpacked_elsewhere() -> None:
    one = ImagePull("one", (LayerPull("base", MB, 0), LayerPull("tools", MB, MB)))
    two = ImagePull("two", (LayerPull("other", MB, 0), LayerPull("tools", MB, MB)))
    (times,) = pull_all([HostPulls("a", (one, two))], internet(8 * MB), Runtime(unpack_bytes_per_s=MB)).hosts

    # Its blob is there, but upon another base it is unpacked again.
    assert times.fetched_bytes == 3 * MB
    assert times.ready_s == pytest.approx(2 + 1 + 1 + 1)


def test_a_host_with_nothing_to_pull_is_ready_when_it_starts() -> None:
    assert pull_all([HostPulls("idle", (), 4.0)], internet(8 * MB), Runtime()).hosts[0].ready_s == 4.0


def test_round_trips_of_a_plain_registry_are_those_of_two_clients_and_four_answers() -> None:
    source = Source(rtt_s=0.1, is_tls=True)
    network = Network((Line("internet"),), (source,))
    indexed = ImagePull("app", (), config_bytes=1000, manifest_bytes=1000, index_bytes=500)
    plain = pull_all([HostPulls("a", (indexed,))], network, Runtime())
    bearer = pull_all(
        [HostPulls("a", (indexed,))],
        replace(network, sources=(replace(source, asks_token=True),)),
        Runtime(),
    )
    alone = replace(indexed, index_bytes=0)
    single = pull_all([HostPulls("a", (alone,))], network, Runtime())

    # facts: 2 x (TCP, TLS) + HEAD, index, manifest, config = 8; with a token 2 x (401 + TCP, TLS, answer) more.
    assert plain.ready_s == pytest.approx(0.8)
    assert bearer.ready_s == pytest.approx(1.6)
    assert single.ready_s == pytest.approx(0.7)
    assert [each.hosts[0].requests for each in (plain, bearer, single)] == [4, 8, 3]


def test_every_request_passes_the_mirrors_that_lack_the_image() -> None:
    mirror = Source("registry", ("lan",), rtt_s=0.01)
    network = Network((Line("internet"), Line("lan")), (Source(), mirror))
    passed = ImagePull("app", layers(MB, MB, MB), 1000, 1000, 500, asked_before=("registry",))
    (times,) = pull_all([HostPulls("a", (passed,))], network, Runtime(concurrent_downloads=1)).hosts

    # HEAD, index, manifest, config and three layers: seven answers, and two connections.
    assert times.requests == 2 * 7
    assert times.ready_s == pytest.approx(0.01 * (7 + 2))


def test_a_mirror_that_never_answers_costs_its_time_out_for_every_request() -> None:
    silent = Source("registry", ("lan",), silent_s=30.0)
    network = Network((Line("internet"), Line("lan")), (Source(), silent))
    passed = ImagePull("app", layers(*[MB] * 6), 1000, 1000, 500, asked_before=("registry",))
    (times,) = pull_all([HostPulls("a", (passed,))], network, Runtime()).hosts

    # HEAD, index, manifest, config one after the other; six layers, three at once.
    assert times.ready_s == pytest.approx(30 * (4 + 2))


def test_a_cold_cache_that_three_ask_at_once_fetches_three_times_and_later_not_at_all() -> None:
    lines = (Line("internet", 8 * MB), Line("lan", 800 * MB))
    network = Network(lines, (Source("hub"), Source("cache", ("lan",), cache_of="hub")))
    wanted = ImagePull("app", layers(2 * MB), source="cache")
    early = [HostPulls(f"node-{number}", (wanted,)) for number in range(3)]
    finished = pull_all([*early, HostPulls("late", (wanted,), 60.0)], network, Runtime())

    assert [line.carried_bytes // MB for line in finished.lines] == [3 * 2, 4 * 2]
    assert [each.ready_s for each in finished.hosts] == [pytest.approx(6)] * 3 + [pytest.approx(60.02)]


def test_layers_reuse_connections_and_their_grown_windows() -> None:
    source = Source(rtt_s=0.1)
    network = Network((Line("internet", 80 * MB),), (source,))
    one_by_one = Runtime(concurrent_downloads=1)
    (times,) = pull_all([HostPulls("a", (ImagePull("app", layers(*[10_000] * 5)),))], network, one_by_one).hosts

    # Two connections; HEAD, manifest and config; five layers that each fit into the first window.
    assert times.ready_s == pytest.approx(0.1 * (2 + 3 + 5) + 50_000 / (10 * MB))


def test_a_line_that_is_cut_and_mended_keeps_what_has_come() -> None:
    cut = Network((Line("internet", 8 * MB, ((1.0, 0), (61.0, 8 * MB))),), (Source(),))
    never = Network((Line("internet", 8 * MB, ((1.0, 0),)),), (Source(),))
    wanted = [host("a", image(3 * MB))]

    assert pull_all(wanted, cut, Runtime()).ready_s == pytest.approx(63)
    assert pull_all(wanted, never, Runtime()).ready_s is None
    assert pull_all(wanted, never, Runtime()).hosts[0].images[0].end_s is None


def through(**cache: Any) -> Network:
    lines = (Line("internet", 8 * MB), Line("lan", 800 * MB))
    return Network(lines, (Source("hub"), Source("cache", ("lan",), cache_of="hub", **cache)))


def test_a_cache_that_stores_apart_fetches_once_more_than_it_is_asked() -> None:
    wanted = ImagePull("app", layers(2 * MB), source="cache")
    early = [HostPulls(f"node-{number}", (wanted,)) for number in range(3)]
    finished = pull_all([*early, HostPulls("late", (wanted,), 60.0)], through(cache_again=True), Runtime())

    assert [line.carried_bytes // MB for line in finished.lines] == [4 * 2, 4 * 2]
    assert [each.ready_s for each in finished.hosts] == [pytest.approx(8)] * 3 + [pytest.approx(60.02)]


def test_a_cache_that_copies_images_whole_answers_once_it_has_all_platforms() -> None:
    wanted = ImagePull("app", layers(2 * MB), source="cache", copied_bytes=6 * MB)
    finished = pull_all(
        [HostPulls(f"node-{number}", (wanted,)) for number in range(3)], through(cache_whole=True), Runtime()
    )

    assert [line.carried_bytes // MB for line in finished.lines] == [6, 3 * 2]
    assert [each.ready_s for each in finished.hosts] == [pytest.approx(6 + 3 * 2 / 100)] * 3


def test_a_copy_that_takes_longer_than_containerd_waits_is_asked_for_again() -> None:
    wanted = ImagePull("app", layers(45 * MB), source="cache")
    (times,) = pull_all([HostPulls("a", (wanted,))], through(cache_whole=True), Runtime()).hosts

    # Asked for at 0 and given up at 30; asked for again at 40 and answered at 45, when the copy is done.
    assert times.ready_s == pytest.approx(45 + 0.45)


def test_a_cold_cache_asks_its_source_before_it_answers() -> None:
    network = Network(
        (Line("internet"), Line("lan")),
        (Source("hub", rtt_s=0.2), Source("cache", ("lan",), cache_of="hub", cache_asks=3)),
    )
    wanted = ImagePull("app", layers(MB), 100, 100, 0, "cache")
    pinned = replace(wanted, is_pinned=True)
    hosts = [HostPulls("cold", (wanted,)), HostPulls("warm", (wanted,), 60.0), HostPulls("by digest", (pinned,), 90.0)]
    finished = pull_all(hosts, network, Runtime())

    # Twice what the tag means, whatever is there; then manifest, config and layer.
    assert [each.ready_s for each in finished.hosts] == pytest.approx([0.4 + 3 * 3 * 0.2, 60.4, 90])


def greeting() -> Network:
    hub, cache = Source("hub", rtt_s=0.2), Source("cache", ("lan",), cache_of="hub", cache_greets=True)
    return Network((Line("internet"), Line("lan")), (hub, cache))


def test_a_cold_cache_that_greets_its_source_does_so_over_a_new_connection_each_time() -> None:
    wanted = ImagePull("app", layers(MB), 100, 100, 0, "cache")
    hosts = [HostPulls("cold", (wanted,)), HostPulls("warm", (wanted,), 60.0)]
    finished = pull_all(hosts, greeting(), Runtime())

    # A greeting takes two round trips, what follows it one: tag and manifest once, config and layer twice.
    assert [each.ready_s for each in finished.hosts] == pytest.approx([6 * 3 * 0.2, 60.6])


def test_greetings_of_a_cold_cache_wait_for_each_other_whichever_host_they_are_for() -> None:
    names = [f"node-{number}" for number in range(10)]
    each = [ImagePull(name, (LayerPull(name, MB, MB),), 100, 100, 0, "cache", is_pinned=True) for name in names]
    finished = pull_all([HostPulls(image.name, (image,)) for image in each], greeting(), Runtime())

    # Ten hosts have a manifest, a config and a layer: five greetings each, and none while another one is under way.
    assert finished.ready_s == pytest.approx(10 * 5 * 0.4 + 0.2)


@pytest.mark.parametrize(("starts_s", "fetched"), [(1.81, 4), (2.5, 2)])
def test_a_cache_that_greets_fetches_again_for_who_found_its_store_empty_and_comes_when_it_is_full(
    starts_s: float, fetched: int
) -> None:
    hub = Source("hub", rtt_s=0.2)
    cache = Source("cache", ("lan",), cache_of="hub", cache_greets=True, cache_again=True)
    wanted = ImagePull("app", layers(MB), 0, 0, 0, "cache", is_pinned=True)
    hosts = [HostPulls("early", (wanted,)), HostPulls("late", (wanted,), starts_s)]
    finished = pull_all(hosts, replace(greeting(), sources=(hub, cache)), Runtime())

    # The early host's layer is asked for from 1.8 s on. One that comes at 1.81 s greets in between, so that the blob is stored at 3.2 s:
    # it looks for it at 2.8 s, and goes to fetch it at 3.6 s. One that comes at 2.5 s looks at 3.4 s, and it is there since 3.0 s.
    assert finished.lines[0].carried_bytes == fetched * MB


def test_a_cache_that_cannot_ask_its_source_answers_for_a_tag_at_once() -> None:
    line = Line("internet", 8 * MB, ((30.0, 0),))
    cache = Source("cache", ("lan",), cache_of="hub", cache_asks=3)
    network = Network((line, Line("lan")), (Source("hub", rtt_s=0.2), cache))
    wanted = ImagePull("app", layers(MB), source="cache")
    finished = pull_all([HostPulls("cold", (wanted,)), HostPulls("warm", (wanted,), 60.0)], network, Runtime())

    assert finished.hosts[1].ready_s == pytest.approx(60)


@pytest.mark.parametrize("internet_bps", [8 * MB, 80 * MB, 800 * MB])
@pytest.mark.parametrize("count", [1, 3, 40])
def test_peers_have_one_layer_at_the_bound_of_all_swarms(internet_bps: int, count: int) -> None:
    size_bytes, port_bps = 30 * MB, 80 * MB
    peers = Source("peers", (), cache_of="internet", cache_hands_on=True)
    network = Network((Line("internet", internet_bps),), (Source(), peers), port_bps)
    wanted = ImagePull("app", layers(size_bytes), source="peers")
    finished = pull_all([HostPulls(f"{place}", (wanted,)) for place in range(count)], network, Runtime())
    # Kumar and Ross: max{S / C, S / d, N S / (C + N u)}; every port gives as much as it takes.
    bound_s = 8 * max(
        size_bytes / internet_bps,
        size_bytes / port_bps,
        count * size_bytes / (internet_bps + count * port_bps),
    )

    assert [each.ready_s for each in finished.hosts] == pytest.approx([bound_s] * count)
    assert finished.lines[0].carried_bytes == size_bytes


def test_two_idle_connections_are_kept_and_no_more() -> None:
    network = Network((Line("internet"),), (Source(rtt_s=0.1),))
    (times,) = pull_all([HostPulls("a", (ImagePull("app", layers(*[1000] * 6)),))], network, Runtime()).hosts

    # Two clients, HEAD, manifest and config: 0.5 s. One layer goes on over that connection, two open theirs for 0.1 s more, so
    # that the fourth and the second and third end together: two of these three connections are left for the last two.
    assert times.ready_s == pytest.approx(0.5 + 0.2 + 0.1)


def test_a_kept_connection_goes_on_with_the_window_that_it_has_grown() -> None:
    network = Network((Line("internet"),), (Source(rtt_s=0.1),))
    one_by_one = Runtime(concurrent_downloads=1)
    (times,) = pull_all([HostPulls("a", (ImagePull("app", layers(100_000, 100_000)),))], network, one_by_one).hosts

    # 14,600, 29,200 and 58,400 bytes take two pauses; with 58,400 at first it is one.
    assert times.ready_s == pytest.approx(0.5 + (0.1 + 0.2) + (0.1 + 0.1))


def test_a_config_that_nobody_waits_for_is_fetched_beside_the_layers() -> None:
    big = ImagePull("app", layers(2 * MB), config_bytes=4 * MB)
    first, beside = (
        pull_all([HostPulls("a", (big,))], internet(8 * MB), Runtime(configs_first=before)).hosts[0].images[0]
        for before in (True, False)
    )

    assert (first.end_s, first.fetched_s) == pytest.approx((6, 6))
    # Both share the line until the layer is there; the image is whole with the config.
    assert (beside.end_s, beside.fetched_s) == pytest.approx((6, 6))


def test_layers_do_not_wait_for_a_config_that_comes_beside_them() -> None:
    big = ImagePull("app", layers(2 * MB, unpacked=3 * MB), config_bytes=4 * MB)
    first, beside, last = (
        pull_all([HostPulls("a", (big,))], internet(8 * MB), runtime).ready_s
        for runtime in (
            Runtime(unpack_bytes_per_s=MB),
            Runtime(unpack_bytes_per_s=MB, configs_first=False),
            Runtime(unpack_bytes_per_s=MB, configs_first=False, unpacks_last=True),
        )
    )

    # 4 + 2 + 3; the layer at 4 and unpacked at 7; all there at 6, and then unpacked.
    assert [first, beside, last] == pytest.approx([9, 7, 9])


def test_unpacking_reads_what_is_compressed_and_writes_what_is_not_and_each_layer_takes_a_while() -> None:
    wanted = ImagePull("app", layers(3 * MB, 3 * MB, unpacked=8 * MB))
    runtime = Runtime(unpack_bytes_per_s=4 * MB, inflate_bytes_per_s=2 * MB, layer_overhead_s=0.25)
    (times,) = pull_all([HostPulls("a", (wanted,), held=("layer-0", "layer-1"))], internet(8 * MB), runtime).hosts

    assert times.ready_s == pytest.approx(2 * (0.25 + 3 / 2 + 8 / 4))


def test_a_layer_begins_as_a_copy_of_those_below_it_where_the_snapshotter_copies() -> None:
    wanted = ImagePull("app", layers(3 * MB, 3 * MB, 3 * MB, unpacked=8 * MB))
    runtime = Runtime(unpack_bytes_per_s=4 * MB, copy_bytes_per_s=16 * MB)
    held = ("layer-0", "layer-1", "layer-2")
    host = HostPulls("a", (wanted,), held=held)
    (times,) = pull_all([host], internet(8 * MB), runtime).hosts

    # Nothing, 8 MB and 16 MB lie below.
    assert times.ready_s == pytest.approx(3 * 8 / 4 + (8 + 16) / 16)
    assert tier_1_times([host], internet(8 * MB), runtime) == pytest.approx([times.ready_s])
    begun = replace(host, unpacked=("/layer-0", "/layer-0/layer-1"))
    (times,) = pull_all([begun], internet(8 * MB), runtime).hosts
    assert times.ready_s == pytest.approx(8 / 4 + 16 / 16)
    assert tier_1_times([begun], internet(8 * MB), runtime) == pytest.approx([times.ready_s])
