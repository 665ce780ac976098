"""The scenario as expected, held against sums that a reader can follow, and against the ledger for the demo."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from independent.carried import Ledger
from independent.lives import TOPOLOGIES, ledger_site
from regplan.errors import InvalidSite
from regplan.model.profile import Spread
from regplan.model.site import Scenario
from regplan.sim.carried.life import Terms
from regplan.sim.carried.of_site import Release, SiteImages
from regplan.sim.carried.year import expected_of
from unit.plan.builders import declarations, entry, host, image, inventory, site, use, workload
from unit.sim.carried.test_life import demo_images

if TYPE_CHECKING:
    from regplan.model.life import ExpectedWay, LifeExpected

DEMO = Path(__file__).parents[4] / "data" / "demo"
# One app on every one of two hosts: 10 for its manifest, 5 for its config, and layers.
SIZE, NEXT_NEW = 1_015, 265


def two_hosts(*, upgrade: bool = True, spread: Spread = Spread.EVERY_HOST) -> SiteImages:
    told = site(hosts=(host("a", role="worker"), host("b", role="worker")))
    declared = declarations(use("shop/app:1"), workloads=(workload("shop/app:1", spread, 1),))
    newer = declarations(use("shop/app:2"), workloads=(workload("shop/app:2", spread, 1),))
    releases = [Release(declared, inventory(entry("shop/app:1", image("app", {"base": 800, "app": 200}))))]
    if upgrade:
        releases.append(Release(newer, inventory(entry("shop/app:2", image("app-2", {"base": 800, "app-2": 250})))))
    return SiteImages(told, releases)


def ways(found: LifeExpected) -> dict[str, ExpectedWay]:
    return {each.topology: each for each in found.ways}


def test_a_year_adds_up_its_events_at_their_rates() -> None:
    scenario = Scenario(years=2, node_adds=1, reimages_per_node_year=0.5, upgrades_per_year=1)

    found = expected_of(two_hosts(), Terms(2), scenario)

    # The host joins after a year, as the first upgrade comes; the second upgrade ends the scenario.
    anew = 0.5 * (2 * SIZE) + 0.5 * (3 * (SIZE + 50))
    direct = ways(found)["direct"]
    assert (found.upgrades, found.given_upgrades) == (2, 1)
    assert dict(direct.parts) == {
        "bootstrap": 2 * SIZE,
        "node-add": SIZE,
        "reimage": round(anew),
        "upgrade": 2 * 3 * NEXT_NEW,
    }
    assert direct.wan_bytes == round(2 * SIZE + SIZE + anew + 6 * NEXT_NEW)
    assert len(direct.wan_month_bytes) == 24
    primary = ways(found)["primary"]
    assert dict(primary.parts) == {"bootstrap": SIZE, "node-add": 0, "reimage": 0, "upgrade": 2 * NEXT_NEW}
    assert primary.saved_bytes == direct.wan_bytes - primary.wan_bytes
    assert ways(found)["bundle"].media_bytes == SIZE + 2 * NEXT_NEW
    assert ways(found)["bundle"].visits == 3


def test_months_add_up_and_events_stand_in_theirs() -> None:
    found = expected_of(two_hosts(), Terms(2), Scenario(years=1, upgrades_per_year=2))

    direct = ways(found)["direct"].wan_month_bytes
    assert direct[0] == 2 * SIZE
    assert direct[6] == direct[11] == 2 * NEXT_NEW
    assert sum(direct) == ways(found)["direct"].wan_bytes


def test_pods_that_move_pull_what_their_new_host_lacks() -> None:
    # The app is on one of two hosts; a move takes it to either.
    found = expected_of(two_hosts(spread=Spread.REPLICAS), Terms(2), Scenario(years=1, reschedules_per_year=3))

    expected = round(SIZE * (1 - 0.5**3))
    assert dict(ways(found)["direct"].parts)["reschedule"] == expected
    assert dict(ways(found)["primary"].parts)["reschedule"] == 0
    assert ways(found)["primary"].lan_bytes == SIZE + expected


def test_a_registry_that_is_away_is_waited_for_or_gone_past() -> None:
    away = 365 * 86_400 / 9  # so that it is away a tenth of the time
    scenario = Scenario(1, 0, 1, registry_outages_per_year=1, registry_outage_s=away)
    airgapped = Terms(2, fallback="agent", has_internet=False)

    waits, past = (
        ways(expected_of(two_hosts(), Terms(2, fallback=each), scenario))["primary"] for each in ("none", "agent")
    )

    assert waits.waiting == pytest.approx(0.2)
    assert past.waiting == 0
    assert dict(waits.parts)["reimage"] == 0
    assert dict(past.parts)["reimage"] == round(0.1 * 2 * SIZE)
    assert (waits.lan_bytes, past.lan_bytes) == (4 * SIZE, 2 * SIZE + round(0.9 * 2 * SIZE))
    assert ways(expected_of(two_hosts(), airgapped, scenario))["primary"].waiting == pytest.approx(0.2)
    assert ways(expected_of(two_hosts(), Terms(2), scenario))["direct"].waiting == 0


def test_an_internet_link_that_is_away_is_waited_for_by_direct_pulls_alone() -> None:
    scenario = Scenario(1, 0, 1, internet_outages_per_year=1, internet_outage_s=365 * 86_400 / 9)
    found = ways(expected_of(two_hosts(), Terms(2), scenario))

    assert found["direct"].waiting == pytest.approx(0.2)
    assert found["primary"].waiting == 0


def test_prices_are_of_bytes_and_of_visits() -> None:
    scenario = Scenario(years=1, upgrades_per_year=1, price_per_gb=1e9, price_per_visit=7)
    found = ways(expected_of(two_hosts(), Terms(2), scenario))

    assert found["direct"].cost == pytest.approx(found["direct"].wan_bytes)
    assert found["bundle"].cost == 14
    assert (
        ways(expected_of(two_hosts(), Terms(2), replace(scenario, price_per_gb=None, price_per_visit=None)))[
            "direct"
        ].cost
        is None
    )


def test_upgrades_of_which_no_version_is_given_are_refused_unless_their_share_is() -> None:
    scenario = Scenario(years=2, upgrades_per_year=2)
    with pytest.raises(
        InvalidSite, match=r"scenario.upgrades_per_year: 4 upgrades in 2 years, and the site names no version"
    ):
        expected_of(two_hosts(upgrade=False), Terms(2), scenario)

    found = ways(expected_of(two_hosts(upgrade=False), Terms(2), scenario, 0.2))

    assert dict(found["direct"].parts)["upgrade"] == round(4 * 0.2 * 2 * SIZE)
    assert dict(found["primary"].parts)["upgrade"] == round(4 * 0.2 * SIZE)


def test_a_scenario_of_no_time_is_refused() -> None:
    with pytest.raises(InvalidSite, match=r"scenario.years: a scenario of 0 years"):
        expected_of(two_hosts(), Terms(2), Scenario(years=0))


@pytest.mark.parametrize("upgrades", [0, 1])
@pytest.mark.parametrize("pulls", [0, 0.4, 3])
def test_a_registry_pays_over_the_scenario_from_as_many_hosts_as_counting_finds(upgrades: int, pulls: float) -> None:
    scenario = Scenario(years=1, reimages_per_node_year=pulls, upgrades_per_year=upgrades)
    found = expected_of(two_hosts(), Terms(2), scenario)

    # The upgrade ends the year, so that all hosts that are set up anew pull the first version.
    registry = SIZE + upgrades * NEXT_NEW
    counted = next(n for n in range(1, 99) if n * (SIZE * (1 + pulls) + upgrades * NEXT_NEW) > registry)
    assert found.break_even_hosts == counted


@pytest.mark.parametrize("name", ["direct", "primary", "bundle", "pull-through", "peer-to-peer"])
def test_the_demo_s_years_are_what_the_ledger_adds_up(name: str) -> None:
    """Without hosts that join, and without outages and moves, which have tests of their own."""
    scenario = Scenario(years=3, reimages_per_node_year=0.5, upgrades_per_year=4)
    found = ways(expected_of(demo_images("site.yaml"), Terms(3), scenario))[name]
    files: dict[str, Any] = ledger_site(DEMO / "site.yaml")

    ledger = Ledger(files, TOPOLOGIES[name])
    boot = ledger.bootstrap()[0]
    before = [_wiped(files, name, host, upgraded=False) for host in files["hosts"]]
    after = [_wiped(files, name, host, upgraded=True) for host in files["hosts"]]
    upgrade = ledger.upgrade()[0]

    assert dict(found.parts)["bootstrap"] == boot
    assert dict(found.parts)["upgrade"] == 12 * upgrade
    if name != "pull-through":  # which fetches once what was pulled before it lived
        assert dict(found.parts)["reimage"] == pytest.approx(0.5 * (0.25 * sum(before) + 2.75 * sum(after)), abs=1)


def _wiped(files: dict[str, Any], name: str, host: str, *, upgraded: bool) -> int:
    ledger = Ledger(files, TOPOLOGIES[name])
    ledger.bootstrap()
    if upgraded:
        ledger.upgrade()
        ledger.site = {**files, "content": files["next"]["content"]}
    return ledger.wipe(host)[0]


def test_a_cache_fetches_once_what_was_pulled_before_it_lived() -> None:
    told = site(hosts=(host("a"), host("b")))
    declared = declarations(use("cni/cni:1", pack="cni", layer="cni"))
    images = SiteImages(told, [Release(declared, inventory(entry("cni/cni:1", image("cni", {"cni": 985}))))])

    found = ways(expected_of(images, Terms(2, "distribution"), Scenario(years=3, reimages_per_node_year=5)))

    # Thirty hosts are set up anew, and it is as good as certain that one is.
    assert dict(found["pull-through"].parts)["reimage"] == pytest.approx(1_000, abs=1)


def test_what_a_cache_fetched_for_one_host_it_fetches_for_no_other() -> None:
    told = site(hosts=(host("a"), host("b")))
    declared = declarations(use("cni/cni:1", pack="cni", layer="cni"))
    images = SiteImages(told, [Release(declared, inventory(entry("cni/cni:1", image("cni", {"cni": 985}))))])

    # Two hosts join, so that hosts are set up anew before the first, between both, and after.
    scenario = Scenario(years=3, node_adds=2, reimages_per_node_year=0.5)
    found = dict(ways(expected_of(images, Terms(2, "distribution"), scenario))["pull-through"].parts)

    assert found["reimage"] == pytest.approx(1_000 * (1 - math.exp(-1)), abs=1)
    assert found["reimage"] + found["node-add"] == pytest.approx(1_000, abs=1)
