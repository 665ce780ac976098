"""What a target is held against: the versions that a site or its arguments name, resolved together."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.errors import InvalidReference
from regplan.model.image import Inventory, Unresolved
from regplan.oci.reference import Reference
from regplan.plan.coverage import VersionImages
from regplan.plan.mapping import target_repository
from regplan.resolve import Resolution, resolve
from regplan.store.first_of import FirstOf
from regplan.values import dataclass
from regplan.verbs.chosen import read_versions
from regplan.verbs.inputs import with_unreadable
from regplan.verbs.sites import options_for, with_options
from regplan.verbs.sources import check_sources, open_sources
from regplan.verbs.study import choice_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Container

    from regplan.model.profile import Declarations
    from regplan.model.progress import Report
    from regplan.model.source import ImageSource
    from regplan.model.survival import HostNeeds
    from regplan.plan.mapping import Mapping
    from regplan.seed.verify import Unpinned
    from regplan.verbs.inputs import Inputs
    from regplan.verbs.options import Options
    from regplan.verbs.seeding import SeedJob

__all__ = ["Wanted", "open_wanted", "unpinned_in"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The versions in order (current, next, then previous ones, newest first), and the source that told of them.

    `texts` are the sources as they were named, none where the references' own registries were asked.
    """

    versions: tuple[VersionImages, ...]
    found: Resolution
    source: ImageSource
    texts: tuple[str, ...] = ()

    def version(self, name: str) -> VersionImages | None:
        """Give the version of a name, None where there is none."""
        return next((version for version in self.versions if version.name == name), None)


@asynccontextmanager
async def open_wanted(
    job: SeedJob, options: Options, known: Container[str] = (), report: Report | None = None
) -> AsyncIterator[Wanted]:
    """Read and resolve what a job names, every version that its site names; nobody is asked for references in `known`.

    Where sources are named they are asked for all: they go before what is known otherwise. Raises `InputError` for what
    cannot be read; what cannot be resolved stands in the inventories.
    """
    options = options_for(job.site, options)
    texts = options.sources if job.site is None else with_options(job.site, options).inputs.sources
    check_sources(texts)
    read = await read_versions(job.arguments if job.site is None else job.site, options, report)
    mentions: dict[Reference, tuple[str, ...]] = {}
    for _, inputs in read:
        for reference, where in inputs.declarations.references().items():
            mentions[reference] = tuple(dict.fromkeys((*mentions.get(reference, ()), *where)))
    more = tuple(source for _, inputs in read for source in inputs.sources)
    asked = {each: where for each, where in mentions.items() if texts or more or str(each) not in known}
    async with open_sources(texts, options, more, report) as sources:
        found = await resolve(asked, sources, choice_of(options, job.site), report)
        found = replace(found, inventory=_with_unasked(found.inventory, mentions, asked))
        versions = tuple(
            VersionImages(
                name, inputs.declarations, _part(found.inventory, inputs.declarations), _needs(job, found, inputs)
            )
            for name, inputs in read
        )
        yield Wanted(versions, found, FirstOf(sources), tuple(texts))


def _with_unasked(
    inventory: Inventory, mentions: dict[Reference, tuple[str, ...]], asked: dict[Reference, tuple[str, ...]]
) -> Inventory:
    """Count what nobody was asked for among what is not resolved: its digest is known otherwise."""
    unasked = (
        Unresolved(str(each), "nobody was asked for it", where) for each, where in mentions.items() if each not in asked
    )
    return replace(inventory, unresolved=(*inventory.unresolved, *unasked))


def _part(whole: Inventory, declarations: Declarations) -> Inventory:
    """Take one version's images out of what was resolved for all."""
    mentions = declarations.references()
    names = {str(each): where for each, where in mentions.items()}
    entries = tuple(
        replace(entry, provenance=mentions[entry.reference]) for entry in whole.entries if entry.reference in mentions
    )
    unresolved = tuple(
        replace(each, provenance=names[each.reference]) for each in whole.unresolved if each.reference in names
    )
    return with_unreadable(replace(whole, entries=entries, unresolved=unresolved), declarations)


def _needs(job: SeedJob, found: Resolution, inputs: Inputs) -> dict[str, HostNeeds]:
    from regplan.plan.prepared import Prepared
    from regplan.sim.sited import sited

    if job.site is None or not job.site.hosts:
        return {}
    return dict(sited(job.site, Prepared(inputs.declarations, _part(found.inventory, inputs.declarations))).needs)


def unpinned_in(inventory: Inventory, project: str, mapping: Mapping, told: frozenset[str]) -> tuple[Unpinned, ...]:
    """List the references whose digest nobody tells: their tags can only be looked for."""
    from regplan.seed.verify import Unpinned

    references = []
    for each in inventory.unresolved:
        with suppress(InvalidReference):
            if each.reference not in told:
                references.append(Reference.parse(each.reference))
    return tuple(Unpinned(str(each), target_repository(each, project, mapping), each.target) for each in references)
