"""`prune`: what no kept version needs, shown first and then deleted from a registry."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.errors import InputError, Unreachable
from regplan.oci.reference import Reference
from regplan.plan.pruning import needs_of, plan_prune
from regplan.plan.seeding import plan_verify
from regplan.values import dataclass
from regplan.verbs.options import Options
from regplan.verbs.portal import run_blocking
from regplan.verbs.shaping import shape_of
from regplan.verbs.sources import registry_client
from regplan.verbs.study import raise_if_mendable
from regplan.verbs.wanted import open_wanted, unpinned_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from regplan.model.progress import Report
    from regplan.model.pruning import Census, PrunePlan, PruneResult
    from regplan.model.verifying import FoundMapping
    from regplan.plan.coverage import VersionImages
    from regplan.plan.mapping import Mapping
    from regplan.plan.pruning import Needs
    from regplan.registry.push import Pusher
    from regplan.seed.census import Shelf
    from regplan.seed.shelf import RegistryShelf
    from regplan.seed.targets import RegistryTarget
    from regplan.verbs.seeding import SeedJob
    from regplan.verbs.targets import Target
    from regplan.verbs.wanted import Wanted

__all__ = ["PruneWishes", "Pruning", "census_of", "needs_in", "open_shelf", "prune_site"]


@dataclass(frozen=True, slots=True)
class PruneWishes:
    """How much to keep: the first `keep` versions of current, next and previous ones, newest first.

    `unnamed` deletes too what no version names, in the repositories that some version names.
    """

    keep: int
    unnamed: bool = False


@dataclass(frozen=True, slots=True)
class Pruning:
    """What pruning would delete, how the images are named there, and what came of it; None where it was not done."""

    plan: PrunePlan
    mapping: FoundMapping
    result: PruneResult | None = None
    kind: str = "other"


def prune_site(
    job: SeedJob,
    wishes: PruneWishes,
    options: Options | None = None,
    *,
    agree: Callable[[PrunePlan], bool] = lambda _: False,
    report: Report | None = None,
) -> Pruning:
    """Delete from a site's registry what no kept version needs, blocking; `agree` is shown what that is first.

    Raises `InputError` for what cannot be read or must not be guessed, and `RegistryError` where the registry cannot be
    used or refuses the first deletion; later failures stand in the result.
    """
    told = options or Options()
    _check(job, wishes)

    async def prune() -> Pruning:
        from regplan.seed.prune import apply_prune

        async with open_wanted(job, told, report=report) as wanted, open_shelf(job.target, told) as (shelf, target):
            raise_if_mendable(wanted.found)
            _refuse_unreadable(wanted.versions[: wishes.keep])
            mapping, found = await _mapping(job, wanted, target)
            needs = [needs_in(each, job.target, mapping) for each in wanted.versions]
            census = await census_of(shelf, needs, job.target.project, report)
            kept, dropped = needs[: wishes.keep], needs[wishes.keep :]
            chosen = plan_prune(str(job.target), census, kept, dropped, unnamed_too=wishes.unnamed)
            pruning = Pruning(chosen, found, kind=job.kind)
            if not chosen.items or not agree(chosen):
                return pruning
            if told.read_only:
                raise InputError("read-only: pruning deletes; leave read-only out, or only look (--dry-run)")
            return replace(pruning, result=await apply_prune(chosen, census, shelf, report))

    return run_blocking(prune)


def needs_in(version: VersionImages, target: Target, mapping: Mapping) -> Needs:
    """Tell what one version asks a target for, its unresolved tags too."""
    plan = plan_verify(version.inventory, str(target), target.project, mapping)
    loose = unpinned_in(version.inventory, target.project, mapping, frozenset())
    return needs_of(version.name, plan, ((each.repository, each.tag) for each in loose))


@asynccontextmanager
async def open_shelf(target: Target, options: Options) -> AsyncIterator[tuple[RegistryShelf, RegistryTarget]]:
    """Open a registry to be listed and deleted from, at the first of its nodes that answers."""
    from regplan.registry.holdings import Holdings
    from regplan.registry.push import Pusher
    from regplan.seed.shelf import RegistryShelf
    from regplan.seed.targets import RegistryTarget

    async with registry_client(options) as client:
        pushers = [Pusher(client, host) for host in target.hosts]
        pusher = await _first_alive(pushers) if len(pushers) > 1 else pushers[0]
        yield RegistryShelf(pusher, Holdings(client.session(pusher.host))), RegistryTarget(pusher, client)


async def _first_alive(pushers: Sequence[Pusher]) -> Pusher:
    """Choose the first node that answers, else the last one, whose error is then told."""
    for pusher in pushers[:-1]:
        with suppress(Unreachable):
            await pusher.ping()
            return pusher
    return pushers[-1]


def _check(job: SeedJob, wishes: PruneWishes) -> None:
    if job.site is None:
        raise InputError("prune takes one site file: it names the versions (profiles, upgrade_to, upgrade_from)")
    if job.target.folder:
        raise InputError(
            f"{job.target}: prune is for registries; of a tree on a disk, remove the folder and seed it again"
        )
    if wishes.keep < 1:
        raise InputError(f"--keep {wishes.keep}: keep at least one version")


def _refuse_unreadable(kept: Sequence[VersionImages]) -> None:
    """Refuse to choose where it is not known what a kept version needs."""
    for version in kept:
        named = {str(reference) for reference in version.declarations.references()}
        unread = [each for each in version.inventory.unresolved if each.reference not in named]
        if unread:
            raise InputError(
                f"the {version.name} version is to be kept, and {len(unread)} of its images cannot be told, such as "
                f"{unread[0].reference!r}: {unread[0].reason}; mend that (--set-var), so that nothing of it is deleted"
            )


async def _mapping(job: SeedJob, wanted: Wanted, target: RegistryTarget) -> tuple[Mapping, FoundMapping]:
    references = [Reference.parse(name) for version in wanted.versions for name in version.names()]
    shape, found = await shape_of(job, wanted.versions[0].declarations, tuple(dict.fromkeys(references)), target)
    return shape.mapping, found


async def census_of(shelf: Shelf, needs: Sequence[Needs], project: str, report: Report | None) -> Census:
    """Read what a registry holds, and what versions name in it by digest alone."""
    from regplan.seed.census import take_census

    named = dict.fromkeys(repository for each in needs for repository in sorted(each.repositories))
    digests = dict.fromkeys(pair for each in needs for pair in sorted(each.digests, key=str))
    return await take_census(shelf, named, project, digests, report)
