from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.plan.seeding import in_order, plan_seed
from regplan.seed.lanes import SMALL_BYTES, Widths
from regplan.seed.machine import Known, Machine
from regplan.seed.steps import CopyBlob, Event, Outcome, PutManifest
from unit.seed.samples import digest_of, entry, inventory, make_image, make_index, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from regplan.model.image import ResolvedReference
    from regplan.model.seed import SeedPlan
    from regplan.oci.digest import Digest
    from regplan.seed.steps import Step

BASE, APP, TOOL = b"base" * 100, b"app" * 50, b"tool" * 30
BIG, BIGGER = b"g" * (SMALL_BYTES + 1), b"h" * (SMALL_BYTES + 2)
ONE = Widths(1, 1)


def plan_of(*entries: ResolvedReference) -> SeedPlan:
    return plan_seed(inventory(*entries), "t", "p", "plain")


def image_plan(references: Sequence[str] = ("app:1",), layers: Sequence[bytes] = (BASE,)) -> SeedPlan:
    image, _ = make_image(layers)
    return plan_of(*(entry(reference, image) for reference in references))


def usual(step: Step) -> Event:
    """A registry that takes everything and has nothing."""
    if isinstance(step, PutManifest):
        return Event(step, Outcome.PUT)
    return Event(step, Outcome.SENT if step.mount_from == step.repository else Outcome.MOUNTED)


def drive(machine: Machine, answer: Callable[[Step], Event] = usual) -> list[Step]:
    """Take all steps in order; gives them as they ended."""
    taken: list[Step] = []
    flying = machine.start()
    while flying:
        taken.append(flying[0])
        flying += machine.handle(answer(flying.pop(0)))
    return taken


def copies(steps: Sequence[Step], digest: Digest) -> list[CopyBlob]:
    return [step for step in steps if isinstance(step, CopyBlob) and step.digest == digest]


def puts(steps: Sequence[Step]) -> list[PutManifest]:
    return [step for step in steps if isinstance(step, PutManifest)]


def test_a_blob_goes_to_its_first_repository_and_is_mounted_from_there() -> None:
    steps = drive(Machine(image_plan(["a:1", "b:1", "c:1"]), Known()))

    assert [(step.repository, step.mount_from) for step in copies(steps, digest_of(BASE))] == [
        ("p/library/a", "p/library/a"),
        ("p/library/b", "p/library/a"),
        ("p/library/c", "p/library/a"),
    ]


def test_blobs_of_a_source_that_is_read_forward_are_sent_in_its_order_and_again_at_the_end() -> None:
    one, _ = make_image([BIG, BASE], "one")
    two, _ = make_image([BIGGER, TOOL], "two")
    places = {digest_of(BIGGER): 10, digest_of(BASE): 20, digest_of(TOOL): 30, digest_of(BIG): 40}
    plan = in_order(plan_of(entry("a:1", one), entry("b:1", two)), places.get)
    failures = [digest_of(BASE)]

    def answer(step: Step) -> Event:
        if isinstance(step, CopyBlob) and step.digest in failures:
            failures.remove(step.digest)
            return Event(step, Outcome.FAILED, "later", retryable=True)
        return usual(step)

    machine = Machine(plan, Known())
    steps = drive(machine, answer)

    read = [step.digest for step in steps if isinstance(step, CopyBlob) and step.digest in places]
    assert read == [digest_of(data) for data in (BIGGER, BASE, TOOL, BIG, BASE)]
    assert machine.complete


def test_the_largest_blob_goes_first_and_small_things_do_not_wait_behind_large_ones() -> None:
    one, _ = make_image([BIG], "one")
    two, _ = make_image([BIGGER], "two")

    first = Machine(plan_of(entry("a:1", one), entry("b:1", two)), Known(), Widths(large=1, small=1)).start()

    assert {step.digest for step in first if isinstance(step, CopyBlob)} == {digest_of(BIGGER), one.config.digest}  # type: ignore[union-attr]


def test_further_tags_follow_the_first() -> None:
    machine = Machine(image_plan(["app:1", "app:one", "app:latest"]), Known(), ONE)

    steps = drive(machine)

    assert [step.reference for step in puts(steps)] == ["1", "one", "latest"]
    assert steps.index(puts(steps)[0]) == 2
    assert machine.done.manifests == 1


