from __future__ import annotations

from regplan.model.plan import Growth
from regplan.plan.growth import compare_inventories
from unit.plan.builders import entry, image, inventory

OLD = image("old", {"base": 100, "app 1": 20})
NEW = image("new", {"base": 100, "app 2": 30})


def test_an_upgrade_keeps_what_both_have_and_adds_and_drops_the_rest() -> None:
    growth = compare_inventories(inventory(entry("r.io/a:1", OLD)), inventory(entry("r.io/a:2", NEW)))

    assert growth == Growth(kept_bytes=100, new_bytes=30 + 15, dropped_bytes=20 + 15, peak_bytes=100 + 20 + 30 + 30)


def test_an_upgrade_to_the_same_images_under_other_names_changes_nothing() -> None:
    growth = compare_inventories(inventory(entry("r.io/a:1", OLD)), inventory(entry("q.io/b:9", OLD)))

    assert growth == Growth(kept_bytes=135, new_bytes=0, dropped_bytes=0, peak_bytes=135)


def test_a_size_that_only_one_side_knows_counts_on_both() -> None:
    vague = image("old", {"base": 100, "app 1": 20}, manifest=None)

    growth = compare_inventories(inventory(entry("r.io/a:1", vague)), inventory(entry("r.io/a:1", OLD)))

    assert growth.kept_bytes == 135
