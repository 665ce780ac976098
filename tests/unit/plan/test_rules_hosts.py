from __future__ import annotations

from typing import Any

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.units import GB, GiB
from unit.plan.builders import finding, findings, host, hosts, plan, site

FAIL, INCOMPLETE, MARGINAL, PASS, INFO = Verdict


def of_first(rule: str, count: int = 3, *, with_registry: bool = True, **more: Any) -> Finding:
    given = (host("node-1", **more), *hosts(count)[1:])
    return findings(rule, site=site(hosts=given) if with_registry else site(hosts=given, registry=None))[0]


@pytest.mark.parametrize(
    ("count", "with_registry", "cpu_milli", "verdict", "required"),
    [
        (3, True, 4000, PASS, 4000),
        (3, True, 3999, FAIL, 4000),
        (3, True, None, INCOMPLETE, 4000),
        (1, True, 6000, PASS, 6000),
        (1, True, 4000, FAIL, 6000),
        (3, False, 2000, PASS, 2000),
        (1, False, 1999, FAIL, 2000),
    ],
)
def test_a_host_has_enough_processors(
    count: int, with_registry: bool, cpu_milli: int | None, verdict: Verdict, required: int
) -> None:
    found = of_first("host.cpu", count, with_registry=with_registry, cpu_milli=cpu_milli)

    assert (found.verdict, found.measured, found.required, found.unit) == (verdict, cpu_milli, required, "milli")
    assert ("Primary Registry" in found.source) is with_registry


@pytest.mark.parametrize(
    ("count", "with_registry", "memory_bytes", "verdict"),
    [
        (3, True, 8 * GB, PASS),
        (3, True, 8 * GB - 1, MARGINAL),
        (3, True, 7_600_000_000, MARGINAL),
        (3, True, 7_599_999_999, FAIL),
        (3, True, None, INCOMPLETE),
        (1, True, 12 * GB, PASS),
        (1, True, 11_400_000_000, MARGINAL),
        (1, True, 8 * GiB, FAIL),
        (1, False, 8 * GB, PASS),
    ],
)
def test_a_host_has_enough_memory_with_five_per_cent_for_firmware_and_kernel(
    count: int, with_registry: bool, memory_bytes: int | None, verdict: Verdict
) -> None:
    found = of_first("host.memory", count, with_registry=with_registry, memory_bytes=memory_bytes)

    assert (found.verdict, found.measured, found.unit) == (verdict, memory_bytes, "bytes")


def test_the_binary_reading_of_memory_stands_beside_the_decimal_one() -> None:
    assert "8.59 GB, not met" in of_first("host.memory", memory_bytes=8 * GB).message
    assert "8.59 GB, met" in of_first("host.memory", memory_bytes=8 * GiB).message
    assert "12.9 GB" in of_first("host.memory", 1, memory_bytes=12 * GB).message


@pytest.mark.parametrize(
    ("key", "rule"), [("cpu_milli", "host.cpu"), ("memory_bytes", "host.memory"), ("storage_bytes", "host.disk")]
)
def test_what_a_host_does_not_state_is_named_with_its_key(key: str, rule: str) -> None:
    absent: dict[str, Any] = {key: None}
    found = of_first(rule, **absent)

    assert found.verdict is INCOMPLETE
    assert found.fix == f"State `{key.partition('_')[0]}` of host node-1 in the site file."
    assert found.where == "node-1"


@pytest.mark.parametrize("rule", ["host.cpu", "host.memory", "host.disk", "host.arch"])
def test_a_site_without_hosts_is_incomplete(rule: str) -> None:
    found = finding(rule, site=site(hosts=()))

    assert (found.verdict, found.where, found.fix) == (INCOMPLETE, "hosts", "State `hosts` in the site file.")


@pytest.mark.parametrize(("storage_bytes", "verdict"), [(100 * GB, PASS), (100 * GB - 1, FAIL), (None, INCOMPLETE)])
def test_a_main_drive_has_a_hundred_gigabytes(storage_bytes: int | None, verdict: Verdict) -> None:
    found = of_first("host.disk", storage_bytes=storage_bytes)

    assert (found.verdict, found.required) == (verdict, 100 * GB)
    assert "Hardware Requirements" in found.source


@pytest.mark.parametrize(
    ("archs", "verdict", "count"),
    [(("amd64", "arm64"), PASS, 1), (("x86_64",), PASS, 1), (("arm64", "aarch64"), FAIL, 0)],
)
def test_one_host_is_amd64_whatever_its_name(archs: tuple[str, ...], verdict: Verdict, count: int) -> None:
    found = finding("host.arch", site=site(hosts=tuple(host(arch, arch=arch) for arch in archs)))

    assert (found.verdict, found.measured, found.required, found.unit) == (verdict, count, 1, "hosts")


def test_no_architecture_is_demanded_without_a_registry() -> None:
    assert findings("host.arch", site=site(registry=None)) == []


def test_each_hosts_verdict_is_the_worst_of_its_own_findings() -> None:
    weak = (host("weak", cpu_milli=1000, memory_bytes=None), host("near", memory_bytes=7_900_000_000), host("good"))

    rows = plan(site=site(hosts=weak), image_bytes_by_host={"weak": 12}).hosts

    assert [(row.name, row.verdict, row.image_bytes) for row in rows] == [
        ("weak", FAIL, 12),
        ("near", MARGINAL, 0),
        ("good", PASS, 0),
    ]
    assert (rows[0].cpu_milli, rows[0].memory_bytes) == (1000, None)
