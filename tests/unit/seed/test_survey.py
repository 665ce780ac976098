from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.errors import Unreachable
from regplan.plan.seeding import plan_seed
from regplan.seed.asking import ask_for_blobs, ask_of_tags
from regplan.seed.proving import prove
from regplan.seed.runner import apply_seed
from regplan.seed.survey import survey_closely, survey_plan
from regplan.seed.verify import VerifyOptions
from unit.seed.samples import MemorySource, MemoryTarget, all_blobs, entry, inventory, make_image, make_index, whole

if TYPE_CHECKING:
    from regplan.model.seed import SeedPlan

pytestmark = pytest.mark.anyio

MADE = [make_image([b"base", bytes([number]) * 20], str(number)) for number in range(6)]
IMAGES = [image for image, _ in MADE]
SOURCE = MemorySource(all_blobs(*(blobs for _, blobs in MADE)))


def plan() -> SeedPlan:
    return plan_seed(inventory(*(entry(f"r{n}:1", image) for n, image in enumerate(IMAGES))), "t", "p", "plain")


async def seeded() -> MemoryTarget:
    target = MemoryTarget()
    await apply_seed(await survey_plan(plan(), target), SOURCE, target)
    target.log.clear()
    return target


async def test_a_new_project_is_known_by_two_questions() -> None:
    target = MemoryTarget()

    found = await survey_plan(plan(), target)

    assert [verb for verb, _, _ in target.log] == ["HEAD", "HEAD"]
    assert found.known.fresh
    assert (found.requests, found.plan.counts.requests_probe) == (2, 2)
    assert found.plan.counts.requests_min == plan().counts.requests_min == 2 * 13 + (18 - 13) + 6


async def test_where_blobs_may_go_with_one_request_the_first_of_them_tells_of_a_broken_run() -> None:
    target = MemoryTarget()
    target.takes_single = None
    wanted = plan().manifests[1]

    found = await survey_plan(plan(), target)

    config = MADE[1][0].config
    assert config is not None
    assert [verb for verb, _, _ in target.log] == ["HEAD", "HEADBLOB"]
    assert target.log[1] == ("HEADBLOB", wanted.repository, str(config.digest))
    assert found.known.fresh
    assert found.known.trial == config.digest

    target.folder(wanted.repository).blobs.add(config.digest)
    target.data[config.digest] = SOURCE.blobs[config.digest]
    found = await survey_plan(plan(), target)

    assert not found.known.fresh
    assert found.known.trial is None
    assert found.known.places == {config.digest: (wanted.repository,)}


@pytest.mark.parametrize("is_begun", [False, True])
async def test_what_may_be_a_zot_is_asked_whether_it_knows_the_repository_that_the_first_blob_goes_to(
    is_begun: bool,
) -> None:
    target = MemoryTarget()
    target.takes_single, target.may_be_zot = None, True
    entry_of = plan().manifests[1].repository
    target.begun = {entry_of} if is_begun else set()

    found = await survey_plan(plan(), target)

    assert target.log[:2] == [("HEAD", plan().manifests[0].repository, "1"), ("GETNAME", entry_of, "1")]
    assert found.known.fresh is not is_begun
    assert len(target.log) == (6 if is_begun else 2)


async def test_a_whole_project_is_known_by_one_question_for_each_tag() -> None:
    target = await seeded()

    found = await survey_plan(plan(), target)

    assert target.count("HEAD") == len(target.log) == 6
    assert not found.known.fresh
    assert (found.plan.counts.requests_min, found.plan.counts.requests_probe) == (0, 6)


@pytest.mark.parametrize("gone", [0, 1, 5])
async def test_one_absent_manifest_does_not_make_a_project_new(gone: int) -> None:
    target = await seeded()
    target.delete(f"p/library/r{gone}", IMAGES[gone].digest)

    found = await survey_plan(plan(), target)

    assert len(target.log) == 6
    assert len(found.known.right) == 5
    assert (f"p/library/r{gone}", "1") not in found.known.right


