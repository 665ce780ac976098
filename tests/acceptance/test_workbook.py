"""A report's workbook, opened in LibreOffice: what its cells reckon is what `plan` says, before and after a change."""

from __future__ import annotations

import csv
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from cli.running import regplan
from golden.planning import GOLDEN

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here"),
]
# Every kind of storage term, of verdict and of host that golden sites have.
SITES = (
    "crowded",
    "declared",
    "growth",
    "harbor",
    "large-kept",
    "longhorn-two",
    "next-unknown",
    "no-hosts",
    "no-registry",
    "older",
    "on-demand",
    "overfull",
    "retention-values",
    "single",
    "small",
)
_EVERY_SHEET = "44,34,76,1,,0,false,true,false,false,false,-1"


@dataclass
class Reckoned:
    """What a workbook's cells come to, sheet by sheet."""

    sheets: dict[str, list[list[str]]]

    def summary(self, what: str) -> str:
        """The cell as it stands, of a row of the first sheet."""
        return next(row[1] for row in self.sheets["Summary"] if row[0] == what)

    def rules(self) -> list[tuple[str, str, str, str, str]]:
        """Rule, where, verdict as the cells stand, as planned, and whether it is reckoned."""
        rows = self.sheets["Rules"][2:]
        return [(row[0], row[1], row[2], row[3], row[8]) for row in rows]


def opened(file: Path) -> Reckoned:
    """Have LibreOffice reckon a workbook without any result in it."""
    workbook = openpyxl.load_workbook(file)
    bare = file.with_name("bare.xlsx")
    workbook.save(bare)  # openpyxl writes formulas without results
    out = file.parent / "reckoned"
    command = ["soffice", "--headless", f"-env:UserInstallation={(file.parent / 'office').as_uri()}"]
    command += ["--convert-to", f"csv:Text - txt - csv (StarCalc):{_EVERY_SHEET}", "--outdir", str(out), str(bare)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    sheets = {}
    for each in out.glob("*.csv"):
        with each.open(encoding="utf-8", newline="") as lines:
            sheets[each.stem.removeprefix("bare-")] = list(csv.reader(lines))
    return Reckoned(sheets)


def change(file: Path, cells: dict[str, float]) -> None:
    """Change cells by the names that formulas call them by."""
    workbook = openpyxl.load_workbook(file)
    for name, value in cells.items():
        sheet, cell = next(iter(workbook.defined_names[name].destinations))
        workbook[sheet][cell.replace("$", "")] = value
    workbook.save(file)


@pytest.mark.parametrize("name", SITES)
def test_what_a_workbook_reckons_is_what_was_planned(name: str, tmp_path: Path) -> None:
    site = GOLDEN / "sites" / f"{name}.yaml"
    file = tmp_path / "plan.xlsx"
    regplan("report", str(site), "--offline", "-O", str(file), "--quiet")
    plan = regplan("plan", str(site), "--offline", "-o", "json").document

    found = opened(file)

    assert found.summary("Verdict") == plan["verdict"]
    assert found.summary("What binds") == (plan["binding_constraint"] or "")
    assert int(found.summary("The images need")) == plan["storage"]["required_bytes"]
    assert [row[2] for row in found.rules()] == [each["verdict"] for each in plan["findings"]]


# A change in the site file, and the same in cells; the demo's third host has 7.8 GB of memory, a little less than documented.
CHANGES: dict[str, tuple[dict[str, Any], dict[str, float]]] = {
    "as it is": ({}, {}),
    "a smaller PVC": ({"registry.storage": "250GB"}, {"in_registry_storage": 250e9}),
    "a PVC that does not hold the images": ({"registry.storage": "5GB"}, {"in_registry_storage": 5e9}),
    "more versions kept": ({"assumptions.versions_kept": 40}, {"in_versions_kept": 40}),
    "other shares": (
        {"assumptions.free_space": 0.4, "assumptions.growth_per_year": 0.5, "assumptions.version_delta": 0.9},
        {"in_free_space": 0.4, "in_growth_per_year": 0.5, "in_version_delta": 0.9},
    ),
    "more years": ({"scenario.years": 9}, {"in_scenario_years": 9}),
    "enough memory on every host": ({"hosts.2.memory": "16GiB"}, {"host_3_memory": 16 * 2**30}),
    "a host that is too small": (
        {"hosts.2.memory": "4GB", "hosts.2.cpu": 3},
        {"host_3_memory": 4e9, "host_3_cpu": 3000},
    ),
    "a small drive": ({"hosts.2.storage": "60GB"}, {"host_3_disk": 60e9}),
    "two small drives": (
        {"hosts.1.storage": "120GB", "hosts.2.storage": "120GB"},
        {"host_2_disk": 120e9, "host_3_disk": 120e9},
    ),
}
# What is as planned in a workbook, since where pods stand is.
_PLACED = frozenset({"host.requests", "host.n-1", "host.surge"})


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_in_a_workbook_gives_what_plan_gives_with_that_change(name: str, tmp_path: Path) -> None:
    in_file, in_cells = CHANGES[name]
    shutil.copytree(Path(__file__).parents[2] / "data" / "demo", tmp_path / "demo")
    site, file = tmp_path / "demo" / "site.yaml", tmp_path / "plan.xlsx"
    regplan("report", str(site), "--offline", "-O", str(file), "--quiet")
    change(file, in_cells)
    told = yaml.safe_load(site.read_text(encoding="utf-8"))
    for path, value in in_file.items():
        put(told, path.split("."), value)
    site.write_text(yaml.safe_dump(told), encoding="utf-8")
    plan = regplan("plan", str(site), "--offline", "-o", "json").document

    found = opened(file)

    assert abs(int(found.summary("The images need")) - plan["storage"]["required_bytes"]) <= len(
        plan["storage"]["terms"]
    )
    assert found.summary("Verdict") == plan["verdict"]
    assert found.summary("What binds") == plan["binding_constraint"]
    planned = {(each["rule"], each["where"], each["unit"]): each["verdict"] for each in plan["findings"]}
    for rule, where, verdict, _, reckoned in found.rules():
        if reckoned == "yes" and rule not in _PLACED:
            assert verdict in {planned[key] for key in planned if key[:2] == (rule, where)}, (rule, where)


def put(told: Any, path: list[str], value: Any) -> None:
    """Put a value into a document; a number in a path is a place in a list."""
    for key in path[:-1]:
        told = told[int(key)] if isinstance(told, list) else told.setdefault(key, {})
    told[path[-1]] = value
