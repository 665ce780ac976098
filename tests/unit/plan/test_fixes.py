from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.model.finding import Verdict
from regplan.model.fix import Cost
from regplan.model.profile import RegistrySettings, UseStatus
from regplan.model.site import Assumptions
from regplan.plan.check import check_site, find_of
from regplan.plan.fixes.advice import advise
from regplan.plan.fixes.ground import Ground
from regplan.units import GB, GiB
from unit.plan.builders import (
    ARM64,
    WIRED,
    entry,
    facts,
    host,
    hosts,
    image,
    index,
    inventory,
    registry,
    site,
    use,
)
from unit.plan.test_rules_requests import deployment

if TYPE_CHECKING:
    from collections.abc import Collection

    from regplan.model.finding import Finding
    from regplan.model.fix import Advice, Fix
    from regplan.model.image import Inventory
    from regplan.model.profile import Declarations
    from regplan.model.site import Site
    from regplan.plan.check import Checked

FAIL, INCOMPLETE, MARGINAL, PASS, INFO = Verdict


def again(ground: Ground) -> Checked:
    """Plan a ground from nothing: no value of the search's is used."""
    return check_site(replace(facts(), site=ground.site, declarations=ground.declarations, inventory=ground.inventory))


def advice(given: Site, declared: Declarations | None = None, images: Inventory | None = None) -> Advice:
    base = facts()
    return advise(Ground(given, declared or base.declarations, images or base.inventory), again)


def changes(fix: Fix) -> list[tuple[str, str, str]]:
    return [(each.key, each.before, each.after) for each in fix.changes]


def only(found: Advice, rule: str) -> list[Fix]:
    return [fix for fix in found.fixes if rule in {each.rule for each in fix.removes}]


def test_a_site_that_meets_every_rule_needs_nothing() -> None:
    found = advice(site())

    assert (found.fixes, found.way_out) == ((), None)


def test_memory_is_raised_by_whole_gibibytes_and_no_further_than_needed() -> None:
    given = site(hosts=(host("node-1"), host("node-2", memory_bytes=7_800_000_000)))

    found = advice(given)

    # 8 GB are documented: 7 GiB are 7.52 GB, and 8 GiB are 8.59 GB.
    (fix,) = only(found, "host.memory")
    assert changes(fix) == [("hosts.node-2.memory", "7.8GB", "8GiB")]
    assert (fix.cost, fix.verdict, fix.title) == (Cost.HARDWARE, PASS, "Give node-2 8GiB of memory")
    assert found.way_out is not None
    assert (found.way_out.steps, found.way_out.verdict) == (("Give node-2 8GiB of memory",), PASS)


def test_hosts_that_lack_the_same_are_mended_together_each_with_what_it_needs() -> None:
    given = site(hosts=(host("node-1", cpu_milli=2000), host("node-2", cpu_milli=3000), host("node-3")))

    (fix,) = only(advice(given), "host.cpu")

    assert changes(fix) == [("hosts.node-1.cpu", "2", "4"), ("hosts.node-2.cpu", "3", "4")]
    assert fix.title == "Give node-1, node-2 4 processors"


def test_a_claim_is_raised_to_the_documented_minimum_in_whole_gibibytes() -> None:
    found = advice(site(registry=registry(storage_bytes=100 * GB)))

    # 300 GB are 279.4 GiB.
    (fix,) = only(found, "storage.minimum")
    assert changes(fix) == [("registry.storage", "100GB", "280GiB")]
    assert (fix.cost, fix.verdict) == (Cost.CLAIM, PASS)


def test_a_claim_of_the_profile_is_raised_in_the_profile_too() -> None:
    packs = tuple(replace(each, storage_key="charts.zot.pvc.storage") for each in WIRED.registries)
    wiring = replace(WIRED, registries=packs)
    settings = RegistrySettings(has_connect=True, wiring=wiring, storage_bytes=8 * GiB)
    declared = replace(facts().declarations, settings=settings)

    (fix,) = only(advice(site(registry=registry(storage_bytes=None)), declared), "storage.minimum")

    assert changes(fix) == [("shop > addon/zot > charts.zot.pvc.storage", "8GiB", "280GiB")]


