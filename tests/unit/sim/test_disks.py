from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.image import DeclaredImage, Inventory
from regplan.model.profile import Declarations, Spread
from regplan.model.site import Assumptions
from regplan.oci.compression import UnpackedSize
from regplan.oci.reference import Reference
from regplan.sim.disks import host_disks
from regplan.sim.placement import place
from regplan.sim.simulate import simulate
from unit.plan.builders import ARM64, digest, entry, host, hosts, image, inventory, site, use, workload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.plan import HostDisk
    from regplan.model.site import Site
    from regplan.oci.digest import Digest

EVERYWHERE = image("everywhere", {"base": 1000, "agent": 10})
APP = image("app", {"base": 1000, "app": 200})
LOST = image("lost", {"lost": 70})
SET = inventory(entry("r.io/agent:1", EVERYWHERE), entry("r.io/app:1", APP), entry("r.io/lost:1", LOST))
SIZES = {
    digest("base"): UnpackedSize(3000),
    digest("agent"): UnpackedSize(30),
    digest("app"): UnpackedSize(700),
    digest("lost"): UnpackedSize(150),
}
RUNS = Declarations(
    uses=(use("r.io/agent:1"), use("r.io/app:1"), use("r.io/lost:1")),
    workloads=(workload("r.io/agent:1", Spread.EVERY_HOST), workload("r.io/app:1", Spread.REPLICAS, 1)),
)


def disks(
    given: Site, told: Inventory = SET, sizes: Mapping[Digest, UnpackedSize] = SIZES, runs: Declarations = RUNS
) -> dict[str, HostDisk]:
    return host_disks(given, place(given, runs, told), told, sizes)


def test_a_host_keeps_the_content_and_the_snapshots_of_what_it_runs() -> None:
    first, second = disks(site(hosts=hosts(2), assumptions=Assumptions(hosts_per_image=1))).values()

    # A manifest has 10 bytes and a config 5; the app and what nobody placed are on the first host.
    assert first.content_bytes == (1000 + 10 + 15) + (200 + 15) + (70 + 15)
    assert first.unpacked_bytes == 3000 + 30 + 700 + 150
    assert (second.content_bytes, second.unpacked_bytes) == (1000 + 10 + 15, 3030)
    assert (first.provenance, second.provenance) == ("measured", "measured")


def test_the_upper_bound_has_what_nobody_placed_on_every_host() -> None:
    first, second = disks(site(hosts=hosts(2))).values()

    assert (first.content_high_bytes, first.unpacked_high_bytes) == (first.content_bytes, first.unpacked_bytes)
    assert (second.content_high_bytes, second.unpacked_high_bytes) == (1025 + 85, 3030 + 150)
    assert second.high_bytes - second.size_bytes == 85 + 150


def test_content_is_what_the_host_pulls() -> None:
    given = site(hosts=hosts(3))
    wire = simulate(given, place(given, RUNS, SET), SET).wire

    assert {name: disk.content_bytes for name, disk in disks(given).items()} == dict(wire.host_bytes)


def test_what_was_not_measured_takes_the_assumed_ratio() -> None:
    given = site(hosts=hosts(1), assumptions=replace(Assumptions(), unpacked_ratio=2.5))
    (only,) = disks(given, sizes={digest("base"): UnpackedSize(3000)}).values()

    assert (only.unpacked_bytes, only.provenance) == (3000 + math.ceil((10 + 200 + 70) * 2.5), "mixed")


def test_a_declared_image_takes_its_size_and_the_assumed_ratio() -> None:
    told = replace(SET, declared=(DeclaredImage(Reference.parse("r.io/till:1"), 401),))
    runs = replace(RUNS, workloads=(*RUNS.workloads, workload("r.io/till:1", Spread.EVERY_HOST)))

    _, second = disks(site(hosts=hosts(2)), told, runs=runs).values()

    assert (second.content_bytes, second.unpacked_bytes) == (1025 + 401, 3030 + math.ceil(401 * 2.44))
    assert second.provenance == "mixed"


def test_a_host_unpacks_the_image_of_its_architecture() -> None:
    arm = image("arm", {"arm": 5}, platform=ARM64)
    told = inventory(entry("r.io/agent:1", EVERYWHERE, arm))
    given = site(hosts=(host("intel"), host("arm", arch="arm64")))

    found = disks(given, told, {**SIZES, digest("arm"): UnpackedSize(11)})

    assert {name: disk.unpacked_bytes for name, disk in found.items()} == {"intel": 3030, "arm": 11}


def test_a_site_without_hosts_has_no_disks() -> None:
    assert disks(site(hosts=())) == {}
