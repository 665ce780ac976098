from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.model.gate import Limit, Outcome, Policy, Waiver
from regplan.plan.gate import LIMIT, judge
from regplan.plan.verdict import overall
from unit.plan.builders import plan

if TYPE_CHECKING:
    from regplan.model.gate import Judgement
    from regplan.model.plan import Plan

FINDINGS = (
    Finding("host.memory", Verdict.MARGINAL, "little", 7, 8, "bytes", "node-3", "more"),
    Finding("image.unresolved", Verdict.INCOMPLETE, "who knows", where="images"),
    Finding("storage.claim", Verdict.FAIL, "too small", 1, 2, "bytes", "registry.storage", "larger"),
    Finding("image.mutable-tag", Verdict.INFO, "moves", where="a.yaml:3 > web"),
    Finding("host.cpu", Verdict.PASS, "enough", 8, 4, "milli", "node-1"),
)


def a_plan(*findings: Finding) -> Plan:
    return replace(plan(), findings=findings, verdict=overall(findings), generated_at="2026-11-28T10:00:00+00:00")


def outcomes(policy: Policy, *findings: Finding) -> dict[str, str]:
    judged = judge(a_plan(*(findings or FINDINGS)), policy, {}, {})
    return {each.finding.rule: each.outcome.value for each in judged.checks}


def limited(limit: Limit, value: float | None) -> Judgement:
    return judge(a_plan(), Policy(limits=(limit,), file="policy.yaml"), {limit.key: value}, {limit.key: "bytes"})


def test_without_a_policy_a_gate_breaks_where_a_plan_fails_and_knows_not_what_a_plan_does_not() -> None:
    assert outcomes(Policy()) == {
        "storage.claim": "broken",
        "image.unresolved": "unknown",
        "host.memory": "held",
        "image.mutable-tag": "held",
        "host.cpu": "held",
    }


@pytest.mark.parametrize(
    ("fail_on", "broken"),
    [
        (Verdict.FAIL, {"storage.claim"}),
        (Verdict.INCOMPLETE, {"storage.claim", "image.unresolved"}),
        (Verdict.MARGINAL, {"storage.claim", "image.unresolved", "host.memory"}),
    ],
)
def test_a_stricter_gate_breaks_on_milder_verdicts(fail_on: Verdict, broken: set[str]) -> None:
    assert {rule for rule, outcome in outcomes(Policy(fail_on)).items() if outcome == "broken"} == broken


def test_a_denied_rule_may_only_pass() -> None:
    denied = outcomes(Policy(deny=("image.mutable-tag", "host.*")))

    assert (denied["image.mutable-tag"], denied["host.memory"], denied["host.cpu"]) == ("broken", "broken", "held")


def test_a_waiver_takes_its_rule_at_its_place_and_nothing_else() -> None:
    waived = outcomes(Policy(waivers=(Waiver("storage.*", "registry.*", "a lab"),)))
    elsewhere = outcomes(Policy(waivers=(Waiver("storage.claim", "hosts", "a lab"),)))

    assert (waived["storage.claim"], waived["image.unresolved"]) == ("waived", "unknown")
    assert elsewhere["storage.claim"] == "broken"


@pytest.mark.parametrize(("until", "outcome"), [("2026-11-28", "waived"), ("2026-11-27", "broken"), ("", "waived")])
def test_a_waiver_holds_to_the_end_of_its_last_day(until: str, outcome: str) -> None:
    policy = Policy(waivers=(Waiver("storage.claim", "*", "soon", until),))

    assert outcomes(policy)["storage.claim"] == outcome


def test_waivers_that_are_over_or_that_nothing_needs_are_told() -> None:
    over, idle = Waiver("storage.claim", "*", "soon", "2026-01-01"), Waiver("host.cpu", "node-1", "old")
    judged = judge(a_plan(*FINDINGS), Policy(waivers=(over, idle)), {}, {})

    assert judged.notes == (
        "the waiver of storage.claim was over on 2026-01-01",
        "the waiver of host.cpu at node-1 waives nothing, and may go",
    )


@pytest.mark.parametrize(
    ("limit", "value", "outcome"),
    [
        (Limit("a", most=10), 10, Outcome.HELD),
        (Limit("a", most=10), 11, Outcome.BROKEN),
        (Limit("a", least=10), 10, Outcome.HELD),
        (Limit("a", least=10), 9, Outcome.BROKEN),
        (Limit("a", least=5, most=10), 4, Outcome.BROKEN),
        (Limit("a", least=5, most=10), 11, Outcome.BROKEN),
        (Limit("a", least=5, most=10), 7, Outcome.HELD),
        (Limit("a", most=10), None, Outcome.UNKNOWN),
    ],
)
def test_a_limit_breaks_beyond_its_bounds_and_is_unknown_where_its_number_is(
    limit: Limit, value: float | None, outcome: Outcome
) -> None:
    judged = limited(limit, value)

    assert [(each.finding.rule, each.outcome) for each in judged.checks] == [(LIMIT, outcome)]
    assert judged.outcome is outcome


def test_a_broken_limit_tells_the_bound_that_it_broke_and_where_that_stands() -> None:
    finding = limited(Limit("a", least=5, most=10, line=7), 4).checks[0].finding

    assert (finding.measured, finding.required, finding.unit, finding.source) == (4, 5, "bytes", "policy.yaml:7")
    assert "at least" in finding.fix


def test_what_is_broken_comes_first_and_decides() -> None:
    judged = judge(a_plan(*FINDINGS), Policy(), {}, {})

    assert [each.finding.rule for each in judged.checks][:2] == ["storage.claim", "image.unresolved"]
    assert judged.outcome is Outcome.BROKEN
    assert judge(a_plan(*FINDINGS[:2]), Policy(), {}, {}).outcome is Outcome.UNKNOWN
    assert judge(a_plan(), Policy(), {}, {}).outcome is Outcome.HELD