def test_a_mount_that_is_refused_counts_as_sent_and_is_not_asked_for_again() -> None:
    machine = Machine(image_plan(["a:1", "b:1"]), Known())

    steps = drive(machine, lambda step: Event(step, Outcome.SENT) if isinstance(step, CopyBlob) else usual(step))

    assert len(copies(steps, digest_of(BASE))) == 2
    assert machine.done.uploaded_blobs == machine._copies.done.uploaded_blobs == 4
    assert machine.complete


def test_an_overwritten_tag_of_a_project_that_is_not_new_is_mended_by_one_put() -> None:
    plan = image_plan(["a:1", "b:1"])
    machine = Machine(plan, Known(frozenset({("p/library/b", "1")}), fresh=False))

    steps = drive(machine)

    assert steps == [PutManifest(0, "1", early=True)]
    assert (machine.done.manifests, machine.done.present, machine.done.uploaded_blobs) == (1, 4, 0)


def test_hope_ends_after_two_manifests_whose_blobs_are_not_there() -> None:
    images = [make_image([bytes([n]) * 9], str(n))[0] for n in range(6)]
    plan = plan_of(*(entry(f"r{n}:1", image) for n, image in enumerate(images)))
    machine = Machine(plan, Known(frozenset({("p/library/r0", "1")}), fresh=False))

    def lacking(step: Step) -> Event:
        early = isinstance(step, PutManifest) and step.early
        return Event(step, Outcome.INCOMPLETE, "blob unknown") if early else usual(step)

    steps = drive(machine, lacking)

    assert [step.early for step in puts(steps)] == [True, True, False, False, False, False, False]
    assert machine.complete
    assert not machine.failed


def test_blobs_wait_until_hope_has_ended_so_that_they_go_in_the_order_of_the_plan() -> None:
    image, _ = make_image([BASE])
    machine = Machine(plan_of(entry("a:1", image), entry("b:1", image)), Known(fresh=False))
    first, second = machine.start()

    assert machine.handle(Event(second, Outcome.INCOMPLETE, "unknown")) == []
    after = machine.handle(Event(first, Outcome.INCOMPLETE, "unknown"))

    assert {step.repository for step in after if isinstance(step, CopyBlob)} == {"p/library/a"}


def test_an_index_that_is_absent_follows_its_images_which_are_put_in_hope() -> None:
    amd64, _ = make_image([BASE], "x")
    arm64, _ = make_image([APP], "y", platform="linux/arm64")
    plan = plan_of(whole("app:1", [amd64, arm64], make_index([amd64, arm64])))

    machine = Machine(plan, Known(fresh=False))
    steps = puts(drive(machine))

    assert sorted((step.place, step.early) for step in steps) == [(0, True), (1, True), (2, False)]
    assert steps[-1].place == 2
    assert machine.complete
    assert machine.done.present == 4


def test_an_artefact_is_not_put_in_hope_because_not_every_registry_checks_it() -> None:
    chart = replace(make_image([BASE])[0], config_type="application/vnd.cncf.helm.config.v1+json")

    steps = drive(Machine(plan_of(entry("chart:1", chart)), Known(fresh=False)))

    assert [type(step) for step in steps] == [CopyBlob, CopyBlob, PutManifest]


def test_a_blob_already_there_in_a_project_that_seemed_new_stops_everything_for_a_second_look() -> None:
    machine = Machine(image_plan(["a:1", "b:1"]), Known(), ONE)
    (step,) = machine.start()

    assert machine.handle(Event(step, Outcome.PRESENT)) == []
    assert machine.surprised
    assert isinstance(step, CopyBlob)
    assert machine.known.places == {step.digest: ("p/library/a",)}
    assert not machine.known.fresh


def test_a_step_is_repeated_as_often_as_allowed_and_then_fails_what_needs_it() -> None:
    one, _ = make_image([BASE], "one")
    two, _ = make_image([APP], "two")
    machine = Machine(plan_of(entry("a:1", one), entry("b:1", two)), Known(), attempts=3)

    def broken(step: Step) -> Event:
        if isinstance(step, CopyBlob) and step.digest == digest_of(BASE):
            return Event(step, Outcome.FAILED, "broken", retryable=True)
        return usual(step)

    steps = drive(machine, broken)

    assert [step.attempt for step in copies(steps, digest_of(BASE))] == [0, 1, 2]
    assert list(machine.failed) == ["broken"]
    assert machine.blocked == (0,)
    assert [step.place for step in puts(steps)] == [1]


