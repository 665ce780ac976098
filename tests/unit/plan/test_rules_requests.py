"""What pods ask for, as findings; expected numbers are reckoned here from the documented formula."""

from __future__ import annotations

import dataclasses
import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regplan.model.finding import Verdict
from regplan.model.profile import ClusterProfile, Pack, Spread
from regplan.units import GB, GiB, MiB
from unit.plan.builders import facts, finding, findings, host, plan, registry, site, use
from unit.plan.test_hosts_demand import container, work

if TYPE_CHECKING:
    from regplan.model.finding import Finding
    from regplan.model.profile import Declarations, Workload
    from regplan.model.site import Host

FAIL, INCOMPLETE, MARGINAL, PASS, INFO = Verdict
CPU, MEMORY = "milli", "bytes"
K3S = (Pack("edge-k3s", "1.30", "k8s"),)


def running(*workloads: Workload, packs: tuple[Pack, ...] = K3S, uses: tuple[Any, ...] = ()) -> Declarations:
    profiles = (ClusterProfile("shop", "1", "cluster", packs, "shop.json"),)
    return dataclasses.replace(facts().declarations, uses=uses, workloads=workloads, profiles=profiles)


def requests(given: dict[str, Any], where: str, unit: str) -> Finding:
    (found,) = [each for each in findings("host.requests", **given) if (each.where, each.unit) == (where, unit)]
    return found


def cluster(*hosts: Host, **more: Any) -> dict[str, Any]:
    workloads = more.pop("workloads", ())
    return {"site": site(hosts=hosts, registry=None), "declarations": running(*workloads, **more)}


def allocatable_cpu(cpu: int) -> int:
    return (cpu * 99) // 100 - 80


def allocatable_memory(memory: int) -> int:
    return memory - math.ceil(Fraction(memory, 20)) - 420 * MiB


def with_headroom(asked: int, percent: int) -> int:
    return math.ceil(Fraction(asked * 100, 100 - percent))


def deployment(cpu: int, memory: int = MiB, replicas: int = 1, name: str = "shop", **more: Any) -> Workload:
    return work(container("a", cpu, memory), name=name, replicas=replicas, **more)


def test_what_can_be_allocated_is_compared_with_requests_and_headroom() -> None:
    given = cluster(host("c", cpu_milli=4_000, memory_bytes=8 * GiB), workloads=[deployment(1_000, GiB)])

    cpu, memory = requests(given, "c", CPU), requests(given, "c", MEMORY)

    # The k3s server takes 60m and 1,606 MB.
    assert (cpu.verdict, cpu.measured, cpu.required) == (PASS, 3_880, with_headroom(1_060, 15))
    assert (memory.verdict, memory.measured) == (PASS, allocatable_memory(8 * GiB))
    assert memory.required == with_headroom(GiB + 1_606_000_000, 20)
    assert [int(each) for each in cpu.formulas] == [cpu.measured, cpu.required]
    assert [each.key for each in cpu.formulas] == ["measured", "required"]


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [(3_238, PASS), (3_239, MARGINAL), (3_820, MARGINAL), (3_821, FAIL)],
)
def test_requests_beyond_the_headroom_are_marginal_and_beyond_all_fail(asked: int, verdict: Verdict) -> None:
    # Of 3,880m 85 % are 3,298m, and the k3s server takes 60m.
    given = cluster(
        host("c", cpu_milli=4_000, memory_bytes=64 * GiB),
        workloads=[work(container("a", asked, MiB), spread=Spread.EVERY_HOST, replicas=None)],
    )

    assert requests(given, "c", CPU).verdict is verdict


def test_what_the_scheduler_does_not_count_is_never_a_failure() -> None:
    many = [container(f"c{number}") for number in range(50)]
    given = cluster(
        host("c", cpu_milli=4_000, memory_bytes=64 * GiB), workloads=[work(*many, spread=Spread.EVERY_HOST)]
    )

    found = requests(given, "c", CPU)

    assert (found.verdict, found.required) == (MARGINAL, with_headroom(5_060, 15))
    assert "5 CPU of it assumed" in found.message