async def test_another_manifest_under_a_tag_shows_that_a_project_is_not_new_and_is_not_right() -> None:
    target = await seeded()
    target.folder("p/library/r0").tags["1"] = next(iter(target.folder("p/library/r1").manifests))
    target.folder("p/library/r0").manifests |= target.folder("p/library/r1").manifests

    found = await survey_plan(plan(), target)

    assert len(found.known.right) == 5
    assert len(target.log) == 6


async def test_what_is_left_of_a_repair_is_the_puts_that_do_it() -> None:
    target = await seeded()
    for number in (2, 4):
        target.delete(f"p/library/r{number}", IMAGES[number].digest)

    found = await survey_plan(plan(), target)
    target.log.clear()
    await apply_seed(found, SOURCE, target)

    counts = found.plan.counts
    assert counts.requests_min == len(target.log) == target.count("PUT") == 2
    assert (counts.manifests, counts.blobs, counts.pairs) == (6, 13, 18)


async def test_what_is_left_of_a_lost_index_is_its_images_and_itself() -> None:
    index = make_index(IMAGES[:2])
    kept = plan_seed(inventory(whole("app:1", IMAGES[:2], index), entry("r5:1", IMAGES[5])), "t", "p")
    target = MemoryTarget()
    await apply_seed(await survey_plan(kept, target), SOURCE, target)
    for digest in (index.digest, IMAGES[0].digest, IMAGES[1].digest):
        target.delete("p/docker.io/library/app", digest)

    found = await survey_plan(kept, target)
    target.log.clear()
    await apply_seed(found, SOURCE, target)

    assert found.plan.counts.requests_min == len(target.log) == 3


async def test_a_target_without_a_wire_takes_no_requests() -> None:
    target = MemoryTarget()
    target.has_wire = False

    counts = (await survey_plan(plan(), target)).plan.counts

    assert (counts.requests_min, counts.requests_probe) == (0, 0)
    assert counts.pairs == 18


async def test_an_index_that_is_there_answers_for_its_children() -> None:
    index = make_index(IMAGES[:2])
    kept = plan_seed(inventory(whole("app:1", IMAGES[:2], index)), "t", "p")
    target = MemoryTarget()
    await apply_seed(await survey_plan(kept, target), SOURCE, target)
    target.log.clear()

    found = await survey_plan(kept, target)

    assert len(target.log) == 1
    assert found.plan.counts.requests_min == 0


async def test_a_target_that_does_not_answer_is_the_targets_error_and_no_group() -> None:
    target = await seeded()

    def gone(verb: str, repository: str, _: str) -> None:
        if repository == "p/library/r4":
            raise Unreachable(f"{verb} {repository}: connection refused")

    target.fault = gone
    with pytest.raises(Unreachable, match="connection refused"):
        await survey_plan(plan(), target)


async def test_a_tag_that_names_another_image_is_told_to_move_and_its_blobs_are_still_to_be_sent() -> None:
    target = await seeded()
    other, blobs = make_image([b"base", b"elsewhere"], "other")
    target.folder("p/library/r2").manifests[other.digest] = (other.media_type, other.raw or b"")
    target.folder("p/library/r2").tags["1"] = other.digest
    assert len(blobs) == 3

    found = await survey_plan(plan(), target)

    assert found.moved == {("p/library/r2", "1")}
    mine = {digest: len(data) for digest, data in MADE[2][1].items()}
    shared = {digest for number, (_, data) in enumerate(MADE) if number != 2 for digest in data}
    assert found.left_bytes == sum(size for digest, size in mine.items() if digest not in shared)


async def test_of_a_new_project_every_blob_is_left_and_of_a_whole_one_none() -> None:
    every = {digest: len(data) for _, blobs in MADE for digest, data in blobs.items()}

    assert (await survey_plan(plan(), MemoryTarget())).left_bytes == sum(every.values())
    nothing_left = await survey_plan(plan(), await seeded())
    assert (nothing_left.left_bytes, nothing_left.left_is_upper_bound) == (0, False)


def indexed() -> SeedPlan:
    index = make_index(IMAGES[:3])
    alone = entry("other:1", IMAGES[3])
    return plan_seed(inventory(whole("many:1", IMAGES[:3], index), alone), "t", "p", "plain")


