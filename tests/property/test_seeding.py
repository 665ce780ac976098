"""Laws of seeding, whatever the plan, the order in which steps end, and what is at the target before."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.plan.seeding import looks, plan_seed
from regplan.seed.lanes import SMALL_BYTES, Widths
from regplan.seed.machine import Known, Machine
from regplan.seed.steps import CopyBlob, Event, Outcome, PutManifest
from unit.seed.samples import entry, inventory, make_image, make_index, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.image import ResolvedReference
    from regplan.model.seed import SeedPlan
    from regplan.oci.digest import Digest
    from regplan.seed.steps import Step

pytestmark = pytest.mark.property

LARGE = SMALL_BYTES + 1
LAYERS = [bytes([number]) * (LARGE if number < 3 else 40 + number) for number in range(8)]
IMAGES = [make_image([LAYERS[n] for n in chosen], str(chosen))[0] for chosen in [(0,), (0, 1), (0, 1, 2), (3,), (3, 4, 4), (2, 5), (6, 7), (1, 6)]]  # fmt: skip
INNER = make_index(IMAGES[:2])
INDEXES = [make_index(IMAGES[2:4]), make_index([IMAGES[4]]), make_index([INNER, IMAGES[5]])]
BELOW = [IMAGES[2:4], [IMAGES[4]], [*IMAGES[:2], IMAGES[5]]]


@st.composite
def plans(draw: st.DrawFn) -> SeedPlan:
    """A plan of images and indexes in a few repositories, some with several tags, some without any."""
    entries: dict[str, ResolvedReference] = {}
    for number in range(draw(st.integers(1, 9))):
        repository = draw(st.sampled_from(["a", "b", "c", "d"]))
        kind = draw(st.integers(0, len(IMAGES) + len(INDEXES) - 1))
        if kind >= len(IMAGES):
            kept = [*([INNER] if kind - len(IMAGES) == 2 else []), INDEXES[kind - len(IMAGES)]]
            name = f"{repository}:{number}"
            entries[name] = whole(name, BELOW[kind - len(IMAGES)], *kept)
            continue
        name = f"{repository}:{number}" if draw(st.booleans()) else f"{repository}@{IMAGES[kind].digest}"
        entries[name] = entry(name, IMAGES[kind])
    return plan_seed(inventory(*entries.values()), "t", "p", "plain")


@dataclass(slots=True)
class World:
    """A target that checks what it is given, and a machine's steps done in any order."""

    plan: SeedPlan
    blobs: set[tuple[str, Digest]] = field(default_factory=set)
    manifests: set[tuple[str, Digest]] = field(default_factory=set)
    tags: dict[tuple[str, str], Digest] = field(default_factory=dict)
    sent: list[Digest] = field(default_factory=list)
    requests: int = 0
    refused: int = 0
    fault: Callable[[Step], Outcome | None] = lambda _: None

    def known(self) -> Known:
        """What asking for every tag tells."""
        right = set()
        for look in looks(self.plan.manifests):
            named = self.tags.get((look.repository, look.reference))
            by_digest = (look.repository, look.digest) in self.manifests and ":" in look.reference
            if named == look.digest or by_digest:
                right.add((look.repository, look.reference))
        return Known(frozenset(right), fresh=False)

    def take(self, step: Step) -> Event:
        """Do a step as a registry would."""
        if (outcome := self.fault(step)) is not None:
            return Event(step, outcome, f"{step} failed")
        return self._copy(step) if isinstance(step, CopyBlob) else self._put(step)

    def _copy(self, step: CopyBlob) -> Event:
        self.requests += 1
        there = (step.mount_from, step.digest) in self.blobs
        self.blobs.add((step.repository, step.digest))
        if there:
            return Event(step, Outcome.PRESENT if step.mount_from == step.repository else Outcome.MOUNTED)
        self.requests += 1
        self.sent.append(step.digest)
        return Event(step, Outcome.SENT)

    def _put(self, step: PutManifest) -> Event:
        self.requests += 1
        put = self.plan.manifests[step.place]
        needs = {(put.repository, digest) for digest in put.blobs}
        children = {(put.repository, child) for child in put.children}
        if not (needs <= self.blobs and children <= self.manifests):
            self.refused += 1
            return Event(step, Outcome.INCOMPLETE, f"{step} lacks something")
        self.manifests.add((put.repository, put.digest))
        if ":" not in step.reference:
            self.tags[put.repository, step.reference] = put.digest
        return Event(step, Outcome.PUT)

    def is_whole(self) -> bool:
        """Tell whether all of the plan is there, under all its names."""
        return all(
            (put.repository, put.digest) in self.manifests
            and all(self.tags.get((put.repository, tag)) == put.digest for tag in put.tags)
            and all((put.repository, digest) in self.blobs for digest in put.blobs)
            for put in self.plan.manifests
        )


def run(machine: Machine, world: World, order: random.Random, widths: Widths) -> None:
    """Drive a machine to its end, ending its steps in a random order."""
    flying = machine.start()
    while flying:
        assert machine.flying == len(flying) <= widths.large + widths.small
        assert len({step.digest for step in flying if isinstance(step, CopyBlob) and step.mount_from == step.repository}) == sum(
            isinstance(step, CopyBlob) and step.mount_from == step.repository for step in flying
        )  # fmt: skip
        step = flying.pop(order.randrange(len(flying)))
        flying += machine.handle(world.take(step))
    assert machine.flying == 0


