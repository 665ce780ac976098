from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.errors import InputError
from regplan.model.image import DeclaredImage, Inventory
from regplan.model.site import Assumptions
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.plan.media import _packed, media_plan
from regplan.plan.prepared import Prepared
from regplan.units import GB, GiB
from unit.plan.builders import SHOP, TILL, digest, entry, image, inventory, site

BARE_SITE = site(assumptions=Assumptions(media_overhead=0.0))


def naive(sizes: list[int], usable: int) -> list[list[int]]:
    """First-fit decreasing as the books have it: look at every drive in order."""
    drives: list[list[int]] = []
    for size in sorted(sizes, reverse=True):
        for drive in drives:
            if sum(drive) + size <= usable:
                drive.append(size)
                break
        else:
            drives.append([size])
    return drives


@given(st.lists(st.integers(0, 100), max_size=60), st.integers(100, 300))
def test_blobs_go_onto_drives_as_first_fit_decreasing_puts_them(sizes: list[int], usable: int) -> None:
    ordered = sorted(sizes, reverse=True)
    packed = _packed([(size, f"blob {number}") for number, size in enumerate(ordered)], usable)

    assert [each.size_bytes for each in packed] == [sum(drive) for drive in naive(sizes, usable)]
    assert sorted(item for each in packed for item in each.items) == sorted(
        f"blob {number}" for number in range(len(ordered))
    )
    assert all(each.size_bytes <= usable for each in packed)
    assert len(packed) >= math.ceil(sum(sizes) / usable)


def test_every_digest_of_the_set_is_on_one_drive_once() -> None:
    prepared = Prepared(inventory=inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL)))
    sizes = {blob.digest: blob.size or 0 for each in (SHOP, TILL) for blob in each.content()}
    plan = media_plan(BARE_SITE, prepared, max(sizes.values()) + 1)

    assert plan.total_bytes == sum(sizes.values())
    assert sorted(item for drive in plan.drives for item in drive.items) == sorted(map(str, sizes))
    assert [drive.size_bytes for drive in plan.drives] == [
        sum(sizes[Digest.parse(item)] for item in drive.items) for drive in plan.drives
    ]
    assert plan.least == math.ceil(sum(sizes.values()) / (max(sizes.values()) + 1))


def test_what_the_file_system_takes_of_a_drive_is_left_out() -> None:
    prepared = Prepared(inventory=inventory(entry("r.io/shop:1", SHOP)))

    plan = media_plan(site(), prepared, 32 * GB)

    assert plan.usable_bytes == 31_680_000_000
    assert {each.key: each.value for each in plan.formulas} == {"usable_bytes": 31_680_000_000, "least": 1}


def test_a_blob_larger_than_a_drive_is_named_with_its_image_and_the_drive_that_it_takes() -> None:
    largest = max(blob.size or 0 for blob in SHOP.content())
    prepared = Prepared(inventory=inventory(entry("r.io/shop:1", SHOP)))

    with pytest.raises(InputError, match=r"sha256:[0-9a-f]+ of r\.io/shop:1 has .*no blob is cut"):
        media_plan(BARE_SITE, prepared, largest - 1)
    assert len(media_plan(BARE_SITE, prepared, largest).drives) >= 1


def test_blobs_that_fat32_cannot_hold_are_named() -> None:
    def with_layer(size: int) -> Prepared:
        return Prepared(inventory=inventory(entry("r.io/ai:1", image("ai", {"model": size}))))

    assert media_plan(site(), with_layer(4 * GiB), 64 * GB).beyond_fat32 == (str(digest("model")),)
    assert media_plan(site(), with_layer(4 * GiB - 1), 64 * GB).beyond_fat32 == ()


def test_nothing_takes_no_drive() -> None:
    plan = media_plan(site(), Prepared(), 32 * GB)

    assert (plan.drives, plan.least, plan.total_bytes) == ((), 0, 0)


def test_the_drive_that_a_blob_takes_is_told_with_what_its_file_system_takes() -> None:
    prepared = Prepared(inventory=inventory(entry("r.io/ai:1", image("ai", {"model": 99 * 10**9}))))

    with pytest.raises(InputError, match=r"take drives of at least 100,000,000,000 bytes"):
        media_plan(site(), prepared, 64 * GB)
    assert media_plan(site(), prepared, 100 * GB).drives[0].size_bytes == 99 * GB
    with pytest.raises(InputError):
        media_plan(site(), prepared, 100 * GB - 1)


def test_an_image_whose_size_is_only_declared_is_not_cut_either() -> None:
    declared = (DeclaredImage(Reference.parse("corp.example/erp:9"), 20 * GB), DeclaredImage(Reference.parse("corp.example/crm:1"), 15 * GB))  # fmt: skip
    plan = media_plan(site(), Prepared(inventory=Inventory((), declared=declared)), 32 * GB)

    assert [(each.size_bytes, each.items) for each in plan.drives] == [
        (20 * GB, ("corp.example/erp:9",)),
        (15 * GB, ("corp.example/crm:1",)),
    ]
    assert (plan.least, plan.total_bytes) == (2, 35 * GB)


def test_a_blob_of_unknown_size_is_on_a_drive_and_told() -> None:
    prepared = Prepared(inventory=inventory(entry("r.io/shop:1", image("shop", {"base": 5}, manifest=None))))
    plan = media_plan(site(), prepared, 32 * GB)

    assert plan.unknown == 1
    assert sum(len(each.items) for each in plan.drives) == 3
