from __future__ import annotations

from typing import Any

import pytest

from regplan.registry.palette_answers import (
    Disk,
    cluster_facts,
    cluster_variables,
    edge_host,
    items_of,
    profile_summary,
    roles_of,
)
from support.palette_documents import PROJECT, cluster, machine_pools, profile, summary, uid
from support.palette_documents import cluster_variables as variables_answer
from support.palette_documents import edge_host as host_answer


def test_a_host_is_told_by_cores_memory_disks_and_architecture() -> None:
    host = edge_host(host_answer("node-1", 7))
    assert (host.name, host.uid, host.arch, host.cpu_cores) == ("node-1", uid(7), "amd64", 4)
    # 7930 MiB is what an 8 GiB virtual machine reports in the documentation of the local API.
    assert host.memory_bytes == 7930 * 1_048_576
    assert (host.mode, host.agent_version, host.state) == ("appliance", "4.7.2", "ready")


def test_the_main_disk_is_the_one_that_holds_the_system_and_not_the_largest() -> None:
    host = edge_host(host_answer("node-1", 7))
    assert host.disks == (Disk(300_000_000_000, "VMware"), Disk(500_000_000_000, "DATA"))
    assert host.storage_bytes == 300_000_000_000


def test_without_partitions_the_main_disk_is_the_largest() -> None:
    disks = [{"size": 4}, {"size": 480}, {"vendor": "no size"}, {"size": 0}, None]
    assert [each.size_bytes for each in edge_host(host_answer("n", 1, disks=disks)).disks] == [480 * 10**9, 4 * 10**9]


@pytest.mark.parametrize(
    "device",
    [
        None,
        {},
        {"archType": None, "cpu": None, "memory": None, "disks": None},
        {"cpu": {"cores": 0}, "memory": {"sizeInMB": 0}, "disks": []},
        {"cpu": {"cores": "4"}, "memory": {"sizeInMB": "8192"}, "disks": "many"},
    ],
)
def test_what_palette_does_not_tell_of_a_host_is_unknown(device: Any) -> None:
    document = host_answer("n", 1)
    document["spec"]["device"] = device
    host = edge_host(document)
    assert (host.cpu_cores, host.memory_bytes, host.storage_bytes, host.arch) == (None, None, None, "")


def test_memory_told_in_bytes_as_the_specification_says_is_taken_for_bytes() -> None:
    assert edge_host(host_answer("n", 1, memory={"sizeInMB": 17_179_869_184})).memory_bytes == 17_179_869_184


def test_a_host_without_a_name_goes_by_its_id_and_names_every_cluster_that_uses_it() -> None:
    document = host_answer("", 3)
    document["status"]["inUseClusters"] = [{"name": "a", "uid": uid(1)}, {"name": "b", "uid": uid(2)}]
    host = edge_host(document)
    assert (host.name, host.cluster) == (uid(3), "a, b")


def test_a_summary_lists_versions_lowest_first() -> None:
    document = summary(profile("infra", 1, version="1.9.0"), ("1.10.0", uid(2)), ("1.10.0-rc1", uid(3)))
    found = profile_summary(document)
    assert [version for version, _ in found.versions] == ["1.9.0", "1.10.0-rc1", "1.10.0"]
    assert (found.name, found.type, found.scope, found.project) == ("infra", "add-on", "project", PROJECT)
    assert found.is_published


def test_a_summary_of_a_mere_draft_is_told_as_such() -> None:
    draft = profile("infra", 1, draft={"type": "infra", "cloudType": "edge-native", "packs": []})
    found = profile_summary(summary(draft))
    assert (found.type, found.is_published) == ("infra", False)


@pytest.mark.parametrize("document", [{}, {"metadata": None}, {"specSummary": {"versions": [None, {"uid": "x"}]}}])
def test_a_summary_may_lack_anything(document: dict[str, Any]) -> None:
    assert profile_summary(document).versions == ()


def test_a_cluster_names_its_profiles_and_its_machine_pools() -> None:
    facts = cluster_facts(cluster("store-7", 50, profile("infra", 1), profile("retail", 2, version="2.1.0")))
    assert facts.profiles == (("infra", "1.0.0", uid(1)), ("retail", "2.1.0", uid(2)))
    assert (facts.name, facts.config_uid) == ("store-7", uid(51))


def test_roles_come_from_the_machine_pools() -> None:
    pools = machine_pools([host_answer("a", 1)], [host_answer("b", 2)])
    roles = roles_of(pools)
    assert (roles[uid(1)], roles[uid(2)], roles["10.0.0.2"]) == ("control-plane", "worker", "worker")
    assert roles_of(None) == roles_of({"spec": {"machinePoolConfig": [{"hosts": None}]}}) == {}


def test_a_clusters_variables_leave_out_what_is_sensitive_and_what_has_no_value() -> None:
    answer = variables_answer(
        1,
        {"name": "Tag", "value": "1.27", "defaultValue": "1.26"},
        {"name": "Secret", "value": "hunter2", "isSensitive": True},
        {"name": "Unset", "defaultValue": "x"},
    )
    assert cluster_variables(answer) == (("Tag", "1.27"),)
    assert cluster_variables({"variables": []}) == ()


def test_a_list_that_is_none_has_no_items() -> None:
    assert items_of({"items": None}) == items_of([]) == items_of({"items": [1, "a", None]}) == []
