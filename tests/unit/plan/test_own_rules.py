"""Users' own rules over a plan document: every comparison, in every verdict that it can give."""

from __future__ import annotations

from typing import Any

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.model.own_rule import OwnRule
from regplan.plan.check import with_findings
from regplan.plan.rules.own import check_own, problem_of, row_of
from regplan.plan.verdict import binding_constraint
from unit.plan.builders import plan

FAIL, INCOMPLETE, MARGINAL, PASS, INFO = Verdict
DOCUMENT: dict[str, Any] = {
    "site": {"name": "store", "internet": "none", "registry": {"kind": "zot"}, "versions": {"palette": "4.7.2"}},
    "storage": {"claimed_bytes": 300 * 10**9, "required_bytes": 200 * 10**9, "terms": [{"key": "live", "bytes": 9}]},
    "hosts": [
        {"name": "node-1", "cpu_milli": 8000, "memory_bytes": 16 * 10**9},
        {"name": "node-2", "cpu_milli": 4000, "memory_bytes": None},
    ],
    "wire": None,
    "survival": [{"host": "node-1", "returns": True}, {"host": "node-2", "returns": None}],
    "images": {"unresolved": []},
    "assumptions": [{"key": "free_space", "value": 0.15}],
}


def rule(measured: str, op: str, threshold: str | tuple[str, ...], **more: Any) -> OwnRule:
    return OwnRule("house.rule", measured, op, threshold, **{"file": "house.yaml", **more})


def found(measured: str, op: str, threshold: str | tuple[str, ...], **more: Any) -> list[Finding]:
    given = rule(measured, op, threshold, **more)
    assert problem_of(given) is None
    rows = check_own((given,), DOCUMENT)
    assert {each.verdict for each in rows} <= set(row_of(given).verdicts)
    return list(rows)


@pytest.mark.parametrize(
    ("measured", "op", "threshold", "unit", "verdict"),
    [
        ("storage.claimed_bytes", ">=", "300GB", "bytes", PASS),
        ("storage.claimed_bytes", ">=", "300GiB", "bytes", FAIL),
        ("storage.claimed_bytes", ">", "300GB", "bytes", FAIL),
        ("storage.claimed_bytes", ">", "299.9GB", "bytes", PASS),
        ("storage.required_bytes", "<=", "200GB", "bytes", PASS),
        ("storage.required_bytes", "<", "200GB", "bytes", FAIL),
        ("storage.claimed_bytes", ">=", "storage.required_bytes * 1.5", "bytes", PASS),
        ("storage.claimed_bytes", ">=", "storage.required_bytes * 1.5 + 1B", "bytes", FAIL),
        ("storage.claimed_bytes / storage.required_bytes", ">=", "150%", "ratio", PASS),
        ("storage.claimed_bytes / storage.required_bytes", "==", "1.5", "ratio", PASS),
        ("hosts.node-1.cpu_milli", ">=", "8", "milli", PASS),
        ("hosts.node-1.cpu_milli", "<=", "7500m", "milli", FAIL),
        ("sum(hosts.*.cpu_milli)", "==", "12", "milli", PASS),
        ("min(hosts.*.cpu_milli)", ">=", "4", "milli", PASS),
        ("max(hosts.*.cpu_milli)", "<=", "4", "milli", FAIL),
        ("count(hosts.*)", "==", "2", "", PASS),
        ("count(images.unresolved.*)", "<=", "0", "", PASS),
        ("assumptions.free_space", ">=", "15%", "ratio", PASS),
        ("site.registry.kind", "==", "zot", "", PASS),
        ("site.registry.kind", "!=", "zot", "", FAIL),
        ("site.registry.kind", "in", ("zot", "harbor"), "", PASS),
        ("site.registry.kind", "not in", ("zot", "harbor"), "", FAIL),
        ("site.internet", "==", "none", "", PASS),
        ("site.name", "==", "site.internet", "", FAIL),
        ("survival.node-1.returns", "==", "true", "", PASS),
        ("site.versions.palette", ">=", "4.7.0", "version", PASS),
        ("site.versions.palette", ">=", "4.8.0", "version", FAIL),
        ("site.versions.palette", "<", "5.0.0", "version", PASS),
        ("site.versions.palette", "<", "4.7.2", "version", FAIL),
    ],
)
def test_a_rule_compares_what_the_plan_tells(
    measured: str, op: str, threshold: str | tuple[str, ...], unit: str, verdict: Verdict
) -> None:
    (row,) = found(measured, op, threshold, unit=unit)

    assert (row.verdict, row.op, row.unit) == (verdict, op, unit)
    assert (row.fix == "") is (verdict is PASS)
    assert row.message.endswith(".")
    assert row.source == "house.yaml"


@pytest.mark.parametrize(
    ("measured", "op", "threshold", "why"),
    [
        ("wire.saved_bytes", ">=", "1GB", "`wire.saved_bytes` is not known"),
        ("hosts.node-2.memory_bytes", ">=", "1GB", "is not known"),
        ("storage.claimed_byte", ">=", "1GB", "claimed_bytes is"),
        ("storage.claimed_bytes", ">=", "storage.need * 2", "`storage.need` is not in the plan document"),
        ("sum(hosts.*.memory_bytes)", ">=", "1GB", "of item 1 is not known"),
        ("site.name", ">=", "1GB", "'store' is a text"),
        ("site.name + 1", ">=", "1GB", "takes no part in arithmetic"),
        ("storage.claimed_bytes / (wire.x - 1)", ">=", "1GB", "is not known"),
        ("storage.claimed_bytes / (hosts.node-1.cpu_milli - 8000)", ">=", "1GB", "has no value"),
        ("min(images.unresolved.*.x)", ">=", "1GB", "has no items"),
        ("sum(site.name.*)", ">=", "1GB", "is over no list"),
        ("survival.node-2.returns", "==", "true", "is not known"),
    ],
)
def test_what_is_not_known_is_incomplete_and_never_passes(measured: str, op: str, threshold: str, why: str) -> None:
    (row,) = found(measured, op, threshold, unit="bytes", broken=INFO)

    assert (row.verdict, row.is_checked, row.measured) == (INCOMPLETE, False, None)
    assert why in row.message
    assert row.fix


