"""The policy that a finding hands over: it parses, it is what the registry's documentation says, and it mends the finding."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.model.site import Assumptions, Scenario
from regplan.plan.retention import harbor_collection, harbor_retention, zot_retention
from unit.plan.builders import SHOP, TILL, entry, finding, inventory, registry, site

INFO, PASS = Verdict.INFO, Verdict.PASS


def found(**more: Any) -> Finding:
    scenario = Scenario(years=2.0, upgrades_per_year=3.0)
    return finding("storage.no-retention", site=site(registry=registry(**more), scenario=scenario))


def snippets(told: Finding) -> list[Any]:
    """The JSON of a fix."""
    return [json.loads(text) for text in re.findall(r"`(\{.*?\})`", told.fix)]


def test_zots_policy_keeps_the_last_pushed_tags_of_every_repository_of_the_project() -> None:
    told = found(keep_versions=None, project="edge")

    (snippet,) = snippets(told)
    (policy,) = snippet["retention"]["policies"]
    assert told.verdict is INFO
    assert policy["repositories"] == ["edge/**"]
    assert policy["keepTags"] == [{"patterns": [".*"], "mostRecentlyPushedCount": 2}]
    assert "`registry.retention: keep 2 versions`" in told.fix
    assert "the need counts 7 versions, 3 a year over 2 years and the one of now" in told.message


def test_a_version_that_needs_two_tags_of_a_repository_is_kept_whole() -> None:
    twice = inventory(entry("r.io/shop:1", SHOP), entry("r.io/shop:2", TILL))
    where = site(registry=registry(keep_versions=None), assumptions=Assumptions(versions_kept=3))

    (snippet,) = snippets(finding("storage.no-retention", site=where, inventory=twice))

    assert snippet["retention"]["policies"][0]["keepTags"][0]["mostRecentlyPushedCount"] == 6


def test_harbor_gets_a_retention_and_a_schedule_for_what_it_deletes() -> None:
    told = found(kind="harbor", keep_versions=None)

    retention, collection = snippets(told)
    (rule,) = retention["rules"]
    assert (rule["template"], rule["params"], rule["action"]) == ("latestPushedK", {"latestPushedK": 2}, "retain")
    assert retention["trigger"]["kind"] == "Schedule"
    assert collection["schedule"]["cron"]
    assert "`registry.gc: daily`" in told.fix


def test_any_other_registry_is_told_what_to_do_and_what_to_state() -> None:
    told = found(kind="other", keep_versions=None)

    assert snippets(told) == []
    assert "before the last 2" in told.fix


@pytest.mark.parametrize(
    ("kind", "gc"), [("zot", "none"), ("harbor", "default"), ("harbor", "none"), ("other", "default")]
)
def test_what_is_deleted_and_never_freed_is_told_on_the_schedule(kind: str, gc: str) -> None:
    told = found(kind=kind, gc=gc, keep_versions=2)

    assert (told.verdict, told.where) == (INFO, "registry.gc")
    # Two of the six releases stand beside this version; five go, each of 35 % of 150 MB.
    assert "262 MB" in told.message or "263 MB" in told.message


@pytest.mark.parametrize(
    ("kind", "gc"), [("zot", "default"), ("zot", "weekly"), ("harbor", "daily"), ("other", "every 6h")]
)
def test_what_is_deleted_and_collected_passes(kind: str, gc: str) -> None:
    assert found(kind=kind, gc=gc, keep_versions=2).verdict is PASS


@pytest.mark.parametrize(("kind", "gc"), [("zot", "default"), ("harbor", "daily"), ("other", "weekly")])
def test_what_the_fix_says_to_state_removes_the_finding(kind: str, gc: str) -> None:
    before = found(kind=kind, keep_versions=None)
    keep = re.search(r"`registry\.retention: keep (\d+) versions`", before.fix)

    assert keep is not None
    assert found(kind=kind, gc=gc, keep_versions=int(keep[1])).verdict is PASS


def test_policies_are_json() -> None:
    for policy in (zot_retention("p", 2), harbor_retention(2), harbor_collection()):
        assert json.loads(json.dumps(policy)) == policy
