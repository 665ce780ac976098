"""The rollout file: what it says, and every problem at its place."""

from __future__ import annotations

from datetime import date

import pytest

from regplan.errors import InvalidSite
from regplan.model.rollout import HubShare
from regplan.model.rollout_file import RolloutFile, RolloutGroup, WaveWish
from regplan.profile.rollout import parse_rollout
from regplan.profile.rollout_keys import ROLLOUT_KEYS

LEAST = "start: 2026-12-01\nuplink: {rate: 100Mbit/s}\n"


def read(text: str) -> RolloutFile:
    return parse_rollout(text, "r.yaml", lambda _: date(2026, 11, 29))


def test_a_whole_file_is_read() -> None:
    told = read(
        """
start: 2026-12-01
until: 2027-01-31
event: upgrade
way: direct
order: smallest
wait: 2d
blackouts: [2026-12-24, 2026-12-30/2027-01-02]
weekdays: [Thu, mon]
uplink: {rate: 100Mbit/s, window: [22:00-24:00, 01:00-05:00], timezone: Europe/Berlin, overhead: 5%}
sites: {window: 23:00-04:00, at_once: 20, per_night: 40}
hub: {pulls: 200, window: 1h, per: site}
waves:
  - {name: pilot, sites: 5, wait: 7d}
  - {name: labs, sites: ["lab-*", x]}
  - {name: others}
groups:
  - {sites: "ship-*", window: 01:00-02:00, way: bundle}
"""
    )
    rules = told.rules

    assert (rules.start, rules.until) == (date(2026, 12, 1), date(2027, 1, 31))
    assert (rules.uplink_bps, str(rules.hours)) == (100_000_000, "22:00-24:00, 01:00-05:00 (Europe/Berlin)")
    assert (rules.overhead, rules.at_once, rules.per_night) == (0.05, 20, 40)
    assert rules.hub == HubShare(200, 3600, is_shared=False)
    assert rules.blackouts == (
        (date(2026, 12, 24), date(2026, 12, 24)),
        (date(2026, 12, 30), date(2027, 1, 2)),
    )
    assert rules.weekdays == (0, 3)
    assert (told.event, told.way, told.order, told.windows) == ("upgrade", "direct", "smallest", ("23:00-04:00",))
    assert told.waves == (WaveWish("pilot", 7, 5), WaveWish("labs", 2, None, ("lab-*", "x")), WaveWish("others", 2))
    assert told.groups == (RolloutGroup(("ship-*",), ("01:00-02:00",), "bundle"),)


def test_what_is_left_out_is_taken_as_the_table_of_keys_says() -> None:
    told = read(LEAST)
    rules = told.rules

    assert (told.event, told.way, told.order, told.waves, told.groups) == ("bootstrap", "primary", "listed", (), ())
    assert (str(rules.hours), rules.overhead, rules.hub, rules.at_once, rules.per_night) == (
        "00:00-24:00 (UTC)", 0.036, None, None, None
    )  # fmt: skip
    assert (rules.until, rules.blackouts, rules.weekdays, told.windows) == (None, (), tuple(range(7)), ("00:00-24:00",))
    assert {"until", "order", "uplink.window"} <= set(told.defaulted)
    assert len({key.path for key in ROLLOUT_KEYS}) == len(ROLLOUT_KEYS)


