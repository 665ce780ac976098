from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InvalidSite
from regplan.model.image import DeclaredImage
from regplan.model.profile import RegistrySettings
from regplan.model.site import Assumptions, Scenario
from regplan.oci.reference import Reference
from regplan.plan.storage import storage_need
from regplan.units import GB, MB
from unit.plan.builders import BARE, SHOP, TILL, declarations, entry, facts, inventory, registry, site

if TYPE_CHECKING:
    from regplan.plan.facts import PlanFacts

LIVE = 150 * MB + 2 * 15
NEXT = inventory(entry("r.io/shop:2", TILL), entry("q.io/shop:1", SHOP))


def terms(assumptions: Assumptions = BARE, **more: Any) -> dict[str, int]:
    need = storage_need(facts(site=site(assumptions=assumptions, registry=registry(keep_versions=None)), **more))
    return {term.key: term.size_bytes for term in need.terms}


def next_version(given: PlanFacts) -> tuple[int, bool]:
    versions = storage_need(given).versions
    assert versions is not None
    return versions.next_bytes, versions.is_measured


def test_the_need_is_the_sum_of_its_terms_and_each_says_where_it_comes_from() -> None:
    need = storage_need(facts())

    assert need.required_bytes == sum(term.size_bytes for term in need.terms)
    assert {term.key for term in need.terms} == {
        *("live", "growth", "kept_versions", "garbage", "uploads", "metadata", "filesystem", "free_space"),
    }
    assert all(term.source and term.provenance in {"measured", "declared", "rule", "assumed"} for term in need.terms)


def test_without_any_assumption_the_need_is_the_live_images() -> None:
    assert storage_need(facts(site=site(assumptions=BARE, registry=registry(keep_versions=1)))).required_bytes == LIVE


def test_live_images_are_measured() -> None:
    (live,) = (term for term in storage_need(facts()).terms if term.key == "live")

    assert (live.size_bytes, live.provenance) == (LIVE, "measured")


def test_without_an_upgrade_a_further_version_is_assumed_to_be_a_share_of_the_live_images() -> None:
    assumptions = dataclasses.replace(BARE, versions_kept=3, version_delta=0.35)

    assert terms(assumptions)["kept_versions"] == 2 * math.ceil(LIVE * 35 / 100)


def test_with_an_upgrade_the_other_version_is_counted_by_digest() -> None:
    given = facts(site=site(assumptions=dataclasses.replace(BARE, versions_kept=2)), upgrade=NEXT)
    (kept,) = (term for term in storage_need(given).terms if term.key == "kept_versions")

    assert (kept.size_bytes, kept.provenance) == (0, "measured")
    assert next_version(given) == (0, True)


def test_an_upgrade_adds_exactly_the_bytes_that_the_live_images_lack() -> None:
    live = inventory(entry("r.io/shop:1", SHOP))
    upgrade = inventory(entry("r.io/till:1", TILL))

    assert (
        terms(dataclasses.replace(BARE, versions_kept=2), inventory=live, upgrade=upgrade)["kept_versions"]
        == 30 * MB + 15
    )


def test_versions_beyond_the_upgrade_are_assumed_beside_it() -> None:
    assumptions = dataclasses.replace(BARE, versions_kept=4, version_delta=0.1)

    found = terms(assumptions, upgrade=NEXT)

    assert (found["kept_versions"], found["older_versions"]) == (0, 2 * math.ceil(LIVE / 10))


def test_one_version_kept_needs_no_room_for_another() -> None:
    found = terms(BARE, upgrade=NEXT)

    assert found["kept_versions"] == 0
    assert "older_versions" not in found


