"""`gate` as pipelines call it: exit codes, the five forms, and the lines that they point at."""

from __future__ import annotations

import copy
import functools
import json
import operator
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from cli.running import Said, regplan
from support.sarif import problems

if TYPE_CHECKING:
    from collections.abc import Callable

DEMO = Path(__file__).parents[2] / "data" / "demo"
SITE = DEMO / "site.yaml"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Copy the demo site, so that a test may change it."""
    shutil.copytree(DEMO, tmp_path / "demo")
    return tmp_path / "demo" / "site.yaml"


def gate(site: Path, policy: str | None = None, *more: str) -> Said:
    file = site.parent / "policy.yaml"
    if policy is not None:
        file.write_text(policy)
    return regplan("gate", str(site), *(("--policy", str(file)) if policy is not None else ()), "--offline", *more)


def change(site: Path, old: str, new: str) -> None:
    text = site.read_text()
    assert old in text
    site.write_text(text.replace(old, new))


def checks(said: Said, outcome: str) -> list[tuple[str, str]]:
    return [(each["rule"], each["where"]) for each in said.document["checks"] if each["outcome"] == outcome]


def test_a_plan_that_is_marginal_passes_and_breaks_only_a_stricter_gate(site: Path) -> None:
    assert gate(site).code == 0
    assert gate(site, None, "--fail-on", "marginal").code == 1
    assert gate(site, "fail_on: marginal").code == 1
    # What the command line says goes before the policy.
    assert gate(site, "fail_on: marginal", "--fail-on", "fail").code == 0


def test_a_plan_that_fails_breaks_the_gate_and_one_that_is_not_known_ends_with_4(site: Path) -> None:
    change(site, "storage: 320GiB", "storage: 250GB")
    failed = gate(site, None, "-o", "json")
    change(site, "storage: 250GB", "storage: 320GiB")
    change(site, "content: {palette_images: none", "content: {palette_images: unknown")
    unknown = gate(site, None, "-o", "json")

    assert (failed.code, failed.document["outcome"]) == (1, "broken")
    assert ("storage.minimum", "registry.storage") in checks(failed, "broken")
    assert (unknown.code, unknown.document["outcome"]) == (4, "unknown")
    assert checks(unknown, "unknown") == [("content.palette-images", "content.palette_images")]


def test_limits_are_held_against_the_plan_document_s_own_numbers(site: Path) -> None:
    plan = regplan("plan", str(site), "--offline", "-o", "json").document
    unique = plan["storage"]["unique_bytes"]

    def with_most(size_bytes: int) -> Said:
        return gate(site, f"limits: [{{key: storage.unique_bytes, most: {size_bytes}B}}]", "-o", "json")

    assert with_most(unique).code == 0
    broken = with_most(unique - 1)
    assert (broken.code, checks(broken, "broken")) == (1, [("policy.limit", "storage.unique_bytes")])
    assert broken.document["checks"][0]["measured"] == unique


def test_what_a_change_adds_is_limited_against_the_site_before_it(site: Path) -> None:
    before = site.with_name("before.yaml")
    before.write_text(site.read_text().replace("retail-apps-1.0.0.yaml]", "retail-apps-1.0.0.yaml]\nimages: []", 1))
    change(site, "profiles: [profiles/retail-infra-1.0.0.json, profiles/retail-apps-1.0.0.yaml]",
           "profiles: [profiles/retail-infra-1.0.0.json, profiles/retail-apps-1.1.0.yaml]")  # fmt: skip
    old, new = (regplan("plan", str(each), "--offline", "-o", "json").document for each in (before, site))
    added = new["storage"]["unique_bytes"] - old["storage"]["unique_bytes"]

    def with_most(size_bytes: int) -> Said:
        policy = f"limits: [{{key: added.storage.unique_bytes, most: {max(size_bytes, 0)}B}}]"
        return gate(site, policy, "--base", str(before))

    assert added > 0
    assert with_most(added).code == 0
    assert with_most(added - 1).code == 1
    alone = gate(site, "limits: [{key: added.storage.unique_bytes, most: 1GB}]")
    assert (alone.code, "give --base" in alone.err) == (2, True)


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        ("limits: [{key: storage.requird_bytes, most: 1GB}]", "line 1: limits: storage.requird_bytes: the plan has no number"),
        ("limits: [{key: site.name, most: 1}]", "the plan has no number 'site.name'"),
        ("waive: [{rule: storage.claims, why: x}]", "'storage.claims' is no rule id; did you mean storage.claim?"),
    ],
)  # fmt: skip
def test_a_policy_that_means_nothing_ends_with_2_and_one_sentence(site: Path, policy: str, problem: str) -> None:
    said = gate(site, policy)

    assert said.code == 2
    assert problem in said.err
    assert said.out == ""


def test_a_policy_that_is_not_there_ends_with_2(site: Path) -> None:
    said = regplan("gate", str(site), "--policy", str(site.with_name("none.yaml")), "--offline")

    assert (said.code, "none.yaml" in said.err) == (2, True)


def test_sarif_points_at_the_profile_s_line_and_at_the_site_file_s(site: Path) -> None:
    said = gate(site, "deny: [image.mutable-tag]", "--format", "sarif")
    log = json.loads(said.out)
    (run,) = log["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    results = {(result["ruleId"], result["level"]): result for result in run["results"]}

    assert (said.code, log["version"]) == (1, "2.1.0")
    assert all(ids[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    tagged = results["image.mutable-tag", "error"]["locations"][0]["physicalLocation"]
    lines = (site.parent / "profiles" / "retail-apps-1.0.0.yaml").read_text().splitlines()
    assert tagged["artifactLocation"]["uri"].endswith("profiles/retail-apps-1.0.0.yaml")
    assert re.search(r":latest|:alpine", lines[tagged["region"]["startLine"] - 1])
    memory = results["host.memory", "warning"]["locations"][0]["physicalLocation"]
    assert "node-3" in site.read_text().splitlines()[memory["region"]["startLine"] - 1]


def test_a_waived_finding_is_a_suppressed_result_with_its_reason(site: Path) -> None:
    policy = "deny: [image.mutable-tag]\nwaive: [{rule: image.mutable-tag, why: a lab, until: 2099-01-31}]"
    said = gate(site, policy, "--format", "sarif")
    results = [each for each in json.loads(said.out)["runs"][0]["results"] if each["ruleId"] == "image.mutable-tag"]

    assert said.code == 0
    assert results
    for result in results:
        assert result["suppressions"] == [{"kind": "external", "justification": "waived, until 2099-01-31: a lab"}]


POLICIES = {
    "none": None,
    "denied": "deny: [image.mutable-tag]",
    "strict": "fail_on: marginal",
    "limited": "limits: [{key: storage.unique_bytes, most: 1B}]",
    "waived": "waive: [{rule: host.memory, why: replaced in May}]",
}


@pytest.mark.parametrize("policy", POLICIES)
def test_what_code_hosts_read_of_a_sarif_log_is_as_the_specification_has_it(site: Path, policy: str) -> None:
    said = gate(site, POLICIES[policy], "--format", "sarif")

    assert problems(said.document) == []
    assert said.document["runs"][0]["results"]


def test_a_sarif_log_of_a_site_that_was_given_whole_names_files_from_the_working_folder_on(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def files() -> set[str]:
        log = gate(site.resolve(), "deny: [image.mutable-tag]", "--format", "sarif").document
        assert problems(log) == []
        places = [place for each in log["runs"][0]["results"] for place in each["locations"]]
        return {each["physicalLocation"]["artifactLocation"]["uri"] for each in places}

    monkeypatch.chdir(site.parent.parent)
    profiles = {"retail-apps-1.0.0.yaml", "retail-infra-1.0.0.json"}
    assert files() == {"demo/site.yaml", *(f"demo/profiles/{each}" for each in profiles)}
    elsewhere = site.parent / "profiles"
    monkeypatch.chdir(elsewhere)
    assert files() == {site.resolve().as_uri(), *profiles}


def test_the_check_of_sarif_logs_sees_what_is_wrong(site: Path) -> None:
    def with_change(change: Callable[[Any], object]) -> list[str]:
        log = copy.deepcopy(good)
        change(log["runs"][0])
        return problems(log)

    good = gate(site, None, "--format", "sarif").document
    uri = ("locations", 0, "physicalLocation", "artifactLocation")
    assert with_change(lambda run: run["results"][0].update(level="fatal"))
    assert with_change(lambda run: run["results"][1].update(ruleIndex=0))
    assert with_change(lambda run: run["results"][0]["message"].pop("text"))
    assert with_change(lambda run: run["tool"]["driver"].update(nmae="regplan"))
    assert with_change(lambda run: run["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine=0))
    assert with_change(lambda run: functools.reduce(operator.getitem, uri, run["results"][0]).update(uri="/a b.yaml"))


def test_a_sarif_result_keeps_its_identity_when_its_line_and_its_numbers_change(site: Path) -> None:
    def identities() -> dict[str, str]:
        results = json.loads(gate(site, None, "--format", "sarif").out)["runs"][0]["results"]
        return {
            each["properties"]["where"].partition(" > ")[2]: each["partialFingerprints"]["regplan/v1"]
            for each in results
        }

    before = identities()
    profile = site.parent / "profiles" / "retail-apps-1.0.0.yaml"
    profile.write_text("# a line more\n" + profile.read_text())

    assert identities() == before


def test_junit_counts_what_is_broken_unknown_and_waived(site: Path) -> None:
    change(site, "content: {palette_images: none", "content: {palette_images: unknown")
    change(site, "storage: 320GiB", "storage: 250GB")
    said = gate(site, "deny: [image.mutable-tag]\nwaive: [{rule: image.mutable-tag, why: a lab}]", "--format", "junit")
    suite = ET.fromstring(said.out).find("testsuite")  # noqa: S314  our own output

    assert suite is not None
    tags = [child.tag for case in suite for child in case]
    assert said.code == 1
    assert suite.get("failures") == str(tags.count("failure")) != "0"
    assert suite.get("errors") == str(tags.count("error")) == "1"
    assert suite.get("skipped") == str(tags.count("skipped")) != "0"
    assert suite.get("tests") == str(len(suite))


def test_github_annotations_are_one_command_a_line_with_the_file_s_line(site: Path) -> None:
    change(site, "storage: 320GiB", "storage: 250GB")
    said = gate(site, None, "--format", "github")
    *commands, last = said.out.splitlines()
    number = (
        site.read_text().splitlines().index(next(x for x in site.read_text().splitlines() if "storage: 250GB" in x)) + 1
    )

    assert last.startswith("gate broken: store-0421")
    assert all(re.fullmatch(r"::(error|warning|notice) .*title=[^:]*%3A [A-Z]+::.+", line) for line in commands)
    assert any(line.startswith("::error ") and f"line={number},title=storage.minimum" in line for line in commands)


def test_the_text_tells_what_does_not_hold_and_leaves_out_what_does(site: Path) -> None:
    said = gate(site, "limits: [{key: storage.required_bytes, most: 1MB}]")

    assert said.out.startswith("store-0421: gate broken (1 broken, ")
    assert "policy.limit" in said.out
    assert "storage.minimum" not in said.out


def test_a_pipeline_may_read_the_checks_as_csv_and_markdown(site: Path) -> None:
    for form in ("csv", "md"):
        said = gate(site, "limits: [{key: storage.required_bytes, most: 1MB}]", "-o", form)
        assert "storage.required_bytes is beyond its limit." in said.out


@pytest.fixture
def base(site: Path) -> Path:
    """Keep the site as it was before a change, in a checkout of its own; the site itself gets newer apps and a smaller claim."""
    main = site.parent.parent / "main"
    shutil.copytree(site.parent, main)
    change(site, "retail-apps-1.0.0.yaml", "retail-apps-1.1.0.yaml")
    change(site, "storage: 320GiB", "storage: 250GB")
    return main / site.name


def test_a_pull_request_gets_what_the_change_adds_before_the_checks(site: Path, base: Path) -> None:
    old, new = (regplan("plan", str(each), "--offline", "-o", "json").document["storage"] for each in (base, site))
    before, after = (f"{100 * each['required_bytes'] / each['claimed_bytes']:.3g} %" for each in (old, new))
    adds = f"{(new['unique_bytes'] - old['unique_bytes']) / 10**6:.1f} MB"

    said = gate(site, None, "--base", str(base), "-o", "md")
    blocks = said.out.split("\n\n")

    assert said.code == 1
    assert blocks[0].startswith("store-0421: gate broken (1 broken")
    assert f"adds {adds} unique, PVC {before} -> {after}, MARGINAL -> FAIL, storage.minimum comes" in blocks[1]
    assert blocks[2].startswith("| SITE | VERDICT |")
    assert blocks.index("**Checks:**") > 2
    assert blocks[blocks.index("**Checks:**") + 1].startswith("| GATE |")
    text = gate(site, None, "--base", str(base)).out
    assert f" adds {adds} unique, " in text.splitlines()[1]
    assert text.index("\nSITE ") < text.index("\nChecks:\nGATE ")


def test_json_has_the_document_of_compare_and_every_form_its_sentence(site: Path, base: Path) -> None:
    compared = regplan("compare", str(base), str(site), "--offline", "-o", "json").document
    said = {form: gate(site, None, "--base", str(base), "--format", form).out for form in ("json", "sarif", "junit", "github")}  # fmt: skip
    sentence = compared["scenarios"][1]["sentence"]

    assert json.loads(said["json"])["changes"] == compared
    assert json.loads(said["sarif"])["runs"][0]["properties"]["changes"] == sentence
    (told,) = ET.fromstring(said["junit"]).iter("property")  # noqa: S314  our own output
    assert (told.get("name"), told.get("value")) == ("changes", sentence)
    assert f"::notice title=store-0421%3A changes::{sentence.replace('%', '%25')}" in said["github"].splitlines()


def test_without_a_base_nothing_is_said_of_changes(site: Path) -> None:
    assert gate(site, None, "-o", "json").document["changes"] is None
    assert "changes" not in gate(site, None, "--format", "github").out
    assert "<properties>" not in gate(site, None, "--format", "junit").out
    assert "changes" not in json.loads(gate(site, None, "--format", "sarif").out)["runs"][0]["properties"]


def test_csv_holds_the_checks_with_a_base_as_without(site: Path, base: Path) -> None:
    with_base, without = (gate(site, None, *more, "-o", "csv").out for more in (("--base", str(base)), ()))

    assert with_base == without != ""


def test_a_base_that_cannot_be_read_is_named(site: Path) -> None:
    said = gate(site, None, "--base", str(site.with_name("none.yaml")))

    assert (said.code, said.out) == (2, "")
    assert "none.yaml" in said.err


def test_what_is_wrong_in_a_pack_s_values_is_told_at_its_line_of_the_profile(site: Path) -> None:
    infra = site.parent / "profiles" / "retail-infra-1.0.0.json"
    text = infra.read_text().replace("320Gi", "8Gi")
    infra.write_text(text)
    (site.parent / "sites").mkdir()
    moved = site.parent / "sites" / "site.yaml"
    moved.write_text(site.read_text().replace("profiles/", "../profiles/").replace("recording:r", "recording:../r"))
    (moved.parent / "rules").mkdir()
    rule = "rules:\n  - {id: house.kind, measured: site.registry.kind, op: '==', threshold: harbor}\n"
    (moved.parent / "rules" / "house.yaml").write_text(rule)

    said = gate(moved, None, "--format", "json")
    assert said.code == 1, said.err
    found = {each["rule"]: each for each in said.document["checks"]}

    told = found["storage.chart-default"]
    assert (told["verdict"], told["message"]) == (
        "FAIL",
        "The pack claims 8.59 GB, just what its chart claims by itself.",
    )
    # No `..` is left: code hosts know none.
    assert told["file"] == str(infra)
    # The values of a pack are one line of an export.
    (line,) = (number for number, each in enumerate(text.splitlines(), 1) if "storage: 8Gi" in each)
    assert told["line"] == line
    kind = moved.read_text().splitlines()[found["house.kind"]["line"] - 1]
    assert kind.strip().startswith("kind: zot")
