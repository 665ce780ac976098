"""Blobs that a target holds harmed, or not at all whatever it says: how the machine brings them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.verifying import Damage
from regplan.seed.lanes import SMALL_BYTES, Widths
from regplan.seed.machine import Known, Machine
from regplan.seed.steps import CopyBlob, Event, Outcome, PutManifest
from unit.seed.samples import digest_of, entry, make_image
from unit.seed.test_machine import copies, drive, plan_of, puts, usual

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.seed import SeedPlan
    from regplan.oci.digest import Digest
    from regplan.seed.steps import Step

SMALL, LARGE, HUGE = b"s" * 100, b"l" * (SMALL_BYTES + 1), b"h" * (SMALL_BYTES + 2)
ALL_HARMED = [
    ("p/library/a", digest_of(SMALL)),
    ("p/library/a", digest_of(LARGE)),
    ("p/library/b", digest_of(LARGE)),
    ("p/library/b", digest_of(HUGE)),
]


def three_layers() -> SeedPlan:
    one, _ = make_image((SMALL, LARGE), "one")
    other, _ = make_image((LARGE, HUGE), "other")
    return plan_of(entry("a:1", one), entry("b:1", other))


def known_but(
    plan: SeedPlan,
    wrong: Iterable[tuple[str, Digest]],
    missing: Iterable[tuple[str, Digest]] = (),
    blank: Iterable[tuple[str, Digest]] = (),
) -> Known:
    """What a close look knows of a target that holds everything else, with the tags of images that lack nothing."""
    damage = Damage(frozenset(missing), frozenset(wrong), blank=frozenset(blank))
    lost = damage.missing | damage.wrong
    places = {
        blob.descriptor.digest: tuple(each for each in blob.repositories if (each, blob.descriptor.digest) not in lost)
        for blob in plan.blobs
    }
    right = {
        (put.repository, tag)
        for put in plan.manifests
        for tag in put.tags
        if not any((put.repository, digest) in lost for digest in put.blobs)
    }
    return Known(frozenset(right), places, fresh=False, damage=damage)


def test_of_harmed_blobs_the_smallest_goes_alone_and_the_others_follow_where_it_stands_whole() -> None:
    plan = three_layers()
    machine = Machine(plan, known_but(plan, ALL_HARMED))

    first = machine.start()
    assert [step.digest for step in first if isinstance(step, CopyBlob)] == [digest_of(SMALL)]
    steps = machine.handle(Event(first[0], Outcome.SENT))

    assert {step.digest for step in steps if isinstance(step, CopyBlob)} == {digest_of(LARGE), digest_of(HUGE)}
    flying = list(steps)
    while flying:
        step = flying.pop(0)
        flying += machine.handle(usual(step))
    assert (machine.complete, dict(machine.failed)) == (True, {})


def test_where_the_smallest_stays_harmed_no_other_is_sent_and_each_is_named_with_its_file() -> None:
    plan = three_layers()
    machine = Machine(plan, known_but(plan, ALL_HARMED))

    steps = drive(machine, lambda step: Event(step, Outcome.KEPT) if isinstance(step, CopyBlob) else usual(step))

    assert [step.digest for step in steps if isinstance(step, CopyBlob)] == [digest_of(SMALL)]
    assert not puts(steps)
    assert len(machine.failed) == 3
    for data in (SMALL, LARGE, HUGE):
        encoded = digest_of(data).encoded
        assert any(f"/blobs/sha256/{encoded[:2]}/{encoded}/data" in each for each in machine.failed)
    assert not machine.complete


def test_an_image_whose_blobs_are_whole_is_put_beside_one_whose_blob_stays_harmed() -> None:
    plan = three_layers()
    known = known_but(plan, [("p/library/b", digest_of(HUGE))])
    known = Known(frozenset(), known.places, fresh=False, damage=known.damage)
    machine = Machine(plan, known)

    steps = drive(machine, lambda step: Event(step, Outcome.KEPT) if isinstance(step, CopyBlob) else usual(step))

    assert [plan.manifests[put.place].repository for put in puts(steps)] == ["p/library/a"]


def test_a_harmed_blob_that_fails_for_another_reason_tells_nothing_and_another_goes_ahead() -> None:
    plan = three_layers()
    machine = Machine(plan, known_but(plan, [("p/library/a", digest_of(SMALL)), ("p/library/b", digest_of(HUGE))]))

    def answer(step: Step) -> Event:
        if isinstance(step, CopyBlob) and step.digest == digest_of(SMALL):
            return Event(step, Outcome.FAILED, "it was refused")
        return usual(step)

    steps = drive(machine, answer)

    assert [step.digest for step in steps if isinstance(step, CopyBlob)] == [digest_of(SMALL), digest_of(HUGE)]
    assert list(machine.failed) == ["it was refused"]
    assert [plan.manifests[put.place].repository for put in puts(steps)] == ["p/library/b"]


def test_what_is_known_to_be_gone_is_sent_and_not_mounted_from_where_it_is_gone() -> None:
    image, _ = make_image((LARGE,))
    plan = plan_of(entry("a:1", image), entry("b:1", image))
    gone = [("p/library/a", digest_of(LARGE)), ("p/library/b", digest_of(LARGE))]

    steps = drive(Machine(plan, known_but(plan, (), gone)))

    first, second = copies(steps, digest_of(LARGE))
    assert (first.afresh, second.afresh) == (True, False)
    assert second.mount_from == first.repository


def test_what_one_repository_lacks_is_mounted_from_one_that_has_it_whole() -> None:
    image, _ = make_image((LARGE,))
    plan = plan_of(entry("a:1", image), entry("b:1", image))

    steps = drive(Machine(plan, known_but(plan, (), [("p/library/b", digest_of(LARGE))])))

    assert [(step.repository, step.mount_from, step.afresh) for step in copies(steps, digest_of(LARGE))] == [
        ("p/library/b", "p/library/a", False)
    ]
    assert [plan.manifests[step.place].repository for step in steps if isinstance(step, PutManifest)] == ["p/library/b"]


def test_a_blob_of_which_nothing_is_left_shows_nothing_of_those_that_were_cut_off() -> None:
    plan = three_layers()
    gone, cut, largest = (
        ("p/library/a", digest_of(SMALL)),
        ("p/library/b", digest_of(LARGE)),
        ("p/library/b", digest_of(HUGE)),
    )
    machine = Machine(plan, known_but(plan, [gone, cut, ("p/library/a", digest_of(LARGE)), largest], blank=[gone]))

    def answer(step: Step) -> Event:
        if isinstance(step, CopyBlob):
            return Event(step, Outcome.SENT if step.digest == digest_of(SMALL) else Outcome.KEPT)
        return usual(step)

    steps = drive(machine, answer)

    assert {step.digest for step in steps if isinstance(step, CopyBlob)} == {digest_of(SMALL), digest_of(LARGE)}
    assert machine.is_kept(digest_of(HUGE))
    assert not machine.is_kept(digest_of(SMALL))


def test_one_that_stays_harmed_after_another_was_mended_ends_the_sending_of_those_that_are_left() -> None:
    plan = three_layers()
    harmed = [("p/library/a", digest_of(SMALL)), ("p/library/a", digest_of(LARGE)), ("p/library/b", digest_of(LARGE))]
    harmed.append(("p/library/b", digest_of(HUGE)))
    machine = Machine(plan, known_but(plan, harmed), Widths(1, 1))

    (first,) = machine.start()
    (second,) = machine.handle(Event(first, Outcome.SENT))
    assert isinstance(second, CopyBlob)
    assert second.digest == digest_of(HUGE)
    machine.handle(Event(second, Outcome.KEPT))

    assert machine.is_kept(digest_of(LARGE))
    assert not machine.is_kept(digest_of(SMALL))
