"""`fleet --rollout`: a table of sites and a rollout file in, which night each gets its images out."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from regplan.errors import InputError, InvalidSite, RegplanError
from regplan.model.fleet import FleetProblem
from regplan.model.progress import Progress
from regplan.model.rollout import SiteNeed
from regplan.model.rollout_file import RolloutStudy
from regplan.plan.facts import unresolved_references
from regplan.profile.meant import suggest
from regplan.profile.rollout import parse_rollout
from regplan.sim.carried.of_site import SiteImages
from regplan.sim.rollout.course import rollout_of
from regplan.sim.rollout.needs import needed_of
from regplan.sim.rollout.order import arranged
from regplan.store.files import read_text, user_path
from regplan.units import format_count
from regplan.values import dataclass
from regplan.verbs.fleet_preparing import Preparing
from regplan.verbs.fleet_sets import SetKeys
from regplan.verbs.fleet_table import open_sites
from regplan.verbs.living import releases_of, terms_of, unresolved_later
from regplan.verbs.options import Options, heard
from regplan.verbs.replanning import facts_of
from regplan.verbs.sites import with_options

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from regplan.model.progress import Report
    from regplan.model.rollout_file import RolloutFile
    from regplan.model.site import Site
    from regplan.verbs.fleet import FleetAsked
    from regplan.verbs.fleet_table import Sites
    from regplan.verbs.replanning import Ready

__all__ = ["RolloutAsked", "plan_rollout", "read_rollout"]

# Every night of a rollout is tried without it as long as that takes some seconds.
_MOST_TRIED: Final = 200_000


@dataclass(frozen=True, slots=True)
class RolloutAsked:
    """Which rollout is asked for: its file, and the nights (2026-12-01) of which it is asked what slips where they fail.

    Without any, every night is tried, as long as nights times sites are 200,000 at most.
    """

    file: str
    failing: tuple[str, ...] = ()


def read_rollout(file: str | Path, today: dt.date | None = None) -> RolloutFile:
    """Read a rollout file; nothing may begin before `today`, which is head office's where it is left out.

    Raises `InvalidSite` naming file, line, column and key of every problem.
    """

    def day(zone: str) -> dt.date:
        return today or dt.datetime.now(ZoneInfo(zone)).date()

    return parse_rollout(read_text(user_path(file)), str(file), day)


def plan_rollout(
    sites: str | Path,
    rollout: RolloutAsked,
    asked: FleetAsked | None = None,
    options: Options | None = None,
    report: Report | None = None,
) -> RolloutStudy:
    """Tell which night every site of a table gets its images, blocking, and what slips where a night fails.

    Profiles that sites have in common are read and resolved once. A row that cannot be read or resolved stands in
    `problems`, and has no part in it. Raises `InputError` for files that cannot be read, for rows without a wave where a
    column names them, and for a rollout that never ends.
    """
    from regplan.verbs.fleet import FleetAsked

    report = heard(report)
    told, how = read_rollout(rollout.file), asked or FleetAsked()
    failing = _failing(rollout.failing, told)
    table = open_sites(sites, how.renamed, how.defaults, how.sheet, own=(told.wave_column,))
    with ExitStack() as stack:
        gathering = _Gathering(told, options or Options(), Preparing(options or Options(), stack, report))
        gathering.gather(table, report)
    column = _column(table, told, gathering.lines) if told.wave_column else {}
    waves, needs = arranged(gathering.needs, told, column)
    rules, notes = replace(told.rules, waves=waves), [*table.notes, *gathering.notes()]
    found = rollout_of(rules, needs, failing)
    if not rollout.failing:
        if len(found.nights) * len(needs) <= _MOST_TRIED:
            found = rollout_of(rules, needs, None)
        else:
            notes.append(
                "too many nights and sites to try each night without it; name the nights that are to fail (--fail DATE, `failing` in Python)"
            )
    sent = {night.night for night in found.nights}
    notes += [f"failing night {day}: nothing is sent in that night" for day in failing if day not in sent]
    return RolloutStudy(told, found, tuple(gathering.problems), tuple(notes))


def _failing(texts: Collection[str], told: RolloutFile) -> tuple[dt.date, ...]:
    found = []
    for text in texts:
        try:
            day = dt.date.fromisoformat(text)
        except ValueError as error:
            raise InputError(
                f"failing night {text}: write the day on which the night begins, such as 2026-12-01"
            ) from error
        if day < told.rules.start:
            raise InputError(f"failing night {text}: the rollout begins on {told.rules.start}")
        found.append(day)
    return tuple(found)


def _column(table: Sites, told: RolloutFile, lines: dict[int, str]) -> dict[str, str]:
    """Read the column that names the sites' waves: by site."""
    place = f"{told.file}: wave_column"
    if table.table is None:
        raise InputError(f"{place}: {table.path} has no columns; name the sites of each wave under `waves`")
    headings = [heading.strip() for heading in table.table.headings]
    known = [number for number, heading in enumerate(headings) if heading.lower() == told.wave_column.lower()]
    if not known:
        raise InputError(
            f"{place}: {table.path} has no column {told.wave_column!r}{suggest(told.wave_column, headings)}"
        )
    return {
        lines[row.line]: row.cells[known[0]].strip()
        for row in table.table.rows()
        if row.line in lines and known[0] < len(row.cells)
    }


