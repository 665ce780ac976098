from __future__ import annotations

import dataclasses

import pytest

from regplan.model.finding import Verdict
from regplan.model.profile import RegistrySettings
from regplan.units import GB, MB, GiB
from unit.plan.builders import (
    BARE,
    SHOP,
    TILL,
    declarations,
    entry,
    facts,
    finding,
    findings,
    host,
    hosts,
    image,
    inventory,
    registry,
    site,
    use,
)

FAIL, INCOMPLETE, MARGINAL, PASS, INFO = Verdict
LIVE = 150 * MB + 2 * 15


def claiming(storage_bytes: int | None, **more: object) -> dict[str, object]:
    return {"site": site(assumptions=BARE, registry=registry(storage_bytes=storage_bytes, keep_versions=1), **more)}


@pytest.mark.parametrize(
    ("claim", "verdict"), [(300 * GB, PASS), (300 * GB - 1, FAIL), (300 * GiB, PASS), (None, INCOMPLETE)]
)
def test_the_documented_minimum_is_read_as_decimal(claim: int | None, verdict: Verdict) -> None:
    found = finding("storage.minimum", **claiming(claim))

    assert (found.verdict, found.measured, found.required, found.unit) == (verdict, claim, 300 * 10**9, "bytes")
    assert "Primary Registry" in found.source


def test_the_binary_reading_of_the_minimum_stands_beside_it() -> None:
    assert "322 GB, not met" in finding("storage.minimum", **claiming(300 * GB)).message
    assert "322 GB, met" in finding("storage.minimum", **claiming(300 * GiB)).message


def test_an_unstated_claim_names_the_key_to_add() -> None:
    for rule in ("storage.minimum", "storage.claim", "storage.disk"):
        found = finding(rule, **claiming(None))

        assert found.verdict is INCOMPLETE
        assert "`registry.storage`" in found.fix
        assert found.measured is None


@pytest.mark.parametrize("rule", ["storage.minimum", "storage.claim", "storage.disk"])
def test_without_a_registry_storage_rules_say_that_they_do_not_apply(rule: str) -> None:
    found = finding(rule, site=site(registry=None))

    assert found.verdict is INFO
    assert "no primary registry" in found.message
    assert (found.measured, found.required) == (None, None)


@pytest.mark.parametrize(("claim", "verdict"), [(LIVE, PASS), (LIVE - 1, FAIL)])
def test_the_need_is_held_against_the_claim_to_the_byte(claim: int, verdict: Verdict) -> None:
    found = finding("storage.claim", **claiming(claim))

    assert (found.verdict, found.measured, found.required) == (verdict, claim, LIVE)


def test_a_lower_bound_that_fits_is_incomplete_and_one_that_does_not_fails() -> None:
    unresolved = inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL), unresolved=["r.io/lost:1"])

    fits = finding("storage.claim", **claiming(LIVE), inventory=unresolved)
    fails = finding("storage.claim", **claiming(LIVE - 1), inventory=unresolved)

    assert (fits.verdict, fails.verdict) == (INCOMPLETE, FAIL)
    assert "at least" in fits.message
    assert "at least" in fails.message
    assert fits.fix != fails.fix


def test_unknown_manifest_sizes_matter_only_where_they_could_tip_the_claim() -> None:
    vague = inventory(entry("r.io/shop:1", image("shop", {"base": 100 * MB}, manifest=None)))
    named = declarations(use("r.io/shop:1"))
    known = 100 * MB + 5
    most = 4 * 2**20

    tight = finding("storage.claim", **claiming(known + most - 1), inventory=vague, declarations=named)
    roomy = finding("storage.claim", **claiming(known + most), inventory=vague, declarations=named)
    short = finding("storage.claim", **claiming(known - 1), inventory=vague, declarations=named)

    assert (tight.verdict, roomy.verdict, short.verdict) == (INCOMPLETE, PASS, FAIL)
    assert "with 1 size of manifests or configs unknown" in tight.message


@pytest.mark.parametrize(
    ("sizes", "replicas", "verdict", "measured"),
    [
        ((500, 500, 500), 1, PASS, 500),
        ((400, 300, 200), 2, PASS, 600),
        ((400, 299, 200), 2, FAIL, 598),
        ((900, 100, 100), 2, FAIL, 200),
        ((900,), 2, FAIL, 0),
        ((300, None), 1, PASS, 300),
        ((100, None), 1, INCOMPLETE, None),
        ((None,), 2, FAIL, 0),
    ],
)
def test_each_copy_of_the_claim_lies_whole_on_a_host_of_its_own(
    sizes: tuple[int | None, ...], replicas: int, verdict: Verdict, measured: int | None
) -> None:
    machines = tuple(
        host(f"node-{number}", storage_bytes=None if size is None else size * GB) for number, size in enumerate(sizes)
    )
    found = finding(
        "storage.disk", site=site(hosts=machines, registry=registry(storage_bytes=300 * GB, replicas=replicas))
    )

    assert found.verdict is verdict
    assert found.measured == (None if measured is None else measured * GB)
    assert found.required == replicas * 300 * GB


