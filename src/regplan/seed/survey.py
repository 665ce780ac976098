"""What is there already, found out with as few requests as can be.

One HEAD for each tag tells everything: registries that check what they are given (distribution, Harbor, Zot) hold the
blobs and children of every manifest that they hold. A new project needs less. Its first two tags, of two images, are
asked for; where both are absent the project is taken to be new and nothing more is asked, because no wrong guess can
do harm: each copy begins as a mount of the blob from the very repository that it goes to, which costs nothing where
the blob is absent (the refusal is the upload session) and sends no byte where it is there. The first such surprise has
every tag asked for after all. A registry that may take a blob with the request that opens its upload (Zot) is sent it
without a mount, and there a wrong guess costs bytes. What may be a Zot is therefore asked by a GET for a name in the
repository that the first blob of every run goes to: Zot says whether it knows the repository, and it does once anything
was begun in it, by a run that broke off or for an older version. Where Docker's media types have to be asked about too
this is the only other question. Another registry that may take such requests is asked for that blob itself, of another
image than the first. A catalogue query would be one request less for a new project, and one more for every
other; it lists the repositories of all projects, and Harbor gives it to administrators only.

Where the project is not new, an image that is absent or another's is put before anything is asked about its blobs:
after a deleted manifest or an overwritten tag they are there, and the put is the whole repair. A registry that lacks
them says so; after two such answers the machine stops hoping and begins with the blobs. An index follows its images,
because some registries take one whose children are absent.

A tree on a disk can be looked at for nothing, so that everything is: every name, and every blob that none answers for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.preflight import NameFound, There
from regplan.model.verifying import Damage
from regplan.oci.mediatype import is_docker, is_image_config
from regplan.plan.seeding import first_looks, looks, standing, trial_blob
from regplan.seed.beliefs import Question
from regplan.seed.machine import Known
from regplan.seed.recollection import Asking, Recalled, recollect
from regplan.seed.tasks import each
from regplan.seed.verify import find_damage
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.model.seed import BlobCopy, ManifestPut, SeedPlan
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.plan.seeding import Look
    from regplan.seed.recollection import Hint
    from regplan.seed.targets import Counts, SeedTarget
    from regplan.seed.verify import VerifyOptions

__all__ = [
    "Survey",
    "counted",
    "counted_single",
    "everywhere",
    "look_again",
    "nothing_there",
    "requests_left",
    "survey_closely",
    "survey_plan",
]

_Key = tuple[str, "Digest"]
_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Survey:
    """A plan with what its target holds of it, and the requests that it took to know.

    The plan's `counts.requests_min` is for what is left to do, and its `counts.requests_probe` what the look took; both
    are 0 where there is no wire. `resumed`: a journal was believed, as far as the target's answers bear it out; `refuted`
    is why one was not. `moved` are (repository, tag) that name other images there, as far as was `asked`. `level` is how
    closely was looked: "tags" trusts what the target says of tags, "blobs" and "deep" look as verifying does; `damage` is
    what was found then of images that are there. `broken` are the (repository, tag or digest) that the target failed on.
    `charged` are manifests that stand in repositories of the project that the plan does not name.
    """

    plan: SeedPlan
    known: Known
    requests: int = 0
    overhead_requests: int = 0
    moved: frozenset[tuple[str, str]] = frozenset()
    refuted: str = ""
    resumed: bool = False
    level: str = "tags"
    damage: Damage = Damage()
    broken: frozenset[tuple[str, str]] = frozenset()
    asked: frozenset[tuple[str, str]] = frozenset()
    charged: frozenset[Digest] = frozenset()

    def with_requests(self, counts: Counts, *, probing: int) -> Survey:
        """Count all that the target was asked so far; `probing` is what it took beside the questions of what is there."""
        plan = self.plan
        probe = plan.counts.requests_probe + probing
        return replace(
            self,
            plan=replace(plan, counts=replace(plan.counts, requests_probe=probe)),
            requests=counts.requests,
            overhead_requests=counts.overhead,
        )

    @property
    def is_complete(self) -> bool:
        """Whether every manifest is there under all its names."""
        return all((look.repository, look.reference) in self.known.right for look in looks(self.plan.manifests))

    @property
    def there(self) -> There:
        """What is known to be there."""
        left, counts = self.left_blobs, self.plan.counts
        standing_here = standing(self.plan.manifests, self.known.right)
        blob_bytes = counts.blob_bytes - sum(blob.size for blob in left)
        return There(len(standing_here), counts.blobs - len(left), blob_bytes, not self.unasked)

    @property
    def unasked(self) -> tuple[Look, ...]:
        """The names that were not asked for."""
        asked = self.asked
        return tuple(look for look in looks(self.plan.manifests) if (look.repository, look.reference) not in asked)

    @property
    def left_bytes(self) -> int:
        """The bytes of blobs that no repository is known to hold, each once; those that only lost their tag are among them."""
        return sum(blob.size for blob in self.left_blobs)

    @property
    def left_is_upper_bound(self) -> bool:
        """Whether some of those blobs were not asked for, and may be there after all."""
        return bool(self.left_blobs) and not self.known.is_sure and self.level == "tags"

    @property
    def left_copies_bytes(self) -> int:
        """The bytes of blobs with one copy for each repository that is not known to hold its own."""
        there = standing(self.plan.manifests, self.known.right)
        held = {
            (put.repository, digest)
            for put in self.plan.manifests
            if (put.repository, put.digest) in there
            for digest in put.blobs
        }
        held |= {(place, digest) for digest, places in self.known.places.items() for place in places}
        return sum(
            blob.descriptor.size
            for blob in self.plan.blobs
            for place in blob.repositories
            if (place, blob.descriptor.digest) not in held
        )

    @property
    def left_manifests(self) -> tuple[Digest, ...]:
        """The manifests that no repository is known to hold, each once, the largest first."""
        there = {digest for _, digest in standing(self.plan.manifests, self.known.right)} | self.charged
        sizes = {put.digest: len(put.raw) for put in self.plan.manifests if put.digest not in there}
        return tuple(sorted(sizes, key=lambda digest: -sizes[digest]))

    @property
    def left_manifest_bytes(self) -> int:
        """The bytes of those."""
        sizes = {put.digest: len(put.raw) for put in self.plan.manifests}
        return sum(sizes[digest] for digest in self.left_manifests)

    @property
    def left_blobs(self) -> tuple[Descriptor, ...]:
        """The blobs that no repository is known to hold."""
        there = standing(self.plan.manifests, self.known.right)
        held = {digest for put in self.plan.manifests if (put.repository, put.digest) in there for digest in put.blobs}
        blobs = (blob.descriptor for blob in self.plan.blobs)
        return tuple(blob for blob in blobs if blob.digest not in held and not self.known.places.get(blob.digest))


async def survey_plan(plan: SeedPlan, target: SeedTarget, hint: Hint | None = None) -> Survey:
    """Look at what `target` holds of `plan`; raises the target's `RegistryError` where it does not answer.

    `hint` is what a journal says, which is asked about first, and instead of everything else where it holds.
    """
    before, asking = target.counts, Asking(target)
    recalled = Recalled(None) if hint is None else await recollect(plan, asking, hint)
    look = _look if target.has_wire else _look_at_all
    known = recalled.known or await look(plan, target, asking)
    known = replace(known, places={**asking.places, **known.places}, harmed=everywhere(plan, asking.harmed))
    return Survey(
        counted(plan, known, target, asking.questions),
        known,
        target.counts.requests - before.requests,
        target.counts.overhead - before.overhead,
        asking.moved,
        recalled.refuted,
        resumed=recalled.known is not None,
        broken=frozenset(asking.broken),
        asked=asking.asked,
    )


async def survey_closely(plan: SeedPlan, target: SeedTarget, level: str, options: VerifyOptions) -> Survey:
    """Look at what `target` holds of `plan` as verifying does at level "blobs" or "deep", and believe nothing else.

    No journal is asked: what it says of a blob is what the target said before something harmed it.
    """
    before, asking = target.counts, Asking(target)
    named = await asking.right_of(looks(plan.manifests))
    there = standing(plan.manifests, named)
    damage = await find_damage(plan, target, level, there, options)
    whole = _whole(plan, there, damage)
    right = {(put.repository, name) for put in plan.manifests for name in _names(put, named, whole)}
    lost = damage.missing | damage.wrong
    places: dict[Digest, tuple[str, ...]] = {}
    for blob in plan.blobs:
        digest = blob.descriptor.digest
        places[digest] = tuple(place for place in blob.repositories if (place, digest) not in lost)
    known = Known(frozenset(right), places, fresh=False, damage=damage)
    asked = target.counts.requests - before.requests
    return Survey(
        counted(plan, known, target, asked),
        known,
        asked,
        target.counts.overhead - before.overhead,
        asking.moved,
        level=level,
        damage=_of_standing(plan, there, damage),
        asked=asking.asked,
    )


def nothing_there(plan: SeedPlan, target: SeedTarget) -> Survey:
    """Tell what a target holds that has not even the place for it: nothing, without asking."""
    known = Known(fresh=True, is_sure=True)
    return Survey(counted(plan, known, target, 0), known)


async def look_again(plan: SeedPlan, target: SeedTarget, known: Known) -> Known:
    """Ask for every tag that is not known to be right, and add what was found to what is `known`."""
    rest = [look for look in looks(plan.manifests) if (look.repository, look.reference) not in known.right]
    return replace(known, right=known.right | await Asking(target).right_of(rest), fresh=False)


def requests_left(plan: SeedPlan, known: Known, *, single: bool = False) -> int:
    """Count the fewest requests that may be left; `single`: the target takes a blob with the request that opens its upload.

    In a new project every blob has to be sent, and where every blob was asked for those that are absent. Elsewhere images
    are put first in the hope that their blobs are there, and that is what is counted; blobs that turn out to be lacking add theirs, and the manifest's second put.
    """
    there = standing(plan.manifests, known.right)
    held = {digest: set(places) for digest, places in known.places.items()}
    configs = {blob.descriptor.digest for blob in plan.blobs if is_image_config(blob.descriptor.media_type)}
    lost = known.damage.missing | known.damage.wrong
    requests = 0
    for put in plan.manifests:
        is_there = (put.repository, put.digest) in there
        is_lost = any((put.repository, digest) in lost for digest in put.blobs)
        is_hoped = (
            not known.fresh and not known.is_sure and not is_lost and any(digest in configs for digest in put.blobs)
        )
        for digest in put.blobs if is_there or is_hoped else ():
            held.setdefault(digest, set()).add(put.repository)
        names = put.tags or (() if is_there else (str(put.digest),))
        requests += sum((put.repository, name) not in known.right for name in names)
    for blob in plan.blobs:
        places = held.get(blob.descriptor.digest, set())
        copies = len(set(blob.repositories) - places)
        requests += copies + (1 if copies and not places and not (single and (known.fresh or known.is_sure)) else 0)
    return requests


def counted_single(survey: Survey, *, single: bool = True) -> Survey:
    """Count what is left for a target that takes a blob with one request, or with `single` off for one that does not."""
    plan = survey.plan
    left = requests_left(plan, survey.known, single=single)
    return replace(survey, plan=replace(plan, counts=replace(plan.counts, requests_min=left)))


def counted(plan: SeedPlan, known: Known, target: SeedTarget, questions: int) -> SeedPlan:
    """Count what is left to do of a plan, and what it took to know: nothing where there is no wire."""
    left = requests_left(plan, known, single=bool(target.takes_single)) if target.has_wire else 0
    counts = replace(plan.counts, requests_min=left, requests_probe=questions if target.has_wire else 0)
    return replace(plan, counts=counts)


def _of_standing(plan: SeedPlan, there: set[_Key], damage: Damage) -> Damage:
    """Leave out what is only absent because its image is."""
    pairs = {
        (put.repository, digest)
        for put in plan.manifests
        if (put.repository, put.digest) in there
        for digest in put.blobs
    }
    return replace(damage, missing=damage.missing & pairs)


def _whole(plan: SeedPlan, there: set[_Key], damage: Damage) -> set[_Key]:
    """Tell which manifests are there with all that they hold."""
    by_key = {(put.repository, put.digest): put for put in plan.manifests}
    harmed = damage.manifests | damage.missing | damage.wrong

    def is_whole(put: ManifestPut) -> bool:
        place, mine = put.repository, (put.digest, *put.blobs)
        if (place, put.digest) not in there or any((place, digest) in harmed for digest in mine):
            return False
        return all(is_whole(by_key[place, child]) for child in put.children)

    return {key for key, put in by_key.items() if is_whole(put)}


def _names(put: ManifestPut, named: frozenset[tuple[str, str]], whole: set[_Key]) -> Iterator[str]:
    """Yield the names under which a whole manifest stands; what only an index holds has its digest alone."""
    if (put.repository, put.digest) in whole:
        yield from (name for name in put.tags if (put.repository, name) in named)
        if not put.tags:
            yield str(put.digest)


def everywhere(plan: SeedPlan, harmed: Mapping[Digest, str]) -> dict[tuple[str, Digest], str]:
    """Spread what is known of harmed blobs over all repositories: registries keep each blob once."""
    told = [(blob, harmed[blob.descriptor.digest]) for blob in plan.blobs if blob.descriptor.digest in harmed]
    return {(repository, blob.descriptor.digest): why for blob, why in told for repository in blob.repositories}


async def _look(plan: SeedPlan, target: SeedTarget, asking: Asking) -> Known:
    trial = trial_blob(plan.manifests, plan.blobs)
    if not await _seems_new(plan, trial, target, asking):
        return Known(await asking.right_of(looks(plan.manifests)), fresh=False)
    is_tried = trial is not None and target.takes_single is not False
    return Known(fresh=True, trial=trial.descriptor.digest if trial is not None and is_tried else None)


async def _seems_new(plan: SeedPlan, trial: BlobCopy | None, target: SeedTarget, asking: Asking) -> bool:
    """Tell whether the project seems to be new, by two questions, or by one where Docker's types cost the other."""
    asked = looks(plan.manifests)
    entry = next((look for look in asked if trial is not None and look.repository == trial.repositories[0]), None)
    is_one = entry is not None and target.may_be_zot and any(is_docker(put.media_type) for put in plan.manifests)
    first = entry if is_one else next(iter(first_looks(asked)), None)
    if first is None:
        return True
    found = await asking.find(first) if is_one else NameFound(await asking.look(first))
    if found.digest is not None:
        return False
    if trial is None or entry is None or target.takes_single is False:
        second = [look for look in first_looks(asked) if look.digest != first.digest]
        return not second or await asking.look(second[0]) is None
    if target.may_be_zot and not is_one:
        found = await asking.find(entry)
    if found.digest is None and found.is_untouched is None:
        return not await asking.is_held(Question(trial.repositories[0], trial.descriptor, is_told=False))
    return found.digest is None and bool(found.is_untouched)


async def _look_at_all(plan: SeedPlan, target: SeedTarget, asking: Asking) -> Known:
    """Look at every name, and at every blob's file that none answers for: one of a wrong size is none, and is written anew."""
    right = await asking.right_of(looks(plan.manifests))
    there = standing(plan.manifests, right)
    covered = {
        (put.repository, blob) for put in plan.manifests if (put.repository, put.digest) in there for blob in put.blobs
    }
    held: set[_Key] = set()

    async def look(pair: tuple[str, Descriptor]) -> None:
        repository, wanted = pair
        if await target.blob_size(repository, wanted.digest) == wanted.size:
            held.add((repository, wanted.digest))

    pairs = ((place, blob.descriptor) for blob in plan.blobs for place in blob.repositories)
    await each(look, (pair for pair in pairs if (pair[0], pair[1].digest) not in covered), _AT_ONCE)
    places = {
        blob.descriptor.digest: tuple(place for place in blob.repositories if (place, blob.descriptor.digest) in held)
        for blob in plan.blobs
    }
    is_new = not right and not held
    return Known(right, {digest: found for digest, found in places.items() if found}, fresh=is_new, is_sure=True)