def test_what_nobody_stated_is_asked_for_before_anything_is_bought() -> None:
    found = advice(site(hosts=(host("node-1", cpu_milli=None), host("node-2", storage_bytes=50 * GB))))

    assert [fix.cost for fix in found.fixes] == [Cost.STATEMENT, Cost.HARDWARE]
    assert changes(found.fixes[0]) == [("hosts.node-1.cpu", "", "4")]
    assert found.fixes[0].title == "State what node-1 has processors: 4 is enough"


def test_disks_that_lack_room_are_mended_by_fewer_copies_a_smaller_claim_or_larger_drives() -> None:
    given = site(hosts=hosts(3, storage_bytes=400 * GB), registry=registry(replicas=3, storage_bytes=450 * GB))

    found = only(advice(given), "storage.disk")

    # 372 GiB are 399.4 GB.
    assert ("registry.storage", "450GB", "372GiB") in [change for fix in found for change in changes(fix)]
    larger = next(fix for fix in found if fix.cost is Cost.HARDWARE)
    assert changes(larger) == [(f"hosts.node-{place}.storage", "400GB", "450GB") for place in (1, 2, 3)]
    assert [fix.cost for fix in found] == sorted((fix.cost for fix in found), key=list(Cost).index)


@pytest.mark.parametrize(
    "given",
    [
        site(hosts=(host("node-1"), host("node-2", memory_bytes=7_800_000_000, cpu_milli=2000))),
        site(hosts=hosts(2, storage_bytes=90 * GB), registry=registry(replicas=3, storage_bytes=100 * GB, gc="none")),
        site(hosts=hosts(1, arch="arm64"), agent_version="4.6.1", registry=registry(keep_versions=None)),
        site(hosts=hosts(2, memory_bytes=6 * GB, cpu_milli=None), management="local", internet="none"),
    ],
    ids=["one host", "small disks", "another architecture", "nothing fits"],
)
def test_a_search_that_asks_some_rules_first_finds_the_same_with_fewer_plans(given: Site) -> None:
    made = {"asked": 0, "whole": 0}

    def counted(ground: Ground, way: str) -> Checked:
        made[way] += 1
        return again(ground)

    def ask(ground: Ground, rules: Collection[str]) -> tuple[Finding, ...]:
        return find_of(
            replace(facts(), site=ground.site, declarations=ground.declarations, inventory=ground.inventory), rules
        )

    base = facts()
    start = Ground(given, base.declarations, base.inventory)

    whole = advise(start, lambda ground: counted(ground, "whole"))
    asked = advise(start, lambda ground: counted(ground, "asked"), ask=ask)

    assert asked == whole
    assert whole.fixes
    assert made["asked"] < made["whole"]


def test_versions_are_kept_as_many_as_the_claim_holds() -> None:
    big = inventory(entry("r.io/shop:1", image("shop", {"base": 100 * GB})))
    assumed = Assumptions(
        versions_kept=2, version_delta=0.5, free_space=0.0, filesystem_overhead=0.0, parallel_uploads=0,
        metadata_bytes_per_link=0,
    )  # fmt: skip
    kept = registry(keep_versions=9, storage_bytes=305 * GB)

    given = site(assumptions=assumed, registry=kept, hosts=hosts(3, storage_bytes=2000 * GB))
    found = advice(given, replace(facts().declarations, uses=(use("r.io/shop:1"),)), big)

    # 100 GB of this version, 50 GB for each further one: four of them are 250 GB, five 300 GB, six 350 GB.
    fix = next(fix for fix in only(found, "storage.claim") if fix.cost is Cost.CONFIGURATION)
    assert changes(fix) == [("registry.retention", "keep 9", "keep 5")]
    # What is free stands before what is bought.
    assert found.fixes[0] == fix


