"""Lives of a site drawn at random: a site in, and out comes its study with what may happen in so many lives."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError, InvalidSite
from regplan.model.progress import Progress
from regplan.model.site import SiteFrom
from regplan.plan.releases import is_set
from regplan.sim.carried.of_site import SiteImages
from regplan.sim.carried.year import check_scenario
from regplan.sim.chance.many import Subject, lives_of, run_block
from regplan.sim.chance.of_site import boot_of_site, chances_of, line_of
from regplan.sim.chance.told import chance_of
from regplan.values import dataclass
from regplan.verbs.executors import in_order, open_executor
from regplan.verbs.options import Options, heard
from regplan.verbs.sites import at_its_key
from regplan.verbs.study import plan_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from regplan.model.chance import Chance
    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.model.site import Site
    from regplan.plan.facts import PlanFacts
    from regplan.sim.chance.many import Drawn
    from regplan.verbs.executors import Executor
    from regplan.verbs.replanning import Ready

__all__ = ["DrawsAsked", "draw_site"]

# What a seed is drawn from, where nobody names one: short enough to be copied.
_SEEDS: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class DrawsAsked:
    """How many lives of a site are drawn at most, and who draws them.

    `seed` draws the same ones again; None draws one, which `Chance.seed` tells. `workers` are processes of this machine, `scheduler`
    is the address of a Dask scheduler; how many there are changes no number.
    """

    draws: int = 1_000
    seed: int | None = None
    workers: int = 1
    scheduler: str = ""


def draw_site(
    site: Site | str | Path,
    asked: DrawsAsked | None = None,
    options: Options | None = None,
    report: Report | None = None,
) -> Study:
    """Plan a site and draw its scenario's lives, blocking: `study.chance` tells what they come to.

    Draws end when direct pulls are known to within 2 %, and what each topology saves of them to within two points. Raises what
    `plan_site` and opening an executor raise, `InvalidSite` for a site without hosts or a scenario, and for one that cannot be
    followed, and `InputError` for no draws, no workers or a negative seed.
    """
    report = heard(report)
    told = asked or DrawsAsked()
    _check(told)
    seed = secrets.randbelow(_SEEDS) if told.seed is None else told.seed
    # Before anything is resolved: a scheduler that nobody answers at is the user's to mend.
    with open_executor(told.workers, told.scheduler) as executor:
        kept: list[tuple[Site, Ready, PlanFacts]] = []
        study = plan_site(site, replace(options or Options(), life=True), report, lambda *each: kept.append(each))
        subject = _subject(*kept[-1])
        return replace(study, chance=_drawn(subject, replace(told, seed=seed), executor, report))


def _check(asked: DrawsAsked) -> None:
    for name, value in (("draws", asked.draws), ("workers", asked.workers)):
        if value < 1:
            raise InputError(f"{name}: {value} is not a whole number from 1")
    if asked.seed is not None and asked.seed < 0:
        raise InputError(f"seed: {asked.seed} is not a whole number from 0")


def _subject(site: Site, ready: Ready, facts: PlanFacts) -> Subject:
    """Tell whose lives are drawn; what a scenario cannot be is told with its key."""
    from regplan.sim.clock.site_pulls import site_pulls
    from regplan.sim.placement import place
    from regplan.verbs.living import releases_of, terms_of

    if not site.hosts:
        raise InvalidSite(f"{site.file or site.name}: the site names no hosts, so nothing happens here: add `hosts:`")
    if site.scenario is None:
        raise InvalidSite(
            f"{site.file or site.name}: lives are drawn of a scenario, and the site has none: add one, such as "
            "`scenario: {years: 1, upgrades_per_year: 4, reimages_per_node_year: 0.5}`"
        )
    # Workers need none of what a site reads, among which passwords may be.
    images = SiteImages(replace(site, inputs=SiteFrom()), releases_of(ready))
    delta = site.assumptions.version_delta if is_set(site, "version_delta") else None
    content = images.version(0, site.assumptions.hosts_per_image).content
    pulls = site_pulls(site, place(site, facts.declarations, facts.inventory), facts.inventory, facts.unpacked)
    content_bytes = 0 if facts.wire is None else facts.wire.content_bytes
    try:
        check_scenario(images, site.scenario, ceil(site.scenario.upgrades_per_year * site.scenario.years), delta)
        chances = chances_of(site, site.scenario, content)
    except InvalidSite as error:
        raise at_its_key(site, error) from error
    terms = terms_of(site, facts)
    boot = boot_of_site(site, pulls, content_bytes, terms.cache)
    return Subject(images, terms, chances, delta, boot, line_of(site))


def _drawn(subject: Subject, asked: DrawsAsked, executor: Executor, report: Report | None) -> Chance:
    """Let workers draw block by block, and tell how far they are."""
    shared, workers = executor.share(subject), set[int]()
    seed, count = asked.seed or 0, 0

    def each_block(_: Callable[[int], Drawn], blocks: Sequence[int]) -> Iterator[Drawn]:
        nonlocal count
        parts = (((seed, block, asked.draws), (shared,)) for block in blocks)
        for worker, drawn in in_order(executor, _block, parts):
            workers.add(worker)
            count += drawn.count
            if report is not None:
                report(Progress(count, asked.draws, "lives", f"seed {seed}"))
            yield drawn

    return chance_of(lives_of(subject, seed, asked.draws, each_block), subject, asked.draws, workers)


def _block(task: tuple[int, int, int], shared: Sequence[Any]) -> tuple[int, Drawn]:
    """Draw a block wherever this runs, and tell which process did."""
    seed, block, most = task
    return os.getpid(), run_block(shared[0], seed, block, most)
