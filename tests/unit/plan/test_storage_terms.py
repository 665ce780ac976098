"""How many versions are counted, what waits for its collection, and what else a registry holds."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InvalidSite
from regplan.model.site import Assumptions, Scenario
from regplan.plan.releases import gc_period_hours
from regplan.plan.storage import storage_need
from regplan.units import GB, MB
from unit.plan.builders import BARE, SHOP, declarations, entry, facts, image, inventory, registry, site, use

if TYPE_CHECKING:
    from regplan.model.plan import StorageNeed
    from regplan.model.site import RegistrySpec

LIVE = 120 * MB + 15
SET = inventory(entry("r.io/shop:1", SHOP))


def need(kept: RegistrySpec | None, scenario: Scenario | None = None, **more: Any) -> StorageNeed:
    where = site(registry=kept, scenario=scenario, **{"assumptions": Assumptions(), **more})
    return storage_need(facts(site=where, inventory=SET))


def count(found: StorageNeed) -> int:
    assert found.versions is not None
    return found.versions.count


@pytest.mark.parametrize(
    ("scenario", "versions"),
    [
        (None, 1 + 4),
        (Scenario(years=3.0, upgrades_per_year=4.0), 1 + 12),
        (Scenario(years=3.0), 1 + 12),
        (Scenario(years=2.0, upgrades_per_year=1.2), 1 + 3),
        (Scenario(years=0.1, upgrades_per_year=1.0), 2),
        (Scenario(years=0.0), 2),
    ],
)
def test_where_nothing_deletes_every_release_of_the_years_stays(scenario: Scenario | None, versions: int) -> None:
    found = need(registry(keep_versions=None), scenario)

    assert count(found) == versions
    assert found.bytes_of("kept_versions") == (versions - 1) * math.ceil(LIVE * 35 / 100)
    assert found.versions is not None
    assert not found.versions.deletes
    assert "nothing deletes" in found.versions.why
    assert found.bytes_of("garbage") == 0
    assert "garbage" not in {term.key for term in found.terms}


def test_without_a_registry_nothing_is_known_to_delete() -> None:
    assert count(need(None)) == 5


def test_never_fewer_versions_than_are_asked_for() -> None:
    assumed = Assumptions(versions_kept=9, releases_per_year=0.5)

    assert count(need(registry(keep_versions=None), assumptions=assumed)) == 9


@pytest.mark.parametrize(("kept", "asked", "versions"), [(1, 2, 1), (3, 2, 3), (2, 4, 4), (4, 3, 4)])
def test_a_retention_is_believed_and_versions_kept_beside_it_where_somebody_set_it(
    kept: int, asked: int, versions: int
) -> None:
    found = need(registry(keep_versions=kept), assumptions=Assumptions(versions_kept=asked))

    assert count(found) == versions
    assert found.versions is not None
    assert found.versions.deletes


@pytest.mark.parametrize(
    ("defaulted", "versions"), [((), 2), (("assumptions.versions_kept",), 1), (("assumptions",), 1)]
)
def test_a_default_that_the_site_file_writes_down_is_set(defaulted: tuple[str, ...], versions: int) -> None:
    found = need(registry(keep_versions=1), file="site.yaml", defaulted=defaulted)

    assert count(found) == versions


@pytest.mark.parametrize(
    ("kind", "gc", "hours"),
    [
        ("zot", "default", 1 + 1),
        ("zot", "daily", 24 + 1),
        ("zot", "every 6h", 6 + 1),
        ("harbor", "hourly", 1 + 2),
        ("harbor", "daily", 24 + 2),
        ("harbor", "weekly", 168 + 2),
        ("other", "monthly", 730 + 2),
        ("other", "every 2d", 48 + 2),
        ("harbor", "every 90m", Fraction(3, 2) + 2),
    ],
)
def test_what_is_collected_waits_for_its_turn(kind: str, gc: str, hours: Fraction) -> None:
    found = need(registry(kind=kind, gc=gc, keep_versions=2))

    version = math.ceil(LIVE * 35 / 100)
    assert found.bytes_of("garbage") == math.ceil(Fraction(4 * version * hours) / 8760)


@pytest.mark.parametrize(
    ("kind", "gc"),
    [("harbor", "default"), ("harbor", "none"), ("other", "default"), ("other", "none"), ("zot", "none")],
)
def test_where_nothing_is_collected_every_version_that_goes_stays_with_its_links(kind: str, gc: str) -> None:
    scenario = Scenario(years=2.0, upgrades_per_year=4.0)
    assumed = Assumptions(metadata_bytes_per_link=1000)
    found = need(registry(kind=kind, gc=gc, keep_versions=3), scenario, assumptions=assumed)

    # Eight releases, of which two stand beside this version.
    assert found.bytes_of("garbage") == 6 * math.ceil(LIVE * 35 / 100)
    # Three links, and two (35 %, rounded up) for each of the other eight versions.
    assert found.bytes_of("metadata") == (3 + 8 * 2) * 1000


def test_a_retention_that_keeps_more_than_is_released_leaves_no_garbage() -> None:
    assert need(registry(kind="harbor", keep_versions=9)).bytes_of("garbage") == 0


@pytest.mark.parametrize("gc", ["sometimes", "every", "every now and then"])
def test_a_schedule_that_is_none_is_refused_by_its_key(gc: str) -> None:
    with pytest.raises(InvalidSite, match=r"registry\.gc"):
        gc_period_hours(gc)


def test_given_versions_are_counted_by_digest_and_only_while_they_are_kept() -> None:
    newer = inventory(entry("r.io/shop:2", image("new", {"new": 7 * MB})))
    older = (
        inventory(entry("r.io/shop:0", image("old", {"old": 5 * MB}))),
        inventory(entry("r.io/shop:00", image("first", {"first": 3 * MB}))),
    )

    def terms(versions: int) -> dict[str, int]:
        where = site(assumptions=BARE, registry=registry(keep_versions=versions))
        found = storage_need(facts(site=where, inventory=SET, upgrade=newer, older=older))
        return {term.key: term.size_bytes for term in found.terms}

    assert terms(1)["kept_versions"] == 0
    assert terms(2)["kept_versions"] == 7 * MB + 15
    assert terms(3)["kept_versions"] == 7 * MB + 5 * MB + 30
    assert terms(4)["kept_versions"] == 7 * MB + 5 * MB + 3 * MB + 45
    assert all("older_versions" not in terms(versions) for versions in (1, 2, 3, 4))
    assert terms(6)["older_versions"] == 2 * math.ceil(LIVE * 35 / 100)


def test_older_versions_alone_tell_what_one_version_adds() -> None:
    older = (inventory(entry("r.io/shop:0", image("old", {"base": 100 * MB, "old": 5 * MB}))),)
    found = storage_need(facts(site=site(assumptions=BARE, registry=registry()), inventory=SET, older=older))

    assert found.versions is not None
    assert (found.versions.next_bytes, found.versions.is_measured, found.versions.measured) == (5 * MB + 15, True, 1)
    (kept,) = (term for term in found.terms if term.key == "kept_versions")
    assert (kept.provenance, "upgrade_from_1" in kept.source) == ("measured", True)


def test_an_other_version_that_is_not_known_whole_says_so() -> None:
    older = (inventory(entry("r.io/shop:0", SHOP), unresolved=["r.io/lost:1", "r.io/lost:2"]),)
    found = storage_need(facts(inventory=SET, older=older))

    (kept,) = (term for term in found.terms if term.key == "kept_versions")
    assert "2 images of them are unresolved" in kept.source


def test_images_of_the_os_layer_and_of_other_platforms_are_terms_only_where_there_are_any() -> None:
    named = declarations(use("r.io/shop:1", layer="os"))
    found = storage_need(facts(site=site(assumptions=BARE), declarations=named, inventory=SET))
    keys = {term.key for term in storage_need(facts()).terms}

    assert (found.bytes_of("provider_image"), found.bytes_of("live")) == (LIVE, 0)
    assert keys.isdisjoint({"provider_image", "other_platforms", "declared", "charts_packs", "abandoned", "on_demand"})


def test_charts_and_packs_abandoned_uploads_and_syncs_on_demand_are_counted_where_the_site_has_them() -> None:
    found = need(registry(on_demand=True), packs_bytes=GB, assumptions=dataclasses.replace(BARE, abandoned_uploads=1))
    provenances = {term.key: term.provenance for term in found.terms}

    assert (found.bytes_of("charts_packs"), provenances["charts_packs"]) == (GB, "declared")
    assert found.bytes_of("abandoned") == 100 * MB
    assert found.bytes_of("on_demand") == 2 * LIVE


def test_every_number_that_is_reckoned_has_its_formula() -> None:
    found = need(registry(kind="harbor"))

    assert all(term.formula is not None and int(term.formula) == term.size_bytes for term in found.terms)
    told = {each.key: each.value for each in found.formulas}
    assert told["required_bytes"] == found.required_bytes
    assert told["pvc_bytes"] == found.pvc_bytes
    assert told["holds_bytes"] == found.holds_bytes
    assert told["set"] == LIVE
    assert (told["versions"], told["assumed_versions"], told["dropped_versions"]) == (2, 1, 3)


def test_no_formula_takes_its_own_result() -> None:
    found = need(registry(kind="harbor"))
    formulas = [*found.formulas, *(term.formula for term in found.terms if term.formula is not None)]

    assert all(each.key not in {taken.name for taken in each.inputs} for each in formulas)
