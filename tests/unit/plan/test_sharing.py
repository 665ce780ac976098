from __future__ import annotations

import dataclasses

from regplan.model.image import Inventory
from regplan.plan.sharing import known_sizes, measure_layers, repository_links
from unit.plan.builders import ARM64, digest, entry, image, index, inventory

SHOP = image("shop", {"base": 100, "shop": 20})
TILL = image("till", {"base": 100, "till": 30})
OWN = 10 + 5  # a manifest and a config


def test_an_empty_set_measures_nothing() -> None:
    report = measure_layers(Inventory(()))

    assert (report.referenced_bytes, report.unique_bytes, report.blobs, report.manifests, report.pairs) == (
        0,
        0,
        0,
        0,
        0,
    )
    assert report.images == ()


def test_a_shared_layer_is_referenced_twice_and_unique_once() -> None:
    report = measure_layers(inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL)))

    assert report.referenced_bytes == (100 + 20 + OWN) + (100 + 30 + OWN)
    assert report.unique_bytes == 100 + 20 + 30 + 2 * OWN
    assert report.repeated_bytes == 100


def test_a_layer_that_stands_twice_in_one_image_counts_once() -> None:
    twice = image("twice", [("empty", 32), ("base", 100), ("empty", 32)])

    report = measure_layers(inventory(entry("r.io/twice:1", twice)))

    assert report.referenced_bytes == report.unique_bytes == 32 + 100 + OWN
    assert report.blobs == report.pairs == 3


def test_blobs_are_configs_and_layers_and_manifests_stand_beside_them() -> None:
    both = index("both", 7, [SHOP, TILL])

    report = measure_layers(inventory(entry("r.io/both:1", SHOP, TILL, indexes=(both,))))

    assert report.blobs == len({"config shop", "config till", "base", "shop", "till"})
    assert report.manifests == 3
    assert report.unique_bytes == 100 + 20 + 30 + 2 * OWN + 7


def test_two_references_to_one_digest_are_one_image_shown_twice() -> None:
    report = measure_layers(inventory(entry("r.io/shop:1", SHOP), entry("r.io/shop:latest", SHOP)))

    size = 100 + 20 + OWN
    assert [(row.reference, row.unique_bytes, row.shared_bytes) for row in report.images] == [
        ("r.io/shop:1", size, 0),
        ("r.io/shop:latest", size, 0),
    ]
    assert report.referenced_bytes == 2 * size
    assert (report.unique_bytes, report.manifests) == (size, 1)


def test_what_is_unique_to_an_image_is_what_removing_it_frees() -> None:
    images = inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL))
    whole = measure_layers(images)

    without = measure_layers(inventory(entry("r.io/till:1", TILL)))

    (row,) = (each for each in whole.images if each.reference == "r.io/shop:1")
    assert row.unique_bytes == whole.unique_bytes - without.unique_bytes == 20 + OWN
    assert row.size_bytes == row.shared_bytes + row.unique_bytes == 100 + 20 + OWN


def test_the_same_blob_in_two_repositories_is_stored_twice_without_deduplication_and_charged_once() -> None:
    report = measure_layers(
        inventory(entry("r.io/a:1", SHOP), entry("r.io/a:2", TILL), entry("r.io/b:1", SHOP), entry("q.io/a:1", SHOP))
    )

    of_a = 100 + 20 + 30 + 2 * OWN
    of_shop = 100 + 20 + OWN
    assert report.stored_bytes == of_a + of_shop + of_shop
    assert report.quota_bytes == report.unique_bytes == of_a
    assert report.pairs == 5 + 3 + 3


def test_an_unknown_size_counts_nothing_and_is_said_to_be_unknown() -> None:
    vague = image("vague", {"base": 100}, manifest=None, config=None)
    report = measure_layers(inventory(entry("r.io/vague:1", vague), entry("r.io/shop:1", SHOP)))

    assert report.sizes_unknown == 2
    assert [row.sizes_unknown for row in report.images] == [2, 0]
    assert report.images[0].size_bytes == 100


def test_a_config_without_a_digest_is_an_unknown_size_too() -> None:
    bare = dataclasses.replace(SHOP, config=None)
    report = measure_layers(inventory(entry("r.io/bare:1", bare)))

    assert (report.sizes_unknown, report.images[0].sizes_unknown) == (1, 1)
    assert report.blobs == 2


def test_a_size_that_one_source_knows_is_known_everywhere_whatever_the_order() -> None:
    vague = dataclasses.replace(SHOP, manifest_size=None)
    for entries in (
        [entry("r.io/a:1", vague), entry("r.io/b:1", SHOP)],
        [entry("r.io/b:1", SHOP), entry("r.io/a:1", vague)],
    ):
        report = measure_layers(inventory(*entries))

        assert report.sizes_unknown == 0
        assert report.unique_bytes == 100 + 20 + OWN
        assert report.referenced_bytes == 2 * (100 + 20 + OWN)


def test_foreign_layers_count_nowhere_and_are_listed_with_who_names_them() -> None:
    windows = image("windows", {"base": 100}, foreign=["servercore"])
    report = measure_layers(inventory(entry("r.io/windows:1", windows), entry("r.io/windows:2", windows)))

    assert report.unique_bytes == 100 + OWN
    assert report.blobs == 2
    assert report.foreign == (f"{digest('servercore')} (r.io/windows:1)",)


def test_an_image_for_each_platform_is_a_row_of_its_own() -> None:
    arm = image("shop arm", {"base arm": 90, "shop": 20}, platform=ARM64)
    report = measure_layers(inventory(entry("r.io/shop:1", SHOP, arm)))

    assert [(str(row.platform), row.shared_bytes) for row in report.images] == [
        ("linux/amd64", 20),
        ("linux/arm64", 20),
    ]
    assert report.referenced_bytes == report.unique_bytes == 100 + 90 + 20 + 2 * OWN


def test_sizes_and_links_come_in_order_of_first_mention_and_each_once() -> None:
    images = inventory(entry("r.io/shop:1", SHOP), entry("r.io/shop:2", SHOP))

    assert list(known_sizes(images)) == [digest(name) for name in ("manifest shop", "config shop", "base", "shop")]
    assert len(repository_links(images)) == 3
