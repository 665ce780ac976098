from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.image import DeclaredImage, Unresolved
from regplan.model.site import Assumptions, Scenario
from regplan.oci.reference import Reference
from regplan.plan.storage import storage_need
from regplan.plan.unresolved import unresolved_need
from regplan.units import GB, MB
from unit.plan.builders import (
    BARE,
    SHOP,
    TILL,
    declarations,
    entry,
    facts,
    finding,
    inventory,
    plan,
    registry,
    site,
    use,
)

if TYPE_CHECKING:
    from regplan.model.plan import UnresolvedNeed

MISSING = ("r.io/lost:1", "r.io/lost:2", "r.io/lost:3")
KNOWN = inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL))
LIVE = 150 * MB + 2 * 15


def told(assumptions: Assumptions = BARE, claim: int | None = 300 * GB, **more: Any) -> UnresolvedNeed:
    """The need with three images unresolved."""
    given: dict[str, Any] = {
        "site": site(assumptions=assumptions, registry=registry(storage_bytes=claim, keep_versions=None)),
        "inventory": dataclasses.replace(
            KNOWN, unresolved=tuple(Unresolved(each, "not found", ("list.txt",)) for each in MISSING)
        ),
    }
    need = unresolved_need(facts(**{**given, **more}))
    assert need is not None
    return need


def test_where_nothing_else_counts_the_room_that_is_left_is_shared_by_the_unresolved_images() -> None:
    need = told()

    assert need.count == 3
    assert need.break_even_bytes == (300 * GB - LIVE) // 3


@pytest.mark.parametrize("claim", [200 * MB, 40 * GB, 300 * GB, 300 * GB + 1, 1])
def test_the_average_that_still_fits_is_where_a_line_meets_the_claim(claim: int) -> None:
    need = told(dataclasses.replace(BARE, version_delta=0.35, versions_kept=3, free_space=0.15), claim)
    (formula,) = [each for each in need.formulas if each.key == "break_even_bytes"]
    given = {each.name: Fraction(each.value) for each in formula.inputs}
    line = given["beyond_bytes"] * (given["claimed_bytes"] - given["need_without_bytes"])
    line /= given["need_beyond_bytes"] - given["need_without_bytes"]

    assert max(math.floor(line), 0) - given["rounded_bytes"] == need.break_even_bytes == int(formula)
    # Ten terms round up by less than a byte each, at both ends of the line.
    assert abs(given["rounded_bytes"]) <= 10


def test_published_sizes_stand_in_for_the_unresolved_images() -> None:
    need = told()

    # converged-computing/container-chonks, image bytes p50 and p90.
    assert (need.p50_bytes, need.p90_bytes) == (132_400_000, 1_180_000_000)
    assert need.need_p50_bytes == LIVE + 3 * 132_400_000
    assert need.need_p90_bytes == LIVE + 3 * 1_180_000_000


def test_versions_growth_file_system_and_free_space_come_on_top_of_the_unresolved_too() -> None:
    assumptions = dataclasses.replace(
        BARE, versions_kept=3, version_delta=0.5, growth_per_year=0.1, filesystem_overhead=0.2, free_space=0.5
    )
    need = told(assumptions)

    # written = set x (1 + 2 x 0.5 + 0.1), and the PVC is written / 0.8 / 0.5.
    exact = (300 * GB * 0.8 * 0.5 / 2.1 - LIVE) / 3
    assert need.break_even_bytes is not None
    assert math.isclose(need.break_even_bytes, exact, rel_tol=1e-9)
    assert math.isclose(need.need_p50_bytes, (LIVE + 3 * 132_400_000) * 2.1 / 0.8 / 0.5, rel_tol=1e-6)


@pytest.mark.parametrize(
    "assumptions",
    [
        BARE,
        Assumptions(),
        Assumptions(versions_kept=4, growth_per_year=0.15, free_space=0.31, version_delta=0.77),
    ],
)
def test_the_break_even_is_the_last_byte_that_fits_as_declared_sizes_would(assumptions: Assumptions) -> None:
    need = told(assumptions, claim=7 * GB + 13)
    assert need.break_even_bytes is not None

    def with_declared(size: int) -> int:
        images = tuple(DeclaredImage(Reference.parse(each), size) for each in MISSING)
        given = dataclasses.replace(KNOWN, declared=images)
        where = site(assumptions=assumptions, registry=registry(storage_bytes=7 * GB + 13, keep_versions=None))
        return storage_need(facts(site=where, inventory=given)).required_bytes

    assert with_declared(need.break_even_bytes) <= 7 * GB + 13 < with_declared(need.break_even_bytes + 1)
    assert with_declared(need.p50_bytes) == need.need_p50_bytes


def test_where_nothing_is_claimed_nothing_can_break_and_the_needs_are_told() -> None:
    need = told(claim=None)

    assert need.break_even_bytes is None
    assert need.need_p50_bytes > LIVE


def test_where_the_known_images_do_not_fit_no_size_does() -> None:
    assert told(claim=1).break_even_bytes == 0
    assert told(claim=LIVE).break_even_bytes == 0
    assert told(claim=LIVE + 3).break_even_bytes == 1


def test_where_all_is_resolved_there_is_nothing_to_tell() -> None:
    assert unresolved_need(facts(inventory=KNOWN)) is None
    assert plan(inventory=KNOWN).storage.unresolved is None


def test_a_scenarios_years_grow_the_unresolved_too() -> None:
    assumptions = dataclasses.replace(BARE, growth_per_year=1.0)
    where = site(assumptions=assumptions, registry=registry(keep_versions=None), scenario=Scenario(years=2.0))

    assert told(site=where).need_p50_bytes == 4 * (LIVE + 3 * 132_400_000)


def test_the_plan_and_the_claims_finding_tell_it() -> None:
    known = dataclasses.replace(KNOWN, unresolved=(Unresolved("r.io/lost:1", "not found"),))
    used = declarations(use("r.io/shop:1"), use("r.io/till:1"), use("r.io/lost:1"))
    where = site(assumptions=BARE, registry=registry(storage_bytes=300 * GB, keep_versions=None))

    made = plan(site=where, inventory=known, declarations=used)
    claim = finding("storage.claim", site=where, inventory=known, declarations=used)

    assert made.storage.unresolved is not None
    assert made.storage.unresolved.break_even_bytes == 300 * GB - LIVE
    assert "at most 300 GB each on average" in claim.message
    assert "p50 of 132 MB the need would be 282 MB, at p90 of 1.18 GB 1.33 GB (assumed)" in claim.message
