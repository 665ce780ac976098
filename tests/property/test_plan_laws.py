"""Laws of deduplicated sizes, growth, storage and verdicts."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.model.finding import Finding, Verdict
from regplan.model.image import Inventory
from regplan.model.site import Assumptions, RegistrySpec
from regplan.plan.growth import compare_inventories
from regplan.plan.sharing import known_sizes, measure_layers
from regplan.plan.storage import storage_need
from regplan.plan.verdict import binding_constraint, overall, tightest
from unit.plan.builders import declarations, facts, plan, site
from unit.plan.sets import entries, sized

if TYPE_CHECKING:
    from random import Random

    from regplan.model.formula import Formula
    from regplan.model.image import ResolvedReference

pytestmark = pytest.mark.property


def of(chosen: list[ResolvedReference]) -> Inventory:
    return Inventory(tuple(chosen))


@given(entries())
def test_naming_everything_again_adds_nothing_but_references(chosen: list[ResolvedReference]) -> None:
    once, twice = measure_layers(of(chosen)), measure_layers(of(chosen + chosen))

    assert twice.unique_bytes == once.unique_bytes
    assert (twice.blobs, twice.manifests, twice.pairs) == (once.blobs, once.manifests, once.pairs)
    assert (twice.stored_bytes, twice.sizes_unknown) == (once.stored_bytes, once.sizes_unknown)
    assert twice.referenced_bytes == 2 * once.referenced_bytes


@given(entries(), entries(most=1))
def test_one_more_image_never_makes_a_set_smaller(
    chosen: list[ResolvedReference], more: list[ResolvedReference]
) -> None:
    before, after = measure_layers(of(chosen)), measure_layers(of(chosen + more))

    for name in ("referenced_bytes", "unique_bytes", "stored_bytes", "quota_bytes", "blobs", "manifests", "pairs"):
        assert getattr(before, name) <= getattr(after, name)


@given(entries(), entries())
def test_two_sets_together_never_take_more_than_apart(
    one: list[ResolvedReference], other: list[ResolvedReference]
) -> None:
    together = measure_layers(of(one + other))
    apart = [measure_layers(of(each)) for each in (one, other)]

    assert together.unique_bytes <= sum(each.unique_bytes for each in apart)
    assert together.stored_bytes <= sum(each.stored_bytes for each in apart)
    assert together.referenced_bytes == sum(each.referenced_bytes for each in apart)


@given(entries(), st.randoms(use_true_random=False))
def test_the_order_of_images_does_not_matter(chosen: list[ResolvedReference], random: Random) -> None:
    shuffled = list(chosen)
    random.shuffle(shuffled)
    one, other = measure_layers(of(chosen)), measure_layers(of(shuffled))

    assert dataclasses.replace(one, images=(), foreign=()) == dataclasses.replace(other, images=(), foreign=())
    assert {(row.reference, row.digest): row for row in one.images} == {
        (row.reference, row.digest): row for row in other.images
    }


@given(entries())
def test_what_is_stored_lies_between_unique_and_referenced(chosen: list[ResolvedReference]) -> None:
    report = measure_layers(of(chosen))

    assert report.unique_bytes == report.quota_bytes <= report.stored_bytes <= report.referenced_bytes
    assert report.blobs <= report.pairs
    assert report.repeated_bytes >= 0


@given(entries())
def test_removing_an_image_frees_exactly_what_is_unique_to_it(chosen: list[ResolvedReference]) -> None:
    report = measure_layers(of(chosen))

    for row in report.images:
        left = [
            dataclasses.replace(entry, images=tuple(image for image in entry.images if image.digest != row.digest))
            for entry in chosen
        ]
        assert row.size_bytes == row.shared_bytes + row.unique_bytes
        assert report.unique_bytes - measure_layers(of(left)).unique_bytes == row.unique_bytes


@given(entries())
def test_unique_bytes_are_those_of_the_digests_as_a_set(chosen: list[ResolvedReference]) -> None:
    digests = {
        digest
        for entry in chosen
        for image in entry.images
        for digest in (
            image.digest,
            image.config.digest if image.config else image.digest,
            *(each.digest for each in image.layers),
        )
    } | {index.digest for entry in chosen for index in entry.indexes}

    assert measure_layers(of(chosen)).unique_bytes == sum(sized(digest) for digest in digests)
    assert known_sizes(of(chosen)).keys() == digests


@given(entries(), entries())
def test_an_upgrade_splits_both_versions_and_their_union(
    old: list[ResolvedReference], new: list[ResolvedReference]
) -> None:
    growth = compare_inventories(of(old), of(new))
    back = compare_inventories(of(new), of(old))

    assert growth.kept_bytes + growth.dropped_bytes == measure_layers(of(old)).unique_bytes
    assert growth.kept_bytes + growth.new_bytes == measure_layers(of(new)).unique_bytes
    assert growth.peak_bytes == measure_layers(of(old + new)).unique_bytes
    assert (back.new_bytes, back.dropped_bytes, back.peak_bytes) == (
        growth.dropped_bytes,
        growth.new_bytes,
        growth.peak_bytes,
    )


assumptions = st.builds(
    Assumptions,
    versions_kept=st.integers(1, 5),
    releases_per_year=st.floats(0, 6),
    abandoned_uploads=st.integers(0, 2),
    growth_per_year=st.floats(0, 2),
    free_space=st.floats(0, 0.9),
    filesystem_overhead=st.floats(0, 0.5),
    version_delta=st.floats(0, 1),
    parallel_uploads=st.integers(0, 20),
    metadata_bytes_per_link=st.integers(0, 10**6),
)


@given(entries(), st.none() | entries(), assumptions)
def test_the_need_is_a_sum_of_terms_that_covers_the_images(
    chosen: list[ResolvedReference], upgrade: list[ResolvedReference] | None, assumed: Assumptions
) -> None:
    need = storage_need(
        facts(
            site=site(assumptions=assumed, registry=None),
            inventory=of(chosen),
            upgrade=None if upgrade is None else of(upgrade),
        )
    )
    sizes = {term.key: term.size_bytes for term in need.terms}
    written = sum(sizes.values()) - sizes["filesystem"] - sizes["free_space"]

    assert all(size >= 0 for size in sizes.values())
    assert need.required_bytes == sum(sizes.values()) >= measure_layers(of(chosen)).unique_bytes
    # Of what is claimed, the shares that were asked for are left over.
    usable = need.required_bytes * (1 - assumed.free_space) * (1 - assumed.filesystem_overhead)
    assert usable >= written - 1e-6 * (written + 1)


@given(entries(), assumptions, st.sampled_from(["versions_kept", "parallel_uploads", "metadata_bytes_per_link"]))
def test_assuming_more_never_needs_less(chosen: list[ResolvedReference], assumed: Assumptions, name: str) -> None:
    more = dataclasses.replace(assumed, **{name: getattr(assumed, name) + 1})
    before, after = (
        storage_need(facts(site=site(assumptions=each, registry=None), inventory=of(chosen)))
        for each in (assumed, more)
    )

    assert before.required_bytes <= after.required_bytes


registries = st.builds(
    RegistrySpec,
    kind=st.sampled_from(["zot", "harbor", "other"]),
    storage_bytes=st.none() | st.integers(1, 10**9),
    keep_versions=st.none() | st.integers(1, 5),
    gc=st.sampled_from(["default", "none", "daily", "every 6h"]),
    on_demand=st.booleans(),
)


@given(
    st.tuples(entries(), entries(), entries()),
    st.tuples(entries(most=1), st.lists(st.booleans(), min_size=3, max_size=3)),
    assumptions,
    registries,
)
def test_one_more_image_never_lowers_the_need(
    sets: tuple[list[ResolvedReference], list[ResolvedReference], list[ResolvedReference]],
    more: tuple[list[ResolvedReference], list[bool]],
    assumed: Assumptions,
    registry: RegistrySpec,
) -> None:
    added, where = more
    plain = site(assumptions=assumed, registry=registry)

    def need(live: list[ResolvedReference], newer: list[ResolvedReference], older: list[ResolvedReference]) -> int:
        given = facts(site=plain, inventory=of(live), upgrade=of(newer), older=(of(older),))
        return storage_need(given).required_bytes

    grown = [each + added if is_here else each for each, is_here in zip(sets, where, strict=True)]
    assert need(*sets) <= need(grown[0], grown[1], grown[2])


@given(entries(), st.none() | entries(), assumptions, registries)
def test_a_formula_by_its_printed_inputs_is_the_number(
    chosen: list[ResolvedReference],
    upgrade: list[ResolvedReference] | None,
    assumed: Assumptions,
    registry: RegistrySpec,
) -> None:
    need = storage_need(
        facts(
            site=site(assumptions=assumed, registry=registry),
            inventory=of(chosen),
            upgrade=None if upgrade is None else of(upgrade),
        )
    )

    for term in need.terms:
        assert term.formula is not None
        assert by_hand(term.formula) == term.size_bytes
    told = {each.key: by_hand(each) for each in need.formulas}
    assert told["required_bytes"] == need.required_bytes
    assert told["pvc_bytes"] == need.pvc_bytes
    assert told.get("holds_bytes") == need.holds_bytes


def by_hand(formula: Formula) -> Fraction:
    """Python's own arithmetic over the inputs as they are printed."""
    names = {each.name: Fraction(f"{each.value}") for each in formula.inputs}
    whole: Any = eval(  # noqa: S307  an expression of ours
        formula.expression, {"__builtins__": {}, "ceil": math.ceil, "floor": math.floor, "max": max, "min": min}, names
    )
    return Fraction(whole)


