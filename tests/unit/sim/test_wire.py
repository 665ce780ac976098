from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.image import DeclaredImage, Inventory
from regplan.model.profile import Declarations, Spread
from regplan.model.site import Assumptions, Link, Site
from regplan.oci.reference import Reference
from regplan.sim.placement import place
from regplan.sim.pulls import Content
from regplan.sim.simulate import simulate
from regplan.sim.wire import bootstrap_wire
from unit.plan.builders import ARM64, declarations, entry, host, hosts, image, index, inventory, site, use, workload

if TYPE_CHECKING:
    from regplan.model.wire import Wire

MBIT = 1_000_000
SHOP = image("shop", {"base": 1000, "shop": 200}, manifest=0, config=0)
TILL = image("till", {"base": 1000, "till": 300}, manifest=0, config=0)
IMAGES = inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL))


def wire(given: Site, declared: Declarations, images: Inventory = IMAGES) -> Wire:
    return bootstrap_wire(given, place(given, declared, images), images)


def everywhere(*references: str, **more: Any) -> Declarations:
    return declarations(
        *(use(reference, **more) for reference in references),
        workloads=tuple(workload(reference, Spread.EVERY_HOST) for reference in references),
    )


def linked(count: int, internet: int | None = MBIT, lan: int | None = 10 * MBIT, **more: object) -> Site:
    return site(
        hosts=hosts(count),
        internet_link=None if internet is None else Link(internet),
        lan_link=None if lan is None else Link(lan),
        **more,
    )


def test_without_a_registry_every_host_pulls_and_with_one_each_byte_comes_once() -> None:
    found = wire(site(hosts=hosts(4)), everywhere("r.io/shop:1", "r.io/till:1"))

    assert found.direct_bytes == 4 * 1500
    assert found.primary_bytes == 1500
    assert (found.saved_bytes, found.saved_ratio) == (4500, 0.75)
    assert found.host_bytes == tuple((f"node-{number}", 1500) for number in (1, 2, 3, 4))
    assert found.saved_low_bytes == found.saved_high_bytes == 4500


def test_one_host_that_runs_everything_saves_nothing() -> None:
    found = wire(site(hosts=hosts(1)), everywhere("r.io/shop:1", "r.io/till:1"))

    assert (found.saved_bytes, found.saved_ratio) == (0, 0.0)


def test_what_runs_before_the_registry_costs_every_host_on_both_sides() -> None:
    found = wire(site(hosts=hosts(3)), everywhere("r.io/shop:1", layer="cni"))

    # The other image is of unknown placement: one host has it, where only its own layer is new.
    assert found.direct_bytes == 3 * 1200 + 300
    assert found.primary_bytes == 1500 + 3 * 1200
    assert found.saved_bytes == 300 - 1500


def test_the_break_even_number_of_hosts_is_the_registrys_bytes_over_a_hosts() -> None:
    # CF7 with no upgrades and no re-pulls: the primary registry wins from floor(B / p) + 1 hosts on.
    only_shop = declarations(
        workloads=(workload("r.io/shop:1", Spread.EVERY_HOST), workload("r.io/till:1", Spread.REPLICAS, 0))
    )
    wins_from = 1500 // 1200 + 1
    for count in range(1, 6):
        found = wire(site(hosts=hosts(count)), only_shop)

        assert found.saved_bytes == count * 1200 - 1500
        assert (found.saved_bytes > 0) is (count >= wins_from)


def test_a_seeded_registry_carries_each_byte_exactly_once() -> None:
    # CF10: W / S = 1 for a seeded registry, whatever the number of clients.
    for count in (1, 3, 9):
        assert wire(site(hosts=hosts(count)), everywhere("r.io/shop:1", "r.io/till:1")).primary_bytes == 1500


def test_unknown_images_are_bounded_by_one_host_and_all_hosts() -> None:
    given = site(hosts=hosts(4), assumptions=dataclasses.replace(Assumptions(), hosts_per_image=2))
    found = wire(given, declarations())

    assert found.saved_bytes == 2 * 1500 - 1500
    assert found.saved_low_bytes == 0
    assert found.saved_high_bytes == 3 * 1500
    assert found.images_of_unknown_placement == 2


