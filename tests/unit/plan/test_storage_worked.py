"""The worked examples that the model was checked against, and the need turned round.

The numbers are those of a script that knows nothing of regplan: 60 images of 24 GB, 180 images of 140 GB, a next version that
is 35 % new, uploads of 6 and 12 GB, ext4 of 1.92 % and 15 % kept free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.model.site import Assumptions
from regplan.plan.storage import storage_need
from regplan.units import GB
from unit.plan.builders import entry, facts, image, inventory, registry, site

if TYPE_CHECKING:
    from regplan.model.image import Inventory
    from regplan.model.plan import StorageNeed
    from regplan.model.site import RegistrySpec

# Eight uploads at once.
PARALLEL = 8


def images(count: int, live_gb: int, uploads_gb: int) -> Inventory:
    """So many images of one large layer and 15 of 2 kB each, of which the eight largest are the uploads."""
    large = uploads_gb * GB // PARALLEL
    small = (live_gb - uploads_gb) * GB // (count - PARALLEL)
    sizes = [large] * PARALLEL + [small] * (count - PARALLEL)
    return inventory(
        *(
            entry(
                f"r.io/{place}:1",
                image(f"{place}", {f"{place}": size} | {f"{place}-{small}": 2_000 for small in range(15)}),
            )
            for place, size in enumerate(sizes)
        )
    )


A = images(60, 24, 6)
B = images(180, 140, 12)


def need(live: Inventory, kept: RegistrySpec, **more: object) -> StorageNeed:
    return storage_need(facts(site=site(assumptions=Assumptions(**more), registry=kept), inventory=live))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("live", "kept", "written_gb", "pvc_gb"),
    [
        (A, registry(keep_versions=2), 38.4, 46.1),
        (B, registry(keep_versions=2), 201.1, 241.2),
        (B, registry(keep_versions=3), 250.2, 300.0),
        (B, registry(kind="harbor", keep_versions=2), 348.3, 417.7),
        # Four releases in the year, and nothing deletes: as much as a Harbor that is never collected.
        (B, registry(keep_versions=None), 348.3, 417.7),
    ],
    ids=["A", "B", "B of three versions", "B on Harbor, never collected", "B on Zot without retention"],
)
def test_the_worked_examples_come_to_what_their_script_says(
    live: Inventory, kept: RegistrySpec, written_gb: float, pvc_gb: float
) -> None:
    found = need(live, kept)
    (written,) = (each for each in found.formulas if each.key == "written")

    assert abs(int(written) / GB - written_gb) <= 0.2
    assert abs(found.required_bytes / GB - pvc_gb) <= 0.2


@pytest.mark.parametrize(("versions", "live_gb"), [(1, 244), (2, 181), (3, 144), (4, 119)])
def test_300_gb_hold_so_much_live_data_in_so_many_versions(versions: int, live_gb: int) -> None:
    kept = registry(storage_bytes=300 * GB, keep_versions=versions)
    found = need(A, kept, metadata_bytes_per_link=0, releases_per_year=0.0)

    assert found.holds_bytes is not None
    assert abs(found.holds_bytes / GB - live_gb) <= 0.5


@pytest.mark.parametrize("versions", [1, 2, 5])
def test_a_live_set_of_what_the_claim_holds_fits_and_a_little_more_does_not(versions: int) -> None:
    kept = registry(storage_bytes=300 * GB, keep_versions=versions)

    def of(live_bytes: int) -> StorageNeed:
        whole = inventory(entry("r.io/all:1", image("all", {"all": live_bytes - 15})))
        return need(whole, kept, parallel_uploads=0, metadata_bytes_per_link=0, growth_per_year=0.1)

    holds = of(GB).holds_bytes
    assert holds is not None
    # It was told of a set a hundred times smaller, each of whose terms was rounded up to a byte.
    assert of(holds - 1_000).required_bytes <= 300 * GB
    assert of(holds + 1_000).required_bytes > 300 * GB


def test_without_a_claim_or_images_nothing_is_held() -> None:
    assert need(A, registry(storage_bytes=None)).holds_bytes is None
    assert need(inventory(), registry()).holds_bytes is None


def test_a_claim_that_the_uploads_fill_holds_no_images() -> None:
    assert need(A, registry(storage_bytes=5 * GB)).holds_bytes == 0


def test_what_to_claim_is_the_need_or_the_documented_minimum() -> None:
    small, large = need(A, registry()), need(B, registry(keep_versions=None))

    assert (small.minimum_bytes, small.pvc_bytes) == (300 * 10**9, 300 * 10**9)
    assert large.pvc_bytes == large.required_bytes > 300 * 10**9
