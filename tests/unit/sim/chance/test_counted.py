"""What lives are counted by: money, nights, the link's highest rate, and from how many hosts a registry pays."""

from __future__ import annotations

import pytest

from regplan.model.site import Scenario
from regplan.sim.chance.counted import Line, counted_way, nights_of, paying_hosts, window_s
from regplan.sim.chance.draws import DrawnLife
from regplan.sim.chance.summary import NOTHING
from regplan.sim.chance.walk import Lived

LINE = Line(20_000_000, 8_000_000, 1.036)
NIGHT = (22 * 3600, 5 * 3600)
GB = 10**9


def lived(wan_bytes: int = 0, seeded_bytes: int = 0, **more: int) -> Lived:
    return Lived(wan_bytes, 0, 0, (wan_bytes,), 0, 0, seeded_bytes=seeded_bytes, **more)


def test_the_link_s_highest_rate_is_its_own_or_what_those_take_who_fetch_at_once() -> None:
    assert [LINE.peak_bps(flows) for flows in (0, 1, 2, 3, 9)] == [0, 8_000_000, 16_000_000, 20_000_000, 20_000_000]
    assert LINE.peak_bps(9, 0.25) == 5_000_000
    assert Line().peak_bps(1) is None


@pytest.mark.parametrize(
    ("window", "hours"), [(NIGHT, 7), ((0, 86_400), 24), ((3600, 5400), 0.5), ((79_200, 0), 2), ((0, 3600), 1)]
)
def test_a_window_is_as_long_as_its_clock_says(window: tuple[int, int], hours: float) -> None:
    assert window_s(window) == hours * 3600


def test_nights_are_whole_windows_at_the_lesser_rate() -> None:
    told = Scenario(window=NIGHT, window_bps=15_000_000)

    # 7 h at 15 Mbit/s carry 47.25 GB on the wire.
    assert [nights_of(size, told, LINE) for size in (0, 1, 45 * GB, 46 * GB, 136 * GB)] == [0, 1, 1, 2, 3]
    assert nights_of(47_250_000_000, told, Line(20_000_000)) == 1
    # In a life whose link has half its rate, that is less than what may be taken.
    assert nights_of(45 * GB, told, LINE, 0.5) == 2
    assert nights_of(45 * GB, told, Line()) == 1
    assert nights_of(45 * GB, Scenario(window=NIGHT), Line()) is None
    assert nights_of(45 * GB, Scenario(), LINE) is None


def test_a_registry_pays_from_the_host_on_whose_pulls_cost_more_than_seeding() -> None:
    # Two hosts pulled 1,000 each; 1,500 go into the registry, and each pulls 100 of its own anyway.
    assert paying_hosts(lived(1_700, 1_500), lived(2_000), 2) == 1_500 * 2 // (2_000 - 200) + 1 == 2
    assert paying_hosts(lived(2_100, 100), lived(2_000), 2) is None


def test_lives_cost_what_they_carry_and_what_brings_media() -> None:
    drawn = (DrawnLife(1), DrawnLife(1, internet_ratio=0.5))
    lives = (lived(2 * GB, visits=1, flows=1, boot_bytes=GB), lived(4 * GB, visits=3, flows=4, boot_bytes=GB))
    direct = (lived(5 * GB), lived(5 * GB))
    priced = Scenario(price_per_gb=0.5, price_per_visit=120, window=NIGHT)

    found = counted_way(lives, direct, drawn, priced, LINE)

    assert (found.cost.least, found.cost.most) == (121_000_000, 362_000_000)
    assert (found.saved.least, found.saved.most) == (GB, 3 * GB)
    assert (found.visits.total, found.peak_bps.total, found.boot_nights.total) == (4, 18_000_000, 2)
    bare = counted_way(lives, direct, drawn, Scenario(), Line())
    assert (bare.cost, bare.peak_bps, bare.boot_nights, bare.upgrade_nights) == (NOTHING,) * 4
    assert counted_way(lives, direct, drawn, Scenario(price_per_visit=2), LINE).cost.total == 8_000_000
    assert (found + bare).visits.total == 8