def by_hand(plan: SeedPlan) -> int:
    """2U + (P - U) + N + K, from the manifests' bytes."""
    pairs, names = set(), 0
    for put in plan.manifests:
        document = json.loads(put.raw)
        if "config" in document:
            pairs |= {(put.repository, part["digest"]) for part in (document["config"], *document["layers"])}
        names += max(1, len(put.tags))
    unique = len({digest for _, digest in pairs})
    return 2 * unique + (len(pairs) - unique) + names


WIDTHS = st.builds(Widths, st.integers(1, 5), st.integers(1, 9))
SEEDS = st.integers(0, 2**32)


@given(plans(), SEEDS, WIDTHS)
def test_an_empty_target_takes_the_fewest_requests_and_each_blob_once(
    plan: SeedPlan, seed: int, widths: Widths
) -> None:
    world = World(plan)
    machine = Machine(plan, Known(), widths)

    run(machine, world, random.Random(seed), widths)

    assert machine.complete
    assert world.is_whole()
    assert world.refused == 0
    assert sorted(world.sent) == sorted({digest for _, digest in world.blobs})
    assert world.requests == by_hand(plan) == plan.counts.requests_min
    done = machine.done
    assert (done.uploaded_blobs, done.mounted, done.present) == (
        plan.counts.blobs,
        plan.counts.pairs - plan.counts.blobs,
        0,
    )
    assert done.manifests == plan.counts.manifests


@given(plans(), SEEDS, WIDTHS, st.data())
def test_from_any_state_all_gets_there_and_nothing_that_is_there_is_sent(
    plan: SeedPlan, seed: int, widths: Widths, data: st.DataObject
) -> None:
    order, world = random.Random(seed), World(plan)
    for put in plan.manifests:
        if data.draw(st.booleans()):
            world.blobs |= {(put.repository, digest) for digest in put.blobs}
    for put in plan.manifests:
        has_all = {(put.repository, digest) for digest in put.blobs} <= world.blobs
        has_children = {(put.repository, child) for child in put.children} <= world.manifests
        if has_all and has_children and data.draw(st.booleans()):
            world.manifests.add((put.repository, put.digest))
            kept = data.draw(st.lists(st.sampled_from(put.tags), unique=True)) if put.tags else []
            world.tags |= {(put.repository, tag): put.digest for tag in kept}
    before, whole_before = set(world.blobs), world.is_whole()
    machine = Machine(plan, world.known(), widths)

    run(machine, world, order, widths)

    assert machine.complete
    assert world.is_whole()
    assert not whole_before or world.requests == 0 or any(not put.tags for put in plan.manifests)
    assert world.refused <= 2
    assert len(world.sent) == len(set(world.sent))
    places = {digest: {repo for repo, held in before if held == digest} for digest in world.sent}
    wanted = {blob.descriptor.digest: set(blob.repositories) for blob in plan.blobs}
    assert not any(places[digest] >= wanted[digest] for digest in places)


@given(plans(), SEEDS, WIDTHS, st.data())
def test_what_fails_blocks_what_needs_it_and_nothing_else(
    plan: SeedPlan, seed: int, widths: Widths, data: st.DataObject
) -> None:
    dead = set(data.draw(st.lists(st.sampled_from([blob.descriptor.digest for blob in plan.blobs]), unique=True)))
    world = World(plan)
    world.fault = lambda step: Outcome.BAD_SOURCE if isinstance(step, CopyBlob) and step.digest in dead else None
    machine = Machine(plan, Known(), widths)

    run(machine, world, random.Random(seed), widths)

    lost: set[tuple[str, Digest]] = set()
    for put in plan.manifests:
        if dead & set(put.blobs) or lost & {(put.repository, child) for child in put.children}:
            lost.add((put.repository, put.digest))
    assert {(plan.manifests[n].repository, plan.manifests[n].digest) for n in machine.blocked} == lost
    assert world.manifests == {(put.repository, put.digest) for put in plan.manifests} - lost
    assert len(machine.failed) >= len(dead)
    assert machine.complete == (not dead)


@given(plans(), SEEDS, WIDTHS)
def test_passing_faults_cost_attempts_and_nothing_else(plan: SeedPlan, seed: int, widths: Widths) -> None:
    order, world = random.Random(seed), World(plan)
    machine, flying = Machine(plan, Known(), widths, attempts=3), []
    flying = machine.start()
    while flying:
        step = flying.pop(order.randrange(len(flying)))
        breaks = step.attempt < 2 and order.random() < 0.4
        event = Event(step, Outcome.FATAL, "the connection broke", retryable=True) if breaks else world.take(step)
        flying += machine.handle(event)

    assert machine.complete
    assert world.is_whole()
    assert world.requests == by_hand(plan)


@given(plans(), SEEDS, WIDTHS)
def test_a_second_run_after_an_interrupted_one_sends_only_what_the_first_did_not(
    plan: SeedPlan, seed: int, widths: Widths
) -> None:
    order, world = random.Random(seed), World(plan)
    first = Machine(plan, Known(), widths)
    flying = first.start()
    for _ in range(order.randrange(20)):
        if flying:
            flying += first.handle(world.take(flying.pop(order.randrange(len(flying)))))
    for step in flying:
        world.take(step)
    second = Machine(plan, world.known(), widths)

    run(second, world, order, widths)

    assert world.is_whole()
    assert len(world.sent) == len(set(world.sent)) == plan.counts.blobs