@dataclass(slots=True)
class _Gathering:
    """Takes rows to needs: sets are prepared once, and sites that are alike in all that matters are reckoned once."""

    told: RolloutFile
    options: Options
    preparing: Preparing
    needs: list[SiteNeed] = field(default_factory=list)
    lines: dict[int, str] = field(default_factory=dict)
    problems: list[FleetProblem] = field(default_factory=list)
    _keys: SetKeys = field(default_factory=SetKeys)
    _sets: dict[Any, Ready | RegplanError] = field(default_factory=dict)
    _needed: dict[Any, tuple[int, int]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def gather(self, table: Sites, report: Report | None) -> None:
        """Read every row; what is wrong with one stands in `problems`."""
        names: dict[str, int] = {}
        for done, (line, site) in enumerate(table.entries(), 1):
            if report is not None:
                # A wrong row takes as long to read as another.
                report(Progress(done, max(table.estimate, done), "sites", "" if isinstance(site, tuple) else site.name))
            if isinstance(site, tuple):
                self.problems += site
                continue
            first = names.setdefault(site.name, line)
            if first != line:
                what = f"the site {site.name} stands in line {first} already"
                self.problems.append(FleetProblem(line, table.heading("name"), what, site.name))
                continue
            try:
                self.needs.append(self._need(with_options(site, self.options)))
                self.lines[line] = site.name
            except RegplanError as error:
                self.problems.append(FleetProblem(line, "", str(error), site.name, error.exit_code))

    def notes(self) -> list[str]:
        """Tell what was taken for granted, with the number of sites."""
        return [f"{format_count(count, 'site')} {what}" for what, count in self._counts.items()]

    def _need(self, site: Site) -> SiteNeed:
        ready = self._ready(site)
        way = self.told.way_of(site.name)
        if site.internet == "none" and way != "bundle":
            self._count("without internet: taken to be brought a bundle")
            way = "bundle"
        if not site.hosts and way != "bundle":
            raise InvalidSite("hosts: this key is needed, as nobody knows what hosts pull that are not there")
        if self.told.event == "upgrade" and not site.inputs.upgrade_to:
            raise InvalidSite("upgrade_to: this key is needed, as the rollout is one of an upgrade")
        if site.internet_link is None:
            self._count("without links.internet.rate: taken to be as fast as the uplink")
        if "timezone" in site.defaulted:
            self._count("without a time zone: taken to be in UTC")
        size_bytes, pulls, is_lower_bound = self._needed_of(site, ready, way)
        return SiteNeed(
            site.name,
            size_bytes,
            pulls,
            None if site.internet_link is None else site.internet_link.rate_bps,
            self.told.hours_of(site.name, site.timezone),
            way=way,
            is_lower_bound=is_lower_bound,
        )

    def _needed_of(self, site: Site, ready: Ready, way: str) -> tuple[int, int, bool]:
        facts, _ = facts_of(site, ready.prepared, ready.mapping, "")
        # What a disk takes is the verdict's matter.
        terms = replace(terms_of(site, facts), room_bytes=None)
        key = id(ready), tuple((host.role, host.arch) for host in site.hosts), terms, way
        if key not in self._needed:
            images = SiteImages(site, releases_of(ready))
            self._needed[key] = needed_of(images, terms, self.told.event, way)
        unresolved = bool(unresolved_references(facts))
        if self.told.event == "upgrade":
            unresolved = unresolved or bool(unresolved_later(releases_of(ready)))
        return (*self._needed[key], unresolved)

    def _ready(self, site: Site) -> Ready:
        """Find what a site names, prepared where it is the first; one that failed fails for all its sites."""
        known = self._sets.get(self._keys.of(site, self.options))
        if known is None:
            try:
                known = self.preparing(site)
                self._keys.learn(site, self.options, known)
            except RegplanError as error:
                known = error
            # Only now it is known which of the variables the profiles have.
            self._sets[self._keys.of(site, self.options)] = known
        if isinstance(known, RegplanError):
            raise known
        return known

    def _count(self, what: str) -> None:
        self._counts[what] = self._counts.get(what, 0) + 1