async def test_a_close_look_takes_an_index_for_whole_only_with_its_images_and_their_blobs_and_the_next_run_mends_it() -> (
    None
):
    target, wanted = MemoryTarget(), indexed()
    await apply_seed(await survey_plan(wanted, target), SOURCE, target)
    many, other = wanted.manifests[0].repository, wanted.manifests[-1].repository
    del target.folder(many).manifests[IMAGES[0].digest]
    lost = IMAGES[1].layers[1].digest
    target.folder(many).blobs.discard(lost)
    target.log.clear()

    found = await survey_closely(wanted, target, "blobs", VerifyOptions())

    assert found.known.right == {(other, "1"), (many, str(IMAGES[2].digest))}
    assert found.damage.missing == {(many, lost)}
    assert {verb for verb, _, _ in target.log} == {"HEAD", "TAIL"}
    target.log.clear()
    done = await prove(found, await apply_seed(found, SOURCE, target), target)
    assert (done.verified, done.failed) == (True, ())
    assert [what for verb, _, what in target.log if verb == "SEND"] == [str(lost)]
    assert {what for verb, _, what in target.log if verb == "PUT"} == {
        str(IMAGES[0].digest), str(IMAGES[1].digest), "1"
    }  # fmt: skip


async def test_a_close_look_at_a_project_that_is_empty_has_all_of_it_sent_once() -> None:
    target = MemoryTarget()

    found = await survey_closely(plan(), target, "blobs", VerifyOptions())

    assert (found.known.right, bool(found.damage)) == (frozenset(), False)
    assert found.left_bytes == sum(blob.descriptor.size for blob in plan().blobs)
    done = await prove(found, await apply_seed(found, SOURCE, target), target)
    assert (done.verified, done.done.uploaded_blobs) == (True, len(plan().blobs))


async def test_what_does_not_stand_whole_after_all_is_a_failure_that_names_its_file() -> None:
    target = await seeded()
    repository, layer = plan().manifests[2].repository, IMAGES[2].layers[1].digest
    right = target.data[layer]
    target.data[layer] = right[:3]
    found = await survey_closely(plan(), target, "blobs", VerifyOptions())
    result = await apply_seed(found, SOURCE, target)
    target.data[layer] = right[:3]

    done = await prove(found, result, target)

    assert not done.verified
    assert any(each.startswith(f"{repository}@{layer}") and f"{layer.encoded}/data" in each for each in done.failed)
    assert done.rerun == ("docker.io/library/r2:1",)


async def test_what_was_taken_to_be_absent_is_found_by_its_tags_and_then_by_one_question_for_each_blob_left() -> None:
    target = await seeded()
    for number in (0, 1, 2):
        target.delete(f"p/library/r{number}", IMAGES[number].digest)
    lost = set(MADE[0][1]) - set(MADE[5][1])
    target.folder("p/library/r0").blobs.clear()

    guessed = await survey_plan(plan(), target)
    by_tags = await ask_of_tags(guessed, target)
    asked_for_tags = len(target.log)
    by_blobs = await ask_for_blobs(by_tags, target)

    every = {digest: len(data) for _, blobs in MADE for digest, data in blobs.items()}
    apart = {digest for number in (0, 1, 2) for digest in MADE[number][1]} - set(MADE[5][1])
    assert guessed.left_bytes == sum(every.values())
    assert asked_for_tags == by_tags.plan.counts.requests_probe == len(plan().manifests)
    assert by_tags.left_bytes == sum(every[digest] for digest in apart)
    assert len(target.log) - asked_for_tags == len(apart)
    assert by_blobs.left_bytes == sum(every[digest] for digest in lost)
    assert [each.left_is_upper_bound for each in (guessed, by_tags, by_blobs)] == [True, True, False]
    assert by_blobs.requests == len(target.log)
    assert (await apply_seed(by_blobs, SOURCE, target)).done.uploaded_blobs == len(lost)


async def test_a_project_of_which_every_tag_and_blob_was_asked_for_in_vain_is_still_new() -> None:
    target = MemoryTarget()

    guessed = await survey_plan(plan(), target)
    found = await ask_for_blobs(await ask_of_tags(guessed, target), target)

    assert found.known == guessed.known
    assert found.plan.counts.requests_min == plan().counts.requests_min
    assert target.count("HEAD") == 6
    assert target.count("HEADBLOB") == plan().counts.pairs