def test_containers_that_state_no_request_are_listed() -> None:
    given = cluster(host("c"), workloads=[work(container("a"), container("b", 1, 1))], uses=(use("r.io/tool:1"),))

    found = finding("host.unstated-requests", **given)

    assert (found.verdict, found.where) == (INFO, "hosts")
    assert found.message.startswith("2 containers state no request")
    assert "100m and 128 MiB each: shop/till/a, r.io/tool:1." in found.message


def test_where_all_containers_state_their_requests_nothing_is_said() -> None:
    given = cluster(host("c"), workloads=[deployment(10)])

    assert findings("host.unstated-requests", **given) == []


def test_pods_that_no_single_host_has_room_for_fail_although_all_together_have() -> None:
    workers = [host(f"w{number}", role="worker", cpu_milli=4_000, memory_bytes=8 * GB) for number in range(3)]
    given = cluster(*workers, workloads=[deployment(3_900)])

    found = requests(given, "hosts", CPU)

    assert found.verdict is FAIL
    # 85 % of 3,880m less the 30m of the k3s agent, three times.
    assert (found.measured, found.required) == (3 * (3_298 - 30), 3_900)
    assert "No host has room for shop/shop." in found.message


def test_an_arrangement_that_is_not_found_is_marginal_since_there_may_be_one() -> None:
    # Found by trying: 15/60, 30/15, 40/25, 50/50 and 25/35 of a hundred each fit two hosts, and no order tried finds how.
    sizes = ((150, 600), (300, 150), (400, 250), (500, 500), (250, 350))
    loads = [deployment(cpu, memory * MiB, name=f"w{place}") for place, (cpu, memory) in enumerate(sizes)]
    # 1,122m less 1 % and 80m, less the agent's 30m: 1,000m. Memory likewise 1,000 MiB.
    memory = math.ceil(Fraction((1_000 + 420) * MiB + 275_000_000) / Fraction(95, 100))
    workers = [host(f"w{number}", role="worker", cpu_milli=1_122, memory_bytes=memory) for number in range(2)]

    found = requests(cluster(*workers, workloads=loads), "hosts", MEMORY)

    assert found.verdict is MARGINAL
    assert "a better arrangement may" in found.message


def test_pods_that_may_not_share_a_host_and_find_none_are_marginal() -> None:
    given = cluster(host("a"), host("b"), workloads=[deployment(10, replicas=3, is_spread=True)])

    found = requests(given, "hosts", "hosts")

    # Three pods need three hosts; what lacks is no room, so that the sums hold.
    assert (found.verdict, found.measured, found.required) == (MARGINAL, 2, 3)
    assert [requests(given, "hosts", unit).verdict for unit in (CPU, MEMORY)] == [PASS, PASS]
    assert "No host is left for shop/shop: its pods may not share one." in found.message
    assert found.fix == "Let fewer replicas run, or add a host."


def test_a_host_that_does_not_say_what_it_has_is_named() -> None:
    given = cluster(host("c", cpu_milli=None), workloads=[deployment(10)])

    found = requests(given, "c", CPU)

    assert (found.verdict, found.measured) == (INCOMPLETE, None)
    assert found.fix == "State `cpu` of host c in the site file."
    assert requests(given, "hosts", CPU).verdict is INCOMPLETE


def test_a_site_without_hosts_is_incomplete() -> None:
    found = finding("host.requests", site=site(hosts=()))

    assert (found.verdict, found.where) == (INCOMPLETE, "hosts")


def test_each_hosts_row_has_what_is_placed_there() -> None:
    workers = (host("c"), host("w", role="worker", cpu_milli=4_000, memory_bytes=8 * GB))
    loads = [deployment(100, GiB, replicas=2), work(container("a", 50, 7), name="agent", spread=Spread.EVERY_HOST)]

    rows = plan(**cluster(*workers, workloads=loads)).hosts

    assert [(row.requested_cpu_milli, row.requested_memory_bytes) for row in rows] == [
        (110, 1_606_000_007),
        (280, 2 * GiB + 275_000_007),
    ]
    assert [row.allocatable_cpu_milli for row in rows] == [allocatable_cpu(8_000), allocatable_cpu(4_000)]
    assert [row.allocatable_memory_bytes for row in rows] == [allocatable_memory(16 * GB), allocatable_memory(8 * GB)]
    assert [
        (each.workload, each.pods, each.cpu_milli, each.memory_bytes, each.provenance) for each in rows[1].placed
    ] == [
        ("k3s agent", 1, 30, 275_000_000, "rule"),
        ("shop/agent", 1, 50, 7, "declared"),
        ("shop/shop", 2, 200, 2 * GiB, "declared"),
    ]