def test_a_version_that_does_not_tell_is_incomplete() -> None:
    (row,) = found("site.versions.palette", ">=", "4.7.2.1", unit="version")

    assert row.verdict is INCOMPLETE


def test_a_star_stands_for_each_item_and_the_row_names_it() -> None:
    rows = found("hosts.*.memory_bytes", ">=", "hosts.*.cpu_milli * 1GB / 1000", unit="bytes")

    assert [(row.where, row.verdict) for row in rows] == [("node-1", PASS), ("node-2", INCOMPLETE)]
    assert rows[0].required == 8 * 10**9


def test_a_star_over_nothing_is_incomplete() -> None:
    (row,) = found("images.unresolved.*.reason", "==", "x")

    assert row.verdict is INCOMPLETE
    assert "has no items" in row.message


@pytest.mark.parametrize(
    ("op", "threshold", "verdict"),
    [
        (">=", "300GB", PASS),
        (">=", "315GB", MARGINAL),
        (">=", "316GB", FAIL),
        ("<=", "290GB", MARGINAL),
        ("<=", "280GB", FAIL),
    ],
)
def test_a_tolerance_makes_a_near_miss_marginal(op: str, threshold: str, verdict: Verdict) -> None:
    (row,) = found("storage.claimed_bytes", op, threshold, unit="bytes", tolerance=0.05)

    assert row.verdict is verdict


@pytest.mark.parametrize("broken", [FAIL, MARGINAL, INFO])
def test_a_broken_rule_gives_the_verdict_that_it_names(broken: Verdict) -> None:
    (row,) = found("site.registry.kind", "==", "harbor", broken=broken, fix="Use Harbor.", where="registry.kind")

    assert (row.verdict, row.fix, row.where) == (broken, "Use Harbor.", "registry.kind")


def test_formulas_tell_how_a_number_came_about() -> None:
    (row,) = found("storage.claimed_bytes - 5GB", ">=", "storage.required_bytes * 2", unit="bytes")

    assert [(each.key, each.value) for each in row.formulas] == [
        ("measured", 295 * 10**9),
        ("required", 400 * 10**9),
    ]
    assert row.measured == row.formulas[0].value
    assert row.formulas[0].inputs[0].source == "plan document, storage.claimed_bytes"


def test_a_row_has_the_columns_of_regplans_own() -> None:
    given = rule(
        "storage.claimed_bytes", ">=", "400GB", unit="bytes", title="Our claim", compares="the claim with ours",
        source="House 12", since="2026", reading="GB = 10^9", tolerance=0.05,
    )  # fmt: skip
    row = row_of(given)

    assert (row.id, row.title, row.compares, row.source) == (
        "house.rule",
        "Our claim",
        "the claim with ours",
        "House 12",
    )
    assert (row.unit, row.since, row.reading, row.tolerance_percent) == ("bytes", "2026", "GB = 10^9", 5)
    assert [each.value for each in row.thresholds] == [400 * 10**9]
    assert row_of(rule("a.b", ">=", "c.d * 2")).thresholds == ()


@pytest.mark.parametrize(
    ("given", "column", "why"),
    [
        (rule("a.b +", ">=", "1"), "measured", "no arithmetic"),
        (rule("5GB", ">=", "1"), "measured", "names no key"),
        (rule("a.b", ">=", "300", unit="bytes"), "threshold", "not a size"),
        (rule("a.b", ">=", "15%"), "threshold", "name its unit"),
        (rule("a.b", ">=", "x y"), "threshold", "no arithmetic"),
        (rule("a.b", "<=", "4.7", unit="version"), "op", "versions are compared by"),
        (rule("a.*.b", ">=", "c.*.d"), "measured", "different lists"),
    ],
)
def test_what_no_plan_can_answer_is_told_before_any_is_made(given: OwnRule, column: str, why: str) -> None:
    problem = problem_of(given)

    assert problem is not None
    assert problem[0] == column
    assert why in problem[1]


def test_findings_of_own_rules_count_in_the_verdict_the_hosts_and_what_binds() -> None:
    bare = plan()
    more = [
        Finding("house.memory", FAIL, "Too little.", 4, 8, "bytes", "node-1"),
        Finding("house.need", FAIL, "Too much.", 90, 10, "bytes", "storage", op="<="),
    ]
    judged = with_findings(bare, more)

    assert (bare.verdict, judged.verdict) == (PASS, FAIL)
    assert judged.binding_constraint == "house.need"
    assert [host.verdict for host in judged.hosts] == [FAIL, PASS, PASS]
    assert judged.findings[-2:] == tuple(more)


def test_at_most_binds_by_how_far_it_is_exceeded_and_equality_like_a_text() -> None:
    over = Finding("house.over", FAIL, "", 20, 10, op="<=")
    under = Finding("house.under", FAIL, "", 6, 10)
    other = Finding("house.other", FAIL, "", 3, 4, op="==")

    assert binding_constraint([under, over]) == "house.over"
    assert binding_constraint([over, under, other]) == "house.other"