verdicts = st.sampled_from(list(Verdict))
numbers = st.none() | st.integers(0, 9) | st.floats(0, 9) | st.just("4.6.19")
findings = st.lists(
    st.builds(
        Finding, st.sampled_from("abcd"), verdicts, st.just(""), numbers, numbers, st.sampled_from(["bytes", "images"])
    )
)


@given(findings, verdicts)
def test_one_more_finding_never_makes_a_verdict_better(found: list[Finding], verdict: Verdict) -> None:
    order = [Verdict.FAIL, Verdict.INCOMPLETE, Verdict.MARGINAL, Verdict.PASS]

    assert order.index(overall([*found, Finding("z", verdict, "")])) <= order.index(overall(found))


@given(findings)
def test_what_binds_is_one_of_the_worst_findings(found: list[Finding]) -> None:
    binding, worst = binding_constraint(found), overall(found)

    assert (binding is None) is all(each.verdict is Verdict.INFO for each in found)
    assert binding is None or binding in {each.rule for each in found if each.verdict is worst}
    best = tightest(found)
    assert best is None or best in found


@given(entries())
def test_every_plan_adds_up(chosen: list[ResolvedReference]) -> None:
    made = plan(declarations=declarations(), inventory=of(chosen))

    assert made.layers.unique_bytes <= made.storage.required_bytes
    assert made.counts.resolved == len(chosen)
    assert made.verdict is overall(made.findings)
