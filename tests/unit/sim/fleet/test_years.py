"""Years added up by prices carry what lives do that are walked event by event, and vary as these do."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from math import inf
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InvalidSite
from regplan.model.profile import Spread
from regplan.model.site import Scenario
from regplan.sim.carried.life import Course, Terms, topologies_of
from regplan.sim.carried.of_site import Release, SiteImages
from regplan.sim.chance.draws import FAILURE, JOIN, RELEASE, Chances, DrawnLife, Happening, Varied, drawn_lives
from regplan.sim.chance.intervals import mean_interval
from regplan.sim.chance.summary import Summary
from regplan.sim.chance.walk import Walk
from regplan.sim.fleet.events import drawn_events
from regplan.sim.fleet.prices import prices_of
from regplan.sim.fleet.subject import Spec, Subject
from regplan.sim.fleet.tables import Tables
from regplan.sim.fleet.years import years_of
from unit.plan.builders import declarations, entry, host, image, inventory, site, use, workload
from unit.sim.carried.test_life import demo_images
from unit.sim.carried.test_year import two_hosts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.sim.carried.topology import CacheKind
    from regplan.sim.fleet.events import Events

np = pytest.importorskip("numpy")

QUIET = Scenario(node_adds=2, reimages_per_node_year=1.5, upgrades_per_year=1.2, years=1.5)
# Nobody but hosts that join warms a cache.
SOUND = Scenario(node_adds=2, upgrades_per_year=1.2, years=1.5)
SPEC = Spec(7, 60)


def subject(images: SiteImages, scenario: Scenario, hosts: int, delta: float | None = None, **terms: Any) -> Subject:
    told = Terms(hosts, **terms)
    rates = scenario.years, scenario.reimages_per_node_year, scenario.upgrades_per_year, scenario.reschedules_per_year
    return Subject(2, "store-1", *rates, prices_of(images, told, scenario, delta))


def lives(of: Subject, events: Events, draws: int, names: Sequence[str] = ()) -> Iterator[DrawnLife]:
    """Write out what was drawn, life by life; a site takes its releases in turn, and only the first has a time here.

    What goes past the registry finds it away for a moment.
    """
    hosts = len(of.prices.kinds) - of.prices.joins
    for draw in range(draws):
        joins = sorted(events.joins[:, draw].tolist())
        found = [Happening(at, JOIN) for at in joins]
        past = events.joins[:, draw][events.joins_past[:, draw] < of.prices.past].tolist()
        failures = zip(events.failure_draws, events.failure_at, events.failure_hosts, events.failures_past, strict=True)
        for of_draw, at, which, chance in failures:
            if of_draw == draw and which < hosts + sum(join < at for join in joins):
                found.append(Happening(float(at), FAILURE, int(which)))
                past += [float(at)] * bool(chance < of.prices.past)
        count, first = int(events.upgrades[draw]), float(events.first_upgrade[draw])
        found += [Happening(first, RELEASE)] * count
        past += [first] * (count > 0 and float(events.upgrade_past[draw]) < of.prices.past)
        away = tuple((at, at + 1e-10) for at in sorted(past))
        missing = (
            frozenset()
            if events.missing is None
            else {name for name, lost in zip(names, events.missing[draw], strict=True) if lost}
        )
        happenings = tuple(sorted(found, key=lambda each: each.at))
        yield DrawnLife(of.years, happenings, registry_away=away, missing=frozenset(missing))


def unlike_hosts() -> SiteImages:
    """Three hosts, of which the first and the last run what the one between them does not."""
    roles = ("control-plane", "worker", "control-plane")
    releases = []
    for number in (1, 2):
        names = f"shop/agent:{number}", f"shop/control:{number}"
        spreads = workload(names[0], Spread.EVERY_HOST, 1), workload(names[1], Spread.CONTROL_PLANE, 1)
        sizes = (
            image(f"agent-{number}", {f"agent-{number}": 300}),
            image(f"control-{number}", {f"control-{number}": 700}),
        )
        found = inventory(*(entry(name, each) for name, each in zip(names, sizes, strict=True)))
        releases.append(Release(declarations(*map(use, names), workloads=spreads), found))
    return SiteImages(site(hosts=tuple(host(f"node-{n}", role=role) for n, role in enumerate(roles))), releases)


@cache
def images_of(name: str) -> tuple[SiteImages, int]:
    made = {"two": two_hosts, "unnamed": lambda: two_hosts(upgrade=False), "unlike": unlike_hosts}
    images = made.get(name, lambda: demo_images(name))()
    return images, len(images.version(0, 1).runs)


@pytest.mark.parametrize("name", ["two", "unnamed", "unlike", "site.yaml", "site-single.yaml"])
@pytest.mark.parametrize(
    ("cache", "scenario"),
    [("zot", QUIET), ("harbor", QUIET), ("harbor", SOUND), ("zot", replace(QUIET, node_adds=0))],
    ids=("zot", "harbor", "sound", "as many hosts"),
)
def test_years_are_to_the_byte_what_lives_walked_event_by_event_carry(
    name: str, cache: CacheKind, scenario: Scenario
) -> None:
    images, hosts = images_of(name)
    of = subject(images, scenario, hosts, 0.3, cache=cache)
    events = drawn_events(of, SPEC)
    found = years_of([events], Tables(of.prices))

    course, drawn = Course(images, 1), list(lives(of, events, SPEC.draws))
    for place, (topology, way) in enumerate(topologies_of(Terms(hosts, cache=cache)).items()):
        walk = Walk(course, way, 0.3)
        walked = [walk.lived(each).wan_bytes for each in drawn]
        if topology == "peer-to-peer":
            # It hangs on who still holds what an older version left behind.
            assert found.wan[place].tolist() == pytest.approx(walked, rel=0.05)
            assert found.wan[place].sum() == pytest.approx(sum(walked), rel=0.01)
        else:
            assert found.wan[place].tolist() == walked, topology
    assert len(set(found.wan[0].tolist())) > 2


@pytest.mark.parametrize("what", ["failures_past", "joins_past", "upgrade_past"])
@pytest.mark.parametrize("fallback", ["agent", "none"])
def test_what_finds_the_registry_away_is_pulled_past_it_or_not_at_all(what: str, fallback: str) -> None:
    images, hosts = images_of("site.yaml")
    scenario = replace(QUIET, registry_outages_per_year=365, registry_outage_s=86_400)
    of = subject(images, scenario, hosts, fallback=fallback)
    # One event in two, of one kind alone; it is away for half of the time.
    drawn = drawn_events(of, Spec(8, 40))
    others = {
        key: np.ones_like(getattr(drawn, key)) for key in ("failures_past", "joins_past", "upgrade_past") if key != what
    }
    events = replace(drawn, **others)
    found = years_of([events], Tables(of.prices)).wan

    assert of.prices.past == 0.5
    ways, drawn_lives_of = topologies_of(Terms(hosts, fallback=fallback)), list(lives(of, events, 40))
    # A cache that was passed is cold for longer, which is left out but for hosts that fail.
    compared = {"direct", "primary", "bundle"} | (
        {"pull-through"} if what == "failures_past" or fallback == "none" else set()
    )
    for place, (topology, way) in enumerate(ways.items()):
        walk = Walk(Course(images, 1), way)
        if topology in compared:
            assert found[place].tolist() == [walk.lived(each).wan_bytes for each in drawn_lives_of], topology
    usual = years_of([replace(events, **{what: np.ones_like(getattr(events, what))})], Tables(of.prices)).wan
    assert (found[1] > usual[1]).any() == (fallback == "agent")


@pytest.mark.parametrize(
    ("name", "chance"), [("two", 0.2), ("two", 0.7), ("unnamed", 0.4), ("site.yaml", 0.03), ("site-single.yaml", 0.6)]
)
@pytest.mark.parametrize("fallback", ["agent", "none"])
def test_images_that_the_registry_lacks_cost_to_the_byte_what_they_do_in_lives_walked_event_by_event(
    name: str, fallback: str, chance: float
) -> None:
    images, hosts = images_of(name)
    often = 365 if fallback == "agent" else 0
    scenario = replace(QUIET, missing=chance, registry_outages_per_year=often, registry_outage_s=86_400)
    of = subject(images, scenario, hosts, 0.3, fallback=fallback)
    spec = Spec(7, 16)
    events = replace(drawn_events(of, spec), upgrade_past=np.ones(spec.draws))
    found = years_of([events], Tables(of.prices))

    names = images.version(0, 1).content
    drawn = list(lives(of, events, spec.draws, names))
    lost = sum(len(each.missing) for each in drawn)
    assert lost == pytest.approx(chance * len(names) * spec.draws, abs=2 * (len(names) * spec.draws) ** 0.5)
    ways = topologies_of(Terms(hosts, fallback=fallback))
    for place, topology in ((1, "primary"), (2, "bundle")):
        walk = Walk(Course(images, 1), ways[topology], 0.3)
        assert found.wan[place].tolist() == [walk.lived(each).wan_bytes for each in drawn], topology
    # Nobody but a registry lacks images.
    whole = years_of([replace(events, missing=np.zeros_like(events.missing))], Tables(of.prices))
    assert found.wan[[0, 3, 4]].tolist() == whole.wan[[0, 3, 4]].tolist()
    assert (found.wan[1] != whole.wan[1]).any()
    assert (found.wan[2] > 0).any() == (fallback == "agent")


@pytest.mark.slow
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_means_of_years_with_outages_and_moves_are_those_of_walked_lives_to_within_two_per_cent(missing: float) -> None:
    images, hosts = images_of("site.yaml")
    scenario = Scenario(
        node_adds=1, reimages_per_node_year=1, upgrades_per_year=2, reschedules_per_year=12, missing=missing,
        registry_outages_per_year=6, registry_outage_s=8 * 3600, internet_outages_per_year=12,
    )  # fmt: skip
    of = subject(images, scenario, hosts, fallback="agent")
    found = years_of([drawn_events(of, Spec(7, 4_000))], Tables(of.prices)).wan

    chances = Chances(scenario, hosts, images.version(0, 1).content, missing)
    drawn = [each for block in range(6) for each in drawn_lives(chances, 7, block)]
    for place, (topology, way) in enumerate(topologies_of(Terms(hosts, fallback="agent")).items()):
        walk = Walk(Course(images, 1), way)
        walked = mean_interval(Summary.of(walk.lived(each).wan_bytes for each in drawn))
        apart = abs(float(found[place].mean()) - walked.value)
        assert apart <= 0.02 * walked.value + walked.half, topology


def test_how_often_one_thing_happens_shifts_no_draw_of_another_and_every_site_has_its_own() -> None:
    images, hosts = images_of("two")
    few = drawn_events(subject(images, QUIET, hosts), SPEC)
    many = drawn_events(subject(images, Scenario(node_adds=2, reimages_per_node_year=9, years=1.5), hosts), SPEC)
    other = drawn_events(Subject(3, "store-2", 1.5, 1.5, 1.2, 0, subject(images, QUIET, hosts).prices), SPEC)

    assert few.joins.tolist() == many.joins.tolist() != other.joins.tolist()
    assert len(many.failure_draws) > 3 * len(few.failure_draws)
    # Releases are the fleet's.
    assert few.first_upgrade.tolist() == other.first_upgrade.tolist()
    assert set(many.first_upgrade.tolist()) == {inf}


@pytest.mark.parametrize("seed", [0, 7, 2**32 + 5, 2**127, 2**130 + 1])
def test_a_site_has_the_streams_of_its_name_under_its_seed(seed: int) -> None:
    images, hosts = images_of("two")
    moving = replace(subject(images, Scenario(reschedules_per_year=12), hosts), name="a store")
    words = [int.from_bytes(hashlib.sha256(b"a store").digest()[place : place + 4], "big") for place in range(0, 16, 4)]
    stream = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, *words, 2)))

    assert drawn_events(moving, Spec(seed, 50)).moves.tolist() == stream.poisson(12, 50).tolist()


def test_what_moves_to_a_host_comes_past_a_registry_that_lacks_it() -> None:
    images, hosts = images_of("site.yaml")
    of = subject(images, Scenario(reschedules_per_year=30, missing=0.5), hosts, fallback="agent")
    events = drawn_events(of, SPEC)
    still = replace(events, moves=np.zeros_like(events.moves))
    moving, resting, lost = (
        years_of([each], Tables(of.prices)).wan
        for each in (events, still, replace(events, missing=np.ones_like(events.missing)))
    )

    direct, primary, bundle = (moving - resting)[:3]
    assert (primary > 0).any()
    assert (primary <= direct).all()
    assert primary.tolist() == bundle.tolist()
    # Where all are missing, all that moves comes over the internet, as it does without a registry.
    assert (lost[1] - resting_without(of, still)).tolist() == pytest.approx((moving[0] - resting[0]).tolist(), abs=1)


def resting_without(of: Subject, events: Events) -> Any:
    lost = replace(events, missing=np.ones_like(events.missing))
    return years_of([lost], Tables(of.prices)).wan[1]


def test_a_site_where_nothing_happens_carries_its_set_up_and_rates_that_were_seen_are_each_as_likely() -> None:
    images, hosts = images_of("two")
    quiet = replace(subject(images, Scenario(), hosts), internet=Varied((0.5, 1.0, 4.0)), unpacking=Varied(spread=0.5))
    events = drawn_events(quiet, Spec(7, 3_000))
    found = years_of([events], Tables(quiet.prices))

    assert {tuple(each) for each in found.wan.T.tolist()} == {(2_030, 1_015, 0, 1_015, 1_015)}
    assert not found.release.any()
    counts = [int((events.internet == ratio).sum()) for ratio in (0.5, 1.0, 4.0)]
    assert counts == pytest.approx([1_000] * 3, abs=100)
    assert np.log(events.unpacking).std() == pytest.approx(0.5, rel=0.05)
    assert np.median(events.unpacking) == pytest.approx(1, abs=0.04)


def test_a_site_with_fewer_upgrades_takes_some_of_those_that_others_take() -> None:
    images, hosts = images_of("two")
    seldom, often = (
        drawn_events(subject(images, Scenario(years=2, upgrades_per_year=rate), hosts), Spec(3, 4_000))
        for rate in (0.5, 2.5)
    )

    assert (seldom.upgrades <= often.upgrades).all()
    assert (seldom.first_upgrade >= often.first_upgrade).all()
    for events, expected in ((seldom, 1.0), (often, 5.0)):
        assert events.upgrades.mean() == pytest.approx(expected, abs=5 * (expected / 4_000) ** 0.5)
        assert events.upgrades.var() == pytest.approx(expected, rel=0.15)
    # Of those with an upgrade, half of one in 2 years comes at first where 1 - exp(-t / 2) says.
    early = (seldom.first_upgrade < 1).mean()
    assert early == pytest.approx(1 - np.exp(-0.5), abs=0.04)


def test_upgrades_of_which_nobody_told_what_they_bring_are_refused_however_seldom_they_are() -> None:
    images, hosts = images_of("unnamed")

    with pytest.raises(InvalidSite, match="the site names no version"):
        subject(images, Scenario(upgrades_per_year=0.1), hosts)
    with pytest.raises(InvalidSite, match=r"scenario\.years"):
        subject(images, Scenario(years=0), hosts)
