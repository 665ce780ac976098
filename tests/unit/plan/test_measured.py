from __future__ import annotations

import dataclasses

from regplan.model.image import DeclaredImage, Inventory, Referrer, Referrers
from regplan.model.profile import Spread
from regplan.oci.reference import Reference
from regplan.plan.measured import Measured, measure, most_tags, provided_references
from regplan.plan.prepared import Prepared
from regplan.plan.sharing import measure_layers
from regplan.units import MB
from unit.plan.builders import (
    AMD64,
    ARM64,
    SHOP,
    TILL,
    declarations,
    digest,
    entry,
    image,
    index,
    inventory,
    use,
    workload,
)

SHOP_BYTES, TILL_BYTES, BASE = 120 * MB + 15, 130 * MB + 15, 100 * MB


def measured(live: Inventory, **more: object) -> Measured:
    return measure(Prepared(inventory=live, **more), (AMD64,))  # type: ignore[arg-type]


def test_live_images_are_their_distinct_digests_and_links() -> None:
    found = measured(inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL)))

    assert (found.digests, found.references) == (7, 2)
    assert (found.live_bytes, found.set_bytes) == (150 * MB + 30, 150 * MB + 30)
    assert found.links == 6
    assert found.largest == (100 * MB, 30 * MB, 20 * MB, 10, 10, 5, 5)


def test_what_a_kept_index_adds_for_other_platforms_stands_apart() -> None:
    other = image("shop arm", {"base arm": 90 * MB}, platform=ARM64)
    whole = entry("r.io/shop:1", SHOP, other, indexes=(index("shop", 700, [SHOP, other]),))
    live = inventory(whole)

    found, both = measured(live), measure(Prepared(inventory=live), (AMD64, ARM64))

    assert (found.live_bytes, found.other_platforms_bytes) == (SHOP_BYTES, 90 * MB + 15 + 700)
    assert found.set_bytes == measure_layers(live).unique_bytes
    assert (both.live_bytes, both.other_platforms_bytes) == (SHOP_BYTES + 90 * MB + 15, 700)


def test_what_another_reference_needs_is_no_other_platforms() -> None:
    other = image("shop arm", {"base arm": 90 * MB}, platform=ARM64)
    whole = entry("r.io/shop:1", SHOP, other, indexes=(index("shop", 700, [SHOP, other]),))

    found = measured(inventory(whole, entry("r.io/arm:1", other)))

    assert (found.live_bytes, found.other_platforms_bytes) == (SHOP_BYTES + 90 * MB + 15, 700)


def test_what_only_the_os_layers_images_have_stands_apart() -> None:
    live = inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL))
    named = declarations(use("r.io/shop:1"), use("r.io/till:1", layer="os"))

    found = measured(live, declarations=named)

    assert (found.provider_bytes, found.live_bytes) == (TILL_BYTES - BASE, SHOP_BYTES)
    assert found.set_bytes == 150 * MB + 30


def test_an_image_that_something_else_names_too_is_not_the_provider_images_alone() -> None:
    twice = declarations(use("r.io/till:1", layer="os"), use("r.io/till:1"))
    run = declarations(use("r.io/till:1", layer="os"), workloads=(workload("r.io/till:1", Spread.EVERY_HOST),))
    by_os = declarations(workloads=(workload("r.io/till:1", Spread.EVERY_HOST, layer="os"),))

    assert provided_references(twice) == provided_references(run) == frozenset()
    assert provided_references(by_os) == {Reference.parse("r.io/till:1")}


def test_what_refers_to_images_counts_with_the_live_ones() -> None:
    signature = Referrer(SHOP.digest, digest("signature"), "m", "a", 50)
    named = declarations(use("r.io/shop:1", layer="os"))
    live = inventory(dataclasses.replace(entry("r.io/shop:1", SHOP), referrers=Referrers((signature,))))

    found = measured(live, declarations=named)

    assert (found.live_bytes, found.provider_bytes) == (50, SHOP_BYTES)


def test_versions_count_what_no_newer_one_has_the_next_version_first() -> None:
    newest = inventory(entry("r.io/shop:3", image("shop 3", {"base": BASE, "three": 3 * MB})))
    live = inventory(entry("r.io/shop:2", image("shop 2", {"base": BASE, "two": 2 * MB})))
    before = inventory(entry("r.io/shop:1", image("shop 1", {"base": BASE, "three": 3 * MB, "one": MB})))
    oldest = inventory(entry("r.io/shop:0", image("shop 0", {"one": MB, "zero": 7})), unresolved=["r.io/lost:0"])

    found = measured(live, upgrade=newest, older=(before, oldest))

    assert [each.key for each in found.versions] == ["upgrade_to", "upgrade_from_1", "upgrade_from_2"]
    assert [each.new_bytes for each in found.versions] == [3 * MB + 15, MB + 15, 7 + 15]
    # A config of its own and the layers that no newer version has in this repository.
    assert [each.links for each in found.versions] == [2, 2, 2]
    assert [each.unresolved for each in found.versions] == [0, 0, 1]
    # Older versions are not uploaded again.
    assert MB not in found.largest


def test_the_largest_image_is_told_with_all_its_platforms_and_declared_ones_too() -> None:
    other = image("shop arm", {"base arm": 90 * MB}, platform=ARM64)
    whole = entry("r.io/shop:1", SHOP, other, indexes=(index("shop", 700, [SHOP, other]),))
    live = inventory(whole, entry("r.io/till:1", TILL))
    declared = dataclasses.replace(live, declared=(DeclaredImage(Reference.parse("r.io/big:1"), 900 * MB),))

    assert measured(live).largest_image_bytes == SHOP_BYTES + 90 * MB + 15 + 700
    assert measured(declared).largest_image_bytes == 900 * MB
    assert measured(inventory()).largest_image_bytes == 0


def test_tags_are_counted_in_the_repository_that_has_most() -> None:
    live = inventory(*(entry(each, SHOP) for each in ("r.io/a:1", "r.io/a:2", "r.io/b:1")))

    assert most_tags(Prepared(inventory=live)) == 2
    assert most_tags(Prepared()) == 1
