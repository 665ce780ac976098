"""Room for the pods of a lost host, and for what is rolled; what fits is reckoned by hand in each test."""

from __future__ import annotations

import dataclasses
from typing import Any

from regplan.model.finding import Verdict
from regplan.model.profile import Pack, Spread
from regplan.units import GB, GiB, MiB
from unit.plan.builders import finding, findings, host, registry, site
from unit.plan.test_hosts_demand import container, work
from unit.plan.test_rules_requests import K3S, applied, cluster, deployment, running

FAIL, INCOMPLETE, MARGINAL, PASS, INFO = Verdict
# Of 4 CPU 3,880m can be allocated, and the k3s agent takes 30m of them.
ROOM = 3_880 - 30


def workers(*cpus: int, **more: Any) -> tuple[Any, ...]:
    return tuple(host(f"w{place}", role="worker", cpu_milli=cpu, **more) for place, cpu in enumerate(cpus, 1))


def with_registry(*hosts: Any, workloads: tuple[Any, ...] = (), **more: Any) -> dict[str, Any]:
    return {"site": site(hosts=hosts, registry=registry(**more)), "declarations": running(*workloads)}


def test_the_others_take_over_when_the_largest_host_is_lost() -> None:
    given = cluster(*workers(8_000, 4_000), workloads=[deployment(ROOM)])

    found = finding("host.n-1", **given)

    assert (found.verdict, found.where, found.unit) == (PASS, "hosts without w1", "milli")
    assert (found.measured, found.required) == (ROOM, ROOM)


def test_without_room_on_the_others_it_is_marginal_and_the_fix_is_the_least_that_will_do() -> None:
    hosts = workers(8_000, 4_000)
    given = cluster(*hosts, workloads=[deployment(ROOM - 100), deployment(101, name="more")])

    found = finding("host.n-1", **given)

    assert (found.verdict, found.measured, found.required) == (MARGINAL, ROOM, ROOM + 1)
    assert found.fix == "Give w2 at least 5 CPU."
    better = applied(found.fix, hosts)
    assert better is not None
    assert finding("host.n-1", **{**given, "site": dataclasses.replace(given["site"], hosts=better)}).verdict is PASS


def test_the_memory_that_is_lacking_is_told_to_the_byte() -> None:
    hosts = workers(8_000, 4_000, memory_bytes=8 * GB)
    # Of 8 GB there can be allocated 8e9 less 5 % and 420 MiB, and the agent takes 275 MB: that and one byte more.
    room = 8_000_000_000 - 400_000_000 - 420 * MiB - 275_000_000
    hosts = (dataclasses.replace(hosts[0], memory_bytes=16 * GB), hosts[1])
    given = cluster(*hosts, workloads=[deployment(10, room + 1)])

    found = finding("host.n-1", **given)

    # One byte more takes 1 / 0.95 bytes more, rounded up.
    assert (found.verdict, found.fix) == (MARGINAL, "Give w2 at least 8.00 GB (8,000,000,002 B) of memory.")
    verdicts = []
    for less in (0, 1):
        changed = applied(found.fix, hosts, less_memory=less)
        assert changed is not None
        verdicts.append(
            finding("host.n-1", **{**given, "site": dataclasses.replace(given["site"], hosts=changed)}).verdict
        )
    assert verdicts == [PASS, MARGINAL]


def test_one_more_host_makes_up_for_a_lost_one() -> None:
    hosts = workers(4_000, 4_000, 4_000)
    given = cluster(*hosts, workloads=[deployment(1_200, replicas=9)])

    found = finding("host.n-1", **given)
    more = (*hosts, host("w4", role="worker", cpu_milli=4_000))
    then = finding("host.n-1", **{**given, "site": dataclasses.replace(given["site"], hosts=more)})

    assert (found.verdict, found.fix) == (MARGINAL, "Add a host like w1, or ask for less.")
    assert then.verdict is PASS


def test_the_registrys_host_is_lost_too() -> None:
    # The largest is arm64, so that the registry is on the other one.
    hosts = (*workers(8_000, arch="arm64"), host("w2", role="worker", cpu_milli=4_000))
    found = findings("host.n-1", **with_registry(*hosts))

    assert [each.where for each in found] == ["hosts without w1", "hosts without w2"]
    assert [each.verdict for each in found] == [PASS, MARGINAL]
    assert "Zot" in found[1].message


def test_a_registry_whose_volume_is_lost_with_its_host_does_not_come_back() -> None:
    local = finding("host.n-1", **with_registry(*workers(8_000, 8_000), storage_class="local-path"))
    replicated = finding("host.n-1", **with_registry(*workers(8_000, 8_000), storage_class="piraeus"))

    assert (local.verdict, replicated.verdict) == (MARGINAL, PASS)
    assert "storage class local-path keeps it there alone" in local.message
    # What lacks is a copy: room beside what is asked for would read as if it held.
    assert (local.measured, local.required, local.unit) == (0, 1, "copies")
    assert local.fix == "Give the registry a storage class that keeps a copy on another host."


