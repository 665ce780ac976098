"""What a seeding has put and is not sure of, looked at once more when it has ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.errors import ContentError, InvalidManifest, RegistryError, Unreachable
from regplan.plan.seeding import standing
from regplan.seed.mending import kept_sentence, kept_sentences
from regplan.seed.notes import names_of
from regplan.seed.verify import verify

if TYPE_CHECKING:
    from collections.abc import Collection

    from regplan.model.seed import ManifestPut, SeedPlan, SeedResult
    from regplan.oci.digest import Digest
    from regplan.seed.survey import Survey
    from regplan.seed.targets import Counts, SeedTarget
    from regplan.seed.verify import VerifyOptions

__all__ = ["prove"]


async def prove(
    survey: Survey, result: SeedResult, target: SeedTarget, options: VerifyOptions | None = None
) -> SeedResult:
    """Verify, at the level of the survey, what a seeding has put; what was whole before was read then.

    At level "tags" the target's word for what it took is enough, but for names that it failed on before. What is still
    not as it should be counts as failed, with the file to remove where the registry keeps what it has.
    """
    undone = frozenset(result.rerun)
    whole = standing(survey.plan.manifests, survey.known.right)
    put = {
        (each.repository, each.digest)
        for each in survey.plan.manifests
        if (each.repository, each.digest) not in whole
        and undone.isdisjoint(names_of(each))
        and _is_doubted(each, survey)
    }
    if result.interrupted or not put:
        return result
    before = target.counts
    found = await verify(_only(survey.plan, put), target, survey.level, options)
    result = _with_requests(result, before, target.counts)
    if found.complete and not found.equivalent:
        return result
    harmed = {digest for _, digest in found.damage.wrong}
    told = [*kept_sentences(found.damage.wrong, harmed)]
    before = target.counts
    broken = await _broken(target, found.damage.manifests)
    result = _with_requests(result, before, target.counts)
    told += [kept_sentence((place,), digest, is_manifest=True) for place, digest in broken]
    failed = dict.fromkeys((*result.failed, *found.details, *told))
    lacking = (*found.missing, *found.wrong, *found.equivalent)
    return replace(result, failed=tuple(failed), verified=False, rerun=tuple(dict.fromkeys((*result.rerun, *lacking))))


def _with_requests(result: SeedResult, before: Counts, after: Counts) -> SeedResult:
    """Count what was asked between."""
    requests = result.done.requests + after.requests - before.requests
    overhead = result.done.overhead_requests + after.overhead - before.overhead
    return replace(result, done=replace(result.done, requests=requests, overhead_requests=overhead))


def _is_doubted(put: ManifestPut, survey: Survey) -> bool:
    names = put.tags or (str(put.digest),)
    return survey.level != "tags" or any((put.repository, name) in survey.broken for name in names)


def _only(plan: SeedPlan, keys: Collection[tuple[str, Digest]]) -> SeedPlan:
    """Keep some manifests of a plan, with the blobs that they need where they need them."""
    manifests = tuple(put for put in plan.manifests if (put.repository, put.digest) in keys)
    pairs = {(put.repository, digest) for put in manifests for digest in put.blobs}
    blobs = (
        replace(
            blob, repositories=tuple(place for place in blob.repositories if (place, blob.descriptor.digest) in pairs)
        )
        for blob in plan.blobs
    )
    return replace(plan, manifests=manifests, blobs=tuple(blob for blob in blobs if blob.repositories))


async def _broken(target: SeedTarget, manifests: Collection[tuple[str, Digest]]) -> list[tuple[str, Digest]]:
    """Tell which manifests are there and cannot be read, although they were put: a file that the registry keeps."""
    broken = []
    for repository, digest in sorted(manifests, key=str):
        try:
            await target.fetch_manifest(repository, str(digest))
        except Unreachable:
            raise
        except (RegistryError, ContentError, InvalidManifest):
            broken.append((repository, digest))
    return broken