def test_a_registry_is_counted_on_its_host() -> None:
    given = {"site": site(hosts=(host("c"),)), "declarations": running(packs=(*K3S, Pack("zot", "1", "addon")))}

    (row,) = plan(**given).hosts

    assert ("Zot", 500, 512 * MiB) in [(each.workload, each.cpu_milli, each.memory_bytes) for each in row.placed]


AMOUNT = re.compile(
    r"Give (?P<host>\S+) at least (?:(?P<cpu>[0-9.]+) CPU)?(?: and )?(?:[0-9.]+ [kMGT]?B \((?P<memory>[0-9,]+) B\) of memory)?\."
)
MORE = re.compile(r"Add (?:a host|(?P<count>\d+) hosts) like (?P<host>\S+)\.")


def applied(fix: str, hosts: tuple[Host, ...], less_cpu: int = 0, less_memory: int = 0) -> tuple[Host, ...] | None:
    """Do what a fix says, or a little less; None for one without an amount."""
    match, more = AMOUNT.fullmatch(fix), MORE.fullmatch(fix)
    if match is not None:
        told: dict[str, Any] = {}
        if match["cpu"]:
            told["cpu_milli"] = int(Fraction(match["cpu"]) * 1000) - less_cpu
        if match["memory"]:
            told["memory_bytes"] = int(match["memory"].replace(",", "")) - less_memory
        return tuple(dataclasses.replace(each, **told) if each.name == match["host"] else each for each in hosts)
    if more is not None:
        like = next(each for each in hosts if each.name == more["host"])
        count = int(more["count"] or 1) - (1 if less_cpu or less_memory else 0)
        return (*hosts, *(dataclasses.replace(like, name=f"new-{place}") for place in range(count)))
    return None


@st.composite
def clusters(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(1, 3))
    hosts = tuple(
        host(
            f"n{number}",
            role=draw(st.sampled_from(["control-plane", "worker"])),
            cpu_milli=draw(st.integers(1, 8)) * 1_000,
            memory_bytes=draw(st.integers(2, 16)) * GB,
        )
        for number in range(count)
    )
    sizes = draw(st.lists(st.tuples(st.integers(1, 3_000), st.integers(1, 4 * GB), st.integers(1, 3)), max_size=6))
    loads = [deployment(cpu, memory, replicas, f"w{place}") for place, (cpu, memory, replicas) in enumerate(sizes)]
    packs = (*K3S, Pack("csi-longhorn", "1", "csi")) if draw(st.booleans()) else K3S
    return cluster(*hosts, workloads=loads, packs=packs)


def same(found: Finding, given: dict[str, Any], hosts: tuple[Host, ...]) -> Finding | None:
    changed = {**given, "site": dataclasses.replace(given["site"], hosts=hosts)}
    key = (found.where, found.unit) if found.rule == "host.requests" else (found.where, "")
    rows = [
        each
        for each in findings(found.rule, **changed)
        if (each.where, each.unit if found.rule == "host.requests" else "") == key
    ]
    return rows[0] if rows else None


@pytest.mark.property
@given(clusters())
@settings(max_examples=40, deadline=None)
def test_a_fix_removes_the_finding_and_with_a_little_less_it_is_back(given: dict[str, Any]) -> None:
    hosts = given["site"].hosts

    for found in findings("host.requests", **given):
        if found.verdict in {PASS, INFO, INCOMPLETE}:
            continue
        better = applied(found.fix, hosts)
        assert better is not None or found.fix == "Ask for less, or add hosts."
        if better is None:
            continue
        then = same(found, given, better)
        assert then is None or then.verdict is PASS, (found.fix, then)
        is_cpu, is_memory = "CPU" in found.fix, "of memory" in found.fix
        for less in ({"less_cpu": 1_000},) * is_cpu + ({"less_memory": 1},) * is_memory:
            worse = applied(found.fix, hosts, **less)
            assert worse is not None
            rows = findings("host.requests", **{**given, "site": dataclasses.replace(given["site"], hosts=worse)})
            assert any(each.verdict in {FAIL, MARGINAL} for each in rows), found.fix


