"""Rollouts that were reckoned by hand: who is sent to in which night, what binds, and what slips."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from regplan.errors import InputError
from regplan.model.rollout import HubShare, Rollout, RolloutRules, RolloutWave, SiteNeed
from regplan.model.windows import Windows
from regplan.sim.rollout.course import rollout_of

GB = 10**9
MBIT = 10**6
HOUR = Windows.parse("22:00-23:00", "UTC")
NIGHT = Windows.parse("22:00-05:00", "Europe/Berlin")
DAY = date(2026, 6, 1)  # a Monday


def rules(**more: Any) -> RolloutRules:
    """8 Mbit/s for an hour each night: 60 MB a minute, 3.6 GB a night."""
    return replace(RolloutRules(DAY, 8 * MBIT, HOUR, overhead=0.0), **more)


def sites(*sizes: float, link: float = 4, **more: Any) -> list[SiteNeed]:
    return [
        SiteNeed(f"s{place}", round(size * GB), link_bps=round(link * MBIT), hours=HOUR, **more)
        for place, size in enumerate(sizes, 1)
    ]


def table(rollout: Rollout) -> list[tuple[int, dict[str, float]]]:
    """Tell of each night, counted from the first, what each site got, in GB."""
    return [
        (
            (night.night - rollout.rules.start).days,
            {
                site.need.name: part.size_bytes / GB
                for site in rollout.sites
                for part in site.parts
                if part.night == night.night
            },
        )
        for night in rollout.nights
    ]


def test_sites_share_the_uplink_in_their_order_and_each_has_its_own_link() -> None:
    rollout = rollout_of(rules(), sites(1.8, 1.8, 1.8))

    assert table(rollout) == [(0, {"s1": 1.8, "s2": 1.8}), (1, {"s3": 1.8})]
    assert [night.held for night in rollout.nights] == [(("uplink", 60),), (("link", 60),)]
    assert [night.busy_ratio for night in rollout.nights] == [1.0, 0.5]
    assert rollout.last_night == date(2026, 6, 2)


def test_what_is_not_done_when_the_window_closes_goes_on_the_next_night() -> None:
    rollout = rollout_of(rules(), sites(2.1, 1.2, 0.6))
    first = rollout.sites[0]

    # s1 takes 30 MB a minute for 60 minutes; s2 is done after 40, and s3 then after 20.
    assert table(rollout) == [(0, {"s1": 1.8, "s2": 1.2, "s3": 0.6}), (1, {"s1": 0.3})]
    assert [(part.minutes, datetime.fromtimestamp(part.ends_s, UTC).isoformat()) for part in first.parts] == [
        (60, "2026-06-01T23:00:00+00:00"),
        (10, "2026-06-02T22:10:00+00:00"),
    ]
    assert [(datetime.fromtimestamp(part.begins_s, UTC).hour, part.minutes) for part in rollout.sites[2].parts] == [
        (22, 20)
    ]
    assert first.minutes == 70
    assert rollout.nights[0].done == ("s2", "s3")


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 6, 1), 7), (date(2027, 3, 27), 6), (date(2026, 10, 24), 8)], ids=str
)
def test_a_night_in_which_clocks_are_put_is_as_long_as_it_is(day: date, hours: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    begins = datetime(day.year, day.month, day.day, 22, tzinfo=zone)
    ends = datetime.combine(day + timedelta(days=1), datetime.min.time().replace(hour=5), zone)
    minutes = int(ends.timestamp() - begins.timestamp()) // 60
    rollout = rollout_of(
        RolloutRules(day, 8 * MBIT, NIGHT, overhead=0.0), [SiteNeed("s", 60_000_000 * (minutes + 1), hours=NIGHT)]
    )

    assert minutes == hours * 60
    assert (rollout.nights[0].open_minutes, rollout.nights[0].size_bytes) == (minutes, 60_000_000 * minutes)
    assert [part.size_bytes for part in rollout.sites[0].parts] == [60_000_000 * minutes, 60_000_000]


def test_a_site_in_another_zone_gets_what_its_night_and_head_offices_have_in_common() -> None:
    far = Windows.parse("22:00-05:00", "America/New_York")
    rollout = rollout_of(RolloutRules(DAY, 8 * MBIT, NIGHT, overhead=0.0), [SiteNeed("s", 8 * GB, hours=far)])

    # 22:00 in New York is 04:00 in Berlin: an hour of each night, 3.6 GB.
    assert [part.size_bytes / GB for part in rollout.sites[0].parts] == [3.6, 3.6, 0.8]
    assert rollout.sites[0].alone_nights == 3
    assert rollout.nights[0].held[0] == ("window", 360)


def test_a_site_that_needs_more_nights_than_one_says_how_many_and_at_which_rate() -> None:
    six = Windows.parse("23:00-05:00", "Europe/Berlin")
    told = [SiteNeed("s", 100 * GB, link_bps=15 * MBIT, hours=six)]
    (site,) = rollout_of(RolloutRules(DAY, 100 * MBIT, NIGHT, overhead=0.0), told).sites

    # 15 Mbit/s over six hours are 40.5 GB.
    assert (site.alone_nights, site.alone_bps) == (3, 15 * MBIT)
    assert [part.size_bytes / GB for part in site.parts] == [40.5, 40.5, 19.0]


def test_packets_take_their_part_of_the_uplink() -> None:
    rollout = rollout_of(rules(overhead=0.25), sites(4.0, link=8))

    assert [part.size_bytes / GB for part in rollout.sites[0].parts] == [2.88, 1.12]


def test_no_more_sites_at_once_and_in_a_night_than_allowed() -> None:
    one = rollout_of(rules(at_once=1), sites(0.9, 0.9, 0.9))
    two = rollout_of(rules(per_night=2), sites(0.3, 0.3, 0.3))

    assert table(one) == [(0, {"s1": 0.9, "s2": 0.9}), (1, {"s3": 0.9})]
    assert one.nights[0].bound_by == "at_once"
    assert table(two) == [(0, {"s1": 0.3, "s2": 0.3}), (1, {"s3": 0.3})]
    assert two.nights[0].bound_by == "per_night"


def test_a_hub_gives_pulls_in_the_sites_order_window_by_window() -> None:
    told = [SiteNeed(f"s{place}", GB, 60, 4 * MBIT, NIGHT) for place in (1, 2, 3)]
    rollout = rollout_of(RolloutRules(DAY, 8 * MBIT, NIGHT, overhead=0.0, hub=HubShare(100)), told)
    begins = datetime(2026, 6, 1, 22, tzinfo=ZoneInfo("Europe/Berlin"))

    # At 22:00 s1 has its 60 pulls and s2 40 of them; at 04:00 s2 has the other 20, and s3 its 60.
    (night,) = rollout.nights
    assert dict(night.hub_pulls) == {int(begins.timestamp()) // 60: 100, int(begins.timestamp()) // 60 + 360: 80}
    assert [site.parts[0].pulls for site in rollout.sites] == [60, 60, 60]
    assert [site.parts[0].minutes for site in rollout.sites] == [34, 34, 34]
    assert rollout.sites[0].parts[0].ends_s == begins.timestamp() + 34 * 60
    assert rollout.sites[2].parts[0].ends_s == begins.timestamp() + (360 + 34) * 60
    assert night.bound_by == "hub"


def test_a_hub_that_counts_each_site_for_itself_holds_up_none_that_asks_for_less() -> None:
    told = [SiteNeed(f"s{place}", GB, 60, 4 * MBIT, NIGHT) for place in (1, 2, 3)]
    shared = HubShare(100, is_shared=False)
    rollout = rollout_of(RolloutRules(DAY, 8 * MBIT, NIGHT, overhead=0.0, hub=shared), told)

    assert (
        max(site.parts[-1].ends_s for site in rollout.sites)
        < rollout.nights[0].open_minutes * 60 + rollout.sites[0].parts[0].begins_s - 5 * 3600
    )


def test_a_wave_waits_for_the_one_before_and_some_days_more() -> None:
    pilot = [replace(site, wave=int(place > 0)) for place, site in enumerate(sites(2.4, 0.3, 0.3))]
    rollout = rollout_of(rules(waves=(RolloutWave("pilot", 7), RolloutWave("rest"))), pilot)

    # The pilot takes two nights, and is looked at for a week.
    assert table(rollout) == [(0, {"s1": 1.8}), (1, {"s1": 0.6}), (8, {"s2": 0.3, "s3": 0.3})]


def test_no_night_begins_on_a_day_that_is_left_out() -> None:
    closed = rules(blackouts=((DAY, DAY), (date(2026, 6, 4), date(2026, 6, 4))), weekdays=(0, 1, 2, 3))
    rollout = rollout_of(closed, sites(5.0, link=8))

    # Tuesday and Wednesday, and as Thursday is left out and Friday to Sunday too, nothing but 1.4 GB were left.
    assert table(rollout) == [(1, {"s1": 3.6}), (2, {"s1": 1.4})]
    assert table(rollout_of(closed, sites(8.0, link=8)))[-1] == (7, {"s1": 0.8})


def test_what_needs_nothing_over_the_uplink_is_done_when_its_wave_begins_and_holds_up_nobody() -> None:
    told = [*sites(0.0), replace(sites(0.3)[0], name="later", wave=1)]
    rollout = rollout_of(rules(waves=(RolloutWave("by bundle", 3), RolloutWave("rest")), per_night=1), told)

    assert table(rollout) == [(0, {"s1": 0.0}), (3, {"later": 0.3})]
    assert (rollout.sites[0].alone_nights, rollout.sites[0].minutes) == (0, 0)


def test_a_night_that_fails_moves_what_it_carried_and_what_came_after() -> None:
    rollout = rollout_of(rules(), sites(1.8, 1.8, 1.8, 0.9), None)
    first, second = rollout.slips

    assert table(rollout) == [(0, {"s1": 1.8, "s2": 1.8}), (1, {"s3": 1.8, "s4": 0.9})]
    days = [DAY + timedelta(days=each) for each in range(3)]
    assert first.moved == (
        ("s1", days[0], days[1]), ("s2", days[0], days[1]), ("s3", days[1], days[2]), ("s4", days[1], days[2])
    )  # fmt: skip
    assert second.moved == (("s3", days[1], days[2]), ("s4", days[1], days[2]))
    assert [(slip.night, slip.last_night, slip.days) for slip in rollout.slips] == [
        (days[0], days[2], 1),
        (days[1], days[2], 1),
    ]


def test_a_night_that_fails_where_there_is_room_moves_not_the_end() -> None:
    pilot = [*sites(0.3), replace(sites(0.3)[0], name="rest", wave=1)]
    waves = (RolloutWave("pilot", 7), RolloutWave("rest"))
    # Nothing begins on a Monday or a Tuesday but the first night of all, so that the wave waits for a Wednesday.
    told = rules(waves=waves, blackouts=((date(2026, 6, 8), date(2026, 6, 9)),))
    (slip, _) = rollout_of(told, pilot, None).slips

    assert slip.moved == (("s1", date(2026, 6, 1), date(2026, 6, 2)),)
    assert (slip.last_night, slip.days) == (date(2026, 6, 10), 0)


def test_only_nights_that_are_asked_about_are_tried() -> None:
    told = sites(1.8, 1.8, 1.8)

    assert rollout_of(rules(), told).slips == ()
    assert [slip.night for slip in rollout_of(rules(), told, [date(2026, 6, 2)]).slips] == [date(2026, 6, 2)]


def test_sites_whose_windows_never_meet_head_offices_are_named() -> None:
    tokyo = Windows.parse("22:00-05:00", "Asia/Tokyo")
    told = [*sites(1), *(SiteNeed(f"t{place}", GB, hours=tokyo) for place in range(12))]

    with pytest.raises(InputError, match=r"would never end: t0, .* t9 and 2 more: 22:00-05:00 \(Asia/Tokyo\) never"):
        rollout_of(RolloutRules(DAY, 8 * MBIT, NIGHT), told)


def test_a_rollout_of_more_than_ten_years_is_none() -> None:
    with pytest.raises(InputError, match=r"over ten years: 1 site of 2 would be done by then"):
        rollout_of(rules(), sites(0.3, 100_000))


def test_a_rate_that_carries_nothing_is_told() -> None:
    with pytest.raises(InputError, match=r"not one byte in a minute"):
        rollout_of(rules(uplink_bps=0), sites(1))


def test_a_rollout_tells_whether_it_is_late_and_its_counts() -> None:
    late = rollout_of(rules(until=DAY), sites(5.0))

    assert late.is_late
    assert not rollout_of(rules(until=date(2026, 6, 30)), sites(5.0)).is_late
    assert repr(late) == "<Rollout 1 sites in 3 nights, the last 2026-06-03>"
    assert rollout_of(rules(), []).last_night is None


def test_nights_go_from_noon_to_noon_where_head_office_is_always_open_and_no_site_is_at_noon() -> None:
    always = Windows.parse("00:00-24:00", "Europe/Berlin")
    night = rollout_of(RolloutRules(DAY, 8 * MBIT, always, overhead=0.0), [SiteNeed("s", 27 * GB, hours=NIGHT)])
    day = rollout_of(RolloutRules(DAY, 8 * MBIT, always, overhead=0.0), [SiteNeed("s", 87 * GB, hours=always)])

    # 22:00 to 05:00 are 25.2 GB of one night, and not of two days; 24 hours are 86.4 GB.
    assert [part.size_bytes / GB for part in night.sites[0].parts] == [25.2, 1.8]
    assert [part.size_bytes / GB for part in day.sites[0].parts] == [86.4, 0.6]


def test_nobody_overtakes_a_site_that_waits_for_the_hub_by_what_it_will_need() -> None:
    told = [SiteNeed("s1", 600_000_000, 20, 8 * MBIT, NIGHT), SiteNeed("s2", 600_000_000, 0, 8 * MBIT, NIGHT)]
    first, second = rollout_of(RolloutRules(DAY, 8 * MBIT, NIGHT, overhead=0.0, hub=HubShare(10)), told).sites
    begins = int(datetime(2026, 6, 1, 22, tzinfo=ZoneInfo("Europe/Berlin")).timestamp())

    # s1 has its other ten pulls at 04:00, and takes all of the uplink for ten minutes.
    assert (first.parts[0].begins_s, first.parts[0].ends_s) == (begins, begins + 370 * 60)
    assert (second.parts[0].begins_s, second.parts[0].ends_s) == (begins + 370 * 60, begins + 380 * 60)


def test_nobody_takes_the_pulls_of_a_site_that_comes_before_and_opens_later() -> None:
    late = Windows.parse("02:00-05:00", "Europe/Berlin")
    told = [SiteNeed("s1", GB, 10, 4 * MBIT, late), SiteNeed("s2", GB, 10, 4 * MBIT, NIGHT)]
    first, second = rollout_of(RolloutRules(DAY, 8 * MBIT, NIGHT, overhead=0.0, hub=HubShare(10)), told).sites
    begins = int(datetime(2026, 6, 1, 22, tzinfo=ZoneInfo("Europe/Berlin")).timestamp())

    assert [site.parts[0].begins_s - begins for site in (first, second)] == [4 * 3600, 6 * 3600]


def test_two_windows_of_a_hub_never_lie_closer_than_it_counts() -> None:
    always = Windows.parse("00:00-24:00", "UTC")
    five = HubShare(10, 5 * 3600)
    rollout = rollout_of(RolloutRules(DAY, 8 * MBIT, always, hub=five), [SiteNeed("s", GB, 60, hours=always)])
    begins = datetime(2026, 6, 1, tzinfo=UTC).timestamp() // 60

    # Four whole windows of five hours a day; the four hours that are left have none.
    pulled = [first - begins for night in rollout.nights for first, _ in night.hub_pulls]
    assert pulled == [0, 300, 600, 900, 1440, 1740]
