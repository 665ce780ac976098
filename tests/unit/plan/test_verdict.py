from __future__ import annotations

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.plan.verdict import binding_constraint, overall, tightest

FAIL, INCOMPLETE, MARGINAL, PASS, INFO = Verdict


def of(
    rule: str, verdict: Verdict, measured: float | str | None = None, required: float | str | None = None
) -> Finding:
    return Finding(rule, verdict, "", measured, required, "bytes")


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], PASS),
        ([INFO], PASS),
        ([PASS, INFO], PASS),
        ([PASS, MARGINAL], MARGINAL),
        ([MARGINAL, INCOMPLETE, PASS], INCOMPLETE),
        ([INCOMPLETE, FAIL, MARGINAL, PASS, INFO], FAIL),
    ],
)
def test_the_worst_finding_decides_and_info_does_not_count(verdicts: list[Verdict], expected: Verdict) -> None:
    assert overall(of("a", verdict) for verdict in verdicts) is expected


def test_nothing_binds_where_no_finding_counts() -> None:
    assert binding_constraint([]) is None
    assert binding_constraint([of("a", INFO)]) is None


def test_the_worst_finding_that_falls_shortest_binds() -> None:
    found = [
        of("a", FAIL, 9, 10),
        of("b", FAIL, 1, 2),
        of("c", FAIL, 6.0, 10),
        of("d", INCOMPLETE),
        of("e", PASS, 1, 100),
    ]

    assert binding_constraint(found) == "b"


def test_a_worst_finding_without_numbers_binds_before_any_number() -> None:
    found = [of("a", FAIL, 1, 100), of("b", FAIL), of("c", FAIL, "4.5.0", "4.6.19")]

    assert binding_constraint(found) == "b"
    assert binding_constraint(found[::2]) == "c"


def test_of_equals_the_first_binds() -> None:
    assert binding_constraint([of("a", FAIL, 1, 2), of("b", FAIL, 2, 4)]) == "a"
    assert binding_constraint([of("b", FAIL), of("a", FAIL)]) == "b"


def test_a_requirement_of_zero_never_binds_before_another() -> None:
    assert binding_constraint([of("a", PASS, 0, 0), of("b", PASS, 5, 1)]) == "b"


def test_a_passing_plan_is_bound_by_its_passing_findings() -> None:
    assert binding_constraint([of("a", PASS, 3, 2), of("b", PASS, 5, 4), of("c", INFO)]) == "b"


def test_the_tightest_quantity_is_the_least_ratio_of_any_verdict_but_info() -> None:
    found = [
        of("a", FAIL),
        of("b", PASS, 5, 4),
        of("c", MARGINAL, 19, 20),
        of("d", INFO, 1, 9),
        of("e", PASS, "1", "1"),
    ]

    best = tightest(found)

    assert best is not None
    assert best.rule == "c"
    assert tightest([of("a", FAIL)]) is None


def test_only_quantities_can_be_tight() -> None:
    whole = Finding("hosts", PASS, "", 1, 1, "hosts")

    best = tightest([whole, of("storage", PASS, 3, 2)])

    assert best is not None
    assert best.rule == "storage"
