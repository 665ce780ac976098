from __future__ import annotations

import dataclasses

import pytest

from regplan.model.profile import Spread, Workload
from regplan.plan.labels import may_run
from regplan.sim.placement import place
from unit.plan.builders import SHOP, declarations, entry, host, inventory, site, workload

ROLE = "node-role.kubernetes.io/control-plane"
MASTER = "node-role.kubernetes.io/master"
ARCH = "kubernetes.io/arch"


def work(*affinity: str, spread: Spread = Spread.REPLICAS, replicas: int | None = 9, **selector: str) -> Workload:
    pairs = tuple((key.replace("__", "/").replace("_", "."), value) for key, value in selector.items())
    made = workload("r.io/shop:1", spread, replicas)
    return dataclasses.replace(made, node_selector=pairs, node_affinity=affinity)


@pytest.mark.parametrize(
    ("term", "control_plane", "worker", "arm_worker"),
    [
        (f"{ARCH} in (amd64)", True, True, False),
        (f"{ARCH} in (arm64,amd64)", True, True, True),
        (f"{ARCH} notin (arm64)", True, True, False),
        (f"beta.{ARCH} in (arm64)", False, False, True),
        ("kubernetes.io/os in (windows)", False, False, False),
        (ROLE, True, False, False),
        (f"!{ROLE}", False, True, True),
        (f"{ROLE} in (true)", True, False, False),
        (f"{ROLE} notin (true)", True, True, True),
        (MASTER, True, False, False),
        (f"!{MASTER}", True, True, True),
        ("disk in (ssd)", True, True, True),
        ("!gpu", True, True, True),
        ("cores > 8", True, True, True),
        ("field:metadata.name in (node-1)", True, True, True),
        (f"{ARCH} in ({{{{.spectro.var.Arch}}}})", True, True, True),
        (f"disk in (a,b),!{ROLE}", False, True, True),
        ("", True, True, True),
    ],
)
def test_a_host_is_ruled_out_only_where_its_labels_are_certain(
    term: str,
    control_plane: bool,
    worker: bool,
    arm_worker: bool,
) -> None:
    hosts = (host("c"), host("w", role="worker"), dataclasses.replace(host("a", role="worker"), arch="arm64"))
    assert [may_run(work(term), each) for each in hosts] == [control_plane, worker, arm_worker]


def test_one_term_of_an_affinity_is_enough() -> None:
    assert may_run(work(f"{ARCH} in (arm64)", f"{ARCH} in (amd64)"), host("c"))
    assert not may_run(work(f"{ARCH} in (arm64)", "kubernetes.io/os in (windows)"), host("c"))


def test_a_selector_asks_for_every_label() -> None:
    assert may_run(work(kubernetes_io__arch="amd64", disk="ssd"), host("c"))
    assert not may_run(work(kubernetes_io__arch="amd64", kubernetes_io__os="windows"), host("c"))


@pytest.mark.parametrize(
    ("spread", "replicas", "expected"),
    [(Spread.EVERY_HOST, None, ["a", "b"]), (Spread.REPLICAS, 1, ["a"]), (Spread.CONTROL_PLANE, None, ["b"])],
)
def test_a_workload_for_another_architecture_is_pulled_by_its_hosts_only(
    spread: Spread, replicas: int | None, expected: list[str]
) -> None:
    hosts = (host("w", role="worker"), host("a", role="worker"), host("b"), host("c"))
    mixed = tuple(dataclasses.replace(each, arch="arm64") if each.name in "ab" else each for each in hosts)
    only = work(f"{ARCH} in (arm64)", spread=spread, replicas=replicas)
    found = place(site(hosts=mixed), declarations(workloads=(only,)), inventory(entry("r.io/shop:1", SHOP)))
    assert [name for name, references in found.hosts if references] == expected
