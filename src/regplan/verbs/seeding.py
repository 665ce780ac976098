"""`seed`: what must stand at a target, put there."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.plan.seeding import plan_seed, plan_verify
from regplan.resolve import resolve
from regplan.store.files import user_path
from regplan.store.first_of import FirstOf
from regplan.values import NamedTuple, dataclass
from regplan.verbs.among import site_at
from regplan.verbs.arguments import listed
from regplan.verbs.chosen import CURRENT, asked_versions, read_versions
from regplan.verbs.inputs import with_unreadable
from regplan.verbs.limiting import Outlook
from regplan.verbs.naming import own_addresses, read_mapping
from regplan.verbs.options import heard
from regplan.verbs.portal import run_blocking
from regplan.verbs.sites import options_for, with_options
from regplan.verbs.sources import check_sources, open_sources, registry_client
from regplan.verbs.study import choice_of, raise_if_unusable
from regplan.verbs.targets import Target, parse_targets
from regplan.verbs.wishes import limited, settings_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from regplan.errors import RegistryError
    from regplan.model.image import Inventory
    from regplan.model.preflight import Nodes, Prospect
    from regplan.model.profile import Declarations
    from regplan.model.progress import Report
    from regplan.model.seed import SeedPlan, SeedResult
    from regplan.model.site import Site
    from regplan.model.source import ImageSource
    from regplan.plan.mapping import Mapping
    from regplan.resolve import Resolution
    from regplan.seed.recollection import Hint
    from regplan.seed.targets import SeedTarget
    from regplan.verbs.options import Options
    from regplan.verbs.preflight import Ahead
    from regplan.verbs.wishes import SeedWishes

__all__ = [
    "ResolvedJob",
    "SeedJob",
    "Seeding",
    "open_target",
    "reasons",
    "resolved_job",
    "seed_images",
    "seed_in_loop",
    "seed_job",
]


@dataclass(frozen=True, slots=True)
class SeedJob:
    """What to seed and where to; `site` is given where the only argument is a site file.

    `mapping` is host, plain, profile or a file of rules, as `--mapping` takes it. `versions` of a site are current, next
    or both; names go by the current one's rules, as they do where verifying looks for them.
    """

    arguments: tuple[str, ...]
    target: Target
    mapping: str = "host"
    site: Site | None = None
    versions: str = CURRENT

    def at(self, node: str) -> SeedJob:
        """Name the target by the node that answers, so that what is told names where the bytes go."""
        return replace(self, target=self.target.at(node))

    @property
    def site_name(self) -> str:
        """The site's name, "" where there is no site."""
        return "" if self.site is None else self.site.name

    @property
    def kind(self) -> str:
        """The registry's kind as the site states it, "tree" for a folder, "other" where nobody says."""
        if self.target.folder:
            return "tree"
        return "other" if self.site is None or self.site.registry is None else self.site.registry.kind


@dataclass(frozen=True, slots=True)
class Seeding:
    """The plan with what was seen before, what could not be resolved (one sentence each), and what came of it.

    `result` is None where it was not done, `error` why the target cannot be used, where that was found out before.
    """

    prospect: Prospect
    unresolved: tuple[str, ...] = ()
    result: SeedResult | None = None
    error: RegistryError | None = None

    @property
    def plan(self) -> SeedPlan:
        """What is to be done."""
        return self.prospect.plan

    def ended(self, result: SeedResult, nodes: Nodes | None) -> Seeding:
        """Add what came of it, and which of its target's nodes was asked in the end."""
        return replace(self, prospect=replace(self.prospect, plan=result.plan, nodes=nodes), result=result)


def seed_job(
    arguments: Sequence[str], target: str | Sequence[str] | None, mapping: str = "host", versions: str = CURRENT
) -> SeedJob:
    """Gather a job; where the only argument is a site file, its registry is the default target, with all its nodes.

    Several targets are the nodes of one registry.
    Raises `InputError` where no target is named, and for one that cannot be.
    """
    given = listed(arguments)
    site = _site_of(given)
    if target:
        named = (target,) if isinstance(target, str) else target
        return SeedJob(given, parse_targets(named), mapping, site, versions)
    if site is None or site.registry is None or not site.registry.addresses:
        raise InputError(
            "name a target: docker://HOST:PORT/PROJECT or oci:DIR (--to, --at), else a site file's registry.address"
        )
    first, *others = site.registry.addresses
    return SeedJob(given, Target(first, site.registry.project, nodes=tuple(others)), mapping, site, versions)


def seed_images(
    job: SeedJob,
    options: Options | None = None,
    wishes: SeedWishes | None = None,
    *,
    agree: Callable[[Prospect], bool] = lambda _: True,
    report: Report | None = None,
) -> Seeding:
    """Copy everything that the job needs and the target lacks, blocking; `wishes` are how.

    `agree` is shown the plan, with what is left to do and what was found, before anything is written; a FAIL among that
    ends it. Raises `InputError` for what cannot be read and `RegistryError` where the target fails before any write;
    later failures stand in the result.
    """

    async def seed() -> Seeding:
        return await seed_in_loop(job, options, wishes, agree=_at_once(agree), report=heard(report))

    return run_blocking(seed)


