"""Where tier 2 and tier 1 are apart, and the reason that is named."""

from __future__ import annotations

import pytest

from regplan.sim.clock.compared import compare
from regplan.sim.clock.pulling import HostPulls, ImagePull, Line, Network, Runtime, Source
from unit.sim.clock.drawn import MB, host, image, internet, layers


def test_tiers_agree_where_a_line_is_full_all_the_time() -> None:
    hosts = [host(f"node-{number}", image(*[5 * MB] * 8, unpacked=MB)) for number in range(6)]
    found = compare(hosts, internet(80 * MB), Runtime(unpack_bytes_per_s=200 * MB))

    assert found.reason == ""
    assert found.ratio == pytest.approx(1, abs=0.01)


def test_many_small_layers_far_away_are_late_by_their_round_trips() -> None:
    network = Network((Line("internet", 80 * MB),), (Source(rtt_s=0.3),))
    found = compare([host("a", image(*[20_000] * 400))], network, Runtime())

    assert found.reason == "round trips"
    assert (found.ratio or 0) > 5


def test_one_large_layer_among_capped_connections_is_late_by_its_own() -> None:
    found = compare([host("a", image(30 * MB, MB, MB))], internet(80 * MB, 8 * MB), Runtime())

    assert found.reason == "capped connections"
    assert (found.tier_1_s, found.tier_2_s) == pytest.approx((32 / 3, 30))


def test_unpacking_that_overlaps_makes_tier_2_the_sooner() -> None:
    hosts = [host("a", image(*[10 * MB] * 10, unpacked=30 * MB))]
    found = compare(hosts, internet(80 * MB), Runtime(concurrent_downloads=1, unpack_bytes_per_s=30 * MB))

    # 10 s to fetch and 10 to unpack; but for the last layer both go at once.
    assert found.reason == "unpacking"
    assert (found.tier_1_s, found.tier_2_s) == pytest.approx((20, 11))


def test_what_waits_for_ever_is_said_to() -> None:
    cut = Network((Line("internet", 8 * MB, ((1.0, 0),)),), (Source(),))

    assert compare([host("a", image(5 * MB))], cut, Runtime()).reason == "a line that is never mended"


def test_what_is_there_already_is_in_neither_tier() -> None:
    wanted = ImagePull("app", layers(4 * MB, 4 * MB, unpacked=MB))
    based = HostPulls("based", (wanted, wanted), unpacked=("/layer-0",))
    found = compare([based], internet(8 * MB), Runtime(unpack_bytes_per_s=MB))

    assert found.reason == ""
    assert (found.tier_1_s, found.tier_2_s) == pytest.approx((5, 5))
    assert compare([HostPulls("idle", ())], internet(8 * MB), Runtime()).ratio is None