def test_where_room_lacks_too_it_is_room_that_is_compared_and_the_volume_is_told() -> None:
    hosts = workers(4_000, 4_000)
    local = finding(
        "host.n-1", **with_registry(*hosts, workloads=(deployment(ROOM - 600, replicas=2),), storage_class="local")
    )

    assert (local.verdict, local.unit) == (MARGINAL, "milli")
    # Zot asks for 500m beside both.
    assert (local.measured, local.required) == (ROOM, 2 * (ROOM - 600) + 500)
    assert "The registry's volume is lost with it" in local.message


def test_where_one_host_takes_pods_nobody_takes_over() -> None:
    alone = finding("host.n-1", **cluster(host("c")))
    one_worker = finding("host.n-1", **cluster(host("c"), *workers(8_000)))

    assert (alone.verdict, one_worker.verdict) == (INFO, INFO)
    assert "w1" in one_worker.message


def test_a_host_that_does_not_say_what_it_has_leaves_it_open() -> None:
    hosts = (*workers(8_000), host("w2", role="worker", cpu_milli=None))

    found = finding("host.n-1", **cluster(*hosts, workloads=[deployment(100)]))

    assert (found.verdict, found.measured) == (INCOMPLETE, None)
    assert "host w2" in found.fix


def test_where_not_even_all_hosts_have_room_nothing_is_said() -> None:
    given = cluster(*workers(4_000, 4_000), workloads=[deployment(3_900)])

    assert findings("host.n-1", **given) == []
    assert findings("host.surge", **given) == []


def test_a_quarter_more_of_each_deployment_fits_while_it_is_rolled() -> None:
    given = cluster(*workers(4_000), workloads=[deployment(ROOM // 5, replicas=4)])

    found = finding("host.surge", **given)

    assert (found.verdict, found.measured, found.required) == (PASS, ROOM, 5 * (ROOM // 5))


def test_without_room_for_what_is_rolled_it_is_marginal() -> None:
    given = cluster(*workers(4_000), workloads=[deployment(ROOM // 4, replicas=4)])

    found = finding("host.surge", **given)

    # 5 x 962m and the agent's 30m are 4,840m: 5 CPU leave 4,870m, 4 leave 3,880m.
    assert (found.verdict, found.required, found.fix) == (MARGINAL, 5 * (ROOM // 4), "Give w1 at least 5 CPU.")


def test_several_hosts_are_told_to_roll_fewer_or_to_be_more() -> None:
    given = cluster(*workers(4_000, 4_000), workloads=[deployment(1_900, replicas=4)])

    assert finding("host.surge", **given).fix == "Roll fewer at once, or add 1 like w1."


def test_pods_that_may_not_share_a_host_cannot_be_rolled_where_each_host_has_one() -> None:
    given = cluster(*workers(4_000, 4_000), workloads=[deployment(10, replicas=2, is_spread=True)])

    found = finding("host.surge", **given)

    assert found.verdict is MARGINAL
    assert "shop/shop cannot be rolled" in found.message
    assert found.fix == "Add a host, or roll it with `maxSurge: 0` and `maxUnavailable: 1`."
    # Two hosts, two pods, and one more while they are rolled.
    assert (found.measured, found.required, found.unit) == (2, 3, "hosts")


def test_what_is_replaced_in_place_needs_no_room() -> None:
    still = [
        work(container("a", 10, 1), kind="StatefulSet", replicas=4),
        work(container("a", 10, 1), spread=Spread.EVERY_HOST, kind="DaemonSet", replicas=None),
    ]

    assert findings("host.surge", **cluster(*workers(4_000), workloads=still)) == []


def test_longhorn_runs_two_managers_while_it_is_upgraded() -> None:
    packs = (*K3S, Pack("csi-longhorn", "1", "csi"))
    # 12 % of 4 CPU are 480m, twice: 960m.
    loads = [work(container("a", asked, GiB), kind="StatefulSet") for asked in (ROOM - 960, ROOM - 959)]

    verdicts = [
        finding("host.surge", **cluster(*workers(4_000), workloads=[each], packs=packs)).verdict for each in loads
    ]

    assert verdicts == [PASS, MARGINAL]


def test_when_the_only_amd64_host_is_lost_no_other_may_run_the_registry() -> None:
    mixed = (host("x86"), host("arm-1", arch="arm64"), host("arm-2", arch="arm64"))
    given = {"site": site(hosts=mixed, registry=registry()), "declarations": running()}

    (found,) = findings("host.n-1", **given)

    assert (found.verdict, found.where) == (Verdict.MARGINAL, "hosts without x86")
    assert (found.measured, found.required, found.unit) == (0, 1, "hosts")
    assert "no other host may run Zot: a primary registry needs an AMD64 (x86_64) host" in found.message
    assert found.fix == "Add another AMD64 (x86_64) host."


def test_when_the_only_host_with_a_label_is_lost_that_is_what_lacks() -> None:
    picky = dataclasses.replace(deployment(100, name="picky"), node_selector=(("kubernetes.io/arch", "arm64"),))
    given = cluster(host("big", arch="arm64", cpu_milli=16_000), host("x86"), workloads=[picky])

    (found,) = findings("host.n-1", **given)

    assert (found.verdict, found.fix) == (Verdict.MARGINAL, "Add another host with the labels of big.")
    assert "no other host may run shop/picky: none has the labels that they ask for" in found.message
