"""Years of a fleet's sites: what is drawn of each row, and blocks of them drawn by whoever works, with what is done kept in a folder."""

from __future__ import annotations

import os
from dataclasses import field, replace
from itertools import chain
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError, InvalidSite
from regplan.model.progress import Progress
from regplan.model.site import SiteFrom
from regplan.plan.facts import unresolved_references
from regplan.plan.releases import is_set
from regplan.sim.carried.of_site import SiteImages
from regplan.sim.carried.year import check_scenario
from regplan.sim.chance.of_site import boot_of_site, boot_over_lines, chances_of
from regplan.sim.clock.site_pulls import site_pulls
from regplan.sim.fleet.block import run_block, together
from regplan.sim.fleet.document import read_years, seed_in, stamp_of, written_years
from regplan.sim.fleet.prices import NO_PRICES, prices_of
from regplan.sim.fleet.subject import BLOCK, Block, Spec, Subject
from regplan.sim.placement import place as placed
from regplan.store.files import read_text, user_path, write_atomic
from regplan.values import dataclass
from regplan.verbs.executors import in_order
from regplan.verbs.living import releases_of, terms_of, unresolved_later
from regplan.verbs.replanning import facts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from regplan.model.progress import Report
    from regplan.model.site import Scenario, Site
    from regplan.model.years import FleetYears
    from regplan.plan.facts import PlanFacts
    from regplan.sim.carried.life import Terms
    from regplan.sim.chance.closed import Boot
    from regplan.sim.fleet.block import BlockYears
    from regplan.sim.fleet.prices import Prices
    from regplan.verbs.executors import Executor
    from regplan.verbs.replanning import Ready

__all__ = ["Subjects", "draw_years", "kept_seed", "resume_folder"]

_BLOCKS: Final = "block-*.json"


@dataclass(slots=True)
class Subjects:
    """Takes rows to the numbers that are drawn of them; what sites have in common is reckoned once, by whoever works."""

    executor: Executor
    notes: list[str] = field(default_factory=list)
    _taken: list[tuple[Subject, Future[Prices]]] = field(default_factory=list)
    _prices: dict[Any, Future[Prices]] = field(default_factory=dict)
    _boots: dict[Any, Boot | None] = field(default_factory=dict)
    _unresolved: set[tuple[str, ...]] = field(default_factory=set)

    def found(self) -> list[Subject]:
        """Tell what is drawn, in the order of the rows, once all prices are there."""
        return [replace(subject, prices=prices.result()) for subject, prices in self._taken]

    def take(self, line: int, site: Site, place: int, ready: Ready) -> None:
        """Take a site of the set of profiles at a place; raises `InvalidSite`, whose text begins with the key."""
        scenario = site.scenario
        if not site.hosts:
            raise InvalidSite("hosts.count: the site names no hosts, so nothing happens here")
        if scenario is None:
            raise InvalidSite(
                "scenario.years: years are drawn of a scenario, and the site has none: give columns such as "
                "scenario.upgrades_per_year and scenario.reimages_per_node_year, or have them in the file of defaults"
            )
        chances = chances_of(site, scenario, ())
        facts, _ = facts_of(site, ready.prepared, ready.mapping, "")
        shape = tuple((host.role, host.arch) for host in site.hosts)
        link = site.internet_link
        prices = self._priced((place, shape), site, ready, (facts, scenario))
        subject = Subject(
            line,
            site.name,
            scenario.years,
            scenario.reimages_per_node_year,
            scenario.upgrades_per_year,
            scenario.reschedules_per_year,
            NO_PRICES,
            self._boot((place, shape), site, facts),
            None if link is None else link.rate_bps,
            chances.internet,
            chances.unpacking,
            self._is_low(site, ready, facts),
        )
        self._taken.append((subject, prices))

    def _is_low(self, site: Site, ready: Ready, facts: PlanFacts) -> bool:
        """Tell whether images are unresolved, and say once of each next version that lacks some what that makes of upgrades."""
        left = unresolved_later(releases_of(ready))
        if left and left not in self._unresolved:
            self._unresolved.add(left)
            self.notes.append(
                f"{site.name} and sites like it: unresolved of upgrade_to, so that what upgrades carry is a lower bound: {', '.join(left)}"
            )
        return bool(left or unresolved_references(facts))

    def _priced(
        self, where: tuple[object, ...], site: Site, ready: Ready, told: tuple[PlanFacts, Scenario]
    ) -> Future[Prices]:
        facts, scenario = told
        terms = replace(terms_of(site, facts), room_bytes=None)
        delta = site.assumptions.version_delta if is_set(site, "version_delta") else None
        key = where, terms, scenario, delta
        if key not in self._prices:
            images = SiteImages(replace(site, inputs=SiteFrom()), releases_of(ready))
            check_scenario(images, scenario, ceil(scenario.upgrades_per_year * scenario.years), delta)
            self._prices[key] = self.executor.submit(_asked, ((images, terms, scenario, delta), ()))
        return self._prices[key]

    def _boot(self, where: tuple[object, ...], site: Site, facts: PlanFacts) -> Boot | None:
        if site.internet_link is None:
            return None
        terms = terms_of(site, facts)
        cold = terms.cache, terms.peer_extra
        key = where, site.assumptions.hosts_per_image, site.assumptions.unpacked_ratio, site.pulls, cold
        if key not in self._boots:
            placement = placed(site, facts.declarations, facts.inventory)
            pulls = site_pulls(site, placement, facts.inventory, facts.unpacked)
            content_bytes = 0 if facts.wire is None else facts.wire.content_bytes
            self._boots[key] = boot_of_site(site, pulls, content_bytes, terms.cache)
        pulled = self._boots[key]
        return None if pulled is None else boot_over_lines(pulled, site)


