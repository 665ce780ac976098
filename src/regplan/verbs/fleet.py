"""`fleet`: a table of sites in, a verdict for each out; what sites have in common is read and resolved once."""

from __future__ import annotations

import datetime as dt
import secrets
from contextlib import ExitStack
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError, InvalidSite, RegplanError
from regplan.model.fleet import FleetProblem, FleetSite, ProfileSet
from regplan.model.plan import Study
from regplan.model.progress import Progress
from regplan.model.site import Site
from regplan.plan.check import build_plan, check_site, with_more
from regplan.plan.fleet import gather_fleet, summary_of
from regplan.plan.variation import vary_site
from regplan.report.portable import portable, site_files
from regplan.report.redacting import site_registries
from regplan.sim.fleet.subject import Spec
from regplan.values import dataclass
from regplan.verbs.executors import in_order, open_executor
from regplan.verbs.fleet_preparing import Preparing
from regplan.verbs.fleet_sets import SetKeys
from regplan.verbs.fleet_table import open_sites
from regplan.verbs.fleet_years import Subjects, draw_years, kept_seed, resume_folder
from regplan.verbs.options import Options, heard
from regplan.verbs.own_rules import own_findings, read_own_rules
from regplan.verbs.sites import with_options
from regplan.verbs.study import facts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from regplan.model.fleet import Fleet
    from regplan.model.own_rule import OwnRule
    from regplan.model.progress import Report
    from regplan.plan.mapping import Mapping
    from regplan.plan.prepared import Prepared
    from regplan.plan.variation import Variation
    from regplan.verbs.executors import Executor, Part, Shared
    from regplan.verbs.fleet_table import Sites
    from regplan.verbs.study import Ready

__all__ = ["FleetAsked", "plan_fleet"]

_CHUNK: Final = 100
# What a seed is drawn from, where nobody names one: short enough to be copied.
_SEEDS: Final = 1 << 32
# What errors of a site's draws begin with.
_KEYS: Final = ("scenario.", "hosts.")


@dataclass(frozen=True, slots=True)
class FleetAsked:
    """How a fleet is read and where it is planned.

    `renamed` are texts as `--map` takes them, HEADING=KEY; `defaults` is a file of what every site has unless its row says
    otherwise, `sheet` the sheet of an XLSX file. `workers` are processes of this machine, `scheduler` the address of a
    Dask scheduler. `variation` gives every site other values; a row that lacks what they are of is wrong. Each site's scenario is drawn `draws` times, 0 for not at all, from `seed`, None for a new one; `resume` is a folder in
    which what was drawn is kept and found.
    """

    renamed: tuple[str, ...] = ()
    defaults: str = ""
    sheet: str = ""
    workers: int = 1
    scheduler: str = ""
    draws: int = 0
    seed: int | None = None
    resume: str = ""
    variation: Variation | None = None


def plan_fleet(
    file: str | Path, asked: FleetAsked | None = None, options: Options | None = None, report: Report | None = None
) -> Fleet:
    """Plan every site of a CSV, XLSX or YAML file, blocking: each gets the verdict that `plan_site` gives it alone.

    Profiles that sites have in common are read and resolved once. A row that cannot be read or planned stands in
    `problems`, and stops no other. Raises `InputError` for a file that is no table of sites or names none, and what opening an
    executor raises. Where draws are asked for, `years` tells what they come to, and a row that has no scenario or no hosts is wrong.
    """
    report = heard(report)
    told, given = asked or FleetAsked(), options or Options()
    if told.draws < 0 or (told.seed or 0) < 0:
        raise InputError(f"draws: {told.draws}, seed: {told.seed}: neither may be below 0")
    folder = resume_folder(told.resume)
    sites = open_sites(file, told.renamed, told.defaults, told.sheet)
    with open_executor(told.workers, told.scheduler) as executor, ExitStack() as stack:
        # Before anything is asked for: a rule that cannot be read is the user's to mend.
        own = read_own_rules(Site("", file=str(file)), given.rules).rules
        subjects = Subjects(executor) if told.draws else None
        planner = _Planner(given, Preparing(given, stack, report), executor, own, subjects, told.variation, report)
        for answers in in_order(executor, _check, planner.tasks(sites)):
            planner.found += (each for each in answers if isinstance(each, FleetSite))
            planner.problems += (each for each in answers if isinstance(each, FleetProblem))
            planner.tell(len(answers), sites)
        if not planner.found and not planner.problems:
            raise InputError(f"{file}: it names no site; give each a row, or in YAML an entry")
        fleet = gather_fleet(planner.found, planner.problems, tuple(planner.profile_sets), sites.notes)
        if subjects is None:
            return fleet
        kept = kept_seed(folder) if told.seed is None else told.seed
        spec = Spec(secrets.randbelow(_SEEDS) if kept is None else kept, told.draws)
        years, notes = draw_years(subjects.found(), spec, executor, folder, report)
        return replace(fleet, years=years, notes=(*fleet.notes, *subjects.notes, *notes))


