"""The seeding machine: events in, steps out; no clock, no input or output, no waiting.

It keeps four orders: a blob is sent once and then mounted wherever else it is needed; a manifest follows its blobs and
an index its children in the same repository; further tags follow the first; what fails blocks only what needs it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import field, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from regplan.model.verifying import Damage
from regplan.seed.copies import Copies, Pair
from regplan.seed.lanes import Lanes, Widths
from regplan.seed.mending import kept_sentences
from regplan.seed.steps import CopyBlob, Event, Outcome, PutManifest, Step
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.model.seed import ManifestPut, SeedDone, SeedPlan
    from regplan.oci.digest import Digest

__all__ = ["Known", "Machine"]

_MOST_MISSES: Final = 2


class _State(Enum):
    IDLE = "nothing was begun"
    HOPED = "it is put in the hope that its blobs are still there"
    ACTIVE = "its blobs and children are on their way, or it is"
    THERE = "it is in its repository"
    LOST = "it failed, or it waits for what failed"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the target before the first step.

    `right` holds each (repository, tag or digest) that already names the right manifest; `places` the repositories
    that hold a blob, beyond what `right` implies. `fresh`: the project seems to be new, and not everything was asked.
    `harmed` holds a sentence for each blob that a repository has lost a part of, which no seeding mends. `resumed`: an
    earlier run has begun here, and what it sent may be there. `damage` is what a close look has found, whatever the target
    says of it: what is there is in `places` then, and nothing is mounted in the hope that it is. `trial` is a small blob
    that is known to be absent. `is_sure`: every blob was asked for. `doubted` are manifests that an earlier run sent and had no answer to.
    """

    right: frozenset[tuple[str, str]] = frozenset()
    places: Mapping[Digest, tuple[str, ...]] = field(default_factory=dict)
    fresh: bool = True
    harmed: Mapping[tuple[str, Digest], str] = field(default_factory=dict)
    resumed: bool = False
    damage: Damage = Damage()
    trial: Digest | None = None
    is_sure: bool = field(default=False, compare=False)
    doubted: frozenset[tuple[str, Digest]] = frozenset()