def test_a_claim_that_fails_is_mended_although_an_image_is_unresolved() -> None:
    images = inventory(entry("r.io/shop:1", image("shop", {"base": 10 * GB})), unresolved=["r.io/till:1"])

    found = advice(
        site(registry=registry(storage_bytes=5 * GB), hosts=hosts(3, storage_bytes=2000 * GB)), images=images
    )

    (fix,) = [each for each in found.fixes if each.cost is Cost.CLAIM]
    assert fix.verdict is INCOMPLETE
    assert found.way_out is not None
    assert "image.unresolved" in {each.rule for each in found.way_out.leaves}


def test_retention_is_told_where_nothing_deletes_although_nothing_fails() -> None:
    given = site(registry=registry(keep_versions=None), hosts=(host("node-1"), host("node-2", cpu_milli=2000)))

    found = advice(given)

    fix = found.fixes[-1]
    assert changes(fix) == [("registry.retention", "none", "keep 2")]
    assert [each.rule for each in fix.removes] == ["storage.no-retention"]
    # It changes nothing that counts, so it stands behind what does, and is no part of the way out.
    assert found.way_out is not None
    assert found.way_out.steps == ("Give node-2 4 processors",)


def test_an_old_agent_is_upgraded_to_the_documented_version() -> None:
    (fix,) = only(advice(site(agent_version="4.6.1")), "version.agent")

    assert changes(fix) == [("versions.agent", "4.6.1", "4.6.13")]
    assert (fix.cost, fix.title) == (Cost.UPGRADE, "Upgrade the Palette agent to 4.6.13")


def test_a_host_is_added_where_none_can_run_the_registry() -> None:
    both = (entry("r.io/shop:1", image("shop", {"a": 5}), image("shop-arm", {"b": 5}, platform=ARM64)),)
    declared = replace(facts().declarations, uses=(use("r.io/shop:1"),))

    found = advice(site(hosts=hosts(2, arch="arm64")), declared, inventory(*both))

    fix = next(fix for fix in only(found, "host.arch"))
    assert fix.changes[0].key.startswith("hosts (")
    assert fix.title.startswith("Add 1 AMD64 ")
    assert fix.cost is Cost.HARDWARE


def test_a_missing_image_is_added_to_its_list_or_content_sync_is_switched_on() -> None:
    uses = (
        use("r.io/shop:1"),
        use("r.io/till:1", status=UseStatus.MISSING, pack="till", profile="shop"),
    )
    declared = replace(facts().declarations, uses=uses)
    off = site(registry=registry(sync=False))

    found = only(advice(off, declared), "mode.sync-off-missing")

    assert changes(found[0]) == [("registry.sync", "false", "true")] or len(found) == 1
    listing = next(fix for fix in found if fix.cost is Cost.CONTENT)
    assert changes(listing) == [("shop > till > pack.content.images", "", "r.io/till:1")]
    assert {each.rule for each in listing.removes} >= {"mode.sync-off-missing", "survive.reboot"}


def test_content_sync_is_no_way_out_without_an_internet() -> None:
    uses = (use("r.io/shop:1"), use("r.io/till:1", status=UseStatus.MISSING, pack="till"))
    declared = replace(facts().declarations, uses=uses)

    found = advice(site(registry=registry(sync=False), internet="none"), declared)

    assert not [fix for fix in found.fixes if fix.changes[0].key == "registry.sync"]


def test_other_platforms_are_left_out_where_the_claim_is_too_small_for_them() -> None:
    amd, arm = image("shop", {"a": 200 * GB}), image("shop-arm", {"b": 250 * GB}, platform=ARM64)
    whole = inventory(entry("r.io/shop:1", amd, arm, indexes=(index("shop", 9, (amd, arm)),)))
    declared = replace(facts().declarations, uses=(use("r.io/shop:1"),))
    bare = Assumptions(versions_kept=1, free_space=0.0, filesystem_overhead=0.0, parallel_uploads=0)
    given = site(
        assumptions=bare,
        registry=registry(keep_versions=1, storage_bytes=400 * GB),
        hosts=hosts(3, storage_bytes=2000 * GB),
    )

    fix = next(fix for fix in only(advice(given, declared, whole), "storage.claim") if fix.cost is Cost.CONTENT)

    assert changes(fix) == [("platforms", "linux/amd64, linux/arm64", "linux/amd64")]
    assert fix.verdict is PASS