@pytest.mark.property
@given(clusters())
@settings(max_examples=15, deadline=None)
def test_every_number_of_a_finding_is_its_formulas_value(given: dict[str, Any]) -> None:
    for rule in ("host.requests", "host.n-1", "host.surge", "host.disk"):
        for found in findings(rule, **given):
            told = {each.key: int(each) for each in found.formulas}
            assert told.get("required", found.required) == found.required
            if found.measured is not None and "measured" in told:
                assert told["measured"] == found.measured


@pytest.mark.property
@given(clusters(), st.integers(1, 4_000), st.integers(1, 4 * GB))
@settings(max_examples=15, deadline=None)
def test_one_more_workload_never_lowers_what_is_asked_for(given: dict[str, Any], cpu: int, memory: int) -> None:
    declarations = given["declarations"]
    more = dataclasses.replace(declarations, workloads=(*declarations.workloads, deployment(cpu, memory, name="more")))

    def asked(declared: Declarations) -> tuple[int, int]:
        rows = plan(**{**given, "declarations": declared}).hosts
        return sum(row.requested_cpu_milli or 0 for row in rows), sum(row.requested_memory_bytes or 0 for row in rows)

    before, after = asked(declarations), asked(more)
    verdicts = [
        {each.verdict for each in findings("host.requests", **{**given, "declarations": declared})}
        for declared in (declarations, more)
    ]

    assert (after[0] >= before[0] and after[1] >= before[1]) or FAIL in verdicts[1] or MARGINAL in verdicts[1]


def test_a_registry_of_ones_own_is_not_on_the_hosts() -> None:
    given = {"site": site(hosts=(host("c"),), registry=registry(kind="other")), "declarations": running()}

    (row,) = plan(**given).hosts

    assert [each.workload for each in row.placed] == ["k3s server"]


def test_a_registry_that_no_host_may_run_lacks_an_amd64_host_and_no_room() -> None:
    arms = (host("a", arch="arm64"), host("b", arch="arm64"))
    given = {"site": site(hosts=arms, registry=registry()), "declarations": running()}

    found = requests(given, "hosts", "hosts")

    assert (found.verdict, found.measured, found.required) == (FAIL, 0, 1)
    assert found.message == "No host may run Zot: a primary registry needs AMD64 (x86_64), and the hosts are arm64."
    assert found.fix == "Add an AMD64 (x86_64) host for the registry."
    # What cannot run takes no room, so that the sums of all hosts hold.
    for unit in (CPU, MEMORY):
        together = requests(given, "hosts", unit)
        assert (together.verdict, together.required) == (PASS, 0)


def test_a_pod_whose_labels_no_host_has_is_told_apart_from_a_want_of_room() -> None:
    picky = dataclasses.replace(deployment(100, name="picky"), node_selector=(("kubernetes.io/arch", "arm64"),))
    given = cluster(host("a"), host("b"), workloads=[picky, deployment(200, name="plain")])

    found = requests(given, "hosts", "hosts")

    assert (found.verdict, found.measured, found.required) == (FAIL, 0, 1)
    assert found.message == "No host has the labels that these pods ask for: shop/picky."
    assert requests(given, "hosts", CPU).required == 200


def test_a_host_that_may_run_the_pod_ends_it() -> None:
    picky = dataclasses.replace(deployment(100, name="picky"), node_selector=(("kubernetes.io/arch", "arm64"),))
    given = cluster(host("a"), host("b", arch="arm64"), workloads=[picky])

    assert [each.unit for each in findings("host.requests", **given) if each.where == "hosts"] == [CPU, MEMORY]