@dataclass(frozen=True, slots=True)
class _Set:
    """What every worker has of sites that name the same: what was prepared, the mapping, and how paths are shown."""

    prepared: Prepared
    mapping: Mapping
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Item:
    line: int
    place: int
    site: Site


@dataclass(frozen=True, slots=True)
class _Task:
    """Some sites to be checked, the places of the sets that they are of, and the user's own rules."""

    items: tuple[_Item, ...]
    places: tuple[int, ...]
    generated_at: str
    own_rules: tuple[OwnRule, ...] = ()


def _check(task: _Task, sets: Sequence[_Set]) -> tuple[FleetSite | FleetProblem, ...]:
    """Check the sites of a task, wherever this runs; `sets` are in the order of its places."""
    of_place = dict(zip(task.places, sets, strict=True))
    return tuple(_checked(item, of_place[item.place], task) for item in task.items)


def _checked(item: _Item, of: _Set, task: _Task) -> FleetSite | FleetProblem:
    try:
        facts, simulation = facts_of(item.site, of.prepared, of.mapping, task.generated_at)
        checked = check_site(facts, with_fixes=False)
        if task.own_rules:
            # They are over the plan document, which takes longer to make than all checks.
            study = Study(facts.declarations, facts.inventory, build_plan(facts), simulation)
            checked = with_more(checked, own_findings(study, task.own_rules))
        found = summary_of(facts, checked, item.line, item.place)
        where, message, fix = portable((found.where, found.message, found.fix), of.names)
        said = f"{where} {message} {fix}"
        return replace(
            found,
            where=where,
            message=message,
            fix=fix,
            hosts_named=tuple(host.name for host in item.site.hosts if host.name in said),
            registries_named=tuple(each for each in site_registries(item.site) if each in said),
        )
    except InvalidSite as error:
        return FleetProblem(item.line, "", str(error), item.site.name)


