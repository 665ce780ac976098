"""A life under a topology carries what its events carry, in the month in which it comes, and outages delay and never lose it."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import count

import pytest

from regplan.model.profile import Spread
from regplan.model.site import Scenario
from regplan.sim.carried.life import Course, Terms, topologies_of
from regplan.sim.carried.of_site import Release, SiteImages
from regplan.sim.chance.draws import FAILURE, JOIN, MOVE, RELEASE, YEAR_S, Chances, DrawnLife, Happening, drawn_lives
from regplan.sim.chance.intervals import mean_interval
from regplan.sim.chance.summary import Summary
from regplan.sim.chance.walk import Lived, Walk
from unit.plan.builders import declarations, entry, host, image, inventory, site, use, workload
from unit.sim.carried.test_life import demo_images
from unit.sim.carried.test_year import NEXT_NEW, SIZE, two_hosts

TERMS = Terms(2)
# A host set up anew after the upgrade pulls the newer image whole, 50 bytes larger.
NEWER = SIZE + 50
FULL = DrawnLife(
    1,
    (
        Happening(0.1, FAILURE, 0),
        Happening(0.5, RELEASE),
        Happening(0.6, JOIN),
        Happening(0.7, FAILURE, 2),
        Happening(0.9, RELEASE),
    ),
)


def lived(topology: str, drawn: DrawnLife, images: SiteImages | None = None, delta: float | None = None) -> Lived:
    course = Course(images or two_hosts(), 1)
    return Walk(course, topologies_of(TERMS)[topology], delta).lived(drawn)


def months(**sizes: int) -> tuple[int, ...]:
    return tuple(sizes.get(f"m{number}", 0) for number in range(1, 13))


def test_direct_pulls_are_counted_event_by_event_in_their_months() -> None:
    found = lived("direct", FULL)

    # The site names one upgrade: the second is taken to carry as much as the first did.
    assert found.wan_month_bytes == months(m1=2 * SIZE, m2=SIZE, m7=2 * NEXT_NEW, m8=NEWER, m9=NEWER, m11=2 * NEXT_NEW)
    assert (found.wan_bytes, found.lan_bytes, found.waits, found.waited_ms) == (sum(found.wan_month_bytes), 0, 0, 0)


def test_a_seeded_registry_carries_each_version_once_and_hosts_pull_over_the_lan() -> None:
    found = lived("primary", FULL)

    assert found.wan_month_bytes == months(m1=SIZE, m7=NEXT_NEW, m11=NEXT_NEW)
    assert found.lan_bytes == 2 * SIZE + SIZE + 2 * NEXT_NEW + NEWER + NEWER + 2 * NEXT_NEW
    assert lived("bundle", FULL).media_bytes == SIZE + 2 * NEXT_NEW
    assert lived("bundle", FULL).wan_bytes == 0


def test_a_life_tells_who_fetched_at_once_what_was_seeded_and_how_often_media_came() -> None:
    direct, primary, bundle, cache = (lived(name, FULL) for name in ("direct", "primary", "bundle", "pull-through"))

    # Two hosts at the bootstrap, three with the second upgrade, which is taken to be as large as the first.
    assert (direct.flows, direct.seeded_bytes, direct.visits) == (2, 0, 0)
    assert (primary.flows, primary.seeded_bytes, primary.visits) == (1, SIZE + 2 * NEXT_NEW, 0)
    assert (bundle.flows, bundle.visits) == (0, 3)
    assert cache.flows == 1
    assert [(each.boot_bytes, each.release_bytes) for each in (direct, primary, bundle)] == [
        (2 * SIZE, 2 * NEXT_NEW),
        (SIZE, NEXT_NEW),
        (0, 0),
    ]


def test_what_the_bootstrap_takes_is_told_also_where_the_internet_was_away() -> None:
    away = DrawnLife(1, internet_away=((0.0, 0.5),))

    assert lived("direct", away).boot_bytes == 2 * SIZE


def test_what_an_outage_stops_comes_when_it_ends_and_the_host_waits_until_it_is_tried_again() -> None:
    outage = replace(FULL, internet_away=((0.05, 0.3),))
    found = lived("direct", outage)

    assert found.wan_month_bytes == months(m1=2 * SIZE, m4=SIZE, m7=2 * NEXT_NEW, m8=NEWER, m9=NEWER, m11=2 * NEXT_NEW)
    assert found.waits == 1
    # From the fifth attempt on kubelet tries every 300 s: at 310 s, 610 s and so on.
    asked_s = 0.2 * YEAR_S
    again_s = 310 + 300 * math.ceil((asked_s - 310) / 300)
    assert found.waited_ms == pytest.approx(1_000 * again_s, abs=1)
    assert lived("primary", outage).waits == 0


def test_a_site_without_internet_at_its_beginning_waits_with_all_its_hosts() -> None:
    found = lived("direct", DrawnLife(1, internet_away=((0.0, 0.25),)))

    assert (found.wan_month_bytes, found.waits) == (months(m4=2 * SIZE), 2)


def test_a_host_that_waits_when_the_life_ends_has_waited_until_then() -> None:
    found = lived("primary", replace(FULL, registry_away=((0.65, 1.0),)))

    assert found.waits == 1
    assert found.waited_ms == round(0.3 * YEAR_S * 1_000)


def test_images_that_a_registry_has_not_keep_every_host_waiting_that_runs_them() -> None:
    missing = DrawnLife(1, missing=frozenset(two_hosts().library.images))
    found = lived("primary", missing)

    assert (found.wan_bytes, found.waits, found.waited_ms) == (0, 2, 2 * YEAR_S * 1_000)
    assert lived("direct", missing).waits == 0


def test_pods_that_move_bring_their_image_once_to_each_host() -> None:
    told = site(hosts=(host("a", role="worker"), host("b", role="worker")))
    declared = declarations(use("shop/app:1"), workloads=(workload("shop/app:1", Spread.REPLICAS, 1),))
    images = SiteImages(told, [Release(declared, inventory(entry("shop/app:1", image("app", {"base": 1_000}))))])
    moves = tuple(Happening(at, MOVE, number, 0.5) for at, number in ((0.2, 0), (0.3, 1), (0.4, 0), (0.5, 1)))

    assert lived("direct", DrawnLife(1, moves), images).wan_bytes == 2 * 1_015


def test_upgrades_of_a_site_that_names_no_version_bring_the_share_that_is_told() -> None:
    drawn = DrawnLife(1, (Happening(0.5, RELEASE), Happening(0.6, RELEASE)))
    images = two_hosts(upgrade=False)

    assert lived("direct", drawn, images, 0.2).wan_bytes == 2 * SIZE + 2 * round(0.2 * 2 * SIZE)
    assert lived("direct", drawn, images).wan_bytes == 2 * SIZE


def by_hand(drawn: DrawnLife) -> tuple[list[int], float]:
    """Tell what two hosts pull directly, by month, and how long they wait, in seconds, from when each must pull."""
    sizes, waited_s = [0] * 12, 0.0
    for number in (0, 1):
        pulled: dict[float, float] = {}
        for asked in (0.0, *(each.at for each in drawn.happenings if each.host == number)):
            until = next((end for begin, end in drawn.internet_away if begin <= asked < end), asked)
            pulled.setdefault(until, asked)
        for until, asked in pulled.items():
            length_s = (until - asked) * YEAR_S
            attempts = (10.0 * 2**place - 10 if place < 6 else 310.0 + 300 * (place - 5) for place in count())
            waited_s += length_s if until == 1 else next(attempt for attempt in attempts if attempt >= length_s)
            if until < 1:
                sizes[int(until * 12)] += SIZE
    return sizes, waited_s


def test_drawn_lives_carry_and_wait_as_a_reckoning_host_by_host_says() -> None:
    scenario = Scenario(reimages_per_node_year=6, internet_outages_per_year=6, internet_outage_s=12 * 86_400)
    walk = Walk(Course(two_hosts(), 1), topologies_of(TERMS)["direct"])
    for drawn in drawn_lives(Chances(scenario, 2), 3, 0, 60):
        found, (sizes, waited_s) = walk.lived(drawn), by_hand(drawn)

        assert list(found.wan_month_bytes) == sizes
        assert found.waited_ms == pytest.approx(1_000 * waited_s, abs=30)


def test_the_mean_of_many_lives_is_the_exact_expectation() -> None:
    scenario = Scenario(years=2, reimages_per_node_year=1, upgrades_per_year=1)
    walks = {name: Walk(Course(two_hosts(), 1), topologies_of(TERMS)[name]) for name in ("direct", "primary")}
    drawn = [life for block in range(12) for life in drawn_lives(Chances(scenario, 2), 5, block)]
    # Two releases are expected; the first is there at a time t with the probability 1 - exp(-t).
    newer_years = 2 - (1 - math.exp(-2))
    exact = {
        "direct": 2 * SIZE + 2 * 2 * NEXT_NEW + 2 * (2 * SIZE + 50 * newer_years),
        "primary": SIZE + 2 * NEXT_NEW,
    }

    for name, walk in walks.items():
        assert mean_interval(Summary.of(walk.lived(each).wan_bytes for each in drawn)).holds(exact[name])


def test_what_is_kept_of_earlier_lives_changes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = Scenario(
        node_adds=1, reimages_per_node_year=1, upgrades_per_year=2, reschedules_per_year=6, internet_outages_per_year=4
    )
    course = Course(demo_images("site-single.yaml"), 1)
    drawn = drawn_lives(Chances(scenario, len(course.first.runs)), 5, 0, 6)
    for topology in topologies_of(TERMS).values():
        once = Walk(course, topology)
        kept = [once.lived(each) for each in drawn]
        monkeypatch.setattr("regplan.sim.chance.walk._MOST_KEPT", 3)

        assert [Walk(course, topology).lived(each) for each in drawn] == kept
        monkeypatch.undo()
