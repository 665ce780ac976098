"""What becomes of hosts while the internet is cut, and what was not checked, as every face shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jsonschema

from regplan.cli.output import text_table
from regplan.cli.survival import survival_table, unchecked_table
from regplan.model.finding import Finding, Verdict
from regplan.model.survival import HostSurvival
from regplan.report.contents import contents
from regplan.report.document import plan_document
from regplan.report.markdown import write_markdown
from regplan.report.rebuilt import study_of
from regplan.report.schema import plan_schema
from regplan.report.survival import survival_reasons, survived
from unit.report.samples import make_study

SURVIVAL = (
    HostSurvival("node-1", "reboot", "up", returns=True, why="the registry has it"),
    HostSurvival("node-1", "node-add", "up", returns=False, missing=("r.io/a:1", "r.io/b:1"), why="no list has these"),
    HostSurvival("node-2", "reboot", "up", returns=None, unknown=("r.io/c:1",), why="nobody knows"),
    HostSurvival("node-2", "node-add", "up", returns=False, missing=("r.io/a:1", "r.io/b:1"), why="no list has these"),
    HostSurvival("node-1", "reboot", "node-down", returns=True, why="its cache"),
)
SURVIVING = replace(make_study(), plan=replace(make_study().plan, survival=SURVIVAL))


def test_the_document_has_every_case_with_every_image_and_fits_the_schema() -> None:
    document: Any = plan_document(SURVIVING)

    assert document["survival"][1] == {
        "host": "node-1",
        "event": "node-add",
        "registry": "up",
        "returns": False,
        "missing": ["r.io/a:1", "r.io/b:1"],
        "unknown": [],
        "why": "no list has these",
    }
    jsonschema.validate(document, plan_schema())


def test_a_plan_read_back_tells_the_same_and_an_older_one_nothing() -> None:
    document: Any = plan_document(SURVIVING)

    assert study_of(document).plan.survival == SURVIVAL
    del document["survival"], document["unchecked"]
    assert study_of(document).plan.survival == ()


def test_the_table_has_a_row_for_each_host_and_below_it_each_reason_once() -> None:
    text = text_table(survival_table(SURVIVAL))

    assert text.splitlines()[0].split() == [
        "SURVIVES",
        "REBOOTS",
        "NEW",
        "HOST",
        "JOINS",
        "REBOOTS,",
        "REGISTRY",
        "DOWN",
    ]
    assert text.splitlines()[1].split() == ["node-1", "yes", "no", "yes"]
    assert text.splitlines()[2].split() == ["node-2", "?", "no", "?"]
    assert survival_reasons(SURVIVAL) == [
        "new host joins: no, node-1, node-2: no list has these: r.io/a:1, r.io/b:1.",
        "reboots: ?, node-2: nobody knows: r.io/c:1.",
    ]
    assert all(reason in " ".join(text.split()) for reason in survival_reasons(SURVIVAL))
    assert survival_table(()).records == ()


def test_a_report_says_which_hosts_come_back() -> None:
    text = write_markdown(contents(SURVIVING))

    assert "With the internet cut, which hosts come back, and which new ones join" in text
    assert "no list has these: r.io/a:1, r.io/b:1." in text
    assert "With the internet cut" not in write_markdown(contents(make_study()))


def test_why_a_rule_of_survival_says_what_it_says_is_told_host_by_host() -> None:
    plan = SURVIVING.plan

    assert survived(plan.survival, "survive.reboot") == [
        ("node-1", "comes back: yes; the registry has it."),
        ("node-2", "comes back: ?; nobody knows: r.io/c:1."),
    ]
    assert [label for label, _ in survived(plan.survival, "survive.node-add")] == ["node-1", "node-2"]
    assert survived(plan.survival, "survive.registry-node") == [("node-1", "comes back: yes; its cache.")]
    assert survived(plan.survival, "storage.claim") == []


def test_what_was_not_checked_is_listed_with_why_and_what_to_do() -> None:
    findings = (
        Finding("host.cpu", Verdict.INCOMPLETE, "It is not stated.", where="node-1", fix="State it."),
        Finding("registry.certificate", Verdict.INFO, "Nobody knows.", where="registry", is_checked=False),
        Finding("host.arch", Verdict.INFO, "All is well.", where="hosts"),
    )
    study = replace(SURVIVING, plan=replace(SURVIVING.plan, findings=findings))
    document: Any = plan_document(study)

    assert document["unchecked"] == [
        {"rule": "host.cpu", "where": "node-1", "why": "It is not stated.", "fix": "State it."},
        {"rule": "registry.certificate", "where": "registry", "why": "Nobody knows.", "fix": ""},
    ]
    assert [each["checked"] for each in document["findings"]] == [False, False, True]
    assert plan_document(study_of(document))["unchecked"] == document["unchecked"]
    assert "registry.certificate  registry  Nobody knows." in text_table(unchecked_table(document["unchecked"]))
