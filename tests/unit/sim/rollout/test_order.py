"""Who is in which wave, and who comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from regplan.errors import InputError
from regplan.model.rollout import RolloutRules, SiteNeed
from regplan.model.rollout_file import RolloutFile, RolloutGroup, WaveWish
from regplan.sim.rollout.order import arranged

NEEDS = [SiteNeed(name, size) for name, size in (("lab-1", 30), ("store-1", 10), ("store-2", 20), ("lab-2", 10))]
FILE = RolloutFile(RolloutRules(date(2026, 12, 1), 8_000_000), file="r.yaml")


def waves(column: dict[str, str] | None = None, **more: Any) -> dict[str, list[str]]:
    found, sites = arranged(NEEDS, replace(FILE, **more), column or {})
    return {wave.name: [need.name for need in sites if need.wave == place] for place, wave in enumerate(found)}


def test_without_waves_all_are_one_in_the_order_that_is_asked_for() -> None:
    assert waves() == {"all": ["lab-1", "store-1", "store-2", "lab-2"]}
    assert waves(order="smallest") == {"all": ["store-1", "lab-2", "store-2", "lab-1"]}
    assert waves(order="largest") == {"all": ["lab-1", "store-2", "store-1", "lab-2"]}


def test_waves_take_so_many_sites_or_those_of_a_pattern_and_the_last_one_the_rest() -> None:
    pilot, labs = WaveWish("pilot", 7, 1), WaveWish("labs", 1, None, ("lab-*",))

    assert waves(waves=(pilot, labs)) == {"pilot": ["lab-1"], "labs": ["lab-2"], "rest": ["store-1", "store-2"]}
    assert waves(waves=(labs, WaveWish("stores"))) == {"labs": ["lab-1", "lab-2"], "stores": ["store-1", "store-2"]}
    assert waves(waves=(WaveWish("rest", 1, 3),)) == {
        "rest": ["lab-1", "store-1", "store-2"],
        "rest of the sites": ["lab-2"],
    }
    assert waves(waves=(pilot,), order="smallest")["pilot"] == ["store-1"]


def test_waves_of_a_column_are_sorted_by_their_numbers_or_as_the_file_lists_them() -> None:
    column = {"lab-1": "wave 10", "store-1": "wave 9", "store-2": "Pilot", "lab-2": "wave 9"}

    assert waves(column, wave_column="w") == {
        "Pilot": ["store-2"],
        "wave 9": ["store-1", "lab-2"],
        "wave 10": ["lab-1"],
    }
    listed = tuple(WaveWish(name) for name in ("wave 10", "Pilot", "wave 9"))
    assert list(waves(column, wave_column="w", waves=listed)) == ["wave 10", "Pilot", "wave 9"]


@pytest.mark.parametrize(
    ("column", "more", "what"),
    [
        ({}, {"waves": (WaveWish("a", 1, None, ("shop-*",)),)}, r"r.yaml: waves\[0\]: no site is left for the wave a"),
        ({}, {"waves": (WaveWish("a", 1, 4), WaveWish("b", 1, 1))}, r"waves\[1\]: no site is left for the wave b"),
        ({"lab-1": "1"}, {"wave_column": "w"}, r"the column w says no wave of store-1, store-2, lab-2$"),
        (dict.fromkeys((need.name for need in NEEDS), "x"), {"wave_column": "w", "waves": (WaveWish("y"),)}, r"'x' of lab-1 is none of y"),
    ],
)  # fmt: skip
def test_waves_that_nobody_is_in_and_sites_without_one_are_told(
    column: dict[str, str], more: dict[str, Any], what: str
) -> None:
    with pytest.raises(InputError, match=what):
        arranged(NEEDS, replace(FILE, **more), column)


def test_the_first_group_that_a_site_is_of_says_its_windows_and_its_way() -> None:
    groups = (
        RolloutGroup(("lab-*",), ("01:00-02:00",)),
        RolloutGroup(("lab-2", "ship-*"), ("03:00-04:00",), "bundle"),
    )
    told = replace(FILE, groups=groups, windows=("22:00-05:00",), way="direct")

    assert str(told.hours_of("lab-2", "Europe/Berlin")) == "01:00-02:00 (Europe/Berlin)"
    assert str(told.hours_of("ship-9", "UTC")) == "03:00-04:00 (UTC)"
    assert str(told.hours_of("store-1", "UTC")) == "22:00-05:00 (UTC)"
    assert [told.way_of(name) for name in ("lab-1", "lab-2", "store-1")] == ["direct", "bundle", "direct"]
