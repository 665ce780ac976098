"""A seeding looked at before anything moves: what is there, what the target tells, and the phase that the site is in."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from regplan.errors import Denied, NotFound, RegistryError, Unauthorized
from regplan.model.preflight import Prospect, TargetFound
from regplan.oci.mediatype import is_docker
from regplan.plan.phases import phases, reached_phase
from regplan.plan.preflight import PreflightFacts, is_kept, is_short, judge
from regplan.registry.inspection import Inspection
from regplan.seed.asking import (
    ask_elsewhere,
    ask_for_blobs,
    ask_for_largest,
    ask_for_manifests_elsewhere,
    ask_of_tags,
)
from regplan.seed.nodes import NodesTarget
from regplan.seed.survey import counted_single, nothing_there, survey_closely, survey_plan
from regplan.seed.verify import VerifyOptions
from regplan.values import dataclass
from regplan.verbs.limiting import pace_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from regplan.model.image import Inventory
    from regplan.model.preflight import Phase
    from regplan.model.profile import Declarations
    from regplan.model.progress import Report
    from regplan.model.seed import ManifestPut, SeedPlan
    from regplan.model.site import Site
    from regplan.seed.recollection import Hint
    from regplan.seed.survey import Survey
    from regplan.seed.targets import SeedTarget
    from regplan.verbs.limiting import Outlook
    from regplan.verbs.wishes import SeedWishes

__all__ = ["Ahead", "CloseLook", "close_look", "look_ahead"]

# A name that Harbor does not take, no login, and a login that may not.
_REFUSALS: Final = frozenset({400, 401, 403})
_FAILS: Final = 500


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is to be seeded, as far as looking ahead needs it; `hint` is a journal's. `wants_project` has a project made that is not there."""

    plan: SeedPlan
    inventory: Inventory
    declarations: Declarations
    project: str
    site: Site | None = None
    wants_project: bool = False
    is_thorough: bool = False
    hint: Hint | None = None
    outlook: Outlook | None = None
    look: CloseLook | None = None


@dataclass(frozen=True, slots=True)
class CloseLook:
    """A look at every blob, at level "blobs" or "deep"."""

    level: str
    options: VerifyOptions


def close_look(wished: SeedWishes, report: Report | None) -> CloseLook | None:
    """Tell how closely to look, no faster than the cap lets bytes through; None where tags are believed."""
    if wished.check == "tags":
        return None
    return CloseLook(wished.check, VerifyOptions(pace=pace_of(wished.limits), report=report))


async def look_ahead(ahead: Ahead, target: SeedTarget) -> tuple[Survey | None, Prospect, RegistryError | None]:
    """Look at a target: what it has of the plan, what is to be said before anything moves, and why it cannot be used.

    Without a survey nothing can be written. Writes nothing but the project that is wanted.
    """
    plan = ahead.plan
    try:
        survey, found = await _look(ahead, target)
        if ahead.wants_project and _lacks_project(found):
            survey, found = await _create(ahead, target, survey, found)
        survey = await _look_closer(ahead, target, survey, found)
        if found.kind == "Zot" and target.takes_single is None:
            survey = counted_single(survey)
        nodes = target.questions if isinstance(target, NodesTarget) else 0
        survey = survey.with_requests(target.counts, probing=found.requests + nodes)
    except RegistryError as error:
        findings = judge(PreflightFacts(plan, TargetFound(target.name, problem=str(error)), ahead.inventory, 0))
        left = sum(blob.descriptor.size for blob in plan.blobs)
        # A registry that refuses is up; what fails or is silent may be all that stands before one yet.
        is_up = error.status is not None and error.status < _FAILS
        steps = _phases(ahead, answers=is_up, complete=False)
        return None, Prospect(plan, findings, steps, left, left_is_upper_bound=True), error
    facts = _facts(ahead, survey, found)
    steps = _phases(ahead, answers=True, complete=survey.is_complete)
    prospect = Prospect(survey.plan, (), steps, survey.left_bytes, level=survey.level, damage=survey.damage)
    prospect = replace(prospect, there=survey.there, left_is_upper_bound=survey.left_is_upper_bound)
    if target.takes_single is None and survey.known.trial is not None and found.kind not in {"Zot", "Harbor"}:
        prospect = replace(prospect, requests_if_single=counted_single(survey).plan.counts.requests_min)
    if ahead.outlook is None:
        return survey, replace(prospect, findings=judge(facts)), None
    coming = ahead.outlook.ahead(survey.left_bytes, survey.plan.counts.requests_min, time.time())
    limits = ahead.outlook.limits
    return survey, replace(prospect, findings=judge(facts), limits=limits, forecast=coming), None


def _facts(ahead: Ahead, survey: Survey, found: TargetFound) -> PreflightFacts:
    return PreflightFacts(
        survey.plan,
        found,
        ahead.inventory,
        survey.left_bytes,
        survey.moved,
        _claim_bytes(ahead),
        left_manifest_bytes=survey.left_manifest_bytes,
        left_copies_bytes=0 if found.has_links else survey.left_copies_bytes,
        largest_bytes=max((blob.size for blob in survey.left_blobs), default=0),
        window_bytes=math.inf if ahead.outlook is None else ahead.outlook.window_bytes,
        damage=None if ahead.look is None else survey.damage,
        unasked=0 if _lacks_project(found) else sum(":" not in look.reference for look in survey.unasked),
    )


