"""Lives are drawn at their rates, the same for whoever asks, and CF8, CF9 and CF12 hold in them."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.model.site import Scenario
from regplan.sim.chance.draws import FAILURE, JOIN, MOVE, RELEASE, YEAR_S, Chances, DrawnLife, Varied, drawn_lives
from regplan.sim.chance.intervals import mean_interval
from regplan.sim.chance.summary import Summary
from regplan.sim.clock.limits import overshoot_s

if TYPE_CHECKING:
    from collections.abc import Sequence

pytest.importorskip("numpy")

BUSY = Scenario(
    years=2,
    node_adds=2,
    reimages_per_node_year=1.5,
    upgrades_per_year=4,
    reschedules_per_year=20,
    registry_outages_per_year=3,
    registry_outage_s=10 * 86_400,
    internet_outages_per_year=5,
    internet_outage_s=5 * 86_400,
)
SITE = Chances(BUSY, 3)


def of_kind(life: DrawnLife, kind: str) -> list[tuple[float, int]]:
    return [(each.at, each.host) for each in life.happenings if each.kind == kind]


def test_a_block_is_the_same_whenever_and_after_whatever_it_is_drawn() -> None:
    first = {block: drawn_lives(SITE, 7, block, 5) for block in (0, 1, 2)}

    assert {block: drawn_lives(SITE, 7, block, 5) for block in (2, 0, 1)} == first
    assert first[0] != first[1] != first[2]
    assert drawn_lives(SITE, 8, 0, 5) != first[0]


def test_how_often_one_thing_happens_shifts_no_draw_of_another() -> None:
    rarer = replace(SITE, scenario=replace(BUSY, upgrades_per_year=1, internet_outages_per_year=0))

    for one, other in zip(drawn_lives(SITE, 7, 0, 5), drawn_lives(rarer, 7, 0, 5), strict=True):
        assert all(of_kind(one, kind) == of_kind(other, kind) for kind in (JOIN, FAILURE, MOVE))
        assert one.registry_away == other.registry_away
        assert other.internet_away == ()


def test_events_come_at_their_rates_and_vary_as_poisson_s_do() -> None:
    lives = [life for block in range(12) for life in drawn_lives(SITE, 3, block)]
    counts = {kind: [len(of_kind(life, kind)) for life in lives] for kind in (FAILURE, MOVE, RELEASE)}
    # Three hosts all the time, and two that join at any time, for half of it on average.
    expected = {FAILURE: 1.5 * (3 * 2 + 2 * 1), MOVE: 40, RELEASE: 8}

    for kind, found in counts.items():
        assert statistics.mean(found) == pytest.approx(expected[kind], abs=4 * math.sqrt(expected[kind] / len(lives)))
    for kind in (MOVE, RELEASE):
        assert statistics.variance(counts[kind]) == pytest.approx(expected[kind], rel=0.25)
    assert all(len(of_kind(life, JOIN)) == 2 for life in lives)


def test_what_happens_is_in_time_and_to_hosts_that_are_there() -> None:
    for life in drawn_lives(SITE, 4, 0):
        times = [each.at for each in life.happenings]
        joined = [at for at, _ in of_kind(life, JOIN)]

        assert times == sorted(times)
        assert all(0 <= at < 2 for at in times)
        for at, host in (*of_kind(life, FAILURE), *of_kind(life, MOVE)):
            assert 0 <= host < 3 + sum(each < at for each in joined)


def test_what_is_away_comes_back_before_it_goes_away_again() -> None:
    for life in drawn_lives(SITE, 5, 0):
        for spans in (life.internet_away, life.registry_away):
            edges = [edge for span in spans for edge in span]

            assert edges == sorted(edges)
            assert all(0 <= edge <= 2 for edge in edges)


def test_rates_vary_around_their_median_or_among_what_was_seen() -> None:
    varied = replace(SITE, internet=Varied(spread=0.5), unpacking=Varied((0.5, 2.0)))
    lives = [life for block in range(10) for life in drawn_lives(varied, 6, block)]
    logs = [math.log(life.internet_ratio) for life in lives]

    assert statistics.mean(logs) == pytest.approx(0, abs=0.09)
    assert statistics.stdev(logs) == pytest.approx(0.5, rel=0.15)
    assert {life.unpack_ratio for life in lives} == {0.5, 2.0}
    assert sum(life.unpack_ratio == 2.0 for life in lives) == pytest.approx(250, abs=45)


def test_images_are_missing_as_often_as_they_may_be() -> None:
    lives = [
        life for block in range(4) for life in drawn_lives(replace(SITE, images=("a", "b"), missing=0.3), 6, block)
    ]

    for name in ("a", "b"):
        assert sum(name in life.missing for life in lives) == pytest.approx(60, abs=26)


FAILING = Chances(Scenario(internet_outages_per_year=20, internet_outage_s=0.02 * YEAR_S), 1)
MOVING = Chances(Scenario(reschedules_per_year=32), 12)


def hosts_been_on(lives: Sequence[DrawnLife]) -> Summary:
    """On how many of twelve hosts a pod has been that moved ten times."""
    moves = [[host for _, host in of_kind(life, MOVE)] for life in lives]
    assert all(len(hosts) >= 10 for hosts in moves)
    return Summary.of(len(set(hosts[:10])) for hosts in moves)


def time_away(lives: Sequence[DrawnLife]) -> Summary:
    """For how many billionths of a year the internet was away."""
    return Summary.of(round(1e9 * sum(end - begin for begin, end in life.internet_away)) for life in lives)


HOSTS_BEEN_ON = 12 * (1 - (11 / 12) ** 10)
TIME_AWAY = 1e9 * 0.4 / 1.4


def test_cf8_and_cf12_are_the_means_of_many_lives() -> None:
    assert mean_interval(hosts_been_on(drawn_lives(MOVING, 1, 0, 2_000)), 0.999).holds(HOSTS_BEEN_ON)
    assert mean_interval(time_away(drawn_lives(FAILING, 2, 0, 4_000)), 0.999).holds(TIME_AWAY)


def test_cf12_pulls_at_random_times_meet_an_outage_as_often_as_it_lasts() -> None:
    pulling = replace(FAILING, scenario=replace(FAILING.scenario, reimages_per_node_year=30))
    lives = drawn_lives(pulling, 4, 0, 2_000)
    blocked = Summary.of(
        sum(begin <= at < end for at, _ in of_kind(life, FAILURE) for begin, end in life.internet_away)
        for life in lives
    )

    # Thinned: 30 a year, each with the chance l m / (1 + l m) of what is away.
    assert mean_interval(blocked, 0.999).holds(30 * 0.4 / 1.4)


def test_what_fails_is_away_at_the_beginning_as_often_as_later() -> None:
    begun = [life.internet_away[:1] for life in drawn_lives(FAILING, 3, 0, 2_000)]

    # Four standard deviations of a share of 2,000.
    assert sum(bool(span) and span[0][0] == 0 for span in begun) / 2_000 == pytest.approx(0.4 / 1.4, abs=0.041)


@pytest.mark.slow
def test_intervals_hold_cf8_and_cf12_in_93_to_97_of_100_cases() -> None:
    blocks = range(1_000)
    held = (
        sum(mean_interval(hosts_been_on(drawn_lives(MOVING, 1, block, 20))).holds(HOSTS_BEEN_ON) for block in blocks),
        sum(mean_interval(time_away(drawn_lives(FAILING, 2, block, 20))).holds(TIME_AWAY) for block in blocks),
    )

    assert all(930 <= each <= 970 for each in held), held


def test_cf9_a_pod_is_tried_again_150_s_after_a_long_outage_on_average_and_never_later_than_300_s() -> None:
    failing = Chances(Scenario(years=20, internet_outages_per_year=20, internet_outage_s=86_400), 1)
    lengths = [
        (end - begin) * YEAR_S
        for life in drawn_lives(failing, 9, 0, 6)
        for begin, end in life.internet_away
        if begin > 0 and end < 20
    ]
    later = [overshoot_s(length) for length in lengths if length > 3_100]

    assert all(0 <= each <= 300 for each in later)
    assert mean_interval(Summary.of(round(1_000 * each) for each in later), 0.999).holds(150_000)
