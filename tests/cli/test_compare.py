from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cli.running import regplan

DEMO = Path(__file__).parents[2] / "data" / "demo"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The demo with a smaller claim, of which something deletes old versions."""
    text = (DEMO / "site.yaml").read_text(encoding="utf-8")
    for name in ("profiles/", "recording/"):
        text = text.replace(name, f"{DEMO / name}/")
    text = text.replace("storage: 320GiB", "storage: 100GB").replace("retention: none", "retention: keep 2")
    file = tmp_path / "other.yaml"
    file.write_text(text.replace("name: store-0421", "name: other"), encoding="utf-8")
    return file


def compared(*arguments: str) -> Any:
    return regplan("compare", *arguments, "--offline")


def test_scenarios_stand_side_by_side_with_what_each_changes_of_the_first(other: Path) -> None:
    said = compared(str(DEMO / "site.yaml"), str(other), "-o", "json")

    # Whatever the verdicts are.
    assert said.code == 0
    first, second = said.document["scenarios"]
    assert (first["label"], second["label"], first["delta"]) == ("store-0421", "other", None)
    for key in ("required_bytes", "claimed_bytes", "unique_bytes", "hosts", "saved_bytes"):
        assert second["delta"][key] == second[key] - first[key]
    assert second["delta"]["claimed_bytes"] == 100 * 10**9 - 320 * 2**30
    assert second["claim_ratio"] == pytest.approx(second["required_bytes"] / 10**11)
    assert ("storage.minimum", "FAIL") in {(each["rule"], each["verdict"]) for each in second["comes"]}
    assert "storage.no-retention" in {each["rule"] for each in second["goes"]}


def test_each_scenario_is_what_its_plan_says(other: Path) -> None:
    said = compared(str(DEMO / "site.yaml"), str(other), "-o", "json").document["scenarios"]

    for scenario, file in zip(said, (DEMO / "site.yaml", other), strict=True):
        plan = json.loads(regplan("plan", str(file), "--offline", "-o", "json").out)
        assert scenario["verdict"] == plan["verdict"]
        assert scenario["required_bytes"] == plan["storage"]["required_bytes"]
        assert scenario["saved_bytes"] == plan["wire"]["saved_bytes"]


def test_a_pull_request_gets_a_sentence_and_a_table(other: Path) -> None:
    said = compared(str(DEMO / "site.yaml"), str(other), "-o", "md").out

    assert said.startswith("other adds nothing unique, PVC 2.11 % -> 2.63 %, MARGINAL -> FAIL, storage.minimum comes")
    assert "| SITE | VERDICT | BOUND BY |" in said
    assert "DELTA" not in said


def test_csv_has_the_differences_in_columns_of_their_own(other: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(compared(str(DEMO / "site.yaml"), str(other), "-o", "csv").out)))

    assert [row["label"] for row in rows] == ["store-0421", "other"]
    assert rows[0]["delta_claimed_bytes"] == ""
    assert int(rows[1]["delta_claimed_bytes"]) == 100 * 10**9 - 320 * 2**30


def test_one_site_alone_is_a_mistake_and_a_bad_one_is_named(tmp_path: Path, other: Path) -> None:
    assert compared(str(other)).code == 2
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: x\nprofiles: [absent.json]\n", encoding="utf-8")

    said = compared(str(other), str(bad))

    assert said.code == 2
    assert "bad.yaml" in said.err
    assert "Traceback" not in said.err


def test_sites_of_one_name_are_told_apart_by_their_files(other: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin.yaml"
    twin.write_text(other.read_text(encoding="utf-8"), encoding="utf-8")

    labels = [each["label"] for each in compared(str(other), str(twin), "-o", "json").document["scenarios"]]

    assert labels[0] != labels[1]
    assert labels[0].endswith("other.yaml")


def test_what_is_found_in_two_checkouts_alike_neither_comes_nor_goes(tmp_path: Path) -> None:
    for name in ("main", "change"):
        shutil.copytree(DEMO, tmp_path / name)
    profile = tmp_path / "change" / "profiles" / "retail-apps-1.0.0.yaml"
    profile.write_text("# a line more\n" + profile.read_text(encoding="utf-8"), encoding="utf-8")

    said = compared(str(tmp_path / "main" / "site.yaml"), str(tmp_path / "change" / "site.yaml"), "-o", "json")

    second = said.document["scenarios"][1]
    assert (second["comes"], second["goes"], set(second["delta"].values())) == ([], [], {0})
    assert second["sentence"].endswith(" adds nothing unique, PVC 2.11 % as before")


def test_csv_neutralises_a_name_that_a_spreadsheet_would_take_for_a_formula(other: Path, tmp_path: Path) -> None:
    text = other.read_text(encoding="utf-8").replace("name: other", "name: '=HYPERLINK(1)'")
    assert "HYPERLINK" in text
    (tmp_path / "odd.yaml").write_text(text, encoding="utf-8")

    rows = list(csv.DictReader(io.StringIO(compared(str(other), str(tmp_path / "odd.yaml"), "-o", "csv").out)))

    assert rows[1]["label"] == "'=HYPERLINK(1)"
    # A difference is a number, and no text that only looks like one.
    assert int(rows[1]["delta_unique_bytes"]) == 0


def test_a_scenario_that_passes_is_bound_by_nothing(other: Path) -> None:
    text = compared(str(other), str(DEMO / "site-single.yaml"), "-o", "md").out

    assert "| other | ✗ FAIL | storage.minimum |" in text
    assert "| store-0421-single | ✓ PASS | - |" in text
