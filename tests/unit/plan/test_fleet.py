from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from regplan.model.finding import Verdict
from regplan.model.fleet import FleetProblem, FleetSite, HardwareClass, HostShape, ProfileSet, ShapeCount
from regplan.model.wire import Wire
from regplan.plan.check import build_plan, check_site
from regplan.plan.fleet import gather_fleet, summary_of
from regplan.units import GB
from unit.plan.builders import facts, host, registry, site

if TYPE_CHECKING:
    from regplan.plan.check import PlanFacts

SMALL = HostShape(2000, 8 * GB, 100 * GB, "amd64")
LARGE = HostShape(8000, 16 * GB, 500 * GB, "amd64")


def summary(told: PlanFacts) -> FleetSite:
    return summary_of(told, check_site(told), 7, 3)


def one(name: str, verdict: Verdict, line: int, **more: Any) -> FleetSite:
    told: dict[str, Any] = {
        "binding_constraint": "storage.claim", "where": "", "message": "", "fix": "", "measured": None, "required": None,
        "unit": "", "failing": (), "required_bytes": 10, "claimed_bytes": 20, "unique_bytes": 5, "unresolved": 0,
        "direct_bytes": 300, "primary_bytes": 100,
    }  # fmt: skip
    return FleetSite(line, name, verdict, **{**told, **more})


def test_a_summary_has_the_plans_verdict_and_the_finding_that_binds() -> None:
    wire = Wire(900, 500, 0, 0, None, None)
    told = facts(site=site(hosts=(host("a"), host("b", cpu_milli=2000), host("c", cpu_milli=2000))), wire=wire)
    plan, found = build_plan(told), summary(told)
    (binding, _) = [each for each in plan.findings if each.rule == "host.cpu" and each.verdict is Verdict.FAIL]

    assert (found.verdict, found.binding_constraint) == (plan.verdict, plan.binding_constraint) == ("FAIL", "host.cpu")
    assert (found.where, found.message, found.fix) == (binding.where, binding.message, binding.fix)
    assert (found.measured, found.required, found.unit) == (2000, 4000, "milli")
    assert found.failing == ("host.cpu",)
    assert (found.required_bytes, found.claimed_bytes) == (plan.storage.required_bytes, plan.storage.claimed_bytes)
    assert (found.unique_bytes, found.unresolved) == (plan.layers.unique_bytes, 0)
    assert (found.direct_bytes, found.primary_bytes, found.saved_bytes) == (900, 500, 400)
    assert (found.line, found.profile_set, found.hosts) == (7, 3, 3)


def test_hosts_are_counted_by_shape_with_the_rules_that_they_fail() -> None:
    weak = {"cpu_milli": 2000, "storage_bytes": 50 * GB}
    found = summary(facts(site=site(hosts=(host("a"), host("b", **weak), host("c", **weak)))))

    assert found.shapes == (
        ShapeCount(HostShape(8000, 16 * GB, 512 * GB, "amd64"), 1),
        ShapeCount(HostShape(2000, 16 * GB, 50 * GB, "amd64"), 2, 2, (("host.cpu", 2), ("host.disk", 2))),
    )


def test_a_site_without_hosts_has_none_and_saves_nothing_that_is_known() -> None:
    found = summary(facts(site=site(hosts=(), registry=registry())))

    assert (found.hosts, found.shapes, found.saved_bytes) == (0, (), None)
    assert found.verdict is Verdict.INCOMPLETE


SITES = (
    one("passes", Verdict.PASS, 2, shapes=(ShapeCount(LARGE, 3),)),
    one("near", Verdict.FAIL, 3, measured=9, required=10, shapes=(ShapeCount(SMALL, 2, 1, (("host.cpu", 1),)),)),
    one("far", Verdict.FAIL, 4, measured=1, required=10, shapes=(ShapeCount(SMALL, 4, 4, (("host.cpu", 4),)), ShapeCount(LARGE, 1))),
    one("no number", Verdict.FAIL, 5, binding_constraint="version.agent", measured="4.1", required="4.6.13", claimed_bytes=None),
    one("margin", Verdict.MARGINAL, 6, direct_bytes=None, primary_bytes=None),
    one("unsure", Verdict.INCOMPLETE, 7, profile_set=1),
)  # fmt: skip
PROBLEMS = (FleetProblem(9, "b", "x"), FleetProblem(8, "name", "y"), FleetProblem(9, "a", "z"))


def test_sites_come_worst_first_and_what_falls_shortest_first_among_equals() -> None:
    found = gather_fleet(SITES, PROBLEMS)

    assert [each.name for each in found.sites] == ["no number", "far", "near", "unsure", "margin", "passes"]
    assert [(each.line, each.column) for each in found.problems] == [(8, "name"), (9, "a"), (9, "b")]
    assert repr(found) == "<Fleet 6 sites (3 FAIL, 1 INCOMPLETE, 1 MARGINAL, 1 PASS), 3 problems>"


def test_hardware_is_a_bill_of_materials_with_what_fails() -> None:
    assert gather_fleet(SITES).hardware == (
        HardwareClass(SMALL, hosts=6, sites=2, failing=5, rules=(("host.cpu", 5),)),
        HardwareClass(LARGE, hosts=4, sites=2, failing=0),
    )


def test_totals_add_up_what_is_known() -> None:
    totals = gather_fleet(SITES, PROBLEMS).totals

    assert (totals.sites, totals.rows_with_problems, totals.hosts, totals.failing_hosts) == (6, 2, 10, 5)
    assert totals.verdicts == (("FAIL", 3), ("INCOMPLETE", 1), ("MARGINAL", 1), ("PASS", 1))
    assert totals.binding == (("storage.claim", 4), ("version.agent", 1))
    assert (totals.required_bytes, totals.claimed_bytes) == (50, 100)
    assert (totals.direct_bytes, totals.primary_bytes, totals.saved_bytes) == (1500, 500, 1000)


def test_the_order_in_which_sites_come_shows_nowhere() -> None:
    sets = (ProfileSet(("a",), 0, 1, 0, 9), ProfileSet(("b",), 0, 1, 0, 9))
    mixed, wrong = list(SITES), list(PROBLEMS)
    random.Random(3).shuffle(mixed)
    random.Random(4).shuffle(wrong)

    found = gather_fleet(SITES, PROBLEMS, sets)
    assert gather_fleet(mixed, wrong, sets) == found
    assert [each.sites for each in found.profile_sets] == [5, 1]


def test_nothing_binds_a_site_where_no_finding_counts() -> None:
    told = facts()
    checked = replace(check_site(told), findings=())

    found = summary_of(told, checked)
    assert (found.binding_constraint, found.where, found.message, found.fix, found.unit) == (None, "", "", "", "")