@pytest.mark.parametrize("uploader", ["edge-cli"])
def test_another_tool_uploads(uploader: str) -> None:
    (fix,) = only(advice(site(uploader=uploader)), "bundle.edge-cli")

    assert changes(fix) == [("content.uploader", "edge-cli", "palette-cli")]


def test_zot_takes_the_place_of_harbor_on_vertex() -> None:
    given = site(edition="vertex", registry=registry(kind="harbor", gc="weekly"))

    found = only(advice(given), "mode.vertex-harbor")

    assert ("registry.kind", "harbor", "zot") in [change for fix in found for change in changes(fix)]


def test_the_way_out_puts_together_what_no_single_change_does() -> None:
    given = site(
        hosts=(host("node-1", cpu_milli=2000), host("node-2", memory_bytes=4 * GB), host("node-3")),
        registry=registry(storage_bytes=100 * GB),
        agent_version="4.6.1",
    )

    found = advice(given)

    assert found.way_out is not None
    assert found.way_out.verdict is PASS
    assert found.way_out.leaves == ()
    assert {each.key for each in found.way_out.changes} == {
        "hosts.node-1.cpu", "hosts.node-2.memory", "registry.storage", "versions.agent",
    }  # fmt: skip
    assert all(fix.verdict is FAIL for fix in found.fixes)


def test_two_hosts_that_are_both_needed_are_one_step_of_the_way_out() -> None:
    # Two pods that may not share a host lack a second one now, and a third while they are rolled.
    apart = deployment(10, replicas=2, is_spread=True)
    declared = replace(facts().declarations, workloads=(apart,))
    given = site(hosts=(host("node-1"), host("worker-1", role="worker")))

    found = advice(given, declared).way_out

    assert found is not None
    assert found.steps == ("Add 2 AMD64 worker hosts with 8 processors, 16GB of memory, 512GB of disk",)
    assert [(each.key, each.before, each.after) for each in found.changes] == [("hosts (worker)", "1", "3")]
    assert found.verdict is PASS


def test_the_drive_of_the_only_host_may_be_larger_as_any_other() -> None:
    given = site(hosts=hosts(1, storage_bytes=200 * GB), registry=registry(replicas=1, storage_bytes=300 * GB))

    larger = [fix for fix in only(advice(given), "storage.disk") if fix.cost is Cost.HARDWARE]

    assert [changes(fix) for fix in larger] == [[("hosts.node-1.storage", "200GB", "300GB")]]


def test_what_no_change_removes_is_named() -> None:
    found = advice(site(palette_images="unknown", hosts=(host("node-1", cpu_milli=2000), host("node-2"))))

    assert found.way_out is not None
    assert [each.rule for each in found.way_out.leaves] == ["content.palette-images"]
    assert found.way_out.verdict is INCOMPLETE


def test_hosts_that_a_claim_does_not_need_are_left_as_they_are() -> None:
    given = site(
        hosts=(
            host("node-1", storage_bytes=60 * GB),
            host("node-2", storage_bytes=200 * GB),
            host("node-3", storage_bytes=200 * GB),
        ),
        registry=registry(replicas=2, storage_bytes=310 * GB),
    )

    larger = [changes(fix) for fix in advice(given).fixes if fix.cost is Cost.HARDWARE]

    # Two hosts hold the copies; the drive of the third is too small by another rule, and needs no more than that one asks for.
    assert [("hosts.node-1.storage", "60GB", "100GB")] in larger
    assert [("hosts.node-2.storage", "200GB", "310GB"), ("hosts.node-3.storage", "200GB", "310GB")] in larger


def test_a_ground_whose_plan_was_made_already_is_not_planned_again_and_gets_the_same_advice() -> None:
    base = facts()
    ground = Ground(site(hosts=(host("node-1", cpu_milli=2000), host("node-2"))), base.declarations, base.inventory)
    asked: list[Site] = []

    def counted(given: Ground) -> Checked:
        asked.append(given.site)
        return again(given)

    assert advise(ground, counted, again(ground)) == advise(ground, again)
    assert asked
    assert ground.site not in asked
