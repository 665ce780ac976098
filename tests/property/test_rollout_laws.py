"""Laws of a rollout, and a walk minute by minute that knows nothing of it."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from independent.rollout import OwnRules, OwnSite, Place, walk
from regplan.model.rollout import HubShare, Rollout, RolloutRules, RolloutWave, SiteNeed
from regplan.model.windows import Windows
from regplan.sim.rollout.course import rollout_of

pytestmark = pytest.mark.property

KILO = 1_000
# Around both nights in which clocks are put in Europe, and one in which they are in America.
STARTS = (date(2027, 3, 26), date(2026, 10, 23), date(2026, 10, 30), date(2026, 6, 1))
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC")
SPANS = (((22, 5),), ((0, 24),), ((1, 3),), ((20, 23), (1, 6)), ((2, 4),))


def spans_of(hours: tuple[tuple[int, int], ...], factor: int) -> tuple[tuple[int, int], ...]:
    return tuple((first * factor, last * factor) for first, last in hours)


def windows(hours: tuple[tuple[int, int], ...], zone: str) -> Windows:
    return Windows(spans_of(hours, 3600), zone)


def a_place(hours: tuple[tuple[int, int], ...], zone: str) -> Place:
    # 24:00 is past every minute of a day.
    return Place(zone, spans_of(hours, 60))


@st.composite
def cases(draw: st.DrawFn) -> tuple[RolloutRules, list[SiteNeed]]:
    """Draw rules, and sites that meet head office every night."""
    waves = draw(st.integers(1, 3))
    head = draw(st.sampled_from([((22, 5),), ((0, 24),), ((20, 24), (0, 6)), ((12, 13), (22, 4))]))
    rules = RolloutRules(
        draw(st.sampled_from(STARTS)),
        draw(st.integers(1, 40)) * 8 * KILO,
        windows(head, draw(st.sampled_from(ZONES[:2]))),
        overhead=0.0,
        at_once=draw(st.none() | st.integers(1, 3)),
        per_night=draw(st.none() | st.integers(1, 4)),
        hub=HubShare(draw(st.integers(1, 30)), draw(st.sampled_from([3600, 21_600, 14_400])), draw(st.booleans()))
        if draw(st.booleans())
        else None,
        waves=tuple(RolloutWave(str(each), draw(st.integers(1, 3))) for each in range(waves)),
        blackouts=draw(st.sampled_from([(), ((STARTS[0], STARTS[0]), (date(2026, 10, 24), date(2026, 10, 25)))])),
    )
    zone = rules.zone
    # Those of other places may open at any hour, those of head office's zone at night.
    places = st.sampled_from([(((0, 24),), each) for each in ZONES] + [(each, zone) for each in SPANS])
    sites = draw(
        st.lists(
            st.builds(
                lambda size, link, place, pulls, wave: SiteNeed("", size, pulls, link, windows(*place), wave),
                st.integers(0, 20_000) | st.integers(1, 3).map(lambda each: each * 9_000_000),
                st.integers(1, 30).map(lambda each: each * 8 * KILO),
                places,
                st.sampled_from([0, 0, 5, 20, 40]),
                st.integers(0, waves - 1),
            ),
            min_size=1,
            max_size=6,
        )
    )
    return rules, [dataclasses.replace(site, name=f"s{place}") for place, site in enumerate(sites)]


def own(rules: RolloutRules, sites: list[SiteNeed], begins: int) -> tuple[OwnRules, list[OwnSite]]:
    closed = frozenset(
        date.fromordinal(day)
        for first, last in rules.blackouts
        for day in range(first.toordinal(), last.toordinal() + 1)
    )
    more: dict[str, Any] = {"at_once": rules.at_once, "per_night": rules.per_night}
    if rules.hub is not None:
        more |= {
            "hub_pulls": rules.hub.pulls, "hub_minutes": rules.hub.window_s // 60, "shared": rules.hub.is_shared
        }  # fmt: skip
    told = OwnRules(
        rules.start,
        Place(rules.zone, tuple((a // 60, b // 60) for a, b in rules.hours.spans)),
        begins,
        rules.uplink_bps * 60 // 8,
        waits=tuple(wave.wait_days for wave in rules.waves),
        closed=closed,
        **{key: value for key, value in more.items() if value is not None},
    )
    found = [
        OwnSite(
            site.size_bytes,
            (site.link_bps or 0) * 60 // 8,
            Place(site.hours.zone or "", tuple((a // 60, b // 60) for a, b in site.hours.spans)),
            site.pulls,
            site.wave,
        )
        for site in sites
    ]
    return told, found


def begins_at(rules: RolloutRules, sites: list[SiteNeed]) -> int:
    """Tell the minute at which nights begin: where head office opens; where that is always, noon or midnight."""
    if rules.hours.spans != ((0, 86_400),):
        return rules.hours.spans[0][0] // 60
    is_open = any(site.hours.spans == ((0, 86_400),) for site in sites)
    return 0 if is_open else 720


def parts_of(rollout: Rollout, sites: list[SiteNeed]) -> list[tuple[dict[date, int], dict[date, int]]]:
    known = {site.need.name: site for site in rollout.sites}
    return [
        (
            {part.night: part.size_bytes for part in known[site.name].parts if part.size_bytes},
            {part.night: part.pulls for part in known[site.name].parts if part.pulls},
        )
        for site in sites
    ]


@settings(max_examples=30, deadline=None)
@given(cases())
def test_a_rollout_is_what_a_walk_minute_by_minute_comes_to(case: tuple[RolloutRules, list[SiteNeed]]) -> None:
    rules, sites = case
    rollout = rollout_of(rules, sites)
    ordered = sorted(sites, key=lambda each: each.wave)
    course = walk(*own(rules, ordered, begins_at(rules, ordered)))

    assert parts_of(rollout, ordered) == list(zip(course.sizes, course.pulls, strict=True))
    assert {first: count for night in rollout.nights for first, count in night.hub_pulls} == (
        course.windows if rules.hub else {}
    )


@settings(max_examples=40, deadline=None)
@given(cases())
def test_every_byte_and_pull_comes_once_and_no_night_is_above_uplink_link_or_hub(
    case: tuple[RolloutRules, list[SiteNeed]],
) -> None:
    rules, sites = case
    rollout = rollout_of(rules, sites)

    for site in rollout.sites:
        assert sum(part.size_bytes for part in site.parts) == site.need.size_bytes
        assert sum(part.pulls for part in site.parts) == (site.need.pulls if site.need.size_bytes else 0)
        assert all(part.size_bytes * 8 <= part.minutes * 60 * (site.need.link_bps or 0) for part in site.parts)
        assert [part.night for part in site.parts] == sorted({part.night for part in site.parts})
    for night in rollout.nights:
        assert night.size_bytes <= night.most_bytes == night.open_minutes * 60 * rules.uplink_bps // 8
        assert sum(count for _, count in night.held) <= night.open_minutes
        assert rules.is_allowed(night.night)
        busy = [name for name in night.sites if name not in night.done or _need(sites, name).size_bytes]
        assert rules.per_night is None or len(busy) <= rules.per_night
        for _, pulls in night.hub_pulls if rules.hub and rules.hub.is_shared else ():
            assert pulls <= rules.hub.pulls  # type: ignore[union-attr]


def _need(sites: list[SiteNeed], name: str) -> SiteNeed:
    return next(site for site in sites if site.name == name)


def ends(rollout: Rollout) -> dict[str, tuple[date, int]]:
    return {site.need.name: (site.last_night, site.parts[-1].ends_s) for site in rollout.sites}


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(1, 40))
def test_a_faster_uplink_makes_no_site_later(case: tuple[RolloutRules, list[SiteNeed]], more: int) -> None:
    rules, sites = case
    slow = ends(rollout_of(rules, sites))
    fast = ends(rollout_of(dataclasses.replace(rules, uplink_bps=rules.uplink_bps + more * 8 * KILO), sites))

    assert {name: fast[name] for name in slow if fast[name] > slow[name]} == {}


@settings(max_examples=40, deadline=None)
@given(cases())
def test_a_night_that_fails_makes_no_site_earlier_and_moves_what_it_says(
    case: tuple[RolloutRules, list[SiteNeed]],
) -> None:
    rules, sites = case
    rollout = rollout_of(rules, sites, None)

    assert [slip.night for slip in rollout.slips] == [night.night for night in rollout.nights]
    for slip in rollout.slips[:3]:
        # The same night closed from the beginning, which is another way to say that nothing is sent in it.
        closed = dataclasses.replace(rules, blackouts=(*rules.blackouts, (slip.night, slip.night)))
        again = {site.need.name: site.last_night for site in rollout_of(closed, sites).sites}
        planned = {site.need.name: site.last_night for site in rollout.sites}
        assert all(again[name] >= planned[name] for name in planned)
        assert {name: (before, after) for name, before, after in slip.moved} == {
            name: (planned[name], again[name]) for name in planned if planned[name] != again[name]
        }
        assert slip.last_night == max(again.values())
        assert slip.days == (max(again.values()) - max(planned.values())).days >= 0
