from __future__ import annotations

import dataclasses

from regplan.plan.upgrades import compare_versions
from unit.plan.builders import ARM64, entry, image, inventory

OWN = 10 + 5  # a manifest and a config
SHOP1, SHOP2 = (image(f"shop {number}", {"base": 100, f"shop {number}": 20 + number}) for number in (1, 2))
TILL = image("till", {"base": 100, "till": 30})
LOGS = image("logs", {"logs": 7})


def test_each_repository_is_told_as_added_removed_changed_or_the_same() -> None:
    old = inventory(entry("r.io/shop:1", SHOP1), entry("r.io/till:1", TILL), entry("r.io/same:1", LOGS))
    new = inventory(entry("r.io/shop:2", SHOP2), entry("r.io/logs:1", LOGS), entry("r.io/same:1", LOGS))

    changes = compare_versions([("old", old), ("new", new)]).whole.images

    assert [(each.status, each.repository) for each in changes] == [
        ("changed", "r.io/shop"),
        ("added", "r.io/logs"),
        ("removed", "r.io/till"),
        ("same", "r.io/same"),
    ]
    shop, logs, till, _ = changes
    assert (shop.old, shop.new) == (("r.io/shop:1",), ("r.io/shop:2",))
    assert (shop.before_bytes, shop.after_bytes) == (121 + OWN, 122 + OWN)
    assert (shop.new_bytes, shop.dropped_bytes) == (22 + OWN, 21 + OWN)
    # Another image had its layers before.
    assert (logs.after_bytes, logs.new_bytes) == (7 + OWN, 0)
    assert (till.before_bytes, till.dropped_bytes, till.after_bytes) == (130 + OWN, 30 + OWN, 0)


def test_a_tag_moved_to_another_name_of_the_same_image_changes_nothing() -> None:
    old, new = inventory(entry("r.io/shop:1", SHOP1)), inventory(entry("r.io/shop:stable", SHOP1))

    (change,) = compare_versions([("a", old), ("b", new)]).whole.images

    assert (change.status, change.old, change.new) == ("same", ("r.io/shop:1",), ("r.io/shop:stable",))


def test_platforms_are_told_apart() -> None:
    arm = dataclasses.replace(SHOP2, platform=ARM64)
    old, new = inventory(entry("r.io/shop:1", SHOP1)), inventory(entry("r.io/shop:1", SHOP1, arm))

    changes = compare_versions([("a", old), ("b", new)]).whole.images

    assert [(each.status, str(each.platform)) for each in changes] == [
        ("added", "linux/arm64"),
        ("same", "linux/amd64"),
    ]


def test_the_worst_neighbours_are_what_keeping_several_versions_takes() -> None:
    versions = [
        ("1", inventory(entry("r.io/shop:1", SHOP1))),
        ("2", inventory(entry("r.io/logs:1", LOGS))),
        ("3", inventory(entry("r.io/shop:2", SHOP2), entry("r.io/till:1", TILL))),
    ]

    upgrade = compare_versions(versions)

    assert [(each.versions, each.peak_bytes, each.names) for each in upgrade.kept_versions] == [
        (1, 152 + 2 * OWN, ("3",)),
        (2, 152 + 7 + 3 * OWN, ("2", "3")),
        (3, 152 + 7 + 21 + 4 * OWN, ("1", "2", "3")),
    ]
    assert [(each.old, each.new) for each in upgrade.steps] == [("1", "2"), ("2", "3")]
    assert (upgrade.whole.old, upgrade.whole.new) == ("1", "3")
    assert upgrade.whole.growth.kept_bytes == 100


def test_a_size_that_one_version_knows_counts_in_every_step() -> None:
    unknown, known = (image("shop", {"layer": 50}, config=config_bytes) for config_bytes in (None, 5))
    versions = [
        ("1", inventory(entry("r.io/shop:1", known))),
        ("2", inventory(entry("r.io/logs:1", LOGS))),
        ("3", inventory(entry("r.io/shop:3", unknown), entry("r.io/till:3", image("till", {"x": 1}, config=None)))),
    ]

    upgrade = compare_versions(versions)

    come = 50 + OWN + 1 + 10
    assert upgrade.steps[1].growth.new_bytes == sum(each.new_bytes for each in upgrade.steps[1].images) == come
    assert upgrade.sizes_unknown == 1
