from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from regplan.model.site import Assumptions, Scenario
from regplan.plan.outlook import MONTHS, outlook_of
from regplan.plan.storage import storage_need
from regplan.units import GB, MB
from unit.plan.builders import SHOP, entry, facts, image, inventory, registry, site

if TYPE_CHECKING:
    from regplan.model.outlook import Outlook
    from regplan.plan.facts import PlanFacts


def outlook(claimed: int = 300 * GB, **more: object) -> Outlook:
    wanted: dict[str, object] = {"storage_bytes": claimed, "keep_versions": None}
    wanted |= {key: more.pop(key) for key in ("kind", "gc", "keep_versions") if key in more}
    spec = registry(**wanted)
    known = facts(
        site=site(registry=spec, **more),
        inventory=inventory(entry("r.io/shop:1", SHOP)),
    )
    found = outlook_of(known, storage_need(known))
    assert found is not None
    return found


def steady(**more: object) -> Assumptions:
    return Assumptions(**{"releases_per_year": 4, "growth_per_year": 0.0, **more})  # type: ignore[arg-type]


def test_without_retention_every_release_stays_and_the_registry_fills_up() -> None:
    found = outlook(assumptions=steady())
    now = found.constant_bytes + found.set_bytes

    assert found.used_bytes[0] == now
    # A release every three months, the first of them under way from now on.
    assert [found.used_bytes[month] - now for month in (1, 3, 4, 6, 12, 120)] == [
        count * found.version_bytes for count in (1, 1, 2, 2, 4, 40)
    ]


def test_a_retention_that_is_collected_keeps_the_registry_from_growing() -> None:
    found = outlook(assumptions=steady(), keep_versions=3)
    now = found.constant_bytes + found.set_bytes

    assert [found.used_bytes[month] - now for month in (3, 6, 9, 120)] == [
        count * found.version_bytes for count in (1, 2, 2, 2)
    ]


def test_what_a_harbor_deletes_and_never_collects_stays() -> None:
    kept = outlook(assumptions=steady(), keep_versions=2, kind="harbor")
    freed = outlook(assumptions=steady(), keep_versions=2, kind="harbor", gc="daily")

    assert kept.used_bytes[120] - kept.used_bytes[0] == 40 * kept.version_bytes
    assert freed.used_bytes[120] - freed.used_bytes[0] == freed.version_bytes


def test_growth_is_compound_and_counts_the_months_between() -> None:
    found = outlook(assumptions=steady(releases_per_year=0, growth_per_year=0.15))

    assert found.used_bytes[24] == found.constant_bytes + math.ceil(found.set_bytes * 115 * 115 / 10_000)
    assert found.used_bytes[6] == pytest.approx(found.constant_bytes + found.set_bytes * 1.15**0.5, abs=2)


def test_the_two_lines_are_80_percent_and_all_of_what_the_file_system_leaves() -> None:
    found = outlook(claimed=10 * GB, assumptions=steady(filesystem_overhead=0.02))

    assert (found.usable_bytes, found.warn_bytes) == (9_800_000_000, 7_840_000_000)
    assert {each.key: each.value for each in found.formulas} == {
        "usable_bytes": found.usable_bytes,
        "warn_bytes": found.warn_bytes,
    }


def test_where_one_should_act_is_an_assumption() -> None:
    found = outlook(claimed=10 * GB, assumptions=steady(filesystem_overhead=0.0, warn_share=0.6))

    assert found.warn_bytes == 6_000_000_000


def test_the_months_are_the_first_beyond_each_line_and_none_where_it_is_not_in_sight() -> None:
    found = outlook(claimed=300 * GB, assumptions=steady())
    tight = outlook(claimed=int(found.used_bytes[0] * 1.6), assumptions=steady())

    assert (found.warn_month, found.full_month) == (None, None)
    for month, limit in ((tight.warn_month, tight.warn_bytes), (tight.full_month, tight.usable_bytes)):
        assert month is not None
        assert tight.used_bytes[month] > limit
        assert month == 0 or tight.used_bytes[month - 1] <= limit