def test_images_of_the_registrys_own_packs_are_never_of_unknown_placement() -> None:
    named = declarations(use("r.io/till:1", pack="zot"), workloads=(workload("r.io/shop:1", Spread.EVERY_HOST),))
    found = wire(site(hosts=hosts(3)), named)

    # The shared base is pulled before the registry could serve it.
    assert found.saved_bytes == found.saved_low_bytes == found.saved_high_bytes == 3 * 1500 - (1500 + 3 * 1300)
    assert found.images_of_unknown_placement == 0


def test_images_inside_the_provider_image_cost_nothing_on_either_side() -> None:
    found = wire(site(hosts=hosts(2)), everywhere("r.io/shop:1", layer="os"))

    assert found.direct_bytes == 1300
    assert found.primary_bytes == 1300


def test_a_host_pulls_its_own_platform_and_the_registry_holds_all() -> None:
    arm = image("shop arm", {"arm": 700}, manifest=0, config=0, platform=ARM64)
    both = inventory(entry("r.io/shop:1", SHOP, arm))
    found = wire(site(hosts=(host("a"), host("b", arch="aarch64"))), everywhere("r.io/shop:1"), both)

    assert found.host_bytes == (("a", 1200), ("b", 700))
    assert found.primary_bytes == 1900


def test_a_kept_index_is_pulled_with_the_image_and_only_where_there_is_one() -> None:
    pinned = inventory(entry("r.io/shop:1", SHOP, indexes=(index("all", 50, [SHOP]),)))
    found = wire(site(hosts=(host("a"), host("b", arch="arm64"))), everywhere("r.io/shop:1"), pinned)

    assert found.host_bytes == (("a", 1250), ("b", 0))
    assert found.primary_bytes == 1250


def test_a_declared_size_is_pulled_and_stored_whole() -> None:
    given = dataclasses.replace(IMAGES, declared=(DeclaredImage(Reference.parse("r.io/big:1"), 10_000),))
    found = wire(site(hosts=hosts(2)), everywhere("r.io/shop:1", "r.io/till:1", "r.io/big:1"), given)

    assert (found.direct_bytes, found.primary_bytes) == (2 * 11_500, 11_500)


def test_an_unknown_size_counts_nothing() -> None:
    vague = inventory(entry("r.io/shop:1", dataclasses.replace(SHOP, manifest_size=None)))

    assert wire(site(hosts=hosts(2)), everywhere("r.io/shop:1"), vague).direct_bytes == 2400


def test_a_site_without_hosts_pulls_nothing_and_has_no_ratio() -> None:
    found = wire(site(hosts=()), everywhere("r.io/shop:1"))

    assert (found.direct_bytes, found.saved_ratio, found.host_bytes) == (0, None, ())


def test_identical_hosts_share_the_internet_link() -> None:
    # CF2: T = N S / C.
    found = wire(linked(3, lan=1000 * MBIT), everywhere("r.io/shop:1", "r.io/till:1"))

    assert found.direct_boot_s == pytest.approx(3 * 1500 * 8 / MBIT)


def test_the_registry_is_seeded_and_then_serves() -> None:
    # CF3, not overlapped: T = B / C_wan + max(p / NIC, N p / C_lan).
    found = wire(linked(3), everywhere("r.io/shop:1", "r.io/till:1"))

    assert found.primary_boot_s == pytest.approx(1500 * 8 / MBIT + max(1500 * 8, 3 * 1500 * 8) / (10 * MBIT))


def test_what_runs_before_the_registry_is_pulled_before_it_is_seeded() -> None:
    found = wire(linked(2), everywhere("r.io/shop:1", layer="k8s"))

    # One host has the other image too, of which the base is there already.
    assert found.primary_boot_s == pytest.approx(2 * 1200 * 8 / MBIT + 1500 * 8 / MBIT + 300 * 8 / (10 * MBIT))


def test_a_lan_slower_than_the_internet_holds_everything_up() -> None:
    found = wire(linked(1, internet=100 * MBIT, lan=MBIT), everywhere("r.io/shop:1", "r.io/till:1"))

    assert found.direct_boot_s == pytest.approx(1500 * 8 / MBIT)
    assert found.primary_boot_s == pytest.approx(2 * 1500 * 8 / MBIT)