def test_a_retention_that_keeps_more_versions_than_assumed_is_planned_for() -> None:
    assumptions = dataclasses.replace(BARE, versions_kept=2, version_delta=0.5)
    need = storage_need(facts(site=site(assumptions=assumptions, registry=registry(keep_versions=4))))

    assert {term.key: term.size_bytes for term in need.terms}["kept_versions"] == 3 * (LIVE // 2)


def test_growth_compounds_over_the_years_of_the_scenario() -> None:
    assumptions = dataclasses.replace(BARE, growth_per_year=0.5)
    given = facts(site=site(assumptions=assumptions, scenario=Scenario(years=2.0)))
    (growth,) = (term for term in storage_need(given).terms if term.key == "growth")

    assert growth.size_bytes == math.ceil(LIVE * 5 / 4)
    assert terms(assumptions)["growth"] == LIVE // 2


def test_growth_beyond_any_number_is_refused() -> None:
    given = site(assumptions=dataclasses.replace(BARE, growth_per_year=9.0), scenario=Scenario(years=1e6))

    with pytest.raises(InvalidSite, match="growth_per_year"):
        storage_need(facts(site=given))


def test_uploads_in_flight_take_the_largest_blobs_of_both_versions() -> None:
    assumptions = dataclasses.replace(BARE, parallel_uploads=2)

    assert terms(assumptions)["uploads"] == 100 * MB + 30 * MB
    assert terms(assumptions, inventory=inventory(entry("r.io/shop:1", SHOP)), upgrade=NEXT)["uploads"] == 130 * MB


def test_each_link_of_a_blob_into_a_repository_takes_room() -> None:
    assumptions = dataclasses.replace(BARE, metadata_bytes_per_link=1000)

    assert terms(assumptions)["metadata"] == 6 * 1000
    kept = dataclasses.replace(assumptions, versions_kept=2, version_delta=0.5)
    assert terms(kept)["metadata"] == (6 + 3) * 1000
    # One repository of the upgrade is new, with three links; the other has the shared layer already.
    assert terms(kept, upgrade=NEXT)["metadata"] == (6 + 3 + 2) * 1000


def test_file_system_and_free_space_are_shares_of_the_whole_claim() -> None:
    assumptions = dataclasses.replace(BARE, filesystem_overhead=0.2, free_space=0.5)
    found = terms(assumptions)
    whole = sum(found.values())

    assert found["filesystem"] == math.ceil(LIVE / 4)
    assert found["free_space"] == LIVE + found["filesystem"] == whole - found["free_space"]


@pytest.mark.parametrize("name", ["filesystem_overhead", "free_space"])
@pytest.mark.parametrize("share", [1.0, 1.5, -0.1])
def test_a_share_that_leaves_nothing_is_refused_by_name(name: str, share: float) -> None:
    changed: dict[str, Any] = {name: share}
    given = site(assumptions=dataclasses.replace(BARE, **changed))

    with pytest.raises(InvalidSite, match=f"assumptions.{name} is {share:g}"):
        storage_need(facts(site=given))


def test_declared_sizes_are_a_term_of_their_own() -> None:
    known = facts().inventory
    given = dataclasses.replace(known, declared=(DeclaredImage(Reference.parse("r.io/big:1"), 5 * GB),))
    need = storage_need(facts(inventory=given))
    (declared,) = (term for term in need.terms if term.key == "declared")

    assert (declared.size_bytes, declared.provenance) == (5 * GB, "declared")
    assert need.required_bytes > 5 * GB


def test_the_claim_is_the_sites_else_the_profiles_else_unknown() -> None:
    profiled = declarations(settings=RegistrySettings(storage_bytes=7))
    unstated = site(registry=registry(storage_bytes=None))

    assert storage_need(facts(declarations=profiled)).claimed_bytes == 500 * GB
    assert storage_need(facts(site=unstated, declarations=profiled)).claimed_bytes == 7
    assert storage_need(facts(site=unstated)).claimed_bytes is None


def test_without_a_registry_the_need_is_told_and_nothing_is_claimed() -> None:
    need = storage_need(
        facts(site=site(registry=None), declarations=declarations(settings=RegistrySettings(storage_bytes=7)))
    )

    assert need.claimed_bytes is None
    assert need.required_bytes > LIVE


def test_what_is_assumed_is_assumed_of_declared_images_too() -> None:
    assumptions = dataclasses.replace(BARE, versions_kept=2, version_delta=0.5, growth_per_year=0.1)
    live = inventory(entry("r.io/shop:1", SHOP))
    known = dataclasses.replace(live, declared=(DeclaredImage(Reference.parse("r.io/big:1"), 1 * GB),))
    whole = 120 * MB + 15 + 1 * GB

    found = terms(assumptions, inventory=known)

    assert found["kept_versions"] == math.ceil(whole / 2)
    assert found["growth"] == math.ceil(whole / 10)
    assert next_version(facts(site=site(assumptions=assumptions), inventory=known)) == (math.ceil(whole / 2), False)


def test_digests_measure_resolved_images_and_declared_ones_stay_assumed() -> None:
    assumptions = dataclasses.replace(BARE, versions_kept=3, version_delta=0.5)
    live = inventory(entry("r.io/shop:1", SHOP))
    known = dataclasses.replace(live, declared=(DeclaredImage(Reference.parse("r.io/big:1"), 1 * GB),))
    upgrade = inventory(entry("r.io/till:1", TILL))
    whole = 120 * MB + 15 + 1 * GB

    found = terms(assumptions, inventory=known, upgrade=upgrade)

    assert found["kept_versions"] == 30 * MB + 15
    assert found["older_versions"] == math.ceil(whole / 2) + 500 * MB
    given = facts(site=site(assumptions=assumptions), inventory=known, upgrade=upgrade)
    assert next_version(given) == (30 * MB + 15 + 500 * MB, False)


def test_with_two_versions_kept_the_declared_share_of_the_upgrade_is_still_counted() -> None:
    assumptions = dataclasses.replace(BARE, versions_kept=2, version_delta=0.5)
    known = dataclasses.replace(
        inventory(entry("r.io/shop:1", SHOP)), declared=(DeclaredImage(Reference.parse("r.io/big:1"), 1 * GB),)
    )

    assert terms(assumptions, inventory=known, upgrade=NEXT)["older_versions"] == 500 * MB
