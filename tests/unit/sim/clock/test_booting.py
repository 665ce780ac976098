"""A site's first bootstrap by the clock: from images and placement to when its hosts are ready."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.model.clock import Pulling
from regplan.model.image import KeptIndex
from regplan.model.site import Link, Scenario
from regplan.oci.compression import UnpackedSize
from regplan.oci.mediatype import OCI_INDEX
from regplan.sim.clock.booting import MOST_WORK, boot_clock, site_network
from regplan.sim.clock.pulling import HostPulls, ImagePull, LayerPull
from regplan.sim.clock.site_pulls import SitePulls, site_pulls
from regplan.sim.placement import Placement
from unit.plan.builders import ARM64, digest, entry, host, hosts, image, inventory, site
from unit.sim.clock.drawn import MB

if TYPE_CHECKING:
    from regplan.model.image import ResolvedReference
    from regplan.model.site import Site

# No round trips, no overheads, and unpacking that takes no time to speak of: bytes over rates alone.
BARE = Pulling(unpack_bytes_per_s=10**15, image_overhead_s=0.0, wire_ratio=1.0)


def linked(pulling: Pulling = BARE, internet_s: float = 0.0) -> Site:
    return replace(site(hosts=hosts(2), internet_link=Link(8 * MB, internet_s), lan_link=Link(80 * MB)), pulls=pulling)


def pulls(*sizes: int, early: int = 0, count: int = 2) -> SitePulls:
    first = (ImagePull("cni", (LayerPull("cni", early),)),) if early else ()
    rest = tuple(ImagePull(f"app-{place}", (LayerPull(f"app-{place}", size),)) for place, size in enumerate(sizes))
    names = [f"node-{number + 1}" for number in range(count)]
    return SitePulls(
        tuple(HostPulls(name, first + rest) for name in names), tuple(HostPulls(name, first) for name in names)
    )


def test_each_way_takes_its_bytes_over_its_links() -> None:
    clock = boot_clock(linked(), pulls(4 * MB, 6 * MB, early=2 * MB), 12 * MB)
    direct, primary, bundle, _, peers = (boot.ready_max_s for boot in clock.boots)

    # 2 x 12 MB over 1 MB/s; 2 x 2, then 12 to seed, then 2 x 10 over 10 MB/s; 2 x 12 over 10 MB/s; 2 x 2, then 10 once.
    assert (direct, primary, bundle, peers) == pytest.approx((24, 4 + 12 + 2, 2.4, 4 + 10))


@pytest.mark.parametrize("tier", [1, 2])
def test_no_registry_is_seeded_and_has_served_before_the_pipelined_bound(tier: int) -> None:
    for sizes, count in (((4 * MB, 6 * MB), 2), ((MB,), 9), ((30 * MB, MB, MB), 4)):
        given, seeded = pulls(*sizes, count=count), sum(sizes)
        told = boot_clock(replace(linked(), hosts=hosts(count)), given, seeded, tier).boots[1].ready_max_s

        # CF3: B / C_wan + N p / C_lan, and never less than the longer of both.
        assert told == pytest.approx(seeded / MB + count * seeded / (10 * MB))
        assert told is not None
        assert told >= max(seeded / MB, count * seeded / (10 * MB))


def test_both_tiers_tell_the_same_where_nothing_but_bytes_counts() -> None:
    given = pulls(4 * MB, 6 * MB, early=2 * MB)
    one, two = (boot_clock(linked(), given, 12 * MB, tier) for tier in (1, 2))

    assert [boot.tier for boot in one.boots] == [1, 1, 1, 1, 1]
    assert [boot.ready_max_s for boot in one.boots] == pytest.approx([boot.ready_max_s for boot in two.boots])
    assert [boot.ratio for boot in two.boots] == [pytest.approx(1)] * 5
    assert [boot.reason for boot in two.boots] == ["", "", "", "", ""]


def test_what_is_unpacked_faster_than_the_clock_can_tell_ends_all_the_same() -> None:
    layers = tuple(LayerPull(f"app-{place}", 4 * MB, 4 * MB) for place in range(5))
    given = SitePulls((HostPulls("node-1", (ImagePull("app", layers),)),), (HostPulls("node-1", ()),))
    # 20 MB at 2 bits a second: at that hour of the run a double has a precision of some nanoseconds, in each of which 10 MB are unpacked.
    slow = replace(linked(), internet_link=Link(2))
    found = boot_clock(slow, given, 0).boots[0]

    assert found.ready_max_s == pytest.approx(20 * MB * 8 / 2)


@pytest.mark.parametrize(
    ("early", "pulling", "internet_s", "reason"),
    [
        # Before the registry lives, 1 kB over round trips of 3 s; after it, 20 MB to unpack at 5 MB/s, beside what is fetched.
        (1000, BARE, 3.0, "round trips"),
        (0, replace(BARE, unpack_bytes_per_s=5 * MB), 0.0, "unpacking"),
    ],
)
def test_where_the_tiers_disagree_on_a_seeded_registry_the_part_that_is_late_tells_why(
    early: int, pulling: Pulling, internet_s: float, reason: str
) -> None:
    layers = tuple(LayerPull(f"app-{place}", 4 * MB, 4 * MB) for place in range(5))
    told = pulls(early=early, count=2)
    given = replace(
        told, all=tuple(replace(each, images=(*each.images, ImagePull("app", layers))) for each in told.all)
    )
    one, two = (boot_clock(linked(pulling, internet_s), given, MB, tier).boots[1] for tier in (1, 2))

    assert one.ready_max_s
    assert two.ready_max_s
    assert two.ratio == pytest.approx(two.ready_max_s / one.ready_max_s)
    assert two.ratio is not None
    assert abs(two.ratio - 1) > 0.1
    assert (one.ratio, one.reason, two.reason) == (None, "", reason)


def test_round_trips_to_the_internet_count_for_what_comes_over_it() -> None:
    near, far = (boot_clock(linked(internet_s=delay_s), pulls(1000), 1000) for delay_s in (0.0, 0.5))
    direct, primary, bundle, through, peers = (
        (late.ready_max_s or 0) - (soon.ready_max_s or 0) for soon, late in zip(near.boots, far.boots, strict=True)
    )

    # Two clients: TCP, TLS, a refusal and a token (4); HEAD, manifest; config and layer from a second host (2 more to reach it).
    assert direct == pytest.approx(0.5 * (2 * 6 + 2 + 2 * 2 + 2))
    assert primary == bundle == 0
    # It asks its source twice what the tag means, and three times for each of manifest, config and layer.
    assert through == pytest.approx(0.5 * (2 + 3 * 3))
    assert peers == pytest.approx(0.5 * 3)
    assert far.boots[0].reason == "round trips"


def test_the_internet_links_peak_and_busiest_minutes_are_told() -> None:
    direct, primary, bundle, *_ = boot_clock(linked(), pulls(400 * MB), 400 * MB).boots

    assert [boot.peak_bps for boot in (direct, primary, bundle)] == [8 * MB, 8 * MB, 0]
    assert [boot.busiest_bytes for boot in (direct, primary, bundle)] == [pytest.approx(300 * MB), 300 * MB, 0]


def test_a_way_whose_links_are_not_named_has_no_times() -> None:
    without_lan = replace(linked(), lan_link=None)
    without_internet = replace(linked(), internet_link=None)

    assert [boot.ready_max_s is None for boot in boot_clock(without_lan, pulls(MB), MB).boots] == [
        False,
        True,
        True,
        True,
        True,
    ]
    assert [boot.ready_max_s is None for boot in boot_clock(without_internet, pulls(MB), MB).boots] == [
        True,
        True,
        False,
        True,
        True,
    ]


def test_hosts_that_pull_nothing_wait_for_the_seeding() -> None:
    direct, primary, *_ = boot_clock(linked(), pulls(), 12 * MB).boots

    assert [direct.ready_max_s, primary.ready_max_s] == pytest.approx([0, 12])


def test_a_hubs_limit_holds_for_the_images_that_come_from_it() -> None:
    many = tuple(ImagePull(f"app-{place}", (), source="hub") for place in range(30))
    given = SitePulls(tuple(HostPulls(f"node-{number}", many) for number in range(10)), ())
    limited = replace(linked(Pulling(hub_pulls=100, image_overhead_s=0.0)), hosts=hosts(10))
    direct = boot_clock(limited, replace(given, early=tuple(replace(each, images=()) for each in given.all)), 0).boots[
        0
    ]

    assert 12 * 3600 <= (direct.ready_max_s or 0) <= 12 * 3600 + 301


def test_very_many_layers_and_hosts_are_left_to_the_closed_form() -> None:
    layers = tuple(LayerPull(f"{place}", 10) for place in range(MOST_WORK // 400**2 + 1))
    hosted = tuple(HostPulls(f"node-{number}", (ImagePull("app", layers),)) for number in range(400))
    clock = boot_clock(linked(), SitePulls(hosted, tuple(replace(each, images=()) for each in hosted)), 0)

    assert {boot.tier for boot in clock.boots} == {1}


def test_hosts_pull_the_layers_of_what_is_placed_on_them_each_image_once() -> None:
    app = image("app", {"base": 1000, "app": 200})
    agent = image("agent", {"base": 1000})
    first, twin, other = (
        entry("docker.io/library/app:1", app),
        entry("r.io/app:1", app),
        entry("r.io/agent:1", agent),
    )
    known = inventory(first, twin, other)
    placed = Placement(
        (("a", frozenset({first.reference, twin.reference, other.reference})), ("b", frozenset({other.reference}))),
        ("a", "b"),
        pre_registry=frozenset({other.reference}),
    )
    found = site_pulls(site(hosts=(host("a"), host("b"))), placed, known, {digest("base"): UnpackedSize(5000)})
    of_a, of_b = found.all

    assert [each.name for each in of_a.images] == ["r.io/agent:1", "r.io/app:1"]
    assert [each.name for each in of_b.images] == ["r.io/agent:1"]
    assert [[each.name for each in early.images] for early in found.early] == [["r.io/agent:1"]] * 2
    sizes = [(layer.size_bytes, layer.unpacked_bytes) for layer in of_a.images[1].layers]
    # Measured, and by the ratio that is assumed.
    assert sizes == [(1000, 5000), (200, round(200 * 2.44))]
    assert found.layers == 2 + 1 + 1


@pytest.mark.parametrize(("cache", "times"), [("distribution", 2), ("distribution-2", 3), ("harbor", 3), ("zot", 1)])
def test_a_cold_cache_takes_the_internet_link_as_often_as_its_kind_fetches(cache: str, times: int) -> None:
    through = boot_clock(linked(), pulls(6 * MB, early=2 * MB), 8 * MB, cache=cache).boots[3]
    # Zot serves once it has the image; the others hand on what they fetch.
    served_s = 2 * 6 / 10 if cache == "zot" else 0.0

    assert through.ready_max_s == pytest.approx(2 * 2 + times * 6 + served_s, rel=0.01)


@pytest.mark.parametrize(
    ("cache", "like_hub", "greets"),
    [
        ("distribution", False, True),
        ("distribution-2", False, True),
        ("distribution", True, False),
        ("harbor", False, False),
        ("zot", False, False),
    ],
)
def test_a_distribution_cache_greets_registries_that_want_no_login(cache: str, like_hub: bool, greets: bool) -> None:
    sources = site_network(linked(), replace(BARE, like_hub=like_hub), cache).sources

    assert [each.name for each in sources if each.cache_greets] == (["cache"] if greets else [])


def test_a_connections_own_rate_holds_for_each_of_three() -> None:
    capped = replace(linked(), internet_link=Link(80 * MB, 0.0, 8 * MB))
    direct = boot_clock(capped, pulls(6 * MB, 6 * MB, 6 * MB, count=1), 0).boots[0]

    assert direct.ready_max_s == pytest.approx(6)


def test_what_packets_add_to_content_counts_on_every_link_and_in_the_seeding() -> None:
    framed = linked(replace(BARE, wire_ratio=1.25))
    direct, primary, bundle, *_ = (
        boot.ready_max_s for boot in boot_clock(framed, pulls(4 * MB, 6 * MB, early=2 * MB), 12 * MB).boots
    )

    assert (direct, primary, bundle) == pytest.approx((1.25 * 24, 1.25 * (4 + 12 + 2), 1.25 * 2.4))


def test_inflating_and_layers_take_their_time_by_both_tiers_where_the_site_says_so() -> None:
    usual = Pulling(unpack_bytes_per_s=10 * MB, image_overhead_s=0.0)
    slower = replace(usual, inflate_bytes_per_s=2 * MB, layer_overhead_s=0.5)
    for tier in (1, 2):
        before, after = (boot_clock(linked(each), pulls(4 * MB, count=1), 0, tier).boots[2] for each in (usual, slower))
        assert before.ready_max_s is not None
        assert after.ready_max_s == pytest.approx(before.ready_max_s + 4 / 2 + 0.5)


def test_peers_fetch_more_than_once_where_the_scenario_says_so() -> None:
    extra = replace(linked(), scenario=Scenario(peer_extra=0.5))
    peers = boot_clock(extra, pulls(6 * MB), 6 * MB).boots[4]

    assert peers.ready_max_s == pytest.approx(1.5 * 6)


def test_a_cache_that_takes_images_whole_copies_every_platform_that_is_known() -> None:
    one, other = image("one", {"one": 300}), image("other", {"other": 500}, platform=ARM64)
    index = KeptIndex(digest("index"), OCI_INDEX, 7, (one.digest, other.digest))
    partly = replace(index, children=(*index.children, digest("of nobody known")))
    whole, lower = (
        site_pulls(linked(), placed(known), inventory(known), {}).all[0].images[0]
        for known in (entry("r.io/app:1", one, other, indexes=(each,)) for each in (index, partly))
    )

    # Index, manifests (10 each) and configs (5 each); where a platform is not known, the image alone.
    assert whole.copied_bytes == 7 + 2 * 10 + 2 * 5 + 300 + 500
    assert (lower.copied_bytes, lower.size_bytes) == (0, 7 + 10 + 5 + 300)
    assert not whole.is_pinned


def placed(known: ResolvedReference) -> Placement:
    return Placement((("node-1", frozenset({known.reference})),), ("node-1",))
