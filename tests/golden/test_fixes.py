"""What a finding says is to be done, done in the site file, removes the finding; one GiB, CPU or version less does not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from golden.planning import SITES, fresh_plan, plan_of
from golden.test_mutations import copied
from independent.sites import read_site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Given = dict[str, Any]

pytestmark = pytest.mark.slow

GIB = 2**30
_SIZE = r"at least ([\d.]+) (B|kB|MB|GB|TB)"
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


@dataclass(frozen=True)
class Remedy:
    """How a rule's fix is read out of its text, where it goes in the site file, and what one less of it is."""

    amount: str
    put: Callable[[Given, str, Any], None]
    read: Callable[[re.Match[str]], Any]
    less: Callable[[Any], Any]


def _size(match: re.Match[str]) -> int:
    return round(float(match[1]) * _UNITS[match[2]])


def _host(key: str) -> Callable[[Given, str, Any], None]:
    def put(given: Given, where: str, value: Any) -> None:
        (host,) = [each for each in given["hosts"] if each["name"] == where]
        host[key] = f"{value}B" if key != "cpu" else value

    return put


def _claim(given: Given, _: str, value: Any) -> None:
    given["registry"]["storage"] = f"{value}B"


def _version(key: str) -> Callable[[Given, str, Any], None]:
    def put(given: Given, _: str, value: Any) -> None:
        given["versions"] = {**given.get("versions", {}), key: value}

    return put


def _older(version: str) -> str:
    head, _, last = version.rpartition(".")
    return f"{head}.{int(last) - 1}"


def _gib_less(size: int) -> int:
    return size - GIB


REMEDIES = {
    "host.cpu": Remedy(r"at least ([\d.]+) CPU", _host("cpu"), lambda match: int(match[1]), lambda cpu: cpu - 1),
    "host.memory": Remedy(_SIZE, _host("memory"), _size, _gib_less),
    "host.disk": Remedy(_SIZE, _host("storage"), _size, _gib_less),
    "storage.minimum": Remedy(_SIZE, _claim, _size, _gib_less),
    "storage.claim": Remedy(_SIZE, _claim, _size, _gib_less),
    "version.palette": Remedy(r"to ([\d.]+\d) or newer", _version("palette"), lambda match: match[1], _older),
    "version.agent": Remedy(r"to ([\d.]+\d) or newer", _version("agent"), lambda match: match[1], _older),
}


def broken() -> list[tuple[Path, str, str]]:
    """Every finding of a golden site that says how much is to be had: its site, rule and host."""
    return [
        (path, each["rule"], each["where"])
        for path in SITES
        for each in plan_of(path).document["findings"]
        if each["rule"] in REMEDIES and each["verdict"] in {"FAIL", "MARGINAL"}
    ]


def spelt_out(path: Path) -> Given:
    """A site file with every host by itself."""
    site = read_site(path)
    given: Given = yaml.safe_load(path.read_text(encoding="utf-8"))
    if site.hosts:
        rows = [
            {"name": host.name, "role": host.role, "arch": host.arch, "cpu": host.cpu_milli and f"{host.cpu_milli}m",
             "memory": host.memory and f"{host.memory}B", "storage": host.storage and f"{host.storage}B"}
            for host in site.hosts
        ]  # fmt: skip
        given["hosts"] = [{key: value for key, value in row.items() if value is not None} for row in rows]
    return given


def verdict(path: Path, given: Given, rule: str, where: str) -> str:
    file = path.with_name(f"{path.stem}-mended.yaml")
    file.write_text(yaml.safe_dump(given), encoding="utf-8")
    found = fresh_plan(file).document["findings"]
    (told,) = [each["verdict"] for each in found if each["rule"] == rule and each["where"] == where]
    return str(told)


@pytest.mark.slow
def test_a_fix_in_numbers_removes_the_finding_and_one_less_brings_it_back(tmp_path: Path) -> None:
    copied(tmp_path)
    seen: set[str] = set()
    for path, rule, where in broken():
        remedy, own = REMEDIES[rule], tmp_path / "sites" / path.name
        (finding,) = [
            each
            for each in plan_of(path).document["findings"]
            if (each["rule"], each["where"]) == (rule, where) and each["verdict"] in {"FAIL", "MARGINAL"}
        ]
        match = re.search(remedy.amount, finding["fix"])
        assert match is not None, finding
        amount, given = remedy.read(match), spelt_out(own)

        remedy.put(given, where, amount)
        assert verdict(own, given, rule, where) == "PASS", (path.stem, finding)

        remedy.put(given, where, remedy.less(amount))
        assert verdict(own, given, rule, where) != "PASS", (path.stem, finding)
        seen.add(rule)
    assert seen == set(REMEDIES)


@pytest.mark.parametrize(
    ("site", "rule", "change"),
    [
        ("two-node", "mode.two-node-local", {"management": "central"}),
        ("harbor-vertex", "mode.vertex-harbor", {"edition": "palette"}),
        ("uploader-edge-cli", "bundle.edge-cli", {"content": {"palette_images": "none", "uploader": "palette-cli"}}),
        ("palette-unknown", "content.palette-images", {"content": {"palette_images": "none"}}),
    ],
)
def test_a_fix_in_words_removes_the_finding(site: str, rule: str, change: Given, tmp_path: Path) -> None:
    own = copied(tmp_path) / "sites" / f"{site}.yaml"
    (before,) = [each for each in plan_of(own).document["findings"] if each["rule"] == rule]
    assert before["verdict"] in {"FAIL", "INCOMPLETE"}
    assert before["fix"]

    given = {**spelt_out(own), **change}

    assert verdict(own, given, rule, before["where"]) == "PASS"
