from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from regplan.plan.alignment import align
from regplan.plan.families import families_of
from regplan.plan.prefixes import find_prefixes
from unit.plan.builders import ARM64, digest, entry, image, inventory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.image import Image, Inventory
    from regplan.model.sharing import Alignment

OLD, NEW = {"deb12.1": 100}, {"deb12.2": 110}


def on(base: Mapping[str, int], name: str, **more: object) -> Image:
    return image(f"{name} on {' '.join(base)}", {**base, f"own {name} {' '.join(base)}": 7}, **more)  # type: ignore[arg-type]


def named(made: Image, base: str | None) -> Image:
    annotations = {} if base is None else {"annotations": {"org.opencontainers.image.base.name": base}}
    return dataclasses.replace(made, raw=json.dumps(annotations).encode())


def aligned(images: Inventory) -> tuple[Alignment, ...]:
    return align(images, find_prefixes(images))


def test_tags_of_one_repository_on_two_bases_tie_them_and_the_smaller_is_freed() -> None:
    images = inventory(
        entry("r.io/shop:1.0", on(OLD, "shop")), entry("r.io/till:1", on(OLD, "till")),
        entry("r.io/shop:1.1", on(NEW, "shop")), entry("r.io/cart:1", on(NEW, "cart")),
    )  # fmt: skip

    (found,) = aligned(images)

    assert (found.by, found.name, found.saved_bytes, found.provenance) == ("repository", "r.io/shop:#", 100, "assumed")
    (kept,) = (each for each in families_of(images, find_prefixes(images)) if each.key == found.kept)
    assert kept.prefix == (digest("deb12.2"),)
    assert len(found.families) == 2


@pytest.mark.parametrize("tag", ["1.1-alpine", "edge", "v1.1"])
def test_tags_that_differ_in_more_than_numbers_tie_nothing(tag: str) -> None:
    images = inventory(
        entry("r.io/shop:1.0", on(OLD, "shop")), entry("r.io/till:1", on(OLD, "till")),
        entry(f"r.io/shop:{tag}", on(NEW, "shop")), entry("r.io/cart:1", on(NEW, "cart")),
    )  # fmt: skip

    assert aligned(images) == ()


def test_what_only_one_repository_has_in_common_is_no_base() -> None:
    images = inventory(
        entry("r.io/shop:1.0", on(OLD, "shop")), entry("r.io/shop:1.0.1", on(OLD, "shop again")),
        entry("r.io/shop:1.1", on(NEW, "shop")), entry("r.io/shop:1.1.1", on(NEW, "shop again")),
    )  # fmt: skip

    assert aligned(images) == ()


def test_annotations_that_agree_tie_bases_whatever_the_repositories() -> None:
    images = inventory(
        entry("r.io/a:1", named(on(OLD, "a"), "debian:12")), entry("r.io/b:1", named(on(OLD, "b"), None)),
        entry("r.io/c:1", named(on(NEW, "c"), "debian:12")), entry("r.io/d:1", named(on(NEW, "d"), "debian:12")),
    )  # fmt: skip

    (found,) = aligned(images)

    assert (found.by, found.name, found.saved_bytes) == ("annotation", "debian:12", 100)


def test_annotations_that_disagree_within_a_family_or_between_two_tie_nothing() -> None:
    apart = inventory(
        entry("r.io/a:1", named(on(OLD, "a"), "debian:12")), entry("r.io/b:1", named(on(OLD, "b"), "debian:12")),
        entry("r.io/c:1", named(on(NEW, "c"), "ubuntu:24")), entry("r.io/d:1", named(on(NEW, "d"), "ubuntu:24")),
    )  # fmt: skip
    within = inventory(
        entry("r.io/a:1", named(on(OLD, "a"), "debian:12")), entry("r.io/b:1", named(on(OLD, "b"), "ubuntu:24")),
        entry("r.io/c:1", named(on(NEW, "c"), "debian:12")), entry("r.io/d:1", named(on(NEW, "d"), "debian:12")),
    )  # fmt: skip

    assert aligned(apart) == aligned(within) == ()


def test_an_annotation_that_is_no_text_is_none() -> None:
    odd = dataclasses.replace(on(OLD, "a"), raw=b'{"annotations": {"org.opencontainers.image.base.name": 7}}')
    list_of = dataclasses.replace(on(OLD, "b"), raw=b'{"annotations": []}')
    images = inventory(
        entry("r.io/a:1", odd), entry("r.io/b:1", list_of),
        entry("r.io/c:1", named(on(NEW, "c"), "debian:12")), entry("r.io/d:1", named(on(NEW, "d"), "debian:12")),
    )  # fmt: skip

    assert aligned(images) == ()


def test_a_base_layer_that_another_image_has_too_is_not_freed() -> None:
    elsewhere = image("elsewhere", {"first": 1, "deb12.1": 100})
    images = inventory(
        entry("r.io/shop:1.0", on({"deb12.1": 100, "certs": 3}, "shop")),
        entry("r.io/till:1", on({"deb12.1": 100, "certs": 3}, "till")),
        entry("r.io/shop:1.1", on(NEW, "shop")), entry("r.io/cart:1", on(NEW, "cart")),
        entry("r.io/other:1", elsewhere),
    )  # fmt: skip

    (found,) = aligned(images)

    assert found.saved_bytes == 3


def test_a_base_layer_that_stands_again_above_the_base_is_not_freed() -> None:
    again = image("again", [("deb12.1", 100), ("own again", 7), ("deb12.1", 100)])
    images = inventory(
        entry("r.io/shop:1.0", again), entry("r.io/till:1", on(OLD, "till")),
        entry("r.io/shop:1.1", on(NEW, "shop")), entry("r.io/cart:1", on(NEW, "cart")),
    )  # fmt: skip

    assert aligned(images) == ()


def test_three_versions_are_one_group_and_all_but_the_largest_go() -> None:
    third = {"deb12.3": 90}
    images = inventory(
        entry("r.io/shop:1.0", on(OLD, "shop")), entry("r.io/till:1.0", on(OLD, "till")),
        entry("r.io/shop:1.1", on(NEW, "shop")), entry("r.io/till:1.1", on(NEW, "till")),
        entry("r.io/till:1.2", on(third, "till")), entry("r.io/cart:1", on(third, "cart")),
    )  # fmt: skip

    (found,) = aligned(images)

    assert (found.saved_bytes, len(found.families)) == (190, 3)


def test_two_platforms_have_bases_of_their_own() -> None:
    images = inventory(
        entry("r.io/shop:1.0", on(OLD, "shop")), entry("r.io/till:1", on(OLD, "till")),
        entry("r.io/shop:1.1", on(NEW, "shop", platform=ARM64)), entry("r.io/cart:1", on(NEW, "cart", platform=ARM64)),
    )  # fmt: skip

    assert aligned(images) == ()


def test_bases_that_begin_alike_are_told_apart_where_they_part() -> None:
    old, new = {"static": 5, "deb12.1": 100}, {"static": 5, "deb12.2": 110}
    images = inventory(
        entry("r.io/shop:1.0", on(old, "shop")), entry("r.io/till:1", on(old, "till")),
        entry("r.io/shop:1.1", on(new, "shop")), entry("r.io/cart:1", on(new, "cart")),
    )  # fmt: skip

    (found,) = aligned(images)

    assert found.saved_bytes == 100
