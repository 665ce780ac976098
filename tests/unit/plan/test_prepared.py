from __future__ import annotations

import pickle
from dataclasses import replace

from regplan.plan.check import build_plan, check_site
from regplan.plan.prepared import Prepared
from unit.plan.builders import (
    SHOP,
    TILL,
    declarations,
    entry,
    facts,
    hosts,
    image,
    index,
    inventory,
    registry,
    site,
    use,
)

CALLS: list[tuple[int, ...]] = []


def count_of(prepared: Prepared, *more: int) -> int:
    CALLS.append(more)
    return len(prepared.inventory.entries) + sum(more)


def test_what_was_reckoned_is_kept_for_each_argument() -> None:
    CALLS.clear()
    prepared = Prepared(declarations(), inventory(entry("r.io/shop:1", SHOP)))

    assert [prepared.once(count_of), prepared.once(count_of, 2), prepared.once(count_of), prepared.once(count_of, 2)] == [
        1, 3, 1, 3,
    ]  # fmt: skip
    assert CALLS == [(), (2,)]


def test_of_many_arguments_the_oldest_are_forgotten() -> None:
    CALLS.clear()
    prepared = Prepared()

    for number in range(1_001):
        prepared.once(count_of, number)
    prepared.once(count_of, 1_000)
    prepared.once(count_of, 0)

    assert len(CALLS) == 1_002


def test_another_process_gets_the_set_without_the_answers() -> None:
    CALLS.clear()
    prepared = Prepared(declarations(use("r.io/shop:1")), inventory(entry("r.io/shop:1", SHOP)))
    prepared.once(count_of)
    there = pickle.loads(pickle.dumps(prepared))  # noqa: S301  our own bytes

    assert (there.declarations, there.inventory) == (prepared.declarations, prepared.inventory)
    assert repr(prepared) == "<Prepared <Inventory 1 references, 1 images, 0 unresolved>, 1 answers kept>"
    assert repr(there) == "<Prepared <Inventory 1 references, 1 images, 0 unresolved>, 0 answers kept>"


def test_facts_about_another_site_keep_what_was_prepared_and_facts_about_other_images_do_not() -> None:
    told = facts()
    elsewhere = replace(told, site=site(name="other", hosts=hosts(5)))
    others = replace(told, inventory=inventory(entry("r.io/till:1", TILL)))

    assert elsewhere.prepared is told.prepared
    assert others.prepared is not told.prepared
    assert others.prepared.inventory is others.inventory


def test_sites_that_share_a_preparation_get_the_plans_that_they_get_alone() -> None:
    both = image("both", {"base": 100_000_000, "arm": 9_000_000})
    images = inventory(
        entry("r.io/shop:1", SHOP),
        entry("r.io/both:1", SHOP, both, indexes=(index("both", 700, [SHOP, both]),)),
        unresolved=["r.io/lost:1"],
    )
    shared = facts(inventory=images, declarations=declarations(use("r.io/shop:1"), use("r.io/both:1")))
    sites = [
        site(),
        site(name="small", hosts=hosts(1, cpu_milli=2000), registry=registry(storage_bytes=10**9)),
        site(name="arm", hosts=hosts(2, arch="arm64"), internet="none"),
        site(name="bare", hosts=(), registry=None),
        site(name="elsewhere", registry=registry(project="other", kind="harbor")),
    ]

    for each in [*sites, *sites]:
        alone = replace(shared, site=each, prepared=Prepared())
        together = replace(shared, site=each)

        assert alone.prepared is not together.prepared is shared.prepared
        assert build_plan(together) == build_plan(alone)
        checked = check_site(together)
        plan = build_plan(alone)
        assert (checked.verdict, checked.binding_constraint, checked.findings) == (
            plan.verdict, plan.binding_constraint, plan.findings,
        )  # fmt: skip
