from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.model.site import Assumptions, Scenario
from regplan.plan.outlook import MONTHS, outlook_of
from regplan.plan.storage import storage_need
from regplan.units import GB
from unit.plan.builders import SHOP, entry, facts, inventory, registry, site

if TYPE_CHECKING:
    from regplan.model.outlook import Outlook


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
    # A release every three months.
    assert [found.used_bytes[month] - now for month in (2, 3, 6, 12, 120)] == [
        count * found.version_bytes for count in (0, 1, 2, 4, 40)
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
    assert replace(small, usable_bytes=0, warn_bytes=0, warn_month=None, full_month=None) == replace(
        large, usable_bytes=0, warn_bytes=0, warn_month=None, full_month=None
    )