async def _look_closer(ahead: Ahead, target: SeedTarget, survey: Survey, found: TargetFound) -> Survey:
    """Ask for what has to be known before: tags that may not be moved, and what decides where room seems to be short.

    Where nothing will be written every tag is asked for, and every blob that none answers for unless the largest are absent too,
    since then there is time to tell what is there; the plan's `requests_probe` stays what a run takes to find out. That nothing is there of what was not asked for is a guess, and no FAIL may rest on one.
    """
    if _lacks_project(found):
        return survey
    rules = () if found.project is None else found.project.immutable
    wanted = [lambda repository, tag: is_kept(rules, repository, tag), lambda *_: True][ahead.is_thorough]
    probe = survey.plan.counts.requests_probe
    survey = await ask_of_tags(survey, target, wanted)
    if ahead.is_thorough and target.has_wire and ahead.look is None:
        survey = await ask_for_largest(survey, target) if survey.known.fresh else survey
        survey = survey if survey.known.fresh else await ask_for_blobs(survey, target, gently=True)
    if ahead.is_thorough:
        counts = replace(survey.plan.counts, requests_probe=probe)
        survey = replace(survey, plan=replace(survey.plan, counts=counts))
    asks: tuple[Callable[[Survey, SeedTarget], Awaitable[Survey]], ...] = (ask_of_tags, ask_for_blobs)
    if found.project is not None:
        asks += tuple(partial(ask, project=found.project.name) for ask in (ask_elsewhere, ask_for_manifests_elsewhere))
    for ask in asks if ahead.look is None and target.has_wire else ():
        if is_short(_facts(ahead, survey, found)):
            survey = await ask(survey, target)
    return survey


async def _survey(ahead: Ahead, target: SeedTarget) -> Survey:
    if ahead.look is None:
        return await survey_plan(ahead.plan, target, ahead.hint)
    return await survey_closely(ahead.plan, target, ahead.look.level, ahead.look.options)


async def _look(ahead: Ahead, target: SeedTarget) -> tuple[Survey, TargetFound]:
    """Look at what is there; where a Harbor refuses every question because it has no such project, that is what is found."""
    try:
        if isinstance(target, NodesTarget):
            await target.compare(ahead.plan)
        survey = await _survey(ahead, target)
        return survey, await target.inspect(_inspection(ahead, survey.known.right))
    except (NotFound, Unauthorized, Denied):
        with suppress(RegistryError):
            found = await target.inspect(_inspection(ahead))
            if _lacks_project(found):
                return nothing_there(ahead.plan, target), found
        raise


async def _create(ahead: Ahead, target: SeedTarget, survey: Survey, found: TargetFound) -> tuple[Survey, TargetFound]:
    """Have the project made that is not there; where that is refused, the call that makes it is for somebody else."""
    assert found.project is not None  # noqa: S101  for the type checker
    try:
        await target.create_project(found.project.name)
    except RegistryError as error:
        if error.status not in _REFUSALS:
            raise
        return survey, replace(found, refusal=str(error))
    return await _look(ahead, target)


def _lacks_project(found: TargetFound) -> bool:
    return found.project is not None and not found.project.exists


def _inspection(ahead: Ahead, right: Collection[tuple[str, str]] = ()) -> Inspection:
    """Tell what is to be found out; a target that has some of the Docker manifests already takes them, and is not asked."""
    puts = [put for put in ahead.plan.manifests if is_docker(put.media_type)]
    has_some = any((put.repository, name) in right for put in puts for name in (*put.tags, str(put.digest)))
    docker = (put.repository for put in puts if ahead.is_thorough or not has_some)
    registry = None if ahead.site is None else ahead.site.registry
    kind = ahead.declarations.settings.kind or "" if registry is None else registry.kind
    lacking = (put.repository for put in ahead.plan.manifests if not _stands(put, right))
    places = tuple(dict.fromkeys(lacking)) if ahead.is_thorough else ()
    wish = Inspection(ahead.project, kind, next(docker, ""), ahead.is_thorough, repositories=places)
    folders = tuple(dict.fromkeys(put.repository for put in ahead.plan.manifests))
    return replace(wish, folders=folders, shares_blobs=any(len(blob.repositories) > 1 for blob in ahead.plan.blobs))


def _stands(put: ManifestPut, right: Collection[tuple[str, str]]) -> bool:
    return all((put.repository, name) in right for name in put.tags or (str(put.digest),))


def _claim_bytes(ahead: Ahead) -> int | None:
    registry = None if ahead.site is None else ahead.site.registry
    stated = None if registry is None else registry.storage_bytes
    return stated or ahead.declarations.settings.storage_bytes


def _phases(ahead: Ahead, *, answers: bool, complete: bool) -> tuple[Phase, ...]:
    """List the phases where the layers of profiles tell what runs before a registry."""
    if not ahead.declarations.profiles:
        return ()
    hosts = 1 if ahead.site is None else max(len(ahead.site.hosts), 1)
    reached = reached_phase(answers=answers, complete=complete)
    return phases(ahead.declarations, ahead.inventory, hosts, reached)