def test_today_is_that_of_head_office() -> None:
    zones: list[str] = []

    def today(zone: str) -> date:
        zones.append(zone)
        return date(2026, 12, 1)

    parse_rollout("start: 2026-12-01\nuplink: {rate: 1Mbit/s, timezone: Asia/Tokyo}", "r.yaml", today)

    assert zones == ["Asia/Tokyo"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "r.yaml: this is no rollout file: it is empty, where keys such as `start` and `uplink` are expected"),
        ("- a", "this is no rollout file: it is a list"),
        ("a: 1\n---\nb: 2", "it is several documents"),
        ("a: [", "r.yaml: line 2, column 1"),
        ("start: 2026-12-01", "uplink.rate: this key is needed: the rate that all sites share"),
        ("uplink: {rate: 1Mbit/s}", "line 1, column 1: start: this key is needed: the first night"),
        ("start: 2026-12-01\nuplink: {window: 22:00-05:00}", "line 2, column 1: uplink.rate: this key is needed"),
        ("start: 2026-12-01\nuplink: 100Mbit/s", "line 2, column 1: uplink: a mapping is expected, and here is text"),
        (LEAST + "strat: 1", "line 3, column 1: strat: unknown key; did you mean start?"),
        (LEAST + "at_once: 3", "line 3, column 1: at_once: unknown key; did you mean sites.at_once?"),
        (LEAST + "colour: 3", "colour: unknown key; known are start, until"),
        (LEAST + "hub: {pulls: 0}", "line 3, column 7: hub.pulls: '0' is not a whole number from 1"),
        (LEAST + "hub: {window: 6h}", "hub.pulls: this key is needed"),
        (LEAST + "hub: {pulls: 1, window: 13h}", "hub.window: '13h' is not whole minutes up to 12h, such as 6h"),
        (LEAST + "hub: {pulls: 1, window: 0s}", "hub.window: '0s' is not whole minutes"),
        (LEAST + "hub: {pulls: 1, per: acount}", "'acount' is none of account, site; did you mean account?"),
        ("start: 2026-12-01\nuplink: {rate: 0Mbit/s}", "uplink.rate: '0Mbit/s' is a rate of zero"),
        ("start: 2026-12-01\nuplink: {rate: 1Mbit/s, overhead: 101%}", "uplink.overhead: '101%' is more than all of it"),
        ("start: 2026-12-01\nuplink: {rate: 1Mbit/s, timezone: Europe/Berln}", "did you mean Europe/Berlin?"),
        ("start: 2026-12-01\nuplink: {rate: 1Mbit/s, window: 22:00-22:00}", "is a window that never opens"),
        ("start: 2026-11-28\nuplink: {rate: 1Mbit/s}", "start: 2026-11-28 is over: today is 2026-11-29"),
        ("start: 2037-01-01\nuplink: {rate: 1Mbit/s}", "start: 2037-01-01 is more than 10 years away"),
        ("start: 2027-02-29\nuplink: {rate: 1Mbit/s}", "start: '2027-02-29' is not a date"),
        (LEAST + "until: 2026-11-30", "until: 2026-11-30 lies before the start, 2026-12-01"),
        (LEAST + "blackouts: 2026-12-24/2026-12-20", "blackouts: '2026-12-24/2026-12-20' ends before it begins"),
        (LEAST + "blackouts: [{a: b}]", "blackouts: one value is expected, and here is a mapping"),
        (LEAST + "weekdays: []", "at least one day is expected, and here is an empty list"),
        (LEAST + "weekdays: [mo]", "'mo' is none of mon, tue, wed, thu, fri, sat, sun; did you mean mon?"),
        (LEAST + "wait: 12h", "wait: '12h' is not 1 to 365 whole days, such as 7d"),
        (LEAST + "waves: {name: a}", "waves: a list is expected, and here is a mapping"),
        (LEAST + "waves: [a]", "waves[0]: a mapping is expected, and here is text"),
        (LEAST + "waves: [{name: a}, {name: b}]", "waves[0].sites: this key is needed: only the last wave may take the rest"),
        (LEAST + "waves: [{name: a, sites: 1}, {name: a}]", "waves[1].name: another wave is called a already"),
        (LEAST + "waves: [{name: a, sites: -1}]", "waves[0].sites: '-1' is not a whole number from 1"),
        (LEAST + "wave_column: W\nwaves: [{name: a, sites: 1}]", "the column W says which sites are in this wave"),
        (LEAST + "groups: [{way: bundle}]", "groups[0].sites: this key is needed: which sites"),
        (LEAST + "groups: [{sites: a, way: lorry}]", "groups[0].way: 'lorry' is none of direct, primary, bundle"),
        (LEAST + "password: x", "password"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line_column_and_key(text: str, problem: str) -> None:
    with pytest.raises(InvalidSite) as caught:
        read(text)

    assert problem in str(caught.value)
    assert str(caught.value).startswith("r.yaml: ")


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    with pytest.raises(InvalidSite) as caught:
        read("start: soon\nuplink: {rate: fast, window: never}\nsites: {at_once: none}")

    assert [problem.split(": ")[1] for problem in caught.value.problems] == [
        "start", "uplink.rate", "uplink.window", "sites.at_once"
    ]  # fmt: skip