def test_where_the_first_repository_refuses_a_blob_the_next_one_gets_it() -> None:
    machine = Machine(image_plan(["a:1", "b:1", "c:1"]), Known())

    def refused(step: Step) -> Event:
        return (
            Event(step, Outcome.FAILED, "denied") if getattr(step, "repository", "") == "p/library/a" else usual(step)
        )

    steps = drive(machine, refused)

    assert [(step.repository, step.mount_from) for step in copies(steps, digest_of(BASE))] == [
        ("p/library/a", "p/library/a"),
        ("p/library/b", "p/library/b"),
        ("p/library/c", "p/library/b"),
    ]
    assert machine.blocked == (0,)


def test_a_bad_source_is_replaced_by_the_next_that_holds_the_blob() -> None:
    image, _ = make_image([BASE])
    plan = plan_of(entry("docker.io/a:1", image), entry("quay.io/b:1", image))
    machine = Machine(plan, Known())

    def bad(step: Step) -> Event:
        if isinstance(step, CopyBlob) and step.source.startswith("docker.io"):
            return Event(step, Outcome.BAD_SOURCE, "flipped")
        return usual(step)

    steps = drive(machine, bad)

    assert [step.source for step in copies(steps, digest_of(BASE))][:2] == ["docker.io/library/a", "quay.io/b"]
    assert machine.complete
    assert not machine.failed


def test_a_target_that_takes_nothing_more_stops_everything() -> None:
    machine = Machine(image_plan(["a:1", "b:1", "c:1"]), Known())

    steps = drive(machine, lambda step: Event(step, Outcome.FATAL, "disk full"))

    assert machine.stopped == "disk full"
    assert not puts(steps)
    assert machine.blocked == (0, 1, 2)


def test_a_refused_manifest_fails_alone_and_takes_its_index_with_it() -> None:
    amd64, _ = make_image([BASE], "x")
    arm64, _ = make_image([APP], "y", platform="linux/arm64")
    other, _ = make_image([TOOL], "z")
    plan = plan_of(whole("app:1", [amd64, arm64], make_index([amd64, arm64])), entry("other:1", other))
    machine = Machine(plan, Known())

    def immutable(step: Step) -> Event:
        return Event(step, Outcome.FAILED, "412") if isinstance(step, PutManifest) and step.place == 0 else usual(step)

    drive(machine, immutable)

    assert list(machine.failed) == ["412"]
    assert machine.blocked == (2,)
    assert not machine.complete


def test_a_further_tag_that_is_refused_leaves_the_image_under_its_first() -> None:
    machine = Machine(image_plan(["app:1", "app:2"]), Known(), ONE)

    drive(
        machine,
        lambda step: Event(step, Outcome.FAILED, "412") if getattr(step, "reference", "") == "2" else usual(step),
    )

    assert list(machine.failed) == ["412"]
    assert not machine.complete
    assert machine.known.right == {("p/library/app", "1")}


def test_a_manifest_refused_for_blobs_that_were_believed_there_has_them_brought_once_more() -> None:
    image, _ = make_image([BASE])
    assert image.config is not None
    places = {digest_of(BASE): ("p/library/app",), image.config.digest: ("p/library/app",)}
    machine = Machine(plan_of(entry("app:1", image)), Known(places=places, fresh=False), ONE)
    answers = iter([Outcome.INCOMPLETE])

    def once(step: Step) -> Event:
        return Event(step, next(answers, Outcome.PUT), "unknown") if isinstance(step, PutManifest) else usual(step)

    steps = drive(machine, once)

    assert [type(step) for step in steps] == [PutManifest, CopyBlob, CopyBlob, PutManifest]
    assert machine.complete


def test_a_manifest_that_stays_refused_fails_after_that() -> None:
    machine = Machine(image_plan(), Known(), ONE)

    drive(
        machine,
        lambda step: Event(step, Outcome.INCOMPLETE, "invalid") if isinstance(step, PutManifest) else usual(step),
    )

    assert list(machine.failed) == ["invalid"]
    assert not machine.complete


def test_an_index_refused_for_a_child_that_is_gone_has_the_child_put_again() -> None:
    image, _ = make_image([BASE])
    plan = plan_of(whole("app:1", [image], make_index([image])))
    machine = Machine(plan, Known(), ONE)
    refusals = iter([True])

    def gone(step: Step) -> Event:
        if isinstance(step, PutManifest) and step.place == 1 and next(refusals, False):
            return Event(step, Outcome.INCOMPLETE, "manifest unknown")
        return usual(step)

    assert [step.place for step in puts(drive(machine, gone))] == [0, 1, 0, 1]
    assert machine.complete


def test_a_plan_of_nothing_is_complete_at_once() -> None:
    machine = Machine(plan_of(), Known())

    assert machine.start() == []
    assert machine.complete
