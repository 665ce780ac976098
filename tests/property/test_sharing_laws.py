"""Laws of fair shares, sharers, families, packs and versions, and that large sets are measured as small ones are."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from regplan.model.image import Inventory
from regplan.model.profile import Declarations, ImageUse, Provenance
from regplan.plan.analysis import analyse
from regplan.plan.attribution import attribute, stored
from regplan.plan.attribution_large import attribute_large, stored_large
from regplan.plan.by_pack import measure_packs, measure_profiles
from regplan.plan.dominating import dominating
from regplan.plan.growth import compare_inventories
from regplan.plan.prefixes import find_prefixes
from regplan.plan.projects import target_repositories
from regplan.plan.sharers import shared_blobs
from regplan.plan.sharing import measure_layers
from regplan.plan.tally import tally
from regplan.plan.upgrades import compare_versions
from unit.plan.sets import entries

if TYPE_CHECKING:
    from random import Random

    from regplan.model.image import ResolvedReference

pytestmark = pytest.mark.property


def of(chosen: list[ResolvedReference]) -> Inventory:
    return Inventory(tuple(chosen))


@given(entries())
def test_fair_shares_of_all_images_add_up_to_what_they_take(chosen: list[ResolvedReference]) -> None:
    report = measure_layers(of(chosen))

    shares = {row.digest: row.fair_bytes for row in report.images}
    assert sum(shares.values()) == report.unique_bytes - report.index_bytes
    assert all(row.unique_bytes <= row.fair_bytes <= row.size_bytes for row in report.images)


@given(entries())
def test_a_fair_share_is_its_fraction_but_for_a_byte_a_blob(chosen: list[ResolvedReference]) -> None:
    report = measure_layers(of(chosen))
    images = of(chosen).images()
    holders = Counter(blob.digest for image in images for blob in image.content())

    for image in images:
        exact = sum((blob.size or 0) / holders[blob.digest] for blob in image.content())
        (share,) = {row.fair_bytes for row in report.images if row.digest == image.digest}
        assert abs(share - exact) < len(list(image.content()))


@given(entries())
def test_a_large_set_is_measured_as_a_small_one_is(chosen: list[ResolvedReference]) -> None:
    assume(chosen)
    tallied = tally(of(chosen))
    repositories = list(range(len(chosen)))

    assert attribute_large(tallied) == attribute(tallied)
    assert not tallied.is_plain or stored_large(tallied, repositories) == stored(tallied, repositories)
    assert not tallied.is_plain or stored_large(tallied, [0] * len(chosen)) == stored(tallied, [0] * len(chosen))


@given(entries(), st.randoms(use_true_random=False))
def test_the_order_of_images_does_not_change_their_fair_shares(chosen: list[ResolvedReference], random: Random) -> None:
    shuffled = list(chosen)
    random.shuffle(shuffled)
    one, other = measure_layers(of(chosen)), measure_layers(of(shuffled))

    assert {row.digest: row.fair_bytes for row in one.images} == {row.digest: row.fair_bytes for row in other.images}


@given(entries())
def test_sizes_of_all_blobs_are_the_sets_unique_bytes(chosen: list[ResolvedReference]) -> None:
    blobs = shared_blobs(of(chosen))
    report = measure_layers(of(chosen))

    assert sum(blob.size_bytes or 0 for blob in blobs) == report.unique_bytes
    assert len({blob.digest for blob in blobs}) == len(blobs)
    images = sum(row.size_bytes for row in {row.digest: row for row in report.images}.values())
    assert sum(blob.saved_bytes for blob in blobs) == images - (report.unique_bytes - report.index_bytes)


@given(entries())
def test_families_without_a_parent_part_the_images_and_children_lie_within(chosen: list[ResolvedReference]) -> None:
    prefixes = {prefix.key: prefix for prefix in find_prefixes(of(chosen))}

    outer = [image.digest for prefix in prefixes.values() if prefix.parent is None for image in prefix.images]
    assert len(outer) == len(set(outer))
    for prefix in prefixes.values():
        assert len(prefix.images) > 1
        assert len({image.layers[: prefix.length] for image in prefix.images}) == 1
        if prefix.parent is not None:
            within = {image.digest for image in prefixes[prefix.parent].images}
            assert {image.digest for image in prefix.images} <= within
            assert prefix.length > prefixes[prefix.parent].length


@given(entries())
def test_aligning_never_frees_more_than_the_images_that_lose_their_base_take(chosen: list[ResolvedReference]) -> None:
    inventory = of(chosen)
    report = measure_layers(inventory)
    analysis = analyse(inventory, Declarations(), report)

    families = {family.key: family for family in analysis.families}
    for each in analysis.alignments:
        assert 0 < each.saved_bytes <= report.unique_bytes - families[each.kept].prefix_bytes
        assert each.saved_bytes <= sum(families[key].prefix_bytes for key in each.families if key != each.kept)


@given(entries(), st.lists(st.sampled_from("xyz"), min_size=6, max_size=6))
def test_what_packs_need_alone_is_never_more_than_the_set_and_the_groups_cover_it(
    chosen: list[ResolvedReference], packs: list[str]
) -> None:
    # One entry for a reference, as resolving gives.
    chosen = list({entry.reference: entry for entry in chosen}.values())
    uses = tuple(
        ImageUse(str(entry.reference), entry.reference, Provenance("f", "shop", pack, "addon"))
        for entry, pack in zip(chosen, packs, strict=False)
    )
    report = measure_layers(of(chosen))
    groups = measure_packs(of(chosen), Declarations(uses=uses))

    assert sum(group.exclusive_bytes for group in groups) <= report.unique_bytes
    assert sum(group.unique_bytes for group in groups) >= report.unique_bytes
    assert sum(group.referenced_bytes for group in groups) == report.referenced_bytes
    assert all(group.unique_bytes == group.shared_bytes + group.exclusive_bytes for group in groups)
    for group in groups:
        left = [entry for entry, pack in zip(chosen, packs, strict=False) if pack != group.pack]
        assert report.unique_bytes - measure_layers(of(left)).unique_bytes == group.exclusive_bytes
    (whole,) = measure_profiles(of(chosen), Declarations(uses=uses)) or (None,)
    assert whole is None or whole.unique_bytes == whole.exclusive_bytes == report.unique_bytes


@given(entries())
def test_all_images_together_free_everything_and_no_smaller_beginning_is_enough(
    chosen: list[ResolvedReference],
) -> None:
    report = measure_layers(of(chosen))
    total = report.unique_bytes - report.index_bytes

    for each in dominating(of(chosen), report):
        assert each.size_bytes * 100 >= each.percent * total
        assert 1 <= len(each.images) <= len({row.digest for row in report.images})


@given(st.lists(entries(), min_size=2, max_size=4))
def test_keeping_more_versions_never_takes_less(versions: list[list[ResolvedReference]]) -> None:
    named = [(str(number), of(chosen)) for number, chosen in enumerate(versions)]
    upgrade = compare_versions(named)

    peaks = [each.peak_bytes for each in upgrade.kept_versions]
    assert peaks == sorted(peaks)
    assert peaks[0] == max(measure_layers(inventory).unique_bytes for _, inventory in named)
    assert peaks[1] == max(step.growth.peak_bytes for step in upgrade.steps)
    assert peaks[-1] == measure_layers(of([entry for chosen in versions for entry in chosen])).unique_bytes
    assert upgrade.whole.growth == compare_inventories(named[0][1], named[-1][1])


@given(entries())
def test_one_project_is_charged_each_digest_once(chosen: list[ResolvedReference]) -> None:
    inventory = of(chosen)
    report = measure_layers(inventory, target_repositories(inventory, "edge"))

    assert report.quota_bytes == report.unique_bytes
    assert dataclasses.replace(report, projects=()) == measure_layers(inventory)
    assert [each.project for each in report.projects] == (["edge"] if chosen else [])
