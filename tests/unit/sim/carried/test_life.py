"""The demo's life, held against a ledger that reads the same files and imports nothing of regplan; and drawn sites."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from independent.lives import TOPOLOGIES, events_of, ledger_site
from regplan.model.image import DeclaredImage, Inventory, ResolvedReference
from regplan.model.profile import Container, RegistrySettings, Spread
from regplan.model.wiring import Admission, Wiring
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.profile.read import NamedText, read
from regplan.profile.site import parse_site
from regplan.sim.carried.life import Terms, cache_kind, life_of, topologies_of
from regplan.sim.carried.of_site import Release, SiteImages
from regplan.sim.carried.topology import AgentFallback, PeerToPeer, Primary, PullThrough
from regplan.sim.placement import place
from regplan.sim.simulate import simulate
from regplan.store.recording import Recording
from unit.plan.builders import declarations, entry, host, image, index, inventory, site, use, workload

if TYPE_CHECKING:
    from regplan.model.life import CarriedEvent, Life
    from regplan.model.profile import Declarations
    from regplan.model.site import Site

DEMO = Path(__file__).parents[4] / "data" / "demo"
AMD64 = Platform("linux", "amd64")


def _release(paths: tuple[str, ...]) -> Release:
    told: Declarations = read([NamedText(path, Path(path).read_text(encoding="utf-8")) for path in paths])
    recording, entries = Recording(DEMO / "recording"), []
    for reference in told.references():
        (image,) = (each for each in recording.facts(reference) if each.platform.serves(AMD64))
        entries.append(ResolvedReference(reference, image.digest, (image,)))
    return Release(told, Inventory(tuple(entries), (), (AMD64,)))


@cache
def _demo(name: str) -> tuple[Site, SiteImages, Release]:
    path = DEMO / name
    told = parse_site(path.read_text(encoding="utf-8"), str(path))
    releases = _release(told.inputs.profiles), _release(told.inputs.upgrade_to)
    return told, SiteImages(told, releases), releases[0]


def demo_images(name: str) -> SiteImages:
    return _demo(name)[1]


@cache
def _life(name: str) -> Life:
    told, images, _ = _demo(name)
    return life_of(images, Terms(len(told.hosts)))


def _of(life: Life, event: str, topology: str) -> CarriedEvent:
    return next(each for each in life.events if (each.event, each.topology) == (event, topology))


@pytest.mark.parametrize("name", ["site.yaml", "site-single.yaml"])
@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_every_event_of_the_demo_carries_what_the_ledger_has(name: str, topology: str) -> None:
    expected = events_of(ledger_site(DEMO / name), TOPOLOGIES[topology])

    for event, paid in expected.items():
        found = _of(_life(name), event, topology)
        assert (found.wan_bytes, found.lan_bytes, found.media_bytes) == paid, event


@pytest.mark.parametrize("name", ["site.yaml", "site-single.yaml"])
def test_the_bootstrap_is_the_one_that_the_plan_tells(name: str) -> None:
    told, _, release = _demo(name)
    simulated = simulate(told, place(told, release.declarations, release.inventory), release.inventory)

    for each in simulated.scenarios:
        found = _of(_life(name), "bootstrap", each.name)
        assert (found.wan_bytes, found.lan_bytes, found.media_bytes) == (
            each.wan_bytes,
            each.lan_bytes,
            each.media_bytes,
        )
    direct = _of(_life(name), "bootstrap", "direct")
    assert (direct.wan_low_bytes, direct.wan_high_bytes) == (
        simulated.wire.direct_low_bytes,
        simulated.wire.direct_high_bytes,
    )


def test_two_of_the_demo_s_hosts_are_enough_for_a_registry_to_pay() -> None:
    found = _life("site.yaml")
    wire = {name: _of(found, "bootstrap", name).wan_bytes for name in ("direct", "primary")}
    seeded = _of(found, "bootstrap", "bundle").media_bytes

    # As many hosts as are needed, each pulling what the three do on average.
    counted = next(n for n in range(1, 99) if n * wire["direct"] / 3 > seeded + n * (wire["primary"] - seeded) / 3)
    assert found.break_even_hosts == counted == 2


def test_what_an_outage_blocks_is_told_by_image() -> None:
    told = {(each.outage, each.event, each.topology): each for each in _life("site.yaml").outages}

    assert len(told["internet", "reimage", "direct"].blocked) == 30
    assert told["internet", "reimage", "primary"].blocked == ()
    assert len(told["internet", "upgrade", "primary"].blocked) == 9
    assert told["internet", "upgrade", "bundle"].blocked == ()
    assert len(told["registry", "reimage", "primary"].blocked) == 30
    assert told["registry", "reimage", "peer-to-peer"].blocked == ()


@pytest.mark.parametrize("by_admission", [False, True])
def test_a_reboot_waits_for_images_that_are_always_asked_for(by_admission: bool) -> None:
    policy, admission = ("", (Admission("k8s", always_pulls=True),)) if by_admission else ("Always", ())
    made = replace(
        workload("shop/web:1", Spread.EVERY_HOST),
        containers=(Container("web", Reference.parse("shop/web:1"), pull_policy=policy),),
    )
    settings = RegistrySettings(wiring=Wiring(admissions=admission))
    declared = declarations(
        use("shop/web:1"),
        use("shop/db:1"),
        workloads=(made, workload("shop/db:1", Spread.EVERY_HOST)),
        settings=settings,
    )
    images = inventory(*(entry(f"shop/{name}:1", image(name, {name: 10})) for name in ("web", "db")))
    told = site(hosts=(host("a"), host("b")))

    found = life_of(SiteImages(told, [Release(declared, images)]), Terms(2, fallback="agent"))

    waits = {(each.outage, each.topology): each for each in found.outages if each.event == "reboot"}
    asked = ("docker.io/shop/db:1", "docker.io/shop/web:1") if by_admission else ("docker.io/shop/web:1",)
    assert waits["internet", "direct"].blocked == asked
    assert waits["internet", "primary"].blocked == ()
    assert (waits["registry", "primary"].blocked, waits["registry", "primary"].fallback) == ((), asked)


def test_with_a_fallback_nothing_waits_for_a_registry_that_is_away_unless_there_is_no_internet() -> None:
    _, images, _ = _demo("site.yaml")
    past, airgapped = (
        {
            (each.outage, each.event, each.topology): each
            for each in life_of(images, Terms(3, fallback="agent", has_internet=internet)).outages
        }
        for internet in (True, False)
    )

    assert (past["registry", "reimage", "primary"].blocked, len(past["registry", "reimage", "primary"].fallback)) == (
        (),
        30,
    )
    assert len(airgapped["registry", "reimage", "primary"].blocked) == 30


def test_a_claim_that_is_too_small_names_what_it_has_no_room_for() -> None:
    _, images, _ = _demo("site.yaml")

    assert life_of(images, Terms(3, room_bytes=2 * 10**9)).refused == ()
    assert life_of(images, Terms(3, room_bytes=9 * 10**8)).refused


def test_a_site_of_two_architectures_seeds_both_and_each_host_pulls_its_own() -> None:
    both = (
        image("web", layers={"base": 100, "web": 10}),
        image("web-arm", layers={"arm": 300}, platform=Platform("linux", "arm64")),
    )
    reference = Reference.parse("shop/web:1")
    told_images = inventory(entry(str(reference), *both))
    told = site(hosts=(host("a", role="worker"), host("b", role="worker", arch="arm64")))
    declared = declarations(use(str(reference)), workloads=(workload(str(reference), Spread.EVERY_HOST),))

    found = life_of(SiteImages(told, [Release(declared, told_images)]), Terms(2))

    sizes = [sum(blob.size or 0 for blob in image.content()) for image in both]
    assert _of(found, "bootstrap", "direct").wan_bytes == sum(sizes)
    assert _of(found, "bootstrap", "bundle").media_bytes == sum(sizes)
    assert _of(found, "node-add", "direct").wan_bytes == sizes[0]
    assert (_of(found, "reimage", "direct").wan_low_bytes, _of(found, "reimage", "direct").wan_high_bytes) == tuple(
        sorted(sizes)
    )
    assert not any(each.event == "upgrade" for each in found.events)


def test_a_declared_image_counts_with_its_size_and_its_other_platforms_are_not_known() -> None:
    reference = Reference.parse("shop/own:1")
    told = site(hosts=(host("a"), host("b")))
    images = SiteImages(
        told, [Release(declarations(use(str(reference))), Inventory((), declared=(DeclaredImage(reference, 500),)))]
    )

    found = life_of(images, Terms(2))

    bootstrap = _of(found, "bootstrap", "direct")
    assert (bootstrap.wan_bytes, bootstrap.wan_low_bytes, bootstrap.wan_high_bytes) == (500, 500, 1_000)
    assert _of(found, "bootstrap", "pull-through").unknown_images == ("docker.io/shop/own:1",)
    assert images.unknown == 1


def test_platforms_that_no_host_has_are_seeded_where_they_are_kept() -> None:
    both = image("web", {"web": 100}), image("web-arm", {"arm": 300}, platform=Platform("linux", "arm64"))
    kept = index("web", 20, both)
    told = site(hosts=(host("a"), host("b")))
    declared = declarations(use("shop/web:1"), workloads=(workload("shop/web:1", Spread.EVERY_HOST),))
    images = SiteImages(told, [Release(declared, inventory(entry("shop/web:1", *both, indexes=(kept,))))])

    found = life_of(images, Terms(2))

    # The index, and of each image its manifest of 10 and its config of 5.
    assert _of(found, "bootstrap", "direct").wan_bytes == 2 * (20 + 115)
    assert _of(found, "bootstrap", "bundle").media_bytes == 20 + 115 + 315
    cold = _of(found, "bootstrap", "pull-through")
    assert (cold.wan_bytes, cold.unknown_images) == (20 + 115 + 315, ())


@pytest.mark.parametrize(("raw", "through_index", "unknown"), [(b"{}", False, 0), (b"{}", True, 1), (None, False, 1)])
def test_other_platforms_are_known_only_of_what_is_no_index(
    raw: bytes | None, through_index: bool, unknown: int
) -> None:
    web = replace(image("web", {"web": 100}), raw=raw)
    found = replace(entry("shop/web:1", web), passed=(index("web", 20, (web,)),) if through_index else ())
    declared = declarations(use("shop/web:1"))
    images = SiteImages(site(hosts=(host("a"),)), [Release(declared, inventory(found))])

    assert len(_of(life_of(images, Terms(1)), "bootstrap", "pull-through").unknown_images) == unknown


def test_the_ways_follow_the_registry_s_kind_and_the_fallback() -> None:
    assert [cache_kind(kind) for kind in ("zot", "harbor", "other", "")] == [
        "zot",
        "harbor",
        "distribution",
        "distribution",
    ]
    ways = topologies_of(Terms(1, "harbor", "agent"))
    assert ways["pull-through"] == PullThrough("harbor", None, AgentFallback())
    assert ways["primary"] == Primary("wan", AgentFallback())
    assert topologies_of(Terms(1, asking=2, peer_extra=0.5))["peer-to-peer"] == PeerToPeer(0.5)
    assert topologies_of(Terms(1, asking=2, peer_extra=0.5))["pull-through"] == PullThrough("zot", 2)
    assert topologies_of(replace(Terms(1, fallback="agent"), has_internet=False))["bundle"] == Primary("bundle")
