from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.errors import InputError
from regplan.plan.media import _packed, media_plan
from regplan.plan.prepared import Prepared
from regplan.units import GB, GiB
from unit.plan.builders import SHOP, TILL, digest, entry, image, inventory


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
    packed = _packed([(size, digest(str(number))) for number, size in enumerate(ordered)], usable)

    assert [each.size_bytes for each in packed] == [sum(drive) for drive in naive(sizes, usable)]
    assert sorted(blob for each in packed for blob in map(str, each.blobs)) == sorted(
        str(digest(str(number))) for number in range(len(ordered))
    )
    assert all(each.size_bytes <= usable for each in packed)
    assert len(packed) >= math.ceil(sum(sizes) / usable)


def test_every_digest_of_the_set_is_on_one_drive_once() -> None:
    prepared = Prepared(inventory=inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL)))
    sizes = {blob.digest: blob.size or 0 for each in (SHOP, TILL) for blob in each.content()}
    plan = media_plan(prepared, max(sizes.values()) + 1, 0.0)

    assert plan.total_bytes == sum(sizes.values())
    assert sorted(str(each) for drive in plan.drives for each in drive.blobs) == sorted(map(str, sizes))
    assert [drive.size_bytes for drive in plan.drives] == [
        sum(sizes[each] for each in drive.blobs) for drive in plan.drives
    ]
    assert plan.least == math.ceil(sum(sizes.values()) / (max(sizes.values()) + 1))


def test_what_the_file_system_takes_of_a_drive_is_left_out() -> None:
    prepared = Prepared(inventory=inventory(entry("r.io/shop:1", SHOP)))

    assert media_plan(prepared, 32 * GB, 0.01).usable_bytes == 31_680_000_000


def test_a_blob_larger_than_a_drive_is_named_with_its_image_and_the_drive_that_it_takes() -> None:
    largest = max(blob.size or 0 for blob in SHOP.content())
    prepared = Prepared(inventory=inventory(entry("r.io/shop:1", SHOP)))

    with pytest.raises(InputError, match=r"sha256:[0-9a-f]+ of r\.io/shop:1 has .*no blob is cut"):
        media_plan(prepared, largest - 1, 0.0)
    assert len(media_plan(prepared, largest, 0.0).drives) >= 1


def test_blobs_that_fat32_cannot_hold_are_named() -> None:
    def with_layer(size: int) -> Prepared:
        return Prepared(inventory=inventory(entry("r.io/ai:1", image("ai", {"model": size}))))

    assert media_plan(with_layer(4 * GiB), 64 * GB, 0.0).beyond_fat32 == (digest("model"),)
    assert media_plan(with_layer(4 * GiB - 1), 64 * GB, 0.0).beyond_fat32 == ()


def test_nothing_takes_no_drive() -> None:
    plan = media_plan(Prepared(), 32 * GB, 0.0)

    assert (plan.drives, plan.least, plan.total_bytes) == ((), 0, 0)
