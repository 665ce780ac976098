from __future__ import annotations

import dataclasses

import pytest

from regplan.errors import InvalidSite
from regplan.model.finding import Finding, Verdict
from regplan.model.image import DeclaredImage
from regplan.model.plan import Growth
from regplan.model.profile import ImageUse, Provenance
from regplan.model.site import Assumptions
from regplan.model.wire import Wire
from regplan.oci.reference import Reference
from regplan.plan.check import build_plan, check_site, find_of
from regplan.plan.rules.table import RULES
from regplan.plan.verdict import binding_constraint, overall
from unit.plan.builders import SHOP, TILL, declarations, entry, facts, host, image, inventory, plan, site, use


def test_a_site_that_meets_every_rule_passes() -> None:
    made = plan()

    assert made.verdict is Verdict.PASS
    assert {finding.verdict for finding in made.findings} <= {Verdict.PASS, Verdict.INFO}


def test_verdict_and_binding_constraint_are_those_of_the_findings() -> None:
    for given in (site(), site(agent_version="4.6.1"), site(hosts=()), site(registry=None)):
        made = plan(site=given)

        assert made.verdict is overall(made.findings)
        assert made.binding_constraint == binding_constraint(made.findings)


def test_the_findings_of_the_profiles_stand_behind_those_of_the_rules_and_count() -> None:
    found = Finding("profile.misspelt-key", Verdict.FAIL, "iamge is not image.")
    given = dataclasses.replace(facts().declarations, findings=(found,))

    made = plan(declarations=given)

    assert made.findings[-1] is found
    assert made.verdict is Verdict.FAIL
    assert made.binding_constraint == "profile.misspelt-key"
    order = [rule.id for rule in RULES]
    assert sorted(made.findings[:-1], key=lambda each: order.index(each.rule)) == list(made.findings[:-1])


def test_some_rules_find_by_themselves_what_they_find_among_all() -> None:
    draft = Finding("profile.unpublished-draft", Verdict.INFO, "a draft")
    given = facts(
        site=site(hosts=(host("node-1", memory_bytes=7_800_000_000), host("node-2")), agent_version="4.6.1"),
        declarations=dataclasses.replace(facts().declarations, findings=(draft,)),
    )
    whole = check_site(given, with_fixes=False).findings

    for rule in {each.rule for each in whole}:
        assert find_of(given, {rule}) == tuple(each for each in whole if each.rule == rule)
    assert {each.rule for each in whole} > {
        "host.memory",
        "storage.claim",
        "host.requests",
        "profile.unpublished-draft",
    }
    both = {"version.agent", "host.cpu"}
    assert find_of(given, both) == tuple(each for each in whole if each.rule in both)


def test_what_some_rules_do_not_look_at_is_not_reckoned_for_them() -> None:
    endless = facts(site=site(assumptions=Assumptions(growth_per_year=1e300)))

    with pytest.raises(InvalidSite, match="growth_per_year"):
        check_site(endless)
    assert {each.verdict for each in find_of(endless, {"host.memory"})} == {Verdict.PASS}


def test_references_are_counted_as_written_as_distinct_and_as_resolved() -> None:
    broken = ImageUse("{{ .image }}", None, Provenance("a.yaml"), problem="a macro")
    named = declarations(
        use("r.io/shop:1"), use("r.io/shop:1", pack="b"), use("r.io/lost:1"), use("r.io/big:1"), broken
    )
    known = dataclasses.replace(
        inventory(entry("r.io/shop:1", SHOP), unresolved=["r.io/lost:1"]),
        declared=(DeclaredImage(Reference.parse("r.io/big:1"), 9),),
    )

    counts = plan(declarations=named, inventory=known).counts

    assert (counts.declared, counts.unique, counts.resolved) == (5, 3, 2)
    assert [each.reference for each in counts.unresolved] == ["r.io/lost:1", "{{ .image }}"]
    assert counts.unresolved[0].provenance == ("list.txt",)
    assert counts.unresolved[1].provenance == ("a.yaml",)


def test_a_text_that_the_inventory_knows_too_keeps_the_inventorys_reason() -> None:
    broken = ImageUse("r.io/Lost", None, Provenance("a.yaml"), problem="upper case")

    (lost,) = plan(declarations=declarations(broken), inventory=inventory(unresolved=["r.io/Lost"])).counts.unresolved

    assert (lost.reason, lost.provenance) == ("not found", ("list.txt", "a.yaml"))


def test_an_upgrade_is_compared_and_the_wire_passed_on() -> None:
    wire = Wire(3, 2, 1, 1, None, None)
    newer = inventory(entry("r.io/shop:2", image("shop 2", {"base": 100_000_000, "shop 2": 7})))

    made = plan(upgrade=newer, wire=wire, generated_at="2026-01-01T00:00:00+00:00", inputs_digest="sha256:0")

    assert made.wire is wire
    assert made.upgrade == Growth(100_000_000, 7 + 15, 50_000_000 + 30, 150_000_000 + 30 + 7 + 15)
    assert (made.generated_at, made.inputs_digest) == ("2026-01-01T00:00:00+00:00", "sha256:0")
    assert plan().upgrade is None


def test_layers_and_need_are_of_the_same_images() -> None:
    made = build_plan(facts(inventory=inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL))))

    assert made.layers.unique_bytes == next(term.size_bytes for term in made.storage.terms if term.key == "live")
