"""Levers one by one: what each changes, and that the plan made with it holds what was reckoned by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.model.finding import Verdict
from regplan.model.fix import Cost
from regplan.model.sharing import Analysis
from regplan.model.site import Assumptions
from regplan.model.wiring import MemoryLimit, RegistryPack, Retention, TagPolicy, V2Engine
from regplan.plan.alignment import align
from regplan.plan.check import check_site
from regplan.plan.families import families_of
from regplan.plan.fixes.advice import advise
from regplan.plan.fixes.content import aligned, without_other_platforms
from regplan.plan.fixes.ground import Ground
from regplan.plan.prefixes import find_prefixes
from regplan.units import GB, MiB
from unit.plan.builders import (
    AMD64,
    ARM64,
    WIRED,
    digest,
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

if TYPE_CHECKING:
    from regplan.model.fix import Advice, Fix
    from regplan.model.image import Inventory
    from regplan.model.site import Site
    from regplan.plan.check import Checked

PASS, FAIL = Verdict.PASS, Verdict.FAIL
TODAY = "2026-11-29T08:00:00+00:00"
TWO = (host("node-1", role="control-plane"), host("node-2", role="control-plane"))
# Nothing but images counts: of one version, and of each further one the same again.
ONE = Assumptions(
    versions_kept=1, free_space=0.0, filesystem_overhead=0.0, parallel_uploads=0, metadata_bytes_per_link=0,
)  # fmt: skip
OLD, NEW = {"deb12.1": 150 * GB}, {"deb12.2": 160 * GB}
# Two images on each of two versions of a base, which the tags of the shop tell to be versions of one.
BASES = inventory(
    entry("r.io/shop:1.0", image("shop 1.0", {**OLD, "shop 1.0": GB})),
    entry("r.io/till:1", image("till", {**OLD, "till": 2 * GB})),
    entry("r.io/shop:1.1", image("shop 1.1", {**NEW, "shop 1.1": 3 * GB})),
    entry("r.io/cart:1", image("cart", {**NEW, "cart": 4 * GB})),
)


def again(ground: Ground) -> Checked:
    return check_site(
        replace(
            facts(), site=ground.site, declarations=ground.declarations, inventory=ground.inventory, generated_at=TODAY
        )
    )


def advice(given: Site, images: Inventory | None = None, analysis: Analysis | None = None) -> Advice:
    base = facts()
    declared = base.declarations
    if images is not None:
        declared = replace(declared, uses=tuple(use(str(each.reference)) for each in images.entries))
    return advise(Ground(given, declared, images or base.inventory, analysis or Analysis()), again)


def changes(fix: Fix) -> list[tuple[str, str, str]]:
    return [(each.key, each.before, each.after) for each in fix.changes]


def fixing(found: Advice, rule: str) -> list[Fix]:
    return [fix for fix in found.fixes if rule in {each.rule for each in fix.removes}]


def held_bytes(images: Inventory) -> int:
    """What is held, each digest once."""
    return sum({blob.digest: blob.size or 0 for each in images.images() for blob in each.content()}.values())


def based(images: Inventory) -> Analysis:
    prefixes = find_prefixes(images)
    return Analysis(families=families_of(images, prefixes), alignments=align(images, prefixes))


def test_images_on_two_versions_of_a_base_are_put_upon_the_larger_of_them() -> None:
    analysis = based(BASES)
    (found,) = analysis.alignments
    families = {each.key: each for each in analysis.families if each.key in found.families}

    one = aligned(BASES, families, found.kept)

    # The older base is held by nobody any more, and what stands upon it stays.
    assert held_bytes(BASES) - held_bytes(one) == 150 * GB == found.saved_bytes
    stacks = [[layer.digest for layer in each.layers] for each in one.images()]
    assert stacks == [[digest("deb12.2"), digest(name)] for name in ("shop 1.0", "till", "shop 1.1", "cart")]
    assert [each.digest for each in one.images()] == [each.digest for each in BASES.images()]


def test_images_of_another_platform_keep_their_base() -> None:
    arm = entry("r.io/arm:1", image("arm", {**OLD, "arm": GB}, platform=ARM64))
    analysis = based(BASES)
    (found,) = analysis.alignments
    families = {each.key: each for each in analysis.families if each.key in found.families}

    one = aligned(inventory(*BASES.entries, arm), families, found.kept)

    assert one.entries[-1] == arm
    assert one.entries[:-1] == aligned(BASES, families, found.kept).entries


def test_base_images_are_aligned_where_the_claim_is_too_small_for_two_of_them() -> None:
    # 320 GB of images; on one base 170 GB.
    given = site(assumptions=ONE, registry=registry(keep_versions=1, storage_bytes=310 * GB), hosts=hosts(3, storage_bytes=2000 * GB))  # fmt: skip

    found = [fix for fix in fixing(advice(given, BASES, based(BASES)), "storage.claim") if "base" in fix.changes[0].key]

    (fix,) = found
    assert changes(fix) == [("base r.io/shop:# (linux/amd64)", "2 versions of r.io/shop:#", "1 version")]
    assert (fix.cost, fix.verdict) == (Cost.CONTENT, PASS)
    assert fix.title == "Build the images on r.io/shop:# upon one of its 2 versions (frees 150 GB, assumed)"


def test_without_an_alignment_or_where_it_frees_too_little_none_is_told() -> None:
    small = site(assumptions=ONE, registry=registry(keep_versions=1, storage_bytes=310 * GB), hosts=hosts(3, storage_bytes=2000 * GB))  # fmt: skip
    smaller = replace(small, registry=registry(keep_versions=1, storage_bytes=160 * GB))

    for found in (advice(small, BASES), advice(smaller, BASES, based(BASES))):
        assert not [fix for fix in found.fixes if fix.changes[0].key.startswith("base ")]


def test_other_platforms_go_with_their_index_and_a_wanted_variant_stays() -> None:
    amd, arm = image("shop", {"a": 2 * GB}), image("shop-arm", {"b": 3 * GB}, platform=ARM64)
    both = entry("r.io/shop:1", amd, arm, indexes=(index("shop", 9, (amd, arm)),))
    only_arm = entry("r.io/odd:1", arm, indexes=(index("odd", 9, (arm,)),))
    single = entry("r.io/till:1", image("till", {"c": GB}))

    left = without_other_platforms(inventory(both, only_arm, single), (AMD64,))

    assert [[str(each.platform) for each in one.images] for one in left.entries] == [["linux/amd64"], ["linux/arm64"], ["linux/amd64"]]  # fmt: skip
    assert [len(one.indexes) for one in left.entries] == [0, 1, 0]
    assert without_other_platforms(inventory(both), (AMD64, ARM64)).entries[0].images == (amd, arm)


@pytest.mark.parametrize("expires", ["2025-01-31", "2026-11-28", "2026-12-01"])
def test_a_certificate_is_renewed_until_the_first_day_that_the_rule_takes_for_good(expires: str) -> None:
    def verdict(day: str) -> Verdict:
        given = site(registry=registry(certificate_expires=day))
        checked = again(Ground(given, facts().declarations, facts().inventory))
        (told,) = (each.verdict for each in checked.findings if each.rule == "registry.certificate")
        return told

    found = advice(site(registry=registry(certificate_expires=expires), hosts=hosts(2, cpu_milli=2000)))

    # 30 days from the day of the plan; a certificate that is good until then is told of only as long as it is not.
    (fix,) = fixing(found, "registry.certificate")
    assert changes(fix) == [("registry.certificate_expires", expires, "2026-12-29")]
    assert (fix.cost, fix.title) == (
        Cost.CONFIGURATION,
        "Renew the registry's certificate, to 2026-12-29 or later",
    )
    assert (verdict("2026-12-28"), verdict("2026-12-29")) == (Verdict.INFO, PASS)
    assert found.way_out is not None
    assert (fix.title in found.way_out.steps) == (verdict(expires) is FAIL)


def test_a_certificate_that_is_good_or_of_which_nothing_is_stated_is_left_as_it_is() -> None:
    for expires in ("2026-12-29", ""):
        found = advice(site(registry=registry(certificate_expires=expires), hosts=hosts(2, cpu_milli=2000)))
        assert not [each for fix in found.fixes for each in fix.changes if "certificate" in each.key]


def test_a_two_node_cluster_is_managed_centrally_or_gets_another_number_of_hosts() -> None:
    found = fixing(advice(site(management="local", hosts=TWO)), "mode.two-node-local")

    (fix,) = [each for each in found if each.changes[0].key == "management"]
    assert changes(fix) == [("management", "local", "central")]
    assert (fix.cost, fix.title) == (Cost.CONFIGURATION, "Manage the cluster centrally")


def test_a_site_without_an_internet_is_not_managed_centrally() -> None:
    found = advice(site(management="local", hosts=TWO, internet="none"))

    assert not [each for fix in found.fixes for each in fix.changes if each.key == "management"]


@pytest.mark.parametrize(
    ("claim_gb", "schedule"),
    # 200 GB and 100 GB of the version before; of 400 GB a year 732, 170, 26 or 3 hours' worth wait: 33.4, 7.8, 1.2, 0.1 GB.
    [(334, "monthly"), (333, "weekly"), (308, "weekly"), (307, "daily"), (302, "daily"), (301, "hourly")],
)
def test_garbage_is_collected_as_seldom_as_the_claim_allows(claim_gb: int, schedule: str) -> None:
    images = inventory(entry("r.io/shop:1", image("shop", {"shop": 200 * GB})))
    assumed = replace(ONE, version_delta=0.5, releases_per_year=4.0, growth_per_year=0.0)
    kept = registry(kind="harbor", keep_versions=2, gc="none", storage_bytes=claim_gb * GB)

    found = advice(site(assumptions=assumed, registry=kept, hosts=hosts(3, storage_bytes=2000 * GB)), images)

    fix = next(each for each in fixing(found, "storage.claim") if each.changes[0].key == "registry.gc")
    assert changes(fix) == [("registry.gc", "none", schedule)]
    assert (fix.cost, fix.title) == (Cost.CONFIGURATION, f"Collect garbage {schedule}")


AIRGAP = {"registry": None, "management": "local", "internet": "none", "agent_version": "4.7.2"}


def test_a_primary_registry_is_added_where_none_is_with_a_claim_that_is_enough() -> None:
    given = site(**AIRGAP)
    ground = Ground(given, facts().declarations, facts().inventory)
    found = advise(ground, again)

    (fix,) = [each for each in found.fixes if any(change.key == "registry" for change in each.changes)]
    assert fix.cost is Cost.CONTENT
    assert {each.rule for each in fix.removes} >= {"mode.primary-required", "survive.node-add"}
    # 300 GB, in whole GiB.
    assert [(each.before, each.after) for each in fix.changes] == [("", "{kind: zot, storage: 280GiB}")]
    assert fix.title == "Add a primary registry: Zot with a claim of 280GiB"
    assert fix.verdict is PASS


def test_a_registry_that_the_profiles_run_already_is_only_stated() -> None:
    base = facts().declarations
    settings = replace(base.settings, kind="harbor", storage_bytes=400 * GB)
    given = Ground(site(**AIRGAP), replace(base, settings=settings), facts().inventory)

    (fix,) = [each for each in advise(given, again).fixes if each.changes[0].key == "registry"]
    assert (fix.cost, fix.changes[0].after) == (Cost.STATEMENT, "{kind: harbor}")


def test_no_registry_is_added_where_nothing_asks_for_one() -> None:
    ground = Ground(site(registry=None, internet="full"), facts().declarations, facts().inventory)

    assert [each for each in advise(ground, again).fixes if each.changes[0].key == "registry"] == []


def test_the_v2_engine_is_switched_off_and_the_memory_limit_raised() -> None:
    engine = V2Engine("shop > csi/csi-longhorn", "charts.longhorn.defaultSettings.v2DataEngine", is_on=True)
    limit = MemoryLimit("charts.zot.resources.limits.memory", 512 * MiB)
    base = facts().declarations
    wiring = replace(WIRED, registries=(replace(WIRED.registries[0], limit=limit),), engines=(engine,))
    declared = replace(base, settings=replace(base.settings, wiring=wiring))
    four = tuple(host(f"node-{place}", cpu_milli=4000) for place in (1, 2, 3))

    fixes = advise(Ground(site(hosts=four), declared, facts().inventory), again).fixes
    told = {each.title: {named.rule for named in each.removes} for each in fixes}

    assert told["Switch Longhorn's V2 data engine off"] >= {"host.longhorn-v2"}
    assert told["Limit the registry's memory to 1GiB"] == {"registry.memory"}


def test_tags_that_the_values_keep_are_lowered_in_the_values() -> None:
    policy = TagPolicy(("**",), 6)
    pack = replace(WIRED.registries[0], retention=Retention("charts.zot.config.storage.retention", (policy,)))
    base = facts().declarations
    declared = replace(base, settings=replace(base.settings, wiring=replace(WIRED, registries=(pack,))))
    large = inventory(entry("r.io/shop:1", image("shop", {"shop": 150 * GB})))
    given = site(registry=registry(keep_versions=None, storage_bytes=330 * GB), defaulted=("registry.retention",))

    (fix,) = [
        each
        for each in advise(Ground(replace(given, assumptions=ONE), declared, large), again).fixes
        if each.changes[0].unit == "tags"
    ]
    # 150 GB and 35 % of it for each further version: 330 GB hold four.
    (change,) = fix.changes
    assert change.key == "shop > addon/zot > charts.zot.config.storage.retention"
    assert (change.before_number, change.after_number) == (6, 4)
    assert {each.rule for each in fix.removes} == {"storage.claim", "storage.resize"}


@pytest.mark.parametrize(("kind", "is_told"), [("zot", True), ("other", True), ("harbor", False)])
def test_harbor_is_planned_where_the_legacy_pack_can_move_to_no_other(kind: str, *, is_told: bool) -> None:
    base = facts().declarations
    pack = RegistryPack("harbor", "shop > addon/legacy", profile="shop", is_legacy=True)
    settings = replace(base.settings, kind="harbor", wiring=replace(WIRED, registries=(pack,)))
    ground = Ground(site(registry=registry(kind=kind)), replace(base, settings=settings), facts().inventory)

    told = [each for each in advise(ground, again).fixes if changes(each) == [("registry.kind", kind, "harbor")]]

    assert len(told) == is_told
    for fix in told:
        assert {"registry.legacy-harbor", "registry.differs"} <= {each.rule for each in fix.removes}
        assert fix.cost is Cost.CONTENT
