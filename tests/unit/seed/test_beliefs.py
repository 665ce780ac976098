"""What a journal is believed: of any part of it no more than of the whole, and nothing that the target denies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.plan.seeding import plan_seed
from regplan.seed.beliefs import Beliefs, Identity, recall
from regplan.seed.recollection import Hint
from regplan.seed.runner import apply_seed
from regplan.seed.survey import survey_plan
from regplan.store.journal import encode
from unit.seed.samples import (
    MemorySource,
    MemoryTarget,
    all_blobs,
    digest_of,
    entry,
    inventory,
    make_image,
    make_index,
    whole,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.seed import SeedPlan
    from regplan.oci.digest import Digest

MADE = [make_image([b"base", bytes([number]) * 20], str(number)) for number in range(6)]
IMAGES = [image for image, _ in MADE]
SOURCE = MemorySource(all_blobs(*(blobs for _, blobs in MADE)))
RUN = {"v": 1, "event": "run", "site": "s", "project": "p"}


def plan() -> SeedPlan:
    return plan_seed(inventory(*(entry(f"r{n}:1", image) for n, image in enumerate(IMAGES))), "t", "p", "plain")


def put(number: int, event: str = "put") -> dict[str, Any]:
    return {"event": event, "repository": f"p/library/r{number}", "tag": "1", "digest": str(IMAGES[number].digest)}


def blob(number: int, digest: Digest, event: str = "sent") -> dict[str, Any]:
    return {"event": event, "repository": f"p/library/r{number}", "digest": str(digest)}


def own_layer(number: int) -> Digest:
    return digest_of(bytes([number]) * 20)


def config(number: int) -> Digest:
    return next(digest for digest in MADE[number][1] if digest not in {own_layer(number), digest_of(b"base")})


def hint(*records: dict[str, Any]) -> Hint:
    return Hint(recall([RUN, *records]))


async def half_done(*numbers: int) -> MemoryTarget:
    """A target that holds some of the images whole."""
    target = MemoryTarget()
    some = plan_seed(inventory(*(entry(f"r{n}:1", IMAGES[n]) for n in numbers)), "t", "p", "plain")
    await apply_seed(await survey_plan(some, target), SOURCE, target)
    target.log.clear()
    return target


_RECORDS = st.lists(
    st.one_of(
        st.builds(
            lambda event, number, tag: {**put(number, event), "tag": tag},
            st.sampled_from(["put", "present", "started", "mystery"]),
            st.integers(0, 5),
            st.sampled_from(["1", "2", ""]),
        ),
        st.builds(
            lambda event, number, which: blob(number, own_layer(which), event),
            st.sampled_from(["sent", "mounted", "present", "started", "mystery"]),
            st.integers(0, 5),
            st.integers(0, 5),
        ),
        st.just({"event": "ended", "state": "complete"}),
        st.just({"event": "sent", "repository": "p/a", "digest": "no digest"}),
        st.just(RUN),
    ),
    max_size=30,
)


def facts(beliefs: Beliefs) -> set[tuple[object, ...]]:
    kinds = {"put": beliefs.put, "begun": beliefs.begun, "held": beliefs.held, "started": beliefs.started}
    return {(kind, *fact) for kind, known in kinds.items() for fact in known}


@given(_RECORDS, st.integers(0, 10**6))
def test_any_prefix_of_a_journals_bytes_is_believed_less_and_nothing_else(
    records: list[dict[str, Any]], cut: int
) -> None:
    data = b"".join(encode(record) for record in [RUN, *records])
    part = data[: cut % (len(data) + 1)]
    lines = part.split(b"\n")[:-1]
    some = recall([json.loads(line) for line in lines])
    assert facts(some) <= facts(recall([RUN, *records]))


def test_records_are_read_as_what_they_say() -> None:
    beliefs = recall([RUN | {"certificate": "ab"}, put(0), put(1, "started"), blob(2, own_layer(2)), blob(3, own_layer(3), "started")])  # fmt: skip
    assert beliefs.identity == Identity("s", "p", "ab")
    assert facts(beliefs) == {
        ("put", "p/library/r0", "1", IMAGES[0].digest),
        ("begun", "p/library/r1", "1", IMAGES[1].digest),
        ("held", "p/library/r2", own_layer(2)),
        ("started", "p/library/r3", own_layer(3)),
    }


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (Identity("store-b", "p", "ab"), "it is of store-b and not of store-a"),
        (Identity("store-a", "q", "ab"), "it is of the project q and not of p"),
        (Identity("store-a", "p", "cd"), "the registry shows ab, and the journal's showed cd"),
        (Identity("store-a", "p", ""), "the registry shows ab, and the journal's showed no certificate"),
        (Identity("store-a", "p", "ab"), ""),
    ],
)
def test_identities_differ_by_site_project_and_certificate(other: Identity, words: str) -> None:
    assert Identity("store-a", "p", "ab").differs(other) == words


@pytest.mark.anyio
async def test_a_run_that_goes_on_asks_for_what_was_put_and_for_what_no_manifest_answers_for() -> None:
    target = await half_done(0, 1)
    target.folder("p/library/r2").blobs |= {own_layer(2)}
    target.data[own_layer(2)] = bytes([2]) * 20

    found = await survey_plan(
        plan(),
        target,
        hint(put(0), put(1), blob(0, own_layer(0)), blob(2, own_layer(2)), blob(3, own_layer(3), "started")),
    )

    assert {entry for entry in target.log if entry[0] == "HEAD"} == {
        ("HEAD", "p/library/r0", "1"),
        ("HEAD", "p/library/r1", "1"),
    }
    assert {what for verb, _, what in target.log if verb == "HEADBLOB"} == {str(own_layer(2)), str(own_layer(3))}
    assert len(target.log) == found.plan.counts.requests_probe == 4
    assert found.resumed
    assert found.known.places == {own_layer(2): ("p/library/r2",)}
    result = await apply_seed(found, SOURCE, target)
    assert result.verified
    sent = {what for verb, _, what in target.log if verb == "SEND"}
    assert sent == {str(own_layer(n)) for n in (3, 4, 5)} | {str(config(n)) for n in (2, 3, 4, 5)}
    # Nothing but what the plan counted: no image was put in hope, and nothing asked twice.
    assert len(target.log) - 4 == found.plan.counts.requests_min


@pytest.mark.anyio
@pytest.mark.parametrize("wrong", [0, 1, 4])
async def test_the_first_answer_that_contradicts_a_journal_has_every_tag_asked_for_once(wrong: int) -> None:
    target = await half_done(0, 1, 2, 3, 4)
    target.delete(f"p/library/r{wrong}", IMAGES[wrong].digest)

    found = await survey_plan(plan(), target, hint(*(put(number) for number in range(5))))

    assert not found.resumed
    assert found.refuted == f"p/library/r{wrong}:1 is not there"
    assert len(target.log) == len(set(target.log)) == 6
    assert not found.known.fresh
    assert (await apply_seed(found, SOURCE, target)).verified


@pytest.mark.anyio
async def test_a_blob_that_is_gone_contradicts_the_journal_and_is_sent_again() -> None:
    target = await half_done(0)
    found = await survey_plan(plan(), target, hint(put(0), blob(3, own_layer(3))))
    assert found.refuted == f"p/library/r3@{own_layer(3)} is not there, or not whole"
    assert found.known.places == {}
    result = await apply_seed(found, SOURCE, target)
    assert result.verified
    assert ("SEND", "p/library/r3", str(own_layer(3))) in target.log


@pytest.mark.anyio
async def test_a_blob_in_a_repository_of_another_plan_is_a_place_to_mount_from_and_no_promise() -> None:
    target = MemoryTarget()
    target.folder("p/old").blobs.add(own_layer(3))
    target.data[own_layer(3)] = bytes([3]) * 20
    elsewhere = {"event": "sent", "repository": "p/old", "digest": str(own_layer(3))}
    pruned = {"event": "sent", "repository": "p/older", "digest": str(own_layer(4))}
    found = await survey_plan(plan(), target, hint(elsewhere, pruned))
    assert (found.resumed, found.refuted) == (True, "")
    result = await apply_seed(found, SOURCE, target)
    assert result.verified
    assert ("SEND", "p/library/r3", str(own_layer(3))) not in target.log
    assert ("SEND", "p/library/r4", str(own_layer(4))) in target.log


@pytest.mark.anyio
async def test_a_journal_of_another_site_or_certificate_is_not_believed_once_the_target_has_answered() -> None:
    target = await half_done(0, 1)
    found = await survey_plan(plan(), target, Hint(recall([RUN, put(0), put(1)]), lambda: "it is of store-b"))
    assert (found.refuted, found.resumed) == ("it is of store-b", False)
    assert len(target.log) == 6


@pytest.mark.anyio
async def test_a_journal_that_tells_nothing_of_the_plan_costs_nothing() -> None:
    target = MemoryTarget()
    found = await survey_plan(plan(), target, hint({"event": "put", "repository": "x", "tag": "1", "digest": f"sha256:{1:064x}"}))  # fmt: skip
    assert (len(target.log), found.resumed, found.refuted) == (2, False, "")


@pytest.mark.anyio
async def test_what_others_have_put_meanwhile_surprises_and_every_tag_is_asked_for() -> None:
    target = await half_done(0, 1, 2, 3)
    found = await survey_plan(plan(), target, hint(put(0)))
    assert target.log == [("HEAD", "p/library/r0", "1")]
    result = await apply_seed(found, SOURCE, target)
    assert result.verified
    assert {("HEAD", f"p/library/r{number}", "1") for number in range(1, 6)} <= set(target.log)
    assert not [entry for entry in target.log if entry[0] == "SEND" and entry[1] in {"p/library/r1", "p/library/r2"}]


@pytest.mark.anyio
async def test_a_blob_that_the_registry_has_lost_a_part_of_blocks_its_images_and_is_told() -> None:
    target = await half_done(0)
    target.folder("p/library/r2").blobs.add(own_layer(2))
    target.data[own_layer(2)] = b"\2" * 7

    found = await survey_plan(plan(), target, hint(put(0), blob(2, own_layer(2))))
    result = await apply_seed(found, SOURCE, target)

    assert not result.verified
    (told,) = result.failed
    assert told.startswith(
        f"p/library/r2@{own_layer(2)}: the registry has 7 of its 20 bytes left, and takes it for whole"
    )
    encoded = own_layer(2).encoded
    assert f"remove its file there (docker/registry/v2/blobs/sha256/{encoded[:2]}/{encoded}/data" in told
    assert told.endswith("seed again with --check blobs")
    assert "1" not in target.folder("p/library/r2").tags
    assert all("1" in target.folder(f"p/library/r{number}").tags for number in (0, 1, 3, 4, 5))


@pytest.mark.anyio
async def test_after_a_registry_went_away_every_blob_of_that_run_is_looked_at_again() -> None:
    target = await half_done(0, 1)
    target.data[own_layer(1)] = b"\1"
    gone = {"event": "ended", "state": "gone"}
    records: Iterable[dict[str, Any]] = (put(0), put(1), blob(0, own_layer(0)), blob(1, own_layer(1)))

    assert not (await survey_plan(plan(), target, hint(*records))).known.harmed
    found = await survey_plan(plan(), target, hint(*records, gone))

    assert list(found.known.harmed) == [("p/library/r1", own_layer(1))]


@pytest.mark.anyio
async def test_children_of_an_index_that_was_not_put_are_asked_for_by_their_digests() -> None:
    amd, amd_blobs = make_image([b"one"], "amd")
    arm, arm_blobs = make_image([b"two"], "arm", platform="linux/arm64")
    index = make_index([amd, arm])
    wanted = plan_seed(inventory(whole("r:1", [amd, arm], index)), "t", "p", "plain")
    source, target = MemorySource(all_blobs(amd_blobs, arm_blobs)), MemoryTarget()
    await apply_seed(await survey_plan(wanted, target), source, target)
    target.delete("p/library/r", index.digest)
    target.log.clear()
    child = {"event": "put", "repository": "p/library/r", "tag": "", "digest": str(amd.digest)}

    found = await survey_plan(wanted, target, hint(child))

    assert target.log == [("HEAD", "p/library/r", str(amd.digest))]
    assert found.known.right == {("p/library/r", str(amd.digest))}
