from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.plan import StorageNeed, StorageTerm
from regplan.model.wire import Wire
from regplan.report.series import internet_bars, storage_steps, unresolved_or_unknown

if TYPE_CHECKING:
    from regplan.model.plan import Study


def test_the_waterfall_goes_from_the_images_to_what_is_required_without_a_gap(study: Study) -> None:
    steps = storage_steps(study).steps
    assert [step.label for step in steps] == [
        "images one by one", "shared layers", "each blob once", "declared", "free space", "required",
    ]  # fmt: skip
    level = 0
    for step in steps:
        if step.is_sum and step.label != "images one by one":
            assert step.end_bytes == level
        level = step.end_bytes
    assert level == study.plan.storage.required_bytes
    assert steps[1].change_bytes == -(28_230_000 + 104_000)


def test_a_need_that_begins_with_more_than_the_blobs_shows_the_difference(study: Study) -> None:
    unique = study.plan.layers.unique_bytes
    terms = (StorageTerm("stored", unique + 7, "measured", ""), StorageTerm("free_space", 3, "assumed", ""))
    plan = replace(study.plan, storage=StorageNeed(terms, None))
    steps = storage_steps(replace(study, plan=plan)).steps
    assert [(step.label, step.change_bytes) for step in steps[3:]] == [
        ("stored", 7), ("free space", 3), ("required", unique + 10),
    ]  # fmt: skip
    assert steps[4].end_bytes == unique + 10


def test_the_lines_are_the_rule_and_the_pvc_and_absent_where_nobody_said(study: Study) -> None:
    waterfall = storage_steps(study)
    assert (waterfall.minimum_bytes, waterfall.claimed_bytes) == (300 * 10**9, 320 * 2**30)
    bare = replace(study.plan, findings=(), storage=StorageNeed((), None))
    waterfall = storage_steps(replace(study, plan=bare))
    assert (waterfall.minimum_bytes, waterfall.claimed_bytes) == (None, None)


def test_the_bars_have_the_range_that_unknown_placement_leaves() -> None:
    without, with_registry, saved = internet_bars(Wire(100, 40, 30, 90, 10.0, 4.0))
    assert (without.size_bytes, without.low_bytes, without.high_bytes) == (100, 70, 130)
    assert (with_registry.low_bytes, with_registry.high_bytes) == (40, 40)
    assert (saved.size_bytes, saved.low_bytes, saved.high_bytes, saved.boot_s) == (60, 30, 90, 6.0)
    assert internet_bars(Wire(100, 40, 30, 90, None, None))[2].boot_s is None


def test_sums_are_lower_bounds_while_an_image_is_unresolved_or_a_size_unknown(study: Study) -> None:
    plan = study.plan
    known = replace(plan, counts=replace(plan.counts, unresolved=()), layers=replace(plan.layers, sizes_unknown=0))
    assert not unresolved_or_unknown(known)
    assert unresolved_or_unknown(replace(known, layers=plan.layers))
    assert unresolved_or_unknown(replace(known, counts=plan.counts))
