from __future__ import annotations

from dataclasses import replace

from regplan.model.profile import ImageUse, Provenance, UseStatus
from regplan.plan.facts import missing_references, named_references, needed_references, unresolved_references
from unit.plan.builders import SHOP, declarations, entry, facts, inventory, plan, use

PROXY = replace(use("r.io/proxy:1", status=UseStatus.ONLY_IF_ENABLED), is_counted=False)
MAYBE = replace(use("r.io/maybe:1", status=UseStatus.UNKNOWN), is_counted=False)
LOST = use("r.io/till:1", status=UseStatus.MISSING)
UNTAGGED = ImageUse("r.io/odd", None, Provenance("v.yaml"), UseStatus.MISSING, "its tag is not said")


def test_only_what_runs_and_no_list_has_is_missing() -> None:
    named = declarations(use("r.io/shop:1"), LOST, PROXY, MAYBE, use("r.io/extra:1", status=UseStatus.UNUSED))

    assert missing_references(facts(declarations=named)) == ("r.io/till:1",)


def test_a_misspelt_entry_that_another_list_has_is_not_missing() -> None:
    named = declarations(LOST, use("r.io/till:1"))

    assert missing_references(facts(declarations=named)) == ()


def test_what_is_merely_possible_is_neither_named_nor_needed_nor_declared() -> None:
    told = facts(
        declarations=declarations(use("r.io/shop:1"), PROXY, MAYBE), inventory=inventory(entry("r.io/shop:1", SHOP))
    )

    assert named_references(told) == needed_references(told) == ("r.io/shop:1",)
    assert unresolved_references(told) == ()


def test_an_unused_image_is_counted_because_it_is_seeded() -> None:
    told = facts(declarations=declarations(use("r.io/extra:1", status=UseStatus.UNUSED)), inventory=inventory())

    assert needed_references(told) == ("r.io/extra:1",)


def test_what_is_missing_without_a_tag_is_unresolved_until_somebody_tells_it() -> None:
    odd = facts(
        declarations=declarations(UNTAGGED, replace(UNTAGGED, text="c d", is_counted=False)), inventory=inventory()
    )

    assert [(each.reference, each.reason) for each in unresolved_references(odd)] == [
        ("r.io/odd", "its tag is not said")
    ]


def test_the_plan_counts_mentions_that_count() -> None:
    told = plan(declarations=declarations(use("r.io/shop:1"), use("r.io/shop:1"), PROXY, MAYBE))

    assert told.counts.declared == 2
