"""A site as lives are drawn of it: without any chance its times are those that tier 1 tells of the same lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regplan.errors import InvalidSite
from regplan.model.clock import Pulling
from regplan.model.site import Link, Scenario, Site
from regplan.sim.chance.boots import ready_in
from regplan.sim.chance.draws import DrawnLife
from regplan.sim.chance.of_site import boot_of_site, chances_of, line_of
from regplan.sim.clock.booting import boot_clock
from regplan.sim.clock.pulling import HostPulls, ImagePull, LayerPull
from regplan.sim.clock.site_pulls import SitePulls
from unit.plan.builders import host
from unit.plan.builders import site as built

pytest.importorskip("numpy")

MB = 1_000_000
BASE = LayerPull("base", 40 * MB, 90 * MB)
EARLY = ImagePull("cni", (BASE, LayerPull("cni", 20 * MB, 50 * MB)), 2_000, 1_000, 500)
APP = ImagePull("app", (BASE, LayerPull("app", 300 * MB, 700 * MB)), 3_000, 1_500, 500)
TOOL = ImagePull("tool", (LayerPull("tool", 80 * MB, 80 * MB),), 1_000, 700, 0)
PULLS = SitePulls(
    (HostPulls("a", (EARLY, APP, TOOL)), HostPulls("b", (EARLY, TOOL)), HostPulls("c", (EARLY,))),
    (HostPulls("a", (EARLY,)), HostPulls("b", (EARLY,)), HostPulls("c", (EARLY,))),
)
CONTENT_BYTES = 450 * MB


def of(pulling: Pulling | None = None, internet: Link | None = None, lan: Link | None = None) -> Site:
    hosts = tuple(host(name, role="worker") for name in "abc")
    return built(hosts=hosts, internet_link=internet, lan_link=lan, pulls=pulling)


INTERNET, LAN = Link(20 * MB, 0.06), Link(1_000 * MB, 0.001)


@pytest.mark.parametrize(
    "site",
    [
        of(None, INTERNET, LAN),
        of(Pulling(unpack_bytes_per_s=20 * MB, one_image_at_a_time=True, wire_ratio=1.0), INTERNET, LAN),
        of(None, Link(200 * MB, 0.06, 5 * MB), Link(100 * MB, 0.001, 10 * MB)),
        of(Pulling(inflate_bytes_per_s=40 * MB, layer_overhead_s=0.7), Link(200 * MB, 0.06), LAN),
    ],
)
def test_a_life_in_which_nothing_varies_is_ready_when_tier_1_says(site: Site) -> None:
    boot = boot_of_site(site, PULLS, CONTENT_BYTES)
    assert boot is not None
    found = ready_in(boot, [DrawnLife(1)])
    told = {each.name: each for each in boot_clock(site, PULLS, CONTENT_BYTES, 1).boots}

    for name in ("direct", "primary", "bundle"):
        assert found[name].last_ms.most == pytest.approx(1_000 * (told[name].ready_max_s or 0), abs=2)
        assert found[name].hosts_ms.percentile(0.5) == pytest.approx(1_000 * (told[name].ready_p50_s or 0), rel=0.006)


def test_without_a_rate_of_the_network_only_direct_pulls_have_times_and_without_the_internet_s_nothing_has() -> None:
    boot = boot_of_site(of(None, INTERNET), PULLS, CONTENT_BYTES)

    assert boot is not None
    assert list(ready_in(boot, [DrawnLife(1)])) == ["direct"]
    assert boot_of_site(of(None, None, LAN), PULLS, CONTENT_BYTES) is None


def test_a_host_takes_of_the_line_what_its_port_and_its_connections_carry() -> None:
    assert line_of(of(None, INTERNET, LAN)).host_bps == 1_000 * MB
    assert line_of(of(None, Link(20 * MB, 0.06, 2 * MB), LAN)).host_bps == 3 * 2 * MB
    assert line_of(of(Pulling(wire_ratio=1.1))).rate_bps is None


def test_chances_are_those_of_the_scenario_and_rates_are_ratios_of_the_link_s_own() -> None:
    scenario = Scenario(internet_rates_bps=(10 * MB, 40 * MB), internet_spread=0.2, unpack_spread=0.1, missing=0.05)
    found = chances_of(of(None, INTERNET, LAN), scenario, ("x", "y"))

    assert (found.hosts, found.images, found.missing) == (3, ("x", "y"), 0.05)
    assert (found.internet.ratios, found.internet.spread, found.unpacking.spread) == ((0.5, 2.0), 0.2, 0.1)
    with pytest.raises(InvalidSite, match=r"scenario\.internet_rates: the site names no link"):
        chances_of(of(), scenario, ())
    with pytest.raises(InvalidSite, match=r"scenario\.window_rate: the site names no window"):
        chances_of(of(), Scenario(window_bps=MB), ())
    assert chances_of(of(), replace(Scenario(), window=(0, 3600), window_bps=MB), ()).internet.ratios == (1.0,)
