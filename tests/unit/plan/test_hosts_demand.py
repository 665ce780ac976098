"""What pods ask for; expected sums are written out by hand from the manifests that each test describes."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from regplan.model.profile import ClusterProfile, Container, Pack, Provenance, Spread, UseStatus, Workload
from regplan.oci.reference import Reference
from regplan.plan.hosts.demand import Open, pod_demand
from regplan.plan.hosts.demands import Demands, demands_of, rolling_demands
from regplan.plan.prepared import Prepared
from regplan.units import MiB
from unit.plan.builders import declarations, use

UNSAID = Open(cpu_milli=100, memory_bytes=128 * MiB, hosts_per_image=1, surge=0.25)


def container(name: str = "main", cpu: int | None = None, memory: int | None = None, **more: Any) -> Container:
    return Container(name, None, cpu_request_milli=cpu, memory_request_bytes=memory, **more)


def work(*containers: Container, **more: Any) -> Workload:
    given: dict[str, Any] = {
        "kind": "Deployment",
        "namespace": "shop",
        "name": "till",
        "spread": Spread.REPLICAS,
        "replicas": 1,
        "images": (Reference.parse("r.io/till:1"),),
        "provenance": Provenance("file", "", "till", "addon"),
        "containers": containers,
    }
    return Workload(**{**given, **more})


def demands(*workloads: Workload, kind: str = "", packs: tuple[Pack, ...] = (), uses: tuple[Any, ...] = ()) -> Demands:
    profiles = (ClusterProfile("shop", "1", "cluster", packs, "shop.json"),)
    return demands_of(Prepared(declarations(*uses, workloads=workloads, profiles=profiles)), kind, UNSAID)


def k8s(name: str) -> tuple[Pack, ...]:
    return (Pack(name, "1.30", "k8s"),)


def test_a_pod_asks_for_the_sum_of_its_containers() -> None:
    found = pod_demand(work(container("a", 50, 10), container("b", 70, 20)), UNSAID)

    assert (found.name, found.cpu_milli, found.memory_bytes) == ("shop/till", 120, 30)
    assert (found.cpu_stated, found.memory_stated, found.provenance, found.unstated) == (120, 30, "declared", ())


def test_an_init_container_counts_where_it_asks_for_more_than_all_others() -> None:
    found = pod_demand(
        work(container("a", 50, 10), container("b", 70, 20), container("first", 100, 40, is_init=True)), UNSAID
    )

    assert (found.cpu_milli, found.memory_bytes) == (120, 40)


def test_a_container_without_a_request_counts_as_assumed_and_is_named() -> None:
    found = pod_demand(work(container("a", 50, 10), container("b", None, 20)), UNSAID)

    assert (found.cpu_milli, found.cpu_stated, found.memory_bytes, found.memory_stated) == (150, 50, 30, 30)
    assert (found.provenance, found.unstated) == ("mixed", ("shop/till/b",))


def test_a_limit_alone_is_the_request() -> None:
    found = pod_demand(work(container("a", cpu_limit_milli=300, memory_limit_bytes=7)), UNSAID)

    assert (found.cpu_milli, found.memory_bytes, found.provenance) == (300, 7, "declared")


def test_an_init_container_without_a_request_is_named_only_where_that_decides() -> None:
    large = pod_demand(work(container("a", 200, 256 * MiB), container("first", is_init=True)), UNSAID)
    small = pod_demand(work(container("a", 50, 256 * MiB), container("first", is_init=True)), UNSAID)

    assert (large.cpu_milli, large.unstated) == (200, ())
    assert (small.cpu_milli, small.cpu_stated, small.unstated) == (100, 50, ("shop/till/first",))


def test_a_workload_of_which_no_container_is_known_is_one_that_states_nothing() -> None:
    found = pod_demand(work(), UNSAID)

    assert (found.cpu_milli, found.memory_bytes, found.unstated) == (100, 128 * MiB, ("shop/till",))


@pytest.mark.parametrize(
    ("kind", "replicas", "told", "surge"),
    [
        ("Deployment", 4, None, 1),
        ("Deployment", 5, None, 2),
        ("Deployment", 4, 3, 3),
        ("Deployment", 4, 0, 0),
        ("StatefulSet", 4, None, 0),
    ],
)
def test_a_quarter_of_a_deployment_comes_on_top_while_it_is_rolled(
    kind: str, replicas: int, told: int | None, surge: int
) -> None:
    assert pod_demand(work(container(), kind=kind, replicas=replicas, surge=told), UNSAID).surge == surge


def test_pods_are_sorted_by_the_larger_share_of_a_documented_host() -> None:
    # 1 of 4 CPU is 25 %, 3 of 8 GB is 37.5 %, 2 of 4 CPU is 50 %.
    found = demands(
        work(container("a", 1_000, 1), name="cpu"),
        work(container("a", 1, 3_000_000_000), name="memory"),
        work(container("a", 2_000, 1), name="large"),
    )

    assert [each.name for each, _ in found.free] == ["shop/large", "shop/memory", "shop/cpu"]


@pytest.mark.parametrize(
    ("pack", "server", "agent", "provenance"),
    [
        ("edge-rke2", (1_100, 2_176 * MiB), (250, 128 * MiB), "rule"),
        ("edge-k3s", (60, 1_606_000_000), (30, 275_000_000), "rule"),
        ("edge-k8s", (1_100, 2_176 * MiB), None, "assumed"),
    ],
)
def test_a_distribution_asks_for_its_own(
    pack: str, server: tuple[int, int], agent: tuple[int, int] | None, provenance: str
) -> None:
    found = demands(packs=k8s(pack))

    assert [(each.cpu_milli, each.memory_bytes, each.provenance) for each in found.control_plane] == [
        (*server, provenance)
    ]
    assert [(each.cpu_milli, each.memory_bytes) for each in found.agents] == ([] if agent is None else [agent])


def test_what_is_assumed_of_an_unknown_distribution_is_nothing_to_the_scheduler() -> None:
    (found,) = demands(packs=k8s("edge-microk8s")).control_plane

    assert (found.cpu_stated, found.memory_stated) == (0, 0)


def test_static_pods_that_a_profile_shows_stand_in_for_the_distributions_numbers() -> None:
    server = work(container("a", 250, 5), kind="Pod", name="kube-apiserver", spread=Spread.CONTROL_PLANE, replicas=None)

    assert [each.cpu_milli for each in demands(server, packs=k8s("edge-rke2")).control_plane] == [250]


@pytest.mark.parametrize(
    ("kind", "asked"), [("zot", [(500, 512 * MiB)]), ("harbor", [(1_100, 2_816 * MiB)]), ("other", []), ("", [])]
)
def test_a_registry_asks_for_what_its_chart_leaves_open(kind: str, asked: list[tuple[int, int]]) -> None:
    assert [(each.cpu_milli, each.memory_bytes) for each, _ in demands(kind=kind).free] == asked


def test_the_workloads_of_a_registrys_pack_stand_in_for_what_is_usual() -> None:
    zot = work(container("zot", 300, None), name="zot", provenance=Provenance("f", "", "zot-registry", "addon"))

    ((found, count),) = demands(zot, kind="zot").free

    assert (found.name, count, found.is_registry) == ("shop/zot", 1, True)
    assert (found.cpu_milli, found.memory_bytes, found.provenance) == (300, 512 * MiB, "mixed")


def test_an_image_of_no_known_workload_is_one_container_and_is_named() -> None:
    found = demands(
        work(container("a", 50, 10)),
        uses=(
            use("r.io/till:1"),
            use("r.io/tool:1"),
            use("r.io/net:1", layer="cni"),
            use("r.io/kube:1", layer="k8s"),
            use("r.io/host:1", layer="os"),
            use("r.io/never:1", status=UseStatus.UNUSED),
        ),
    )

    assert [(each.name, count) for each, count in found.free] == [("r.io/tool:1", 1), ("shop/till", 1)]
    assert [each.name for each in found.every_host] == ["r.io/net:1"]
    assert found.unstated == ("r.io/tool:1", "r.io/net:1")


def test_images_of_the_registrys_own_pack_are_counted_with_the_registry() -> None:
    found = demands(kind="zot", uses=(use("r.io/zot:1", pack="zot"), use("r.io/connect:1", pack="registry-connect")))

    assert [each.name for each, _ in found.free] == ["Zot", "r.io/connect:1"]


def test_an_image_of_unknown_placement_runs_on_so_many_hosts() -> None:
    prepared = Prepared(declarations(use("r.io/tool:1")))

    ((found, count),) = demands_of(prepared, "", UNSAID._replace(hosts_per_image=3)).free

    assert (count, found.is_spread) == (3, True)


def test_a_workload_of_unknown_count_is_one_pod() -> None:
    ((found, count),) = demands(work(container("a", 50, 10), spread=Spread.UNKNOWN, replicas=None)).free

    assert (found.cpu_milli, count) == (50, 1)


def test_a_stopped_workload_asks_for_nothing() -> None:
    assert demands(work(container("a", 50, 10), replicas=0)).asked == (0, 0)


def test_sums_stand_beside_the_pods_also_while_they_are_rolled() -> None:
    prepared = Prepared(declarations(workloads=(work(container("a", 50, 10), container("b", None, 1), replicas=4),)))

    now, then = (reckon(prepared, "", UNSAID) for reckon in (demands_of, rolling_demands))

    assert (now.asked, now.stated) == ((600, 44), (200, 44))
    assert (then.asked, then.stated) == ((750, 55), (250, 55))


def test_longhorn_is_known_by_its_packs_name() -> None:
    assert demands(packs=(Pack("csi-longhorn", "1.7", "csi"),)).longhorn == "csi-longhorn"
    assert demands(packs=(Pack("csi-piraeus", "2.9", "csi"),)).longhorn == ""


def test_a_pod_with_labels_to_meet_is_choosy() -> None:
    made = dataclasses.replace(work(container("a", 1, 1)), node_selector=(("kubernetes.io/arch", "arm64"),))

    assert pod_demand(made, UNSAID).is_choosy
    assert not pod_demand(work(container("a", 1, 1)), UNSAID).is_choosy
