from __future__ import annotations

import dataclasses

from regplan.plan.families import families_of
from regplan.plan.prefixes import find_prefixes
from unit.plan.builders import ARM64, digest, entry, image, inventory

A = image("a", {"base": 100, "runtime": 30, "a": 1})
B = image("b", {"base": 100, "runtime": 30, "b": 2})
C = image("c", {"base": 100, "c": 3})
ALONE = image("alone", {"other": 50})


def test_families_are_a_tree_of_common_beginnings_with_what_they_take_once_and_for_every_image() -> None:
    images = inventory(*(entry(f"r.io/{name}:1", each) for name, each in zip("abcd", (A, B, C, ALONE), strict=True)))

    inner, outer = sorted(families_of(images, find_prefixes(images)), key=lambda family: -len(family.prefix))

    assert outer.prefix == (digest("base"),)
    assert (outer.prefix_bytes, outer.times_bytes, outer.saved_bytes) == (100, 300, 200)
    assert outer.images == ("r.io/a:1", "r.io/b:1", "r.io/c:1")
    assert (outer.parent, inner.parent) == (None, outer.key)
    assert (inner.prefix_bytes, inner.times_bytes, inner.saved_bytes) == (130, 260, 130)
    assert inner.images == ("r.io/a:1", "r.io/b:1")


def test_two_tags_on_one_manifest_are_one_image_and_no_family() -> None:
    images = inventory(entry("r.io/a:1", A), entry("r.io/a:2", A))

    assert families_of(images, find_prefixes(images)) == ()


def test_images_with_the_same_layers_and_other_configs_are_a_family_with_all_of_them() -> None:
    twin = dataclasses.replace(A, digest=digest("manifest twin"))
    images = inventory(entry("r.io/a:1", A), entry("r.io/twin:1", twin))

    (family,) = families_of(images, find_prefixes(images))

    assert (len(family.prefix), family.prefix_bytes, family.times_bytes) == (3, 131, 262)


def test_one_layer_packed_twice_is_one_beginning_and_takes_room_twice() -> None:
    plain, packed = digest("diff of base"), digest("diff of own")
    other = image("other", {"base, packed again": 90, "b": 2})
    one = dataclasses.replace(image("one", {"base": 100, "a": 1}), diff_ids=(plain, packed))
    two = dataclasses.replace(other, diff_ids=(plain, digest("diff of b")))
    images = inventory(entry("r.io/a:1", one), entry("r.io/b:1", two))

    (family,) = families_of(images, find_prefixes(images))

    assert (family.prefix_bytes, family.times_bytes) == (190, 190)


def test_a_foreign_base_makes_a_family_and_takes_no_room() -> None:
    one, two = (image(name, {name: 5}, foreign=["servercore"]) for name in "xy")
    # A foreign layer stands first in real images.
    one, two = (dataclasses.replace(each, layers=tuple(reversed(each.layers))) for each in (one, two))
    images = inventory(entry("r.io/x:1", one), entry("r.io/y:1", two))

    (family,) = families_of(images, find_prefixes(images))

    assert (len(family.prefix), family.prefix_bytes, family.times_bytes) == (1, 0, 0)


def test_the_same_layers_on_two_platforms_are_no_family() -> None:
    images = inventory(entry("r.io/a:1", A), entry("r.io/b:1", dataclasses.replace(B, platform=ARM64)))

    assert find_prefixes(images) == ()


def test_the_same_layers_always_get_the_same_name_whatever_the_order() -> None:
    one = inventory(entry("r.io/a:1", A), entry("r.io/b:1", B), entry("r.io/c:1", C))
    other = inventory(entry("q.io/c:9", C), entry("q.io/b:9", B), entry("q.io/a:9", A))

    assert [each.key for each in families_of(one, find_prefixes(one))] == [
        each.key for each in families_of(other, find_prefixes(other))
    ]


def test_very_deep_chains_are_no_trouble() -> None:
    layers = [(f"layer {number}", 1) for number in range(3000)]
    images = inventory(
        *(entry(f"r.io/a:{depth}", image(f"deep {depth}", layers[:depth])) for depth in (1, 2, 2999, 3000))
    )

    assert [len(prefix.images) for prefix in find_prefixes(images)] == [4, 3, 2]
