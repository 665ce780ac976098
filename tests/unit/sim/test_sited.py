from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.profile import Declarations, Spread
from regplan.model.site import Assumptions, Link
from regplan.oci.compression import UnpackedSize
from regplan.plan.prepared import Prepared
from regplan.sim.disks import host_disks
from regplan.sim.placement import place
from regplan.sim.simulate import simulate
from regplan.sim.sited import sited
from unit.plan.builders import ARM64, digest, entry, host, hosts, image, index, inventory, site, use, workload

if TYPE_CHECKING:
    from regplan.model.site import Host, Site

AGENT = image("agent", {"base": 1000, "agent": 10})
AGENT_ARM = image("agent arm", {"base arm": 1100, "agent arm": 11}, platform=ARM64)
APP = image("app", {"base": 1000, "app": 200})
LOST = image("lost", {"lost": 70})
SET = inventory(
    entry("r.io/agent:1", AGENT, AGENT_ARM, indexes=(index("agent", 50, [AGENT, AGENT_ARM]),)),
    entry("r.io/app:1", APP),
    entry("r.io/lost:1", LOST),
)
SIZES = {digest("base"): UnpackedSize(3000), digest("app"): UnpackedSize(700)}
RUNS = Declarations(
    uses=(use("r.io/agent:1", layer="cni"), use("r.io/app:1"), use("r.io/lost:1")),
    workloads=(
        workload("r.io/agent:1", Spread.EVERY_HOST, layer="cni"),
        workload("r.io/app:1", Spread.REPLICAS, 2),
    ),
)
LINKS = {"internet_link": Link(8_000), "lan_link": Link(80_000)}


def mixed(*names: str) -> tuple[Host, ...]:
    roles = ("control-plane", "worker", "worker", "control-plane")
    arches = ("amd64", "arm64", "amd64", "amd64")
    told = zip(names, roles, arches, strict=False)
    return tuple(host(name, role=role, arch=arch) for name, role, arch in told)


SITES: tuple[Site, ...] = (
    site(hosts=hosts(1), **LINKS),
    site(hosts=hosts(3), **LINKS),
    site(hosts=hosts(3), assumptions=Assumptions(hosts_per_image=3, unpacked_ratio=2.0)),
    site(hosts=mixed("a", "b", "c", "d"), **LINKS),
    # The same hosts as before under other names, and faster links.
    site(hosts=mixed("zeta", "eta", "theta", "iota"), internet_link=Link(9_000_000), lan_link=Link(10**9)),
    site(hosts=hosts(2, arch="arm64"), **LINKS),
)


def test_sites_that_share_what_was_prepared_are_told_what_each_is_told_alone() -> None:
    prepared = Prepared(RUNS, SET, unpacked=SIZES)

    for each in [*SITES, *SITES]:
        alone = place(each, RUNS, SET)
        found = sited(each, prepared)

        assert found.simulation == simulate(each, alone, SET)
        assert found.disks == host_disks(each, alone, SET, SIZES)
        assert list(found.disks) == [one.name for one in each.hosts]
        assert found.simulation is not None
        assert found.image_bytes_by_host == dict(found.simulation.wire.host_bytes)


def test_a_site_without_hosts_has_nobody_who_pulls() -> None:
    found = sited(site(hosts=()), Prepared(RUNS, SET))

    assert (found.simulation, found.disks, found.image_bytes_by_host) == (None, {}, {})


def test_more_kinds_of_hosts_than_are_kept_change_nothing() -> None:
    prepared = Prepared(RUNS, SET)
    first = sited(site(hosts=hosts(1)), prepared)

    for number in range(1_001):
        sited(site(hosts=hosts(1), assumptions=Assumptions(unpacked_ratio=3 + number / 1_000)), prepared)

    assert sited(site(hosts=hosts(1)), prepared) == first


def test_each_host_needs_what_it_pulls_and_what_nobody_could_answer_for() -> None:
    given = Declarations(
        uses=(*RUNS.uses, use("r.io/gone:1"), use("r.io/stray:1"), use("r.io/os:1", layer="os")),
        workloads=(*RUNS.workloads, workload("r.io/gone:1", Spread.REPLICAS, 1)),
    )
    found = sited(site(hosts=hosts(3)), Prepared(given, SET)).needs
    adrift = {"r.io/lost:1", "r.io/stray:1"}

    assert {name: set(each.placed) for name, each in found.items()} == {
        "node-1": {"r.io/agent:1", "r.io/app:1", "r.io/gone:1"},
        "node-2": {"r.io/agent:1", "r.io/app:1"},
        "node-3": {"r.io/agent:1"},
    }
    assert [set(each.adrift) for each in found.values()] == [adrift] * 3


def test_the_only_host_needs_what_is_of_unknown_placement_too() -> None:
    (only,) = sited(site(hosts=hosts(1)), Prepared(RUNS, SET)).needs.values()

    assert set(only.placed) == {"r.io/agent:1", "r.io/app:1", "r.io/lost:1"}
    assert only.adrift == frozenset()