def test_a_drive_that_could_decide_and_is_not_stated_is_named() -> None:
    machines = (host("node-1", storage_bytes=100 * GB), host("node-2", storage_bytes=None))

    assert "node-2" in finding("storage.disk", site=site(hosts=machines)).fix


def test_without_hosts_the_disks_are_unknown() -> None:
    found = finding("storage.disk", site=site(hosts=()))

    assert (found.verdict, found.fix) == (INCOMPLETE, "State `hosts` in the site file.")


def test_ceph_spreads_a_volume_over_many_drives() -> None:
    machines = hosts(5, storage_bytes=200 * GB)
    striped = registry(storage_bytes=300 * GB, replicas=3, storage_class="rook-ceph-block")

    assert finding("storage.disk", site=site(hosts=machines, registry=striped)).verdict is PASS
    whole = dataclasses.replace(striped, storage_class="longhorn")
    assert finding("storage.disk", site=site(hosts=machines, registry=whole)).verdict is FAIL


def test_a_registry_from_which_nothing_is_deleted_grows_and_says_how_long_it_lasts() -> None:
    bare = dataclasses.replace(BARE, version_delta=0.5)
    claim = LIVE + 3 * LIVE // 2 + 7
    given = site(assumptions=bare, registry=registry(storage_bytes=claim, keep_versions=None))

    found = finding("storage.no-retention", site=given)

    assert found.verdict is INFO
    assert "room for about 3 more" in found.message
    assert found.fix


@pytest.mark.parametrize("claim", [None, LIVE - 1])
def test_a_claim_that_is_unknown_or_short_has_no_versions_left_to_count(claim: int | None) -> None:
    given = site(assumptions=BARE, registry=registry(storage_bytes=claim, keep_versions=None))

    assert "room for" not in finding("storage.no-retention", site=given).message


def test_a_registry_with_retention_passes() -> None:
    assert finding("storage.no-retention", site=site(registry=registry(keep_versions=3))).verdict is PASS
    assert findings("storage.no-retention", site=site(registry=None)) == []


def test_harbor_frees_nothing_until_its_collection_is_scheduled() -> None:
    unscheduled = finding("storage.no-retention", site=site(registry=registry(kind="harbor", keep_versions=2)))
    scheduled = finding(
        "storage.no-retention", site=site(registry=registry(kind="harbor", keep_versions=2, gc="daily"))
    )

    assert (unscheduled.verdict, unscheduled.where, scheduled.verdict) == (INFO, "registry.gc", PASS)


@pytest.mark.parametrize(
    ("stated", "profiled", "verdict"),
    [
        (500 * GB, 400 * GB, INFO),
        (500 * GB, 5 * GiB, FAIL),
        (500 * GB, 300 * GB - 1, FAIL),
        (10 * GB, 5 * GiB, INFO),
    ],
)
def test_another_claim_in_the_profiles_fails_where_only_the_sites_would_do(
    stated: int, profiled: int, verdict: Verdict
) -> None:
    settings = dataclasses.replace(facts().declarations, settings=RegistrySettings(storage_bytes=profiled))

    found = finding("storage.differs", **claiming(stated), declarations=settings)

    assert (found.verdict, found.measured) == (verdict, profiled)


@pytest.mark.parametrize(
    ("stated", "profiled"), [(500 * GB, 500 * GB), (None, 500 * GB), (500 * GB, None)], ids=["same", "profile", "site"]
)
def test_one_claim_makes_no_difference(stated: int | None, profiled: int | None) -> None:
    settings = dataclasses.replace(facts().declarations, settings=RegistrySettings(storage_bytes=profiled))

    assert findings("storage.differs", **claiming(stated), declarations=settings) == []
    assert findings("storage.differs", site=site(registry=None), declarations=settings) == []


def test_the_numbers_of_the_claim_and_the_minimum_tell_how_they_came_about() -> None:
    claim, minimum = finding("storage.claim", **claiming(LIVE)), finding("storage.minimum", **claiming(LIVE))
    unstated = finding("storage.claim", **claiming(None))

    for told in (claim, minimum):
        values = {each.key: each.value for each in told.formulas}
        assert values == {"measured": told.measured, "required": told.required}
    assert [each.key for each in unstated.formulas] == ["required"]
    assert [each.key for each in finding("storage.minimum", **claiming(None)).formulas] == ["required"]