class Machine:
    """One seeding under way: `start` and `handle` give the steps to take next; it is over when `flying` is 0.

    `stopped` is why the target takes nothing more, and `gone` that it does not answer, so that what is under way is not
    worth waiting for; `lanes` are what is queued and under way, `fits` tells whether a blob of so many bytes may be begun now, and
    `scouts` that the trial blob goes ahead of all else; `halted` tells that one was asked to begin nothing more; `surprised` tells that a project that seemed new is not, so that one
    should ask for every tag and begin again. `failed` holds one sentence for each failure.
    """

    def __init__(self, plan: SeedPlan, known: Known, widths: Widths | None = None, attempts: int = 3) -> None:
        """Begin with what is `known` of the target; a step is taken up to `attempts` times."""
        self.stopped, self.gone, self.surprised, self.halted = "", False, False, False
        self.scouts = False
        self.fits: Callable[[int], bool] = lambda _: True
        self.failed: dict[str, None] = dict.fromkeys(known.harmed.values())
        self._passing: set[str] = set()
        self._manifests, self._known, self._attempts = plan.manifests, known, attempts
        self.lanes = Lanes(widths or Widths())
        self._copies = Copies(plan.blobs, known.places, self.lanes, known.harmed, known.damage)
        self._numbers = {(put.repository, put.digest): place for place, put in enumerate(plan.manifests)}
        self._states = [_State.IDLE] * len(plan.manifests)
        self._waits: list[set[Digest | int]] = [set() for _ in plan.manifests]
        self._left = [self._names_left(place) for place in range(len(plan.manifests))]
        self._users = self._who_needs_what()
        self._early: deque[int] = deque()
        self._later: list[int] = []
        self._hopes = self._misses = 0
        self._put: set[int] = set()
        self._mended: set[int] = set()
        self._refused: set[int] = set()

    @property
    def is_fresh(self) -> bool:
        """Whether nothing that is wanted seems to be at the target yet."""
        return self._known.fresh and not self._known.resumed

    def is_trial(self, step: CopyBlob) -> bool:
        """Whether it may be tried with this blob how the target takes them."""
        return self.is_fresh and step.mount_from == step.repository and step.digest == self._known.trial

    def is_doubted(self, place: int) -> bool:
        """Whether the target may hold a part of this manifest alone, from when its put had no answer."""
        return (self._manifests[place].repository, self._manifests[place].digest) in self._known.doubted

    @property
    def flying(self) -> int:
        """How many steps are under way."""
        return self.lanes.flying

    @property
    def waiting(self) -> bool:
        """Whether steps are queued that may be taken later."""
        return bool(self.lanes.waiting) and not (self.stopped or self.surprised or self.halted)

    @property
    def done(self) -> SeedDone:
        """What was done, counted; requests are not known here."""
        return replace(self._copies.done, manifests=len(self._put))

    @property
    def known(self) -> Known:
        """What is known of the target by now."""
        right = (
            (put.repository, name)
            for place, put in enumerate(self._manifests)
            if self._states[place] is _State.THERE
            for name in put.tags or (str(put.digest),)
            if name not in self._left[place]
        )
        return Known(frozenset(right), self._copies.places, fresh=False, harmed=self._known.harmed)

    @property
    def blocked(self) -> tuple[int, ...]:
        """The numbers of the manifests that lack a name at the target and were not refused themselves."""
        is_there = (state is _State.THERE and not left for state, left in zip(self._states, self._left, strict=True))
        return tuple(place for place, there in enumerate(is_there) if not there and place not in self._refused)

    @property
    def unfinished(self) -> tuple[int, ...]:
        """The numbers of the manifests that lack a name at the target, for whatever reason."""
        return tuple(sorted({*self._refused, *self.blocked}))

    @property
    def complete(self) -> bool:
        """Whether every manifest is in its repository under all its names."""
        return not self._refused and not self.blocked

    def is_kept(self, digest: Digest) -> bool:
        """Tell whether the target has shown that it keeps harmed bytes of a blob, or of one that is harmed alike."""
        return digest in self._copies.kept

    def doubtful(self, place: int) -> tuple[Digest, ...]:
        """Name the blobs and children of a manifest of which the target has not itself said that they are there."""
        put = self._manifests[place]
        blobs = (digest for digest in put.blobs if not self._copies.is_told(put.repository, digest))
        children = (child for child in put.children if self._numbers[put.repository, child] not in self._put)
        return (*blobs, *children)

    def start(self) -> list[Step]:
        """Give the first steps."""
        for place, put in enumerate(self._manifests):
            if any((put.repository, name) in self._known.right for name in put.tags or (str(put.digest),)):
                self._found(place)
        held = {(put.repository, child) for put in self._manifests for child in put.children}
        for place, put in enumerate(self._manifests):
            if self._states[place] is not _State.IDLE or ((put.repository, put.digest) in held and not put.tags):
                continue
            if self._known.fresh or self._has_blobs(place):
                self._activate(place)
            else:
                self._later.append(place)
                self._early += [leaf for leaf in self._leaves(place) if self._may_hope(self._manifests[leaf])]
        return self._next()

    def halt(self, why: str = "") -> None:
        """Give no more steps; what is under way may end. `why` tells of what went wrong, if anything did."""
        self.halted = True
        self.stopped = self.stopped or why

    def is_again(self, event: Event) -> bool:
        """Tell whether a step that failed is taken again."""
        if event.outcome is Outcome.ELSEWHERE:
            return True
        return event.retryable and event.step.attempt + 1 < (event.most or self._attempts)

    def more(self) -> list[Step]:
        """Give the steps that may be taken now, where something else than an event has changed that."""
        return self._next()

    def leave_scout(self) -> None:
        """Wait no longer for the step that went ahead."""
        self.lanes.scout = None

    def widen(self, widths: Widths) -> None:
        """Take so many steps at once from now on."""
        self.lanes.widths = widths

    def handle(self, event: Event) -> list[Step]:
        """Take note of what came of a step, and give the steps that may be taken now."""
        step = event.step
        self.lanes.landed(step)
        if event.outcome is Outcome.SKIPPED:
            return []
        if event.outcome is Outcome.PAUSED or self.is_again(event):
            again = event.next_attempt()
            if isinstance(again, CopyBlob):
                self._copies.again(again)
            else:
                self.lanes.push(again)
        elif event.outcome in {Outcome.FATAL, Outcome.GONE}:
            self._stop(event.reason)
            self.gone |= event.outcome is Outcome.GONE
        elif isinstance(step, CopyBlob):
            self._copied(step, event)
        else:
            self._was_put(step, event)
        return self._next()

    def _next(self) -> list[Step]:
        if self.stopped or self.surprised or self.halted:
            return []
        self._hope()
        self._copies.prove()
        if self.scouts:
            self._choose_scout()
        return self.lanes.take(self.fits)

    def _choose_scout(self) -> None:
        """Let the trial go ahead: it tells how the target takes uploads, and where it is absent a next run sends nothing twice."""
        self.lanes.scout = self.lanes.find_small(lambda step: isinstance(step, CopyBlob) and self.is_trial(step))
        self.scouts = self.lanes.scout is None

    def _hope(self) -> None:
        """Put images whose blobs may still be there, two at a time; stop hoping after two whose blobs were not.

        Images only: of an index or an artefact not every registry checks that all it names is there. Blobs are copied
        after that, in the plan's order, so that a blob that an interrupted run has left in the first repository that
        needs it is found there.
        """
        while self._early and self._hopes + self._misses < _MOST_MISSES:
            place = self._early.popleft()
            if self._states[place] is _State.IDLE:
                self._hopes += 1
                self._states[place] = _State.HOPED
                self.lanes.push(PutManifest(place, self._left[place][0], early=True), soon=True)
        if not self._hopes:
            later, self._later = self._later, []
            for place in later:
                self._activate(place)

    def _copied(self, step: CopyBlob, event: Event) -> None:
        self.surprised |= self._known.fresh and event.outcome is Outcome.PRESENT
        for pair in (lost := self._copies.copied(step, event)):
            self._lose_users(pair)
        if event.outcome is Outcome.KEPT:
            self.failed |= dict.fromkeys(kept_sentences(self._known.damage.wrong, self._copies.kept))
        elif lost:
            self._note_failure(event)
        if self._copies.has(step.repository, step.digest):
            self._settle((step.repository, step.digest), step.digest)

    def _was_put(self, step: PutManifest, event: Event) -> None:
        self._hopes -= step.early
        if event.outcome is Outcome.PUT:
            self._left[step.place].remove(step.reference)
            self._put.add(step.place)
            self._found(step.place)
        elif event.outcome is Outcome.INCOMPLETE and step.early:
            self._misses += 1
            self._states[step.place] = _State.IDLE
            self._note_rest(step.place, event.lacking)
        elif event.outcome is Outcome.INCOMPLETE and step.place not in self._mended:
            self._mend(step.place, event.lacking)
        else:
            self._note_failure(event)
            self._refused.add(step.place)
            self._lose(step.place)

    def _stop(self, reason: str) -> None:
        """Begin nothing more; what failed on the way there and may go through later failed of the same, as on a full disk."""
        self.stopped = self.stopped or reason
        for each in self._passing:
            self.failed.pop(each, None)

    def _note_failure(self, event: Event) -> None:
        if self.stopped and event.retryable:
            return
        self.failed[event.reason] = None
        if event.retryable:
            self._passing.add(event.reason)

    def _activate(self, place: int) -> None:
        if self._states[place] is _State.IDLE:
            self._begin(place)

    def _begin(self, place: int) -> None:
        """Ask for everything that a manifest needs, and put it once all is there."""
        self._states[place] = _State.ACTIVE
        put = self._manifests[place]
        children = [self._numbers[put.repository, child] for child in put.children]
        missing = [digest for digest in put.blobs if not self._copies.has(put.repository, digest)]
        before = children if put.subject is None else [*children, self._numbers[put.repository, put.subject]]
        for other in before:
            self._activate(other)
        self._waits[place] = {*missing, *(other for other in before if self._states[other] is not _State.THERE)}
        are_to_come = [self._copies.want(put.repository, digest) for digest in missing]
        if not all(are_to_come) or any(self._states[other] is _State.LOST for other in before):
            self._lose(place)
        self._put_if_ready(place)

    def _put_if_ready(self, place: int) -> None:
        if self._states[place] is _State.ACTIVE and not self._waits[place]:
            self.lanes.push(PutManifest(place, self._left[place][0]), soon=True)

    def _found(self, place: int) -> None:
        """Note that a manifest is in its repository, and with it its blobs and children, and put its other names."""
        if self._states[place] is _State.THERE:
            return
        self._states[place] = _State.THERE
        put = self._manifests[place]
        self._left[place] = self._left[place] if put.tags else []
        for digest in put.blobs:
            if self._copies.found(put.repository, digest):
                self._settle((put.repository, digest), digest)
        for child in put.children:
            if self._states[self._numbers[put.repository, child]] is _State.IDLE:
                self._found(self._numbers[put.repository, child])
        self._settle(place, place)
        for name in self._left[place]:
            self.lanes.push(PutManifest(place, name))

    def _note_rest(self, place: int, lacking: frozenset[Digest]) -> None:
        """Note the blobs that a manifest has at the target, where it was found out which it lacks."""
        repository = self._manifests[place].repository
        for digest in self._manifests[place].blobs if lacking else ():
            if digest not in lacking and self._copies.found(repository, digest):
                self._settle((repository, digest), digest)

    def _mend(self, place: int, lacking: frozenset[Digest]) -> None:
        """Bring once more what a manifest lacks, or all it names: what was believed of the target was not so."""
        self._mended.add(place)
        put = self._manifests[place]
        for digest in put.blobs:
            if not lacking or digest in lacking:
                self._copies.doubt(put.repository, digest)
        for child in put.children:
            if lacking and child not in lacking:
                continue
            number = self._numbers[put.repository, child]
            self._left[number] = self._left[number] or [str(child)]
            self._states[number] = _State.IDLE
        self._begin(place)

    def _settle(self, key: Pair | int, waited: Digest | int) -> None:
        for place in self._users[key]:
            if waited in self._waits[place]:
                self._waits[place].discard(waited)
                self._put_if_ready(place)

    def _lose(self, place: int) -> None:
        if self._states[place] in {_State.ACTIVE, _State.HOPED}:
            self._states[place] = _State.LOST
            self._lose_users(place)

    def _lose_users(self, key: Pair | int) -> None:
        for place in self._users[key]:
            if self._states[place] is _State.ACTIVE:
                self._lose(place)

    def _may_hope(self, put: ManifestPut) -> bool:
        damage, harmed = self._known.damage, self._known.harmed
        pairs = [(put.repository, digest) for digest in put.blobs]
        is_whole = not any(pair in harmed or pair in damage.missing or pair in damage.wrong for pair in pairs)
        return is_whole and self._copies.are_an_image(put.blobs)

    def _has_blobs(self, place: int) -> bool:
        put = self._manifests[place]
        return not put.children and all(self._copies.has(put.repository, digest) for digest in put.blobs)

    def _leaves(self, place: int) -> list[int]:
        put = self._manifests[place]
        if not put.children:
            return [place]
        return [leaf for child in put.children for leaf in self._leaves(self._numbers[put.repository, child])]

    def _names_left(self, place: int) -> list[str]:
        put = self._manifests[place]
        return [name for name in put.tags or (str(put.digest),) if (put.repository, name) not in self._known.right]

    def _who_needs_what(self) -> dict[Pair | int, list[int]]:
        users: dict[Pair | int, list[int]] = defaultdict(list)
        for place, put in enumerate(self._manifests):
            for digest in put.blobs:
                users[put.repository, digest].append(place)
            for other in (*put.children, *(() if put.subject is None else (put.subject,))):
                users[self._numbers[put.repository, other]].append(place)
        return users
