"""Rules of the user's own on the command line: beside the site file, and named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from cli.running import regplan
from regplan.report.rebuilt import study_of
from regplan.report.schema import plan_schema

if TYPE_CHECKING:
    from pathlib import Path

    from cli.running import Said

pytestmark = pytest.mark.slow

SITE = """\
name: s
images: [a.example/x:1]
declared_sizes: {a.example/x:1: 1GB}
internet: full
hosts: [{name: node-1, cpu: 8, memory: 16GB, storage: 512GB}, {name: node-2, cpu: 4, memory: 8GB, storage: 512GB}]
registry: {storage: 400GB, retention: keep 2 versions}
versions: {palette: 4.7.2, agent: 4.7.2}
"""
RULE = "{id: house.claim, measured: storage.claimed_bytes, op: '>=', threshold: 500GB, fix: Claim 500 GB., source: House 12}\n"


def planned(folder: Path, *more: str, **rules: str) -> Said:
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    for name, text in rules.items():
        (folder / "rules").mkdir(exist_ok=True)
        (folder / "rules" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return regplan("plan", str(folder / "site.yaml"), "--offline", "-o", "json", *more)


def rows(said: Said) -> list[dict[str, Any]]:
    return [each for each in said.document["findings"] if each["rule"].startswith("house.")]


def test_rules_beside_the_site_count_in_verdict_binding_constraint_exit_code_and_digest(tmp_path: Path) -> None:
    without = planned(tmp_path).document
    said = planned(tmp_path, house=RULE)
    document = said.document

    assert without["verdict"] != "FAIL"
    assert (document["verdict"], said.code) == ("FAIL", 1)
    assert document["binding_constraint"] == "house.claim"
    (row,) = rows(said)
    assert (row["measured"], row["required"], row["unit"], row["source"]) == (
        400 * 10**9,
        500 * 10**9,
        "bytes",
        "House 12",
    )
    assert row["fix"] == "Claim 500 GB."
    assert without["inputs_digest"] != document["inputs_digest"]
    assert planned(tmp_path, house=RULE).document["inputs_digest"] == document["inputs_digest"]
    assert planned(tmp_path, house=RULE + "# once more\n").document["inputs_digest"] != document["inputs_digest"]
    assert [each["id"] for each in document["own_rules"]] == ["house.claim"]
    jsonschema.validate(document, plan_schema())


def test_a_plan_read_back_has_the_rules_and_their_findings(tmp_path: Path) -> None:
    document = planned(tmp_path, house=RULE).document
    plan = study_of(document).plan

    assert [each.id for each in plan.own_rules] == ["house.claim"]
    assert [each.op for each in plan.findings if each.rule == "house.claim"] == [">="]
    older = {key: value for key, value in document.items() if key != "own_rules"}
    assert study_of(older).plan.own_rules == ()


def test_a_host_that_breaks_a_rule_has_its_verdict(tmp_path: Path) -> None:
    said = planned(tmp_path, house="{id: house.cpu, measured: hosts.*.cpu_milli, op: '>=', threshold: 6}\n")

    assert [(row["where"], row["verdict"]) for row in rows(said)] == [("node-1", "PASS"), ("node-2", "FAIL")]
    assert [host["verdict"] == "FAIL" for host in said.document["hosts"]] == [False, True]


def test_files_and_folders_are_named_too_and_read_once(tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (more / "b.yml").write_text(RULE.replace("house.claim", "house.b"), encoding="utf-8")
    (more / "c.json").write_text(
        json.dumps({"rules": [{"id": "house.c", "measured": "site.name", "op": "==", "threshold": "s"}]}),
        encoding="utf-8",
    )
    (more / "notes.txt").write_text("no rules", encoding="utf-8")
    said = planned(tmp_path, "--rules", str(more), "--rules", str(more / "b.yml"), house=RULE)

    assert [row["rule"] for row in rows(said)] == ["house.claim", "house.b", "house.c"]


def test_what_is_not_known_ends_with_four(tmp_path: Path) -> None:
    said = planned(
        tmp_path, house="{id: house.wire, measured: wire.saved_byte, op: '>=', threshold: 1GB, unit: bytes}\n"
    )

    assert (said.code, said.document["verdict"]) == (4, "INCOMPLETE")
    assert [each["rule"] for each in said.document["unchecked"] if each["rule"] == "house.wire"] == ["house.wire"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: [", "line 2, column 1"),
        (RULE.replace("500GB", "500"), "line 1: rules[0].threshold: '500' is not a size; write it with its unit"),
        (
            RULE.replace("house.claim", "storage.claim"),
            "rules[0].id: storage.claim is a rule of regplan's; take another id",
        ),
        (f"- {RULE}- {RULE}", "rules[1].id: house.claim stands in"),
        ("groups: []\n", "this is no file of rules"),
        (RULE.replace("storage.claimed_bytes", "storage.claimed_bytes +"), "rules[0].measured: "),
    ],
)
def test_a_bad_file_ends_with_two_and_says_where(tmp_path: Path, text: str, said: str) -> None:
    told = planned(tmp_path, house=text)

    assert told.code == 2
    assert "house.yaml" in told.err
    assert said in told.err
    assert told.out == ""


def test_rules_that_are_not_there_end_with_two(tmp_path: Path) -> None:
    told = planned(tmp_path, "--rules", str(tmp_path / "absent.yaml"))

    assert told.code == 2
    assert "no such file or folder of rules" in told.err


def test_no_path_of_this_machine_is_in_the_plan(tmp_path: Path) -> None:
    assert str(tmp_path) not in planned(tmp_path, house=RULE.replace(", source: House 12", "")).out


def test_a_rule_of_ones_own_is_explained_with_its_row_and_its_formula(tmp_path: Path) -> None:
    rule = RULE.replace("threshold: 500GB", "threshold: storage.required_bytes * 2, title: Twice the need")
    planned(tmp_path, house=rule)
    said = regplan("explain", str(tmp_path / "site.yaml"), "house.claim", "--offline")

    assert said.code == 0
    assert "Twice the need" in said.out
    assert "House 12" in said.out
    assert "storage_required_bytes * 2" in said.out


def test_a_gate_counts_ones_own_rules_and_its_policy_may_waive_them(tmp_path: Path) -> None:
    planned(tmp_path, house=RULE)
    site, policy = str(tmp_path / "site.yaml"), tmp_path / "policy.yaml"
    policy.write_text("waive: [{rule: house.claim, why: until the new drives}]\n", encoding="utf-8")

    assert regplan("gate", site, "--offline").code == 1
    assert regplan("gate", site, "--offline", "--policy", str(policy)).code == 0
    sarif = regplan("gate", site, "--offline", "--format", "sarif").document
    told = {each["id"]: each for each in sarif["runs"][0]["tool"]["driver"]["rules"]}
    assert "at least 500GB" in told["house.claim"]["fullDescription"]["text"]
    policy.write_text("waive: [{rule: house.clam, why: a slip}]\n", encoding="utf-8")
    assert regplan("gate", site, "--offline", "--policy", str(policy)).code == 2


def test_a_fleet_gives_each_site_the_verdict_that_the_rules_beside_it_give(tmp_path: Path) -> None:
    planned(tmp_path, house=RULE)
    (tmp_path / "common.yaml").write_text(
        SITE.replace("name: s\n", "").replace("storage: 400GB, ", ""), encoding="utf-8"
    )
    (tmp_path / "sites.csv").write_text("name,registry.storage\nsmall,400GB\nlarge,505GB\n", encoding="utf-8")
    asked = (
        "fleet",
        str(tmp_path / "sites.csv"),
        "--defaults",
        str(tmp_path / "common.yaml"),
        "--offline",
        "-o",
        "json",
    )
    told = {each["name"]: each for each in regplan(*asked).document["sites"]}

    assert (told["small"]["verdict"], told["small"]["binding_constraint"]) == ("FAIL", "house.claim")
    assert (told["small"]["failing"], told["large"]["failing"]) == (["house.claim"], [])


def test_a_broken_rule_of_the_users_own_is_removed_by_a_fix_that_is_as_small_as_it_can_be(tmp_path: Path) -> None:
    document = planned(tmp_path, house=RULE).document

    # 500 GB are 465.66 GiB; 465 GiB would be 499.3 GB.
    (fix,) = [each for each in document["fixes"] if "house.claim" in {gone["rule"] for gone in each["removes"]}]
    assert [(each["key"], each["from"], each["to"]) for each in fix["changes"]] == [
        ("registry.storage", "400GB", "466GiB")
    ]
    assert fix["binding_constraint"] != "house.claim"
    assert any("466GiB" in step for step in document["way_out"]["steps"])
    assert _claimed(tmp_path, "466GiB", house=RULE) == "PASS"
    assert _claimed(tmp_path, "465GiB", house=RULE) == "FAIL"


def test_a_rule_of_the_users_own_that_no_lever_moves_stays_and_is_named(tmp_path: Path) -> None:
    rule = "{id: house.edition, measured: site.edition, op: '==', threshold: vertex}\n"

    document = planned(tmp_path, house=rule).document

    assert not [fix for fix in document["fixes"] if "house.edition" in {each["rule"] for each in fix["removes"]}]
    assert document["way_out"] is None or "house.edition" in {each["rule"] for each in document["way_out"]["leaves"]}


def _claimed(folder: Path, claim: str, **rules: str) -> str:
    """The verdict of the rule with another claim."""
    planned(folder, **rules)
    site = folder / "site.yaml"
    site.write_text(SITE.replace("400GB", claim), encoding="utf-8")
    said = regplan("plan", str(site), "--offline", "-o", "json")
    (verdict,) = (each["verdict"] for each in rows(said))
    return str(verdict)