async def seed_in_loop(
    job: SeedJob,
    options: Options | None = None,
    wishes: SeedWishes | None = None,
    *,
    agree: Callable[[Prospect], Awaitable[bool]],
    report: Report | None = None,
) -> Seeding:
    """Do as `seed_images` does, in the running loop: so it can be cancelled, and whoever agrees may take his time."""
    from regplan.seed.nodes import nodes_of, require_one
    from regplan.seed.proving import prove
    from regplan.seed.runner import apply_seed
    from regplan.seed.targets import certificate_of
    from regplan.verbs.journaling import keeping_for
    from regplan.verbs.preflight import close_look, look_ahead

    told, wished = limited(job.site, options, wishes)
    keeping = keeping_for(job.target, job.site_name, wished.journal, wished.tell)
    async with resolved_job(job, told, report) as job_found, open_target(job.target, told, wished.tell) as target:
        _hear(job_found.found, wished.tell)
        hint = keeping.hint(lambda: certificate_of(target))
        look = close_look(wished, report)
        ahead = replace(_ahead(job.at(target.name), wished, job_found, hint), look=look)
        survey, prospect, error = await look_ahead(ahead, target)
        prospect = replace(prospect, nodes=nodes_of(target))
        keeping.tell(survey)
        seeding = Seeding(prospect, reasons(job_found.found.inventory), error=error)
        if not await agree(prospect) or (error is None and prospect.is_stopped):
            return seeding
        if error is not None:
            raise error
        assert survey is not None  # noqa: S101  without an error there is one
        if told.read_only:
            raise InputError("read-only: seeding writes; leave read-only out, or only look (--dry-run)")
        with keeping.open(survey) as journal:
            settings = settings_for(wished, report, journal, ahead.outlook)
            result = await apply_seed(survey, job_found.source, target, settings)
        require_one(target)
        result = await prove(survey, result, target, None if look is None else look.options)
        result = replace(result, journal=str(keeping.path or ""))
        return seeding.ended(result, nodes_of(target))


def _at_once(agree: Callable[[Prospect], bool]) -> Callable[[Prospect], Awaitable[bool]]:
    async def answer(prospect: Prospect) -> bool:
        return agree(prospect)

    return answer


def _hear(found: Resolution, tell: Callable[[str], None]) -> None:
    """Tell which sources were wrong where another was right; raises the error where nothing could be resolved."""
    raise_if_unusable(found)
    for wrong in found.wrong:
        tell(wrong)


def _ahead(job: SeedJob, wished: SeedWishes, resolved: ResolvedJob, hint: Hint | None) -> Ahead:
    from regplan.verbs.preflight import Ahead

    inventory, project = resolved.found.inventory, job.target.project
    draw = plan_verify if wished.look_only else plan_seed
    plan = draw(inventory, str(job.target), project, resolved.mapping)
    return Ahead(
        plan,
        inventory,
        resolved.declarations,
        project,
        job.site,
        wished.create_project,
        wished.look_only,
        hint,
        Outlook.of(job.site, wished.limits, to_disk=bool(job.target.folder)),
    )


class ResolvedJob(NamedTuple):
    """What a job names: what was found of it, the sources to read it from, the mapping of its names, what was declared."""

    found: Resolution
    source: ImageSource
    mapping: Mapping
    declarations: Declarations


@asynccontextmanager
async def resolved_job(job: SeedJob, options: Options, report: Report | None) -> AsyncIterator[ResolvedJob]:
    """Resolve what a job names."""
    options = options_for(job.site, options)
    named = job.arguments if job.site is None else job.site
    read = dict(await read_versions(named, options, report, job.versions))
    asked = [read[name] for name in asked_versions(job.versions, list(read))]
    declarations = _together([inputs.declarations for inputs in asked])
    texts = options.sources if job.site is None else with_options(job.site, options).inputs.sources
    mapping = own_addresses(read_mapping(job.mapping, read[CURRENT].declarations), job.site, *job.target.hosts)
    check_sources(texts)
    more = tuple(source for inputs in asked for source in inputs.sources)
    async with open_sources(texts, options, more, report) as sources:
        choice = choice_of(options, job.site)
        found = await resolve(declarations.references(), sources, choice, report)
        inventory = with_unreadable(found.inventory, declarations)
        yield ResolvedJob(
            replace(found, inventory=inventory), FirstOf(sources, tells_wrong=True), mapping, declarations
        )


def _together(versions: Sequence[Declarations]) -> Declarations:
    """Put versions together: the first one's settings and profiles, and what any of them uses, each mention once."""
    first, *others = versions
    uses = dict.fromkeys(first.uses) | dict.fromkeys(use for each in others for use in each.uses)
    return replace(first, uses=tuple(uses)) if others else first


def reasons(inventory: Inventory) -> tuple[str, ...]:
    """Tell what could not be resolved, one sentence each."""
    return tuple(
        each.reason if each.reference in each.reason else f"{each.reference}: {each.reason}"
        for each in inventory.unresolved
    )


def _site_of(arguments: Sequence[str]) -> Site | None:
    """Tell the site where the only argument is a site file; profiles and lists have no `profiles:` at the top."""
    return site_at(arguments[0]) if len(arguments) == 1 else None


def _tree(folder: str) -> SeedTarget:
    from regplan.seed.targets import TreeTarget

    return TreeTarget(user_path(folder))


@asynccontextmanager
async def open_target(
    target: Target, options: Options, tell: Callable[[str], None] = lambda _: None
) -> AsyncIterator[SeedTarget]:
    """Open a registry or a tree of layouts to be looked at and written to; `tell` hears of nodes that are passed over."""
    from regplan.seed.targets import RegistryTarget

    if target.folder:
        yield _tree(target.folder)
        return
    from regplan.registry.push import Pusher
    from regplan.seed.nodes import NodesTarget

    async with registry_client(options) as client:
        nodes = [RegistryTarget(Pusher(client, host), client) for host in target.hosts]
        if len(nodes) == 1:
            yield nodes[0]
            return
        several = NodesTarget(nodes, tell)
        await several.choose()
        yield several