def test_times_are_unknown_where_a_link_that_they_need_is() -> None:
    both = everywhere("r.io/shop:1", "r.io/till:1")

    assert (wire(linked(2, None), both).direct_boot_s, wire(linked(2, None), both).primary_boot_s) == (None, None)
    without_lan = wire(linked(2, lan=None), both)
    assert without_lan.direct_boot_s == pytest.approx(2 * 1500 * 8 / MBIT)
    assert without_lan.primary_boot_s is None


def test_without_a_lan_link_what_needs_none_is_known() -> None:
    early = everywhere("r.io/shop:1", "r.io/till:1", layer="csi")

    assert wire(linked(2, lan=None), early).primary_boot_s == pytest.approx(2 * 1500 * 8 / MBIT)


def test_without_hosts_no_time_is_known() -> None:
    found = wire(linked(0), declarations())

    assert (found.direct_boot_s, found.primary_boot_s) == (None, None)


def test_where_no_host_pulls_anything_the_seeding_takes_its_time_all_the_same() -> None:
    idle = declarations(workloads=tuple(workload(name, Spread.REPLICAS, 0) for name in ("r.io/shop:1", "r.io/till:1")))
    found = wire(linked(2), idle)

    assert (found.direct_bytes, found.primary_bytes) == (0, 1500)
    assert found.primary_boot_s == pytest.approx(1500 * 8 / MBIT)


def test_the_simulation_sets_the_ways_side_by_side() -> None:
    given = linked(2)
    named = declarations(
        use("r.io/shop:1", layer="cni"), use("r.io/till:1"), workloads=(workload("r.io/till:1", Spread.REPLICAS, 1),)
    )
    placement = place(given, named, IMAGES)
    found = simulate(given, placement, IMAGES)
    direct, primary, bundle = found.scenarios

    assert [each.name for each in found.scenarios] == ["direct", "primary", "bundle"]
    assert (direct.wan_bytes, direct.lan_bytes, direct.media_bytes) == (1500 + 1200, 0, 0)
    assert (primary.wan_bytes, primary.lan_bytes, primary.media_bytes) == (1500 + 2 * 1200, 300, 0)
    assert (bundle.wan_bytes, bundle.lan_bytes, bundle.media_bytes) == (0, 1500 + 1200, 1500)
    assert found.wire == bootstrap_wire(given, placement, IMAGES)
    assert found.site == "store"


def test_boot_times_are_those_of_hosts_by_nearest_rank() -> None:
    given = linked(2)
    named = declarations(
        use("r.io/shop:1", layer="cni"), use("r.io/till:1"), workloads=(workload("r.io/till:1", Spread.REPLICAS, 1),)
    )
    direct, primary, bundle = simulate(given, place(given, named, IMAGES), IMAGES).scenarios

    # 1200 bytes on both hosts share the link; the 300 that one has besides run alone.
    second = 8 / MBIT
    assert direct.boot_p50_s == pytest.approx(2400 * second)
    assert direct.boot_p95_s == direct.boot_max_s == pytest.approx(2700 * second)
    # The host without anything to serve is done when its early images are there.
    assert primary.boot_p50_s == pytest.approx(2400 * second)
    assert primary.boot_max_s == pytest.approx((2400 + 1500 + 30) * second)
    assert bundle.boot_max_s == pytest.approx(270 * second)


@pytest.mark.parametrize(
    ("given", "known"), [(linked(2, None, None), []), (linked(2, None), ["bundle"]), (linked(0), [])]
)
def test_scenarios_without_their_link_or_hosts_have_no_times(given: Site, known: list[str]) -> None:
    found = simulate(given, place(given, everywhere("r.io/shop:1"), IMAGES), IMAGES)

    assert [each.name for each in found.scenarios if each.boot_max_s is not None] == known


def test_pulls_add_up_over_the_hosts() -> None:
    given = site(hosts=hosts(2))
    placement = place(given, everywhere("r.io/shop:1", layer="k8s"), IMAGES)
    pulls = Content(IMAGES).pulls(given, placement, 1)

    assert [(each.name, each.all_bytes, each.early_bytes, each.served_bytes) for each in pulls.hosts] == [
        ("node-1", 1500, 1200, 300),
        ("node-2", 1200, 1200, 0),
    ]
    assert (pulls.direct_bytes, pulls.early_bytes, pulls.content_bytes, pulls.primary_bytes) == (2700, 2400, 1500, 3900)
