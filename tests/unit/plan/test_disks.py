from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.model.finding import Verdict
from regplan.model.profile import ClusterProfile, Pack, RegistrySettings
from regplan.plan.backends import BACKENDS, backend_named
from regplan.plan.disks import disk_need
from regplan.plan.fixes.ground import Ground, put_all
from regplan.plan.fixes.registry import registry_levers
from regplan.units import GB, GiB
from unit.plan.builders import WIRED, declarations, facts, finding, findings, host, hosts, registry, site, use

if TYPE_CHECKING:
    from regplan.model.disks import DiskNeed
    from regplan.model.site import Host, Site

FAIL, INCOMPLETE, MARGINAL, PASS, INFO = Verdict


def a_site(*machines: Host, defaulted: tuple[str, ...] = ("registry.replicas",), **more: object) -> Site:
    spec = registry(**{"storage_bytes": 300 * GB, "storage_class": "longhorn", **more})
    return replace(site(hosts=machines or hosts(3, storage_bytes=500 * GB), registry=spec), defaulted=defaulted)


def need(given_site: Site) -> DiskNeed:
    found = disk_need(facts(site=given_site))
    assert found is not None
    return found


def test_longhorn_keeps_three_copies_and_reserves_thirty_percent_of_each_disk() -> None:
    found = need(a_site())

    # 300 GB / 0.70 on each of three nodes (published worked example: 429 GB, 1,286 GB in all).
    assert (found.copies, found.raw_node_bytes, found.raw_cluster_bytes) == (3, 428_571_428_572, 1_285_714_285_715)
    assert [each.takes_bytes for each in found.hosts] == [428_571_428_572] * 3
    assert [each.usable_bytes for each in found.hosts] == [350 * GB] * 3


@pytest.mark.parametrize(
    ("name", "copies", "raw_cluster_bytes"),
    [
        ("longhorn-fast", 3, 1_285_714_285_715),
        ("linstor-pool", 2, 600 * GB),
        ("piraeus", 2, 600 * GB),
        ("rook-ceph-block", 3, 947_368_421_053),
        ("local-path", 1, 300 * GB),
    ],
)
def test_each_kind_of_storage_has_its_own_copies_and_reserve(name: str, copies: int, raw_cluster_bytes: int) -> None:
    found = need(a_site(storage_class=name))

    assert (found.copies, found.raw_cluster_bytes) == (copies, raw_cluster_bytes)


def test_longhorn_keeps_two_copies_where_there_are_fewer_than_three_hosts() -> None:
    assert need(a_site(*hosts(2, storage_bytes=500 * GB))).copies == 2


def test_what_the_site_file_states_goes_before_what_storage_keeps() -> None:
    found = need(a_site(replicas=1, defaulted=()))

    assert (found.copies, found.copies_known) == (1, "declared")


def test_the_storage_pack_tells_the_kind_where_no_class_is_stated() -> None:
    profile = ClusterProfile("edge", "1", "infra", (Pack("csi-longhorn", "1.6.2", "csi"),), "edge.json")
    told = facts(site=a_site(storage_class=""), declarations=declarations(use("r.io/shop:1"), profiles=(profile,)))

    assert disk_need(told).backend == "longhorn"  # type: ignore[union-attr]


def test_the_drives_that_are_too_small_are_named_with_the_drive_that_they_need() -> None:
    machines = (host("a", storage_bytes=500 * GB), host("b", storage_bytes=400 * GB), host("c", storage_bytes=500 * GB))
    found = finding("storage.disk", site=a_site(*machines))

    assert found.verdict is FAIL
    assert found.fix.startswith("Give b a drive of at least 429 GB, keep fewer copies")


def test_a_copy_is_never_on_the_host_of_another_however_large_its_drive_is() -> None:
    mixed = a_site(host("a", storage_bytes=10_000 * GB), host("b", storage_bytes=100 * GB), storage_class="piraeus")

    assert finding("storage.disk", site=mixed).verdict is FAIL


def test_ceph_spreads_a_copy_and_puts_no_byte_twice_on_a_host() -> None:
    small = a_site(*hosts(5, storage_bytes=200 * GB), storage_class="rook-ceph")
    lopsided = a_site(host("a", storage_bytes=5000 * GB), host("b", storage_bytes=100 * GB), host("c", storage_bytes=100 * GB),
                      storage_class="rook-ceph")  # fmt: skip

    assert finding("storage.disk", site=small).verdict is PASS
    assert finding("storage.disk", site=lopsided).verdict is FAIL


def test_a_volume_is_spread_over_thousands_of_drives() -> None:
    machines = hosts(3_000, storage_bytes=200 * GB)

    # As many drives as there are, each with no more than one copy.
    assert need(a_site(*machines, storage_class="rook-ceph")).room_bytes == 3_000 * 200 * GB


