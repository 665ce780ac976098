from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.finding import Verdict
from regplan.model.fleet import FleetProblem, FleetSite, HostShape, ProfileSet, ShapeCount
from regplan.plan.fleet import gather_fleet
from regplan.report.fleet import RESULTS, fleet_document, result_cells
from regplan.report.front import Front
from regplan.report.records import records
from regplan.report.redacting import redacted_document, redacted_fleet
from regplan.verbs.reports import write_fleet_report

if TYPE_CHECKING:
    from pathlib import Path

SITE = FleetSite(
    line=2, name="store-1", verdict=Verdict.FAIL, binding_constraint="host.cpu", where="node-1", message="Too few.",
    fix="Give it more.", measured=2000, required=4000, unit="milli", failing=("host.cpu", "host.disk"), required_bytes=10,
    claimed_bytes=None, unique_bytes=5, unresolved=1, direct_bytes=300, primary_bytes=100,
    shapes=(ShapeCount(HostShape(2000, None, 8, "arm64"), 3, 2, (("host.cpu", 2),)),),
)  # fmt: skip
PROBLEMS = (FleetProblem(3, "registry.storage", "no unit", "store-2"), FleetProblem(3, "", "odd", "store-2"))
FLEET = gather_fleet([SITE], PROBLEMS, (ProfileSet(("a.json",), 0, 4, 1, 5),), ("a note",))


def test_the_document_holds_everything_that_is_said_of_a_fleet() -> None:
    document: Any = json.loads(json.dumps(fleet_document(FLEET)))

    assert (document["kind"], document["schema_version"], document["notes"]) == ("fleet", 1, ["a note"])
    (site,) = document["sites"]
    shape = {"cpu_milli": 2000, "memory_bytes": None, "storage_bytes": 8, "arch": "arm64"}
    counts = {"hosts": 3, "failing_hosts": 2, "failing_rules": {"host.cpu": 2}}
    assert site["hardware"] == [shape | counts]
    assert document["hardware"] == [shape | counts | {"sites": 1}]
    assert (site["verdict"], site["failing"], site["hosts"], site["saved_bytes"]) == (
        "FAIL",
        ["host.cpu", "host.disk"],
        3,
        200,
    )
    assert document["problems"] == [
        {"line": 3, "column": "", "site": "store-2", "problem": "odd"},
        {"line": 3, "column": "registry.storage", "site": "store-2", "problem": "no unit"},
    ]
    assert document["profile_sets"] == [
        {"profiles": ["a.json"], "sites": 1, "images": 4, "unresolved": 1, "unique_bytes": 5}
    ]
    assert document["totals"] == {
        "sites": 1, "rows_with_problems": 1, "verdicts": {"FAIL": 1}, "binding_constraints": {"host.cpu": 1}, "hosts": 3,
        "failing_hosts": 2, "required_bytes": 0, "claimed_bytes": 0, "direct_bytes": 300, "primary_bytes": 100,
        "saved_bytes": 200,
    }  # fmt: skip


def test_a_row_gets_its_verdict_or_what_is_wrong_with_it() -> None:
    assert len(RESULTS) == 4
    assert result_cells(SITE) == ("FAIL", "host.cpu", "Too few.", "Give it more.")
    assert result_cells(PROBLEMS) == ("ERROR", "", "registry.storage: no unit; odd", "")
    assert result_cells(None) == ("ERROR", "", "", "")


def test_a_fleets_rows_are_its_sites() -> None:
    assert [(row["name"], row["required_bytes"]) for row in records(FLEET)] == [("store-1", 10)]


def test_what_a_fleet_says_of_hosts_addresses_and_registries_is_replaced_and_numbers_and_sites_stay() -> None:
    said = "node-1 at 10.0.0.5 asks reg.corp:5000 for docker.io/shop/web:1.0, node-10 does not"
    site = replace(SITE, message=said, hosts_named=("node-1",), registries_named=("reg.corp:5000",))
    wrong = FleetProblem(3, "hosts", "two hosts are called 'till-7'", "store-2")
    fleet = gather_fleet([site], [wrong], (ProfileSet(("docker.io/shop/web:1.0",), 0, 4, 1, 5),))

    told = redacted_fleet(fleet, ("hosts", "addresses", "registries"))

    assert told.sites[0].where == "host-1"
    assert told.sites[0].message == "host-1 at address-1 asks registry-1 for registry-2/shop/web:1.0, node-10 does not"
    assert told.profile_sets[0].profiles == ("registry-2/shop/web:1.0",)
    assert told.problems[0].problem == "two hosts are called '…'"
    assert (told.totals, told.sites[0].name) == (fleet.totals, "store-1")
    assert redacted_fleet(fleet, ("addresses",)).sites[0].message == said.replace("10.0.0.5", "address-1")
    assert redacted_fleet(fleet, ()) == fleet


@pytest.mark.parametrize("folder", ["/home/eve/retail", "customers/retail"])
def test_a_fleets_report_tells_no_folder_of_the_authors(tmp_path: Path, folder: str) -> None:
    problem = FleetProblem(3, "profiles", f"{folder}/a/none.json: no such file, nor is /srv/eve/b.json", "store-2")
    told = gather_fleet([SITE], [problem], (ProfileSet((f"{folder}/a/infra.json",), 0, 4, 1, 5),))

    made = write_fleet_report(told, f"{folder}/sites.csv", tmp_path / "r.json", Front()).read_text(encoding="utf-8")

    document = json.loads(made)
    assert document["problems"][0]["problem"] == "a/none.json: no such file, nor is b.json"
    assert document["profile_sets"][0]["profiles"] == ["a/infra.json"]
    assert "eve" not in made
    assert "customers" not in made


def test_a_plain_document_is_redacted_in_keys_and_lists_too_whatever_names_its_target() -> None:
    document = {
        "target": "docker://reg.corp:5000/p",
        "nodes": {"reg.corp": ["fd00::5 answers"]},
        "bytes": 7,
        "none": None,
    }

    told = redacted_document(document, ("registries", "addresses"))

    assert told == {
        "target": "docker://registry-1/p",
        "nodes": {"registry-2": ["address-1 answers"]},
        "bytes": 7,
        "none": None,
    }