def resume_folder(folder: str) -> Path | None:
    """Make the folder that blocks are kept in, None where none is named. Raises `InputError` where it cannot be made or written to."""
    if not folder:
        return None
    path = user_path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: no folder can be made there: {error.strerror}") from error
    # Before anything is drawn: the first block may take its time.
    if not os.access(path, os.W_OK):
        raise InputError(f"{folder}: nothing can be written there")
    return path


def kept_seed(folder: Path | None) -> int | None:
    """Tell from which seed the blocks in a folder were drawn: the first that says so. None without any.

    Who goes on with a run whose seed nobody named would otherwise draw anew, over all that was done.
    """
    for path in sorted(folder.glob(_BLOCKS)) if folder is not None else ():
        try:
            seed = seed_in(read_text(path))
        except InputError:
            continue
        if seed is not None:
            return seed
    return None


def draw_years(
    subjects: Sequence[Subject], spec: Spec, executor: Executor, folder: Path | None, report: Report | None = None
) -> tuple[FleetYears | None, tuple[str, ...]]:
    """Draw the years of sites in blocks, and tell what they come to and which files were not taken; None of no sites.

    Each block that is done has a file in `folder`, written whole or not at all; one that is there is not done again.
    """
    blocks = [Block(number, tuple(each)) for number, each in enumerate(_batched(subjects))]
    if not blocks:
        return None, ()
    kept = _Kept(folder, spec)
    found = {block.number: years for block in blocks if (years := kept.read(block)) is not None}
    waiting = [block for block in blocks if block.number not in found]
    workers = set[int]()

    def drawn() -> Iterator[BlockYears]:
        # A cluster would send all to the worker that has what is shared, and the spec is small.
        # Whoever draws a block writes it out too, which takes as long as a tenth of that.
        tasks = ((_Task(block, spec, is_kept=folder is not None), ()) for block in waiting)
        for count, (worker, years, text) in enumerate(in_order(executor, _drawn, tasks), len(found) + 1):
            kept.write(blocks[years.blocks[0]], text)
            workers.add(worker)
            yield years
            if report is not None:
                done = min(len(subjects), BLOCK * count)
                report(Progress(done, len(subjects), "sites", f"drawn, seed {spec.seed}"))

    told = together(chain(found.values(), drawn()), spec)
    return replace(told, found=len(found), workers=tuple(sorted(workers))), tuple(kept.notes)


def _asked(task: tuple[SiteImages, Terms, Scenario, float | None], _: Sequence[object]) -> Prices:
    """Ask tier 0 what a site's events carry, wherever this runs."""
    return prices_of(*task)


@dataclass(frozen=True, slots=True)
class _Task:
    """A block that is to be drawn, and whether it is kept in a file."""

    block: Block
    spec: Spec
    is_kept: bool


def _drawn(task: _Task, _: Sequence[object]) -> tuple[int, BlockYears, str]:
    """Draw a block wherever this runs, and tell which process did, and what is to stand in its file, "" where it has none."""
    worker, years = os.getpid(), run_block(task.block, task.spec)
    text = written_years(years, stamp_of(task.block, task.spec), worker) if task.is_kept else ""
    return worker, years, text


@dataclass(slots=True)
class _Kept:
    """Blocks that were done, each in a file; nothing without a folder."""

    folder: Path | None
    spec: Spec
    notes: list[str] = field(default_factory=list)

    def read(self, block: Block) -> BlockYears | None:
        """Read what a block came to, None where it is to be done; a file that is not of it is told."""
        path = self._path(block)
        if path is None or not path.exists():
            return None
        try:
            return read_years(read_text(path), str(path), stamp_of(block, self.spec))
        except InputError as error:
            self.notes.append(f"{error}; its sites are drawn again")
            return None

    def write(self, block: Block, text: str) -> None:
        """Keep what a block came to."""
        path = self._path(block)
        if path is not None:
            write_atomic(path, text.encode())

    def _path(self, block: Block) -> Path | None:
        return None if self.folder is None else self.folder / f"block-{block.number:05}.json"


def _batched(subjects: Sequence[Subject]) -> Iterator[tuple[Subject, ...]]:
    return (tuple(subjects[place : place + BLOCK]) for place in range(0, len(subjects), BLOCK))