def test_storage_outside_the_hosts_is_not_part_of_the_plan() -> None:
    outside = a_site(storage_class="nfs-client")

    assert disk_need(facts(site=outside)) is None
    assert finding("storage.disk", site=outside).verdict is INFO


@given(
    st.lists(st.integers(1, 2_000), min_size=1, max_size=6), st.sampled_from(["longhorn", "piraeus", "local", "gold"])
)
def test_the_fix_is_the_least_that_helps(sizes: list[int], name: str) -> None:
    machines = tuple(host(f"node-{number}", storage_bytes=size * GB) for number, size in enumerate(sizes))
    found = need(a_site(*machines, storage_class=name))

    def fits(least: int) -> bool | None:
        grown = tuple(replace(each, storage_bytes=max(each.storage_bytes or 0, least)) for each in machines)
        return need(a_site(*grown, storage_class=name)).fits

    if len(machines) >= found.copies:
        assert fits(found.raw_node_bytes)
        assert found.fits or not fits(found.raw_node_bytes - 1)
    else:
        assert not fits(found.raw_node_bytes)


@given(st.lists(st.integers(0, 2_000), min_size=1, max_size=6), st.integers(1, 2_000))
def test_the_numbers_are_those_that_the_formulas_give(sizes: list[int], claimed: int) -> None:
    machines = tuple(host(f"node-{number}", storage_bytes=size * GB) for number, size in enumerate(sizes))
    found = need(a_site(*machines, storage_bytes=claimed * GB))
    formulas = {each.key: each.value for each in found.formulas}

    assert formulas["raw_node_bytes"] == found.raw_node_bytes == -(-claimed * GB * 10 // 7)
    assert formulas["room_bytes"] == found.room_bytes


def test_where_nobody_names_the_storage_what_is_assumed_of_it_is_told() -> None:
    found = finding("storage.class", site=a_site(storage_class=""))

    assert found.verdict is INFO
    assert found.message.endswith("it counts with 1 copy and nothing reserved.")


def test_every_kind_of_storage_is_found_by_each_of_its_words() -> None:
    for backend in BACKENDS:
        for word in backend.words:
            assert backend_named(f"my-{word.upper()}-x") is backend
    assert backend_named("demo-replicated") is None


def test_a_claim_at_the_chart_s_default_is_told_with_the_key_and_the_size_to_set() -> None:
    pack = replace(WIRED.registries[0], kind="harbor", storage_bytes=5 * GiB, storage_key="charts.harbor.persistence.persistentVolumeClaim.registry.size")  # fmt: skip
    settings = RegistrySettings(has_connect=True, wiring=replace(WIRED, registries=(pack,)))
    found = finding("storage.chart-default", declarations=replace(facts().declarations, settings=settings))

    assert found.verdict is FAIL
    assert "`charts.harbor.persistence.persistentVolumeClaim.registry.size: 280Gi`" in found.fix


def test_a_claim_that_fits_need_not_grow() -> None:
    assert findings("storage.resize", site=a_site()) == []


def test_local_volumes_are_told_not_to_grow() -> None:
    assert "local volumes cannot grow" in finding("storage.resize", site=a_site(storage_class="local-path", storage_bytes=5 * GB)).message  # fmt: skip


def test_a_chart_that_is_told_to_keep_nothing_fails_whatever_it_claims() -> None:
    pack = replace(
        WIRED.registries[0], storage_bytes=300 * GiB, persistent=False, persistence_key="charts.zot.persistence"
    )
    settings = RegistrySettings(has_connect=True, wiring=replace(WIRED, registries=(pack,)))
    found = finding("storage.chart-default", declarations=replace(facts().declarations, settings=settings))

    assert (found.verdict, found.where) == (FAIL, "shop > addon/zot > charts.zot.persistence")


def test_copies_that_nobody_stated_are_fewer_once_they_are_stated() -> None:
    known = facts(site=a_site())
    ground = Ground(known.site, known.declarations, known.inventory)
    (lever,) = [each for each in registry_levers(ground) if each.key == "registry.replicas"]
    changed = put_all(ground, lever.pull(1))

    assert (lever.most, lever.pull(1)[0].change.before, lever.pull(1)[0].change.after) == (2, "3", "2")
    assert need(changed.site).copies == 2


def test_one_copy_one_host_and_a_spread_volume_are_told_as_they_are() -> None:
    one = finding("storage.disk", site=a_site(replicas=1, defaulted=()))
    few = finding("storage.disk", site=a_site(host("a", storage_bytes=500 * GB), storage_class="piraeus"))
    spread = finding("storage.disk", site=a_site(storage_class="rook-ceph-block"))

    assert "429 GB on one host; the hosts' drives" in one.message
    assert few.message.endswith("There is 1 host for 2 copies.")
    assert few.fix.startswith("Add 1 host with a drive of at least 300 GB")
    assert "takes 947 GB of disk, spread over the hosts, at most 316 GB on one;" in spread.message
