from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.site import Host, Site
from regplan.profile.composer import Map
from regplan.profile.fleet.columns import read_columns
from regplan.profile.fleet.listed import read_defaults
from regplan.profile.fleet.rows import Rows
from regplan.profile.site import parse_site

if TYPE_CHECKING:
    from regplan.model.fleet import FleetProblem

HEADINGS = (
    "Store", "profiles", "registry.storage", "registry.sync", "hosts.count", "hosts.cpu", "hosts.memory", "hosts.arch",
    "hosts.worker.count", "hosts.worker.cpu", "hosts[2].cpu", "links.internet.rate", "var.No", "assumptions.free_space",
)  # fmt: skip
GOOD = (
    "s-1",
    "a.json, b.yaml",
    "1,5 TB",
    "true",
    "3",
    "8",
    "16GiB",
    "arm64",
    "2",
    "4",
    "",
    "20Mbit/s",
    "0042",
    "12,5%",
)


def read(cells: tuple[str, ...], defaults: Map | None = None) -> Site | tuple[FleetProblem, ...]:
    columns, _ = read_columns(HEADINGS, {"Store": "name"}, "d/s.csv")
    return Rows(columns, defaults or Map(), "d/s.csv").site(cells, 7)


def changed(**cells: str) -> tuple[str, ...]:
    return tuple(cells.get(heading.replace(".", "_"), cell) for heading, cell in zip(HEADINGS, GOOD, strict=True))


def problems(**cells: str) -> list[tuple[int, str, str]]:
    found = read(changed(**cells))
    assert isinstance(found, tuple)
    assert {each.site for each in found} <= {cells.get("Store", "s-1")}
    return [(each.line, each.column, each.problem) for each in found]


def test_a_row_is_the_site_that_its_keys_make_in_a_site_file() -> None:
    same = parse_site(
        """
        name: s-1
        profiles: [a.json, b.yaml]
        registry: {storage: 1.5TB, sync: true}
        hosts:
        - {name: node, count: 3, cpu: 8, memory: 16GiB, arch: arm64}
        - {name: worker, role: worker, count: 2, cpu: 4}
        links: {internet: {rate: 20Mbit/s}}
        variables: {No: "0042"}
        assumptions: {free_space: 12.5%}
        """,
        "d/s.csv",
    )
    found = read(GOOD)
    assert isinstance(found, Site)

    assert replace(found, defaulted=()) == replace(same, defaulted=())
    assert sorted(found.defaulted) == sorted(same.defaulted)
    assert [host.name for host in found.hosts] == ["node-1", "node-2", "node-3", "worker-1", "worker-2"]


def test_a_group_without_cells_or_with_a_count_of_0_is_not_there() -> None:
    found = read(changed(hosts_worker_count="0", hosts_count="", **{"hosts[2]_cpu": "2"}))
    assert isinstance(found, Site)

    assert found.hosts == (
        Host("node", cpu_milli=8000, memory_bytes=16 * 2**30, arch="arm64"),
        Host("node2", cpu_milli=2000),
    )


def test_a_site_may_have_no_hosts() -> None:
    nothing = dict.fromkeys(["hosts_cpu", "hosts_memory", "hosts_arch", "hosts_worker_cpu"], "")
    found = read(changed(hosts_count="0", hosts_worker_count="0", **nothing))
    assert isinstance(found, Site)

    assert found.hosts == ()


def test_defaults_hold_unless_the_row_says_otherwise() -> None:
    text = (
        "{internet: thin, registry: {storage: 1GB, kind: harbor}, variables: {No: '1', Other: x}, hosts: [{name: h}]}"
    )
    found = read(changed(), read_defaults(text, "all.yaml"))
    assert isinstance(found, Site)

    assert (found.internet, found.registry and found.registry.kind) == ("thin", "harbor")
    assert found.registry is not None
    assert found.registry.storage_bytes == 1_500_000_000_000
    assert dict(found.inputs.variables) == {"No": "0042", "Other": "x"}
    assert len(found.hosts) == 5


def test_every_problem_of_a_row_is_told_with_line_and_column() -> None:
    found = problems(
        registry_storage="300", hosts_cpu="0", hosts_memory="-16GiB", hosts_worker_cpu="1,234",
        links_internet_rate="20", hosts_arch="amd46", registry_sync="perhaps", assumptions_free_space="120%",
    )  # fmt: skip

    assert {column: problem for _, column, problem in found} == {
        "registry.storage": "'300' is not a size; write it with its unit: 300GB, 300GiB or 300Gi",
        "hosts.cpu": "'0' must be more than 0",
        "hosts.memory": "'-16GiB' is negative; a size must be more than 0, such as 300GB",
        "hosts.worker.cpu": "'1,234' can be read in two ways; write a point, or no separator",
        "links.internet.rate": "'20' is not a rate; write bits per second, such as 20Mbit/s or 1Gbit/s",
        "hosts.arch": "'amd46' is none of amd64, arm64; did you mean amd64?",
        "registry.sync": "'perhaps' is neither true nor false",
        "assumptions.free_space": "'120%' leaves nothing; it must be below 100%",
    }
    assert {line for line, _, _ in found} == {7}


def test_more_than_any_disk_and_small_letters_are_refused() -> None:
    assert "'1e30' is not a size" in problems(registry_storage="1e30")[0][2]
    assert "'1000000000000000EB' is larger than any disk" in problems(registry_storage="1000000000000000EB")[0][2]
    assert "'300gb' is not a size" in problems(registry_storage="300gb")[0][2]


def test_a_row_without_a_name_or_profiles_says_so() -> None:
    assert problems(Store="") == [(7, "Store", "this key is needed")]
    assert [column for _, column, _ in problems(profiles="")] == ["profiles"]


def test_two_hosts_of_one_name_are_told() -> None:
    columns, _ = read_columns(["name", "profiles", "hosts.name", "hosts[2].name"], {}, "s.csv")
    (found,) = Rows(columns, Map(), "s.csv").site(("s", "a.json", "n", "n"), 3)  # type: ignore[misc]

    assert (found.line, found.problem) == (3, "the host n stands twice, first in line 3")


def test_a_formula_is_a_text_like_any_other() -> None:
    found = read(changed(Store="=1+1"))
    assert isinstance(found, Site)

    assert found.name == "=1+1"
    assert problems(hosts_cpu="=4*2")[0][2] == "'=4*2' is not a Kubernetes quantity such as 300Gi, 500m or 2"


def test_a_secret_is_never_shown() -> None:
    columns, _ = read_columns(["name", "profiles", "var.dbPassword"], {}, "s.csv")
    (found,) = Rows(columns, Map(), "s.csv").site(("s", "a.json", "hunter2"), 3)  # type: ignore[misc]

    assert found.column == "var.dbPassword"
    assert "holds no secrets" in found.problem
    assert "hunter2" not in repr(found)


def test_a_password_in_a_cell_is_told_once_and_never_shown() -> None:
    secret = "https://me:hunter2@harbor.corp/a"
    columns, _ = read_columns(["name", "profiles", "registry.address", "registry.storage"], {}, "s.csv")
    found = Rows(columns, Map(), "s.csv").site((secret, f"{secret}.json", secret, secret), 3)

    assert isinstance(found, tuple)
    assert "hunter2" not in repr(found)
    assert {each.site for each in found} == {"https://***@harbor.corp/a"}
    assert [each.column.partition("[")[0] for each in found] == [
        "name", "profiles", "registry.address", "registry.storage",
    ]  # fmt: skip
