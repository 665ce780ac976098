"""The blobs of a seeding: each is sent once and mounted from there; one digest never has two senders at a time. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.model.seed import SeedDone
from regplan.model.verifying import Damage
from regplan.oci.mediatype import is_image_config
from regplan.seed.steps import CopyBlob, Event, Outcome
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from regplan.model.seed import BlobCopy
    from regplan.oci.digest import Digest
    from regplan.seed.lanes import Lanes

__all__ = ["Copies", "Pair"]

Pair = tuple[str, "Digest"]
_NONE: Final = Damage()
_ARRIVED: Final = frozenset({Outcome.SENT, Outcome.MOUNTED, Outcome.PRESENT})


@dataclass(eq=False, slots=True)
class _Group:
    """Blobs that are harmed in one way: those that wait (`parked`) for what the first, the `proof`, shows."""

    digests: frozenset[Digest]
    parked: dict[Digest, list[str]] = field(default_factory=dict)
    proof: Digest | None = None
    is_proved: bool = False


class Copies:
    """Which repositories hold which blob, and the copies that are queued for the others; `done` counts pairs.

    Of the blobs that a target holds harmed in one way the smallest goes first: some registries never write a file anew
    that they have, and then no other need be sent in vain. `kept` are those that no sending mends.
    """

    def __init__(
        self,
        blobs: Sequence[BlobCopy],
        places: Mapping[Digest, tuple[str, ...]],
        lanes: Lanes,
        lost: Collection[Pair] = (),
        damage: Damage = _NONE,
    ) -> None:
        """Begin with the `places` that are known and what is `lost` already, and queue into `lanes`.

        `damage` is what was found to be absent or harmed by a close look, whatever the target itself says of it.
        """
        self.done = SeedDone()
        self.kept: frozenset[Digest] = frozenset()
        self._damage = damage
        self._groups = _groups_of(damage)
        self._lanes = lanes
        self._blobs = {blob.descriptor.digest: blob for blob in blobs}
        self._places = {digest: dict.fromkeys(places.get(digest, ())) for digest in self._blobs}
        self._followers: dict[Digest, list[str]] = {}
        self._wanted: set[Pair] = set()
        self._lost: set[Pair] = set(lost)
        self._told: set[Pair] = set()
        self._origins: dict[Digest, int] = defaultdict(int)

    @property
    def places(self) -> dict[Digest, tuple[str, ...]]:
        """Which repositories are known to hold each blob."""
        return {digest: tuple(places) for digest, places in self._places.items() if places}

    def has(self, repository: str, digest: Digest) -> bool:
        """Tell whether the repository is known to hold the blob."""
        return repository in self._places[digest]

    def is_told(self, repository: str, digest: Digest) -> bool:
        """Tell whether the target itself has answered in this run that the repository holds the blob."""
        return (repository, digest) in self._told

    def size(self, digest: Digest) -> int:
        """Tell a blob's size in bytes."""
        return self._blobs[digest].descriptor.size

    def again(self, step: CopyBlob) -> None:
        """Queue a copy once more."""
        blob = self._blobs[step.digest]
        self._lanes.push(step, blob.descriptor.size, offset=blob.offset)

    def are_an_image(self, digests: Sequence[Digest]) -> bool:
        """Tell whether an image's config is among these blobs."""
        return any(is_image_config(self._blobs[digest].descriptor.media_type) for digest in digests)

    def want(self, repository: str, digest: Digest) -> bool:
        """Queue a copy unless one is queued; False where it has failed before."""
        if (repository, digest) in self._lost or digest in self.kept:
            return False
        if (repository, digest) not in self._wanted:
            self._wanted.add((repository, digest))
            self._queue(repository, digest)
        return True

    def found(self, repository: str, digest: Digest) -> bool:
        """Note that a repository holds a blob without our doing; False where this is no news."""
        if self.has(repository, digest):
            return False
        self._count(Outcome.PRESENT, 0)
        self._arrived(repository, digest)
        return True

    def doubt(self, repository: str, digest: Digest) -> None:
        """Believe no more that the repository holds the blob."""
        self._places[digest].pop(repository, None)
        self._wanted.discard((repository, digest))
        self._told.discard((repository, digest))

    def prove(self) -> None:
        """Queue the smallest of the blobs that are harmed in one way, where none has shown yet whether sending mends any."""
        for group in dict.fromkeys(self._groups.values()):
            if group.proof is None and not group.is_proved and group.parked:
                group.proof = min(group.parked, key=self.size)
                for repository in group.parked.pop(group.proof):
                    self._queue(repository, group.proof)

    def copied(self, step: CopyBlob, event: Event) -> tuple[Pair, ...]:
        """Take note of what came of a copy; gives the pairs that are lost for good."""
        if event.outcome is Outcome.KEPT:
            return self._keeps(step)
        group = self._groups.get(step.digest)
        if group is not None and group.proof == step.digest:
            self._learn(group, event)
        if event.outcome is Outcome.BAD_SOURCE:
            return self._bad_source(step)
        if event.outcome in _ARRIVED:
            self._count(event.outcome, self.size(step.digest))
            self._told.add((step.repository, step.digest))
            self._arrived(step.repository, step.digest)
            return ()
        self._lost.add((step.repository, step.digest))
        self._release(step.digest)
        return ((step.repository, step.digest),)

    def _queue(self, repository: str, digest: Digest) -> None:
        """Queue a mount where the blob has a place, else the one copy that sends it, which the others wait for."""
        blob, places = self._blobs[digest], self._places[digest]
        group = self._groups.get(digest)
        if group is not None and digest != group.proof and not group.is_proved:
            group.parked.setdefault(digest, []).append(repository)
            return
        if not places and digest in self._followers:
            self._followers[digest].append(repository)
            return
        if not places:
            self._followers[digest] = []
        pair = (repository, digest)
        afresh = pair in self._damage.wrong or (pair in self._damage.missing and not places)
        origin = blob.sources[self._origins[digest]]
        step = CopyBlob(digest, repository, next(iter(places), repository), origin, afresh=afresh)
        # A mount moves no bytes as a rule, so that it need not wait for its blob's turn.
        is_mount = bool(places) and not afresh
        self._lanes.push(step, 0 if is_mount else blob.descriptor.size, offset=None if is_mount else blob.offset)

    def _learn(self, group: _Group, event: Event) -> None:
        """Take note of how the first of a group fared: one that stands whole now lets the others follow."""
        if event.outcome not in _ARRIVED:
            group.proof = None
            return
        group.is_proved = True
        parked, group.parked = group.parked, {}
        for digest, repositories in parked.items():
            for repository in repositories:
                self._queue(repository, digest)

    def _keeps(self, step: CopyBlob) -> tuple[Pair, ...]:
        """Give up a harmed blob that the target keeps as it is, and all of its group that is not there by now."""
        group = self._groups[step.digest]
        self.kept |= {digest for digest in group.digests if not self._places[digest]} | {step.digest}
        waiting = [(repository, step.digest) for repository in self._followers.pop(step.digest, ())]
        waiting += [(repository, digest) for digest, places in group.parked.items() for repository in places]
        group.parked = {}
        lost = ((step.repository, step.digest), *waiting)
        self._lost.update(lost)
        return lost

    def _arrived(self, repository: str, digest: Digest) -> None:
        self._places[digest][repository] = None
        self._release(digest)

    def _release(self, digest: Digest) -> None:
        for repository in self._followers.pop(digest, ()):
            self._queue(repository, digest)

    def _bad_source(self, step: CopyBlob) -> tuple[Pair, ...]:
        """Try the next source that holds the blob; without one, nobody who waits for it will get it."""
        digest, sources = step.digest, self._blobs[step.digest].sources
        self._origins[digest] += 1
        if self._origins[digest] < len(sources):
            again = replace(step, source=sources[self._origins[digest]], attempt=0)
            self.again(again)
            return ()
        self._origins[digest] = 0
        lost = tuple((repository, digest) for repository in (step.repository, *self._followers.pop(digest, ())))
        self._lost.update(lost)
        return lost

    def _count(self, outcome: Outcome, size: int) -> None:
        done = self.done
        if outcome is Outcome.SENT:
            sent_bytes = done.uploaded_bytes + size
            self.done = replace(done, uploaded_blobs=done.uploaded_blobs + 1, uploaded_bytes=sent_bytes)
        elif outcome is Outcome.MOUNTED:
            self.done = replace(done, mounted=done.mounted + 1)
        else:
            self.done = replace(done, present=done.present + 1)


def _groups_of(damage: Damage) -> dict[Digest, _Group]:
    """Tell for each harmed blob the group of those that are harmed as it is: flipped, cut off, or nothing left."""
    blank, flipped, wrong = (
        frozenset(digest for _, digest in pairs) for pairs in (damage.blank, damage.flipped, damage.wrong)
    )
    groups: dict[Digest, _Group] = {}
    for digests in (wrong - blank - flipped, flipped - blank, blank):
        groups |= dict.fromkeys(digests, _Group(digests))
    return groups