def test_a_scenario_s_releases_go_before_the_assumed_ones() -> None:
    found = outlook(assumptions=steady(), scenario=Scenario(years=3, upgrades_per_year=12))

    assert found.used_bytes[1] - found.used_bytes[0] == found.version_bytes


def written(told: PlanFacts) -> int:
    """What the storage need has written, its terms added up here."""
    return sum(each.size_bytes for each in storage_need(told).terms if each.key not in {"filesystem", "free_space"})


@given(
    st.integers(1, 9),
    st.sampled_from([1.0, 2.5, 4.0, 12.0]),
    st.sampled_from([0.0, 0.15, 0.5]),
    st.sampled_from([(None, "zot", "default"), (3, "zot", "default"), (2, "harbor", "none"), (2, "harbor", "daily")]),
)
def test_at_the_end_of_the_scenario_lies_there_what_the_need_has_written(
    years: int, releases: float, growth: float, kept: tuple[int | None, str, str]
) -> None:
    keep, kind, gc = kept
    # Fewer releases than are kept have not filled the registry yet, while the need counts them all.
    assume((releases * years).is_integer() and releases * years >= 2)
    told = facts(
        site=site(
            registry=registry(keep_versions=keep, kind=kind, gc=gc, storage_bytes=500 * GB),
            assumptions=steady(growth_per_year=growth, versions_kept=1),
            scenario=Scenario(years=years, upgrades_per_year=releases),
        ),
        inventory=inventory(entry("r.io/shop:1", SHOP)),
    )
    found = outlook_of(told, storage_need(told))

    assert found is not None
    assert found.used_bytes[12 * years] == written(told)


def test_versions_of_before_lie_there_already_and_make_room_where_they_are_deleted() -> None:
    before = (inventory(entry("r.io/shop:0", image("old", {"old": 7 * MB}))),)
    told = {"older": before, "inventory": inventory(entry("r.io/shop:1", SHOP))}
    kept = facts(site=site(registry=registry(keep_versions=3), assumptions=steady()), **told)
    every = facts(site=site(registry=registry(keep_versions=None), assumptions=steady()), **told)
    some, all_of = outlook_of(kept, storage_need(kept)), outlook_of(every, storage_need(every))

    assert some is not None
    assert all_of is not None
    # Layer, manifest and config of the image that nothing else has.
    assert some.older_bytes == all_of.older_bytes == 7 * MB + 10 + 5
    assert some.used_bytes[120] - some.used_bytes[0] == some.version_bytes
    assert all_of.used_bytes[120] - all_of.used_bytes[0] == 40 * all_of.version_bytes


def test_what_grows_beyond_an_exabyte_is_looked_at_no_further() -> None:
    found = outlook(assumptions=steady(growth_per_year=1_000.0))

    assert len(found.used_bytes) < 100
    assert found.used_bytes[-1] > 10**18 >= found.used_bytes[-2]
    assert found.full_month is not None


def test_without_a_claim_there_is_no_outlook() -> None:
    told = facts(site=site(registry=None))

    assert outlook_of(told, storage_need(told)) is None


@given(st.integers(1, 400), st.integers(0, 200), st.integers(1, 12), st.floats(0, 1))
def test_a_larger_claim_is_never_full_earlier_and_what_lies_there_never_shrinks(
    claimed: int, more: int, releases: int, growth: float
) -> None:
    assumptions = steady(releases_per_year=releases, growth_per_year=round(growth, 3))
    small = outlook(claimed=claimed * 10**8, assumptions=assumptions)
    large = outlook(claimed=(claimed + more) * 10**8, assumptions=assumptions)

    def month(found: Outlook) -> int:
        return MONTHS + 1 if found.full_month is None else found.full_month

    assert month(large) >= month(small)
    assert list(small.used_bytes) == sorted(small.used_bytes)
    assert replace(small, usable_bytes=0, warn_bytes=0, warn_month=None, full_month=None, formulas=()) == replace(
        large, usable_bytes=0, warn_bytes=0, warn_month=None, full_month=None, formulas=()
    )
