"""What is asked of a target where the first answers are not enough: tags, blobs, and blobs in other repositories.

No FAIL may rest on what was only taken to be absent, and no tag that may not be moved is to be met on the way.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import Denied, NotFound, Unauthorized
from regplan.plan.seeding import Look
from regplan.seed.beliefs import Question
from regplan.seed.recollection import Asking
from regplan.seed.survey import counted, everywhere
from regplan.seed.tasks import each

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from regplan.model.seed import BlobCopy
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.seed.survey import Survey
    from regplan.seed.targets import Counts, SeedTarget

__all__ = ["ask_elsewhere", "ask_for_blobs", "ask_for_largest", "ask_for_manifests_elsewhere", "ask_of_tags"]

_AT_ONCE: Final = 8
_FEW: Final = 6
_MOST_QUESTIONS: Final = 2000


async def ask_of_tags(
    survey: Survey, target: SeedTarget, wanted: Callable[[str, str], bool] = lambda *_: True
) -> Survey:
    """Ask for those of some tags that were not asked for yet, to know which are there and which name other images.

    A new project and a journal leave most tags unasked; where a tag may not be moved, or room is short, it has to be
    known before.
    """
    before, asking = target.counts, Asking(target)
    right = await asking.right_of(look for look in survey.unasked if wanted(look.repository, look.reference))
    return _with_answers(survey, target, before, asking, right)


async def ask_for_blobs(survey: Survey, target: SeedTarget, *, gently: bool = False) -> Survey:
    """Ask for each blob that is not known to be anywhere, in one of its repositories after the other until one holds it.

    `gently` nothing is changed by asking.
    """
    left = {blob.digest for blob in survey.left_blobs}
    asked = [(blob, blob.repositories) for blob in survey.plan.blobs if blob.descriptor.digest in left]
    sure = replace(survey, known=replace(survey.known, is_sure=True))
    return await _ask_blobs(sure, target, asked, gently=gently)


async def ask_for_largest(survey: Survey, target: SeedTarget) -> Survey:
    """Ask gently for a few of the largest blobs: a new version that has only new tags shares most of them with the old one."""
    left = {blob.digest for blob in survey.left_blobs}
    largest = sorted(survey.plan.blobs, key=lambda blob: -blob.descriptor.size)
    chosen = [blob for blob in largest if blob.descriptor.digest in left][:_FEW]
    return await _ask_blobs(survey, target, [(blob, blob.repositories[:_FEW]) for blob in chosen], gently=True)


async def _ask_blobs(
    survey: Survey, target: SeedTarget, asked: Sequence[tuple[BlobCopy, Sequence[str]]], *, gently: bool
) -> Survey:
    before, asking = target.counts, Asking(target)

    async def ask(pair: tuple[BlobCopy, Sequence[str]]) -> None:
        blob, repositories = pair
        for repository in repositories:
            if await asking.is_held(Question(repository, blob.descriptor, is_told=False), gently=gently):
                return

    await each(ask, asked, _AT_ONCE)
    return _with_answers(survey, target, before, asking)


async def ask_elsewhere(survey: Survey, target: SeedTarget, project: str) -> Survey:
    """Ask for each blob that is not known to be anywhere in the repositories of its project that the plan does not name.

    Harbor charges a project once for a blob, and mounts it from there. The largest go first, up to a bound: a question is
    small beside the bytes that it spares, and there may be many repositories.
    """
    before, asking = target.counts, Asking(target)
    others = await _others(survey, target, project)
    left = sorted(survey.left_blobs, key=lambda blob: -blob.size)[: _MOST_QUESTIONS // max(len(others), 1)]

    async def ask(blob: Descriptor) -> None:
        for repository in others:
            with suppress(Denied, NotFound, Unauthorized):
                if await asking.is_held(Question(repository, blob, is_told=False)):
                    return

    await each(ask, left, _AT_ONCE)
    return _with_answers(survey, target, before, asking)


async def ask_for_manifests_elsewhere(survey: Survey, target: SeedTarget, project: str) -> Survey:
    """Ask for each manifest that is not known to be anywhere in those repositories too: it is charged once as a blob is."""
    before, asking = target.counts, Asking(target)
    others = await _others(survey, target, project)
    left = survey.left_manifests[: _MOST_QUESTIONS // max(len(others), 1)]
    found: set[Digest] = set()

    async def ask(digest: Digest) -> None:
        for repository in others:
            with suppress(Denied, NotFound, Unauthorized):
                if await asking.look(Look(repository, str(digest), digest)) == digest:
                    found.add(digest)
                    return

    await each(ask, left, _AT_ONCE)
    survey = _with_answers(survey, target, before, asking)
    return replace(survey, charged=survey.charged | found)


async def _others(survey: Survey, target: SeedTarget, project: str) -> list[str]:
    """List the repositories of a Harbor project that the plan does not name."""
    mine = {put.repository for put in survey.plan.manifests}
    return [name for name in await target.repositories_of(project) if name not in mine]


def _with_answers(
    survey: Survey, target: SeedTarget, before: Counts, asking: Asking, right: frozenset[tuple[str, str]] = frozenset()
) -> Survey:
    """Add what more was found; a project is not new any more where that is anything.

    The requests that are left are those for the bytes that are: what was begun as a guess is not hoped for.
    """
    known = survey.known
    is_new = known.fresh and not right and not asking.places
    known = replace(
        known,
        right=known.right | right,
        places={**known.places, **asking.places},
        fresh=is_new,
        harmed={**known.harmed, **everywhere(survey.plan, asking.harmed)},
        trial=known.trial if is_new else None,
    )
    questions = survey.plan.counts.requests_probe + asking.questions
    return replace(
        survey,
        plan=counted(survey.plan, replace(known, fresh=survey.known.fresh), target, questions),
        known=known,
        requests=survey.requests + target.counts.requests - before.requests,
        overhead_requests=survey.overhead_requests + target.counts.overhead - before.overhead,
        moved=survey.moved | asking.moved,
        broken=survey.broken | asking.broken,
        asked=survey.asked | asking.asked,
    )
