"""What packs' values switch on or limit: Longhorn's V2 engine, Zot's memory; and what packs declare to need."""

from __future__ import annotations

import dataclasses
from typing import Any

from regplan.model.finding import Verdict
from regplan.model.profile import Pack, ResourceNeed, Spread
from regplan.model.wiring import MemoryLimit, V2Engine
from regplan.units import MB, GiB, MiB
from unit.plan.builders import WIRED, facts, finding, findings, host, hosts, plan, registry, site, use
from unit.plan.test_hosts_demand import container, demands, k8s, work

FAIL, MARGINAL, PASS, INFO = Verdict.FAIL, Verdict.MARGINAL, Verdict.PASS, Verdict.INFO
ENGINE = V2Engine("shop > csi/csi-longhorn", "charts.longhorn.defaultSettings.v2DataEngine", is_on=True)


def wired(engines: tuple[V2Engine, ...] = (), **pack: Any) -> dict[str, Any]:
    packs = (dataclasses.replace(WIRED.registries[0], **pack),)
    base = facts().declarations
    wiring = dataclasses.replace(WIRED, registries=packs, engines=engines)
    return {"declarations": dataclasses.replace(base, settings=dataclasses.replace(base.settings, wiring=wiring))}


def test_the_v2_engine_keeps_one_cpu_of_every_host_beside_what_a_host_needs() -> None:
    two = (host("a", cpu_milli=4000), host("b", cpu_milli=5000))

    first, second = findings("host.longhorn-v2", site=site(hosts=two), **wired((ENGINE,)))

    assert [(each.where, each.verdict, each.required) for each in (first, second)] == [
        ("a", FAIL, 5000),
        ("b", PASS, 5000),
    ]
    assert "set `charts.longhorn.defaultSettings.v2DataEngine: false` in shop > csi/csi-longhorn" in first.fix
    (alone,) = findings("host.longhorn-v2", site=site(hosts=(host(cpu_milli=6000),)), **wired((ENGINE,)))
    assert (alone.verdict, alone.required) == (FAIL, 7000)


def test_the_v2_engines_cpu_and_huge_pages_are_asked_for_on_every_host() -> None:
    without, with_it = (plan(site=site(hosts=hosts(2)), **wired(engines)) for engines in ((), (ENGINE,)))

    for one, other in zip(without.hosts, with_it.hosts, strict=True):
        assert one.requested_cpu_milli is not None
        assert one.requested_memory_bytes is not None
        assert other.requested_cpu_milli == one.requested_cpu_milli + 1_000
        assert other.requested_memory_bytes == one.requested_memory_bytes + 2 * GiB


def test_an_engine_that_is_off_says_nothing_and_one_that_nobody_can_tell_is_open() -> None:
    off, unsure = (dataclasses.replace(ENGINE, is_on=each) for each in (False, None))

    assert findings("host.longhorn-v2", **wired((off,))) == []
    assert finding("host.longhorn-v2", **wired((unsure,))).verdict is Verdict.INCOMPLETE
    assert finding("host.longhorn-v2", site=site(hosts=()), **wired((ENGINE,))).verdict is Verdict.INCOMPLETE


def limit(size_bytes: int | None) -> dict[str, Any]:
    return wired(limit=MemoryLimit("charts.zot.resources.limits.memory", size_bytes))


def test_zots_limit_is_compared_with_what_it_was_seen_to_take() -> None:
    on_demand = site(registry=registry(on_demand=True))

    assert finding("registry.memory", **limit(GiB)).verdict is PASS
    assert finding("registry.memory", **limit(GiB - 1)).verdict is MARGINAL
    assert finding("registry.memory", site=on_demand, **limit(4 * GiB - 1)).verdict is MARGINAL
    assert finding("registry.memory", site=on_demand, **limit(4 * GiB)).verdict is PASS


def test_below_what_zot_takes_doing_nothing_it_does_not_start() -> None:
    found = finding("registry.memory", **limit(50 * MB))
    (_, idle) = found.formulas
    stored = {each.name: each.value for each in idle.inputs}["stored_bytes"]

    assert (found.verdict, found.where) == (FAIL, "shop > addon/zot > charts.zot.resources.limits.memory")
    assert int(idle) == 50 * MB + -(-int(stored) // 1000)
    assert finding("registry.memory", **limit(int(idle))).verdict is MARGINAL
    assert finding("registry.memory", **limit(int(idle) - 1)).verdict is FAIL


def test_the_limit_of_zots_own_container_counts_where_the_values_state_none() -> None:
    where = dataclasses.replace(work(), images=()).provenance
    zot = work(container("zot", None, None, memory_limit_bytes=512 * MiB), name="zot")
    zot = dataclasses.replace(zot, provenance=dataclasses.replace(where, pack="zot"))
    given = wired()
    declared = dataclasses.replace(given["declarations"], workloads=(zot,))

    found = finding("registry.memory", declarations=declared)
    assert (found.verdict, found.measured) == (MARGINAL, 512 * MiB)
    unlimited = dataclasses.replace(zot, containers=(container("zot", 1, 1),))
    assert (
        finding("registry.memory", declarations=dataclasses.replace(declared, workloads=(unlimited,))).verdict is PASS
    )


def test_what_nobody_can_tell_of_the_limit_is_not_checked() -> None:
    for given in (limit(None), wired(has_values=False)):
        found = finding("registry.memory", **given)
        assert (found.verdict, found.is_checked) == (INFO, False)
    assert findings("registry.memory", site=site(registry=registry(kind="harbor"))) == []


def needing(*needs: ResourceNeed) -> Pack:
    return Pack("till", "1", "addon", needs=needs)


def test_what_a_pack_needs_beyond_what_its_pods_ask_for_is_counted_and_no_more() -> None:
    pack = needing(ResourceNeed("cpu", 500), ResourceNeed("memory", 256 * MiB))
    pods = work(container("a", 200, 64 * MiB), replicas=2)

    found = demands(pods, packs=(*k8s("edge-k3s"), pack))
    (rest,) = [each for each, _ in found.free if each.workload is None]

    assert (rest.cpu_milli, rest.memory_bytes) == (500 - 2 * 200, 256 * MiB - 2 * 64 * MiB)
    # The scheduler counts nothing of it.
    assert (rest.cpu_stated, rest.memory_stated) == (0, 0)
    enough = demands(work(container("a", 500, 256 * MiB)), packs=(*k8s("edge-k3s"), pack))
    assert all(each.workload is not None for each, _ in enough.free)


def test_a_need_of_all_or_of_master_hosts_is_counted_on_each_of_them() -> None:
    packs = (needing(ResourceNeed("cpu", 300, "all"), ResourceNeed("cpu", 400, "master"), ResourceNeed("diskSize", 5)),)
    daemon = work(container("a", 100, 0), spread=Spread.EVERY_HOST, replicas=None)

    found = demands(daemon, packs=(*k8s("edge-k3s"), *packs))

    assert [each.cpu_milli for each in found.every_host] == [100, 200]
    assert [each.cpu_milli for each in found.control_plane][-1] == 400
    assert found.free == ()


def test_images_that_are_assumed_count_towards_their_packs_need() -> None:
    pack = needing(ResourceNeed("cpu", 250))
    found = demands(uses=(use("r.io/a:1", pack="till"), use("r.io/b:1", pack="till")), packs=(*k8s("edge-k3s"), pack))

    assert sum(each.cpu_milli * pods for each, pods in found.free) == 250