@dataclass(slots=True)
class _Planner:
    """Takes rows to tasks: names that stand twice, sets that are new, and what is wrong with either."""

    options: Options
    preparing: Preparing
    executor: Executor
    own_rules: tuple[OwnRule, ...] = ()
    subjects: Subjects | None = None
    variation: Variation | None = None
    report: Report | None = None
    found: list[FleetSite] = field(default_factory=list)
    problems: list[FleetProblem] = field(default_factory=list)
    profile_sets: list[ProfileSet] = field(default_factory=list)
    _keys: SetKeys = field(default_factory=SetKeys)
    _lines: dict[str, int] = field(default_factory=dict)
    _sets: dict[Any, tuple[int, Shared] | RegplanError] = field(default_factory=dict)
    _readies: list[Ready] = field(default_factory=list)
    _done: int = 0

    def tell(self, rows: int, sites: Sites) -> None:
        """Report that so many rows more have come to an end, as a verdict or as what is wrong with them."""
        self._done += rows
        if self.report is not None:
            name = self.found[-1].name if self.found else ""
            self.report(Progress(self._done, max(sites.estimate, self._done), "sites", name))

    def tasks(self, sites: Sites) -> Iterator[Part[_Task]]:
        """Yield tasks of so many sites, in the file's order."""
        generated_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        items: list[_Item] = []
        shared: dict[int, Shared] = {}
        wrong = 0
        for line, site in sites.entries():
            known = self._taken(line, site, sites)
            if known is None:
                # A table of wrong rows alone makes no task, and is read for as long.
                wrong = (wrong + 1) % _CHUNK
                if not wrong:
                    self.tell(_CHUNK, sites)
                continue
            told, (place, value) = known
            items.append(_Item(line, place, told))
            shared[place] = value
            if len(items) >= _CHUNK:
                yield self._part(items, shared, generated_at)
                items, shared = [], {}
        if wrong:
            self.tell(wrong, sites)
        if items:
            yield self._part(items, shared, generated_at)

    def _part(self, items: list[_Item], shared: dict[int, Shared], generated_at: str) -> Part[_Task]:
        task = _Task(tuple(items), tuple(shared), generated_at, self.own_rules)
        return task, tuple(shared.values())

    def _taken(
        self, line: int, site: Site | tuple[FleetProblem, ...], sites: Sites
    ) -> tuple[Site, tuple[int, Shared]] | None:
        if isinstance(site, tuple):
            self.problems += site
            return None
        first = self._lines.setdefault(site.name, line)
        if first != line:
            what = f"the site {site.name} stands in line {first} already"
            self.problems.append(FleetProblem(line, sites.heading("name"), what, site.name))
            return None
        try:
            told = with_options(site, self.options)
            if self.variation is not None:
                told = vary_site(told, self.variation)
            known = self._set(told)
            if self.subjects is not None:
                self.subjects.take(line, told, known[0], self._readies[known[0]])
        except RegplanError as error:
            key, problem = _key_of(site, str(error)), str(error)
            what = problem.removeprefix(f"{key}: ") if key and problem.startswith(f"{key}: ") else problem
            self.problems.append(FleetProblem(line, sites.heading(key), what, site.name, error.exit_code))
            return None
        return told, known

    def _set(self, site: Site) -> tuple[int, Shared]:
        """Find the set that a site is of, prepared where it is the first; one that failed fails for all its sites."""
        key = self._keys.of(site, self.options)
        known = self._sets.get(key)
        if known is None:
            try:
                known = self._prepared(site)
            except RegplanError as error:
                known = error
            # Only now it is known which of the variables the profiles have.
            self._sets[self._keys.of(site, self.options)] = known
        if isinstance(known, RegplanError):
            raise known
        return known

    def _prepared(self, site: Site) -> tuple[int, Shared]:
        ready = self.preparing(site)
        self._keys.learn(site, self.options, ready)
        if self.subjects is not None:
            self._readies.append(ready)
        prepared, place = ready.prepared, len(self.profile_sets)
        self.profile_sets.append(_told(site, prepared))
        names = site_files(site, prepared.declarations)
        return place, self.executor.share(_Set(prepared, ready.mapping, names))


def _key_of(site: Site, problem: str) -> str:
    """Tell which key a problem begins with, or names the file that it begins with, "" where none does."""
    named = {"profiles": site.inputs.profiles, "images": site.inputs.images, "upgrade_to": site.inputs.upgrade_to}
    path = problem.partition(": ")[0]
    if path.startswith(_KEYS):
        return path
    return next((key for key, paths in named.items() if path in paths), "")


def _told(site: Site, prepared: Prepared) -> ProfileSet:
    names = site_files(site, prepared.declarations)
    sizes = {blob.digest.encoded: blob.size for entry in prepared.inventory.entries for blob in entry.content()}
    profiles = tuple(portable(each, names) for each in (*site.inputs.profiles, *site.inputs.images))
    counts = len(prepared.inventory.entries), len(prepared.inventory.unresolved)
    return ProfileSet(profiles, 0, *counts, sum(size or 0 for size in sizes.values()))
