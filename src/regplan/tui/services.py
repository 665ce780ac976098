"""What screens ask the verbs for, as functions that the app is given: tests give their own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Protocol

from regplan.errors import InputError
from regplan.tui.session import DEMO
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime
    from typing import Any, TypeAlias

    from regplan.model.bandwidth import Bandwidth
    from regplan.model.fleet import Fleet
    from regplan.model.plan import Plan, Study
    from regplan.model.progress import Progress, Report
    from regplan.model.recent import Recent
    from regplan.model.run import SeedLimits
    from regplan.model.sharing import PackSharing
    from regplan.model.site import Site
    from regplan.model.site_input import SiteInput
    from regplan.model.upgrade import SiteUpgrade
    from regplan.profile.site_edit import SiteEdit
    from regplan.tui.session import Session
    from regplan.verbs.conducting import Conductor, SeedDraft, SeedOutcome
    from regplan.verbs.drafting import Base
    from regplan.verbs.looking import RegistryLook
    from regplan.verbs.options import Options
    from regplan.verbs.seeding import SeedJob
    from regplan.verbs.verifying import Verification

    Edits: TypeAlias = tuple[SiteEdit, ...]
    # The path of a site or "demo", and what to compare it with, "" for its next version.
    Comparing: TypeAlias = Callable[[str, str, Options | None, Report], Coroutine[Any, Any, SiteUpgrade]]
    Sharing: TypeAlias = Callable[[Study], Coroutine[Any, Any, PackSharing]]
    Carrying: TypeAlias = Callable[[Study, Base | None], Coroutine[Any, Any, Bandwidth]]
    # A table of sites, and after it how it is read, as the command line takes it.
    Planning: TypeAlias = Callable[[str, Options | None, Report], Coroutine[Any, Any, Fleet]]

__all__ = ["Services", "Working", "open_at", "options_at", "site_at"]

_ROW: Final = "fleet:"


def site_at(target: str) -> Site:
    """Read the site that a target names: "demo", a row of a fleet, or a site file; raises what reading it raises."""
    from regplan.verbs.sites import read_site

    if target == DEMO:
        from regplan.verbs.demo import demo_site

        return read_site(demo_site())
    if target.startswith(_ROW):
        from regplan.verbs.fleet_words import site_of_row

        found = site_of_row(target)
        if found is not None:
            return found
    return read_site(target)


def options_at(target: str, options: Options | None) -> Options:
    """Tell under which options a target is planned: the demo makes no connection."""
    from regplan.verbs.options import Options as Defaults

    if target != DEMO:
        return options or Defaults()
    from regplan.verbs.demo import demo_options

    return demo_options()


async def open_at(target: str, options: Options | None, report: Report) -> Study | tuple[Study, Base]:
    """Plan what a target names, with the file that can be edited; a row of a fleet is none."""
    asked = options_at(target, options)
    if target.startswith(_ROW):
        from regplan.verbs.study import study_site

        return await study_site(site_at(target), asked, report)
    from regplan.verbs.demo import demo_site
    from regplan.verbs.drafting import open_base

    return await open_base(demo_site() if target == DEMO else target, asked, report)


async def _compare(target: str, other: str, options: Options | None, report: Report) -> SiteUpgrade:
    from regplan.verbs.upgrading import compare_next

    return await compare_next(site_at(target), other, options_at(target, options), report)


async def _compare_draft(base: Base, edits: Edits, other: str, report: Report) -> SiteUpgrade:
    from regplan.verbs.drafting import site_of_draft
    from regplan.verbs.upgrading import compare_next

    return await compare_next(site_of_draft(base, edits), other, base.options, report)


async def _fleet(words: str, options: Options | None, report: Report) -> Fleet:
    """Plan a fleet; a cancel ends it at its next step."""
    from regplan.registry.threads import run_abandonable
    from regplan.verbs.fleet import plan_fleet
    from regplan.verbs.fleet_words import fleet_of_words

    file, asked = fleet_of_words(words)
    given = options_at(words.strip(), options)
    is_cancelled = threading.Event()

    def tell(progress: Progress) -> None:
        if is_cancelled.is_set():
            raise InputError("cancelled")
        report(progress)

    try:
        return await run_abandonable(lambda: plan_fleet(file, asked, given, tell))
    finally:
        is_cancelled.set()


def _row_target(words: str, line: int) -> str:
    from regplan.verbs.fleet_words import row_target

    return row_target(words, line)


async def _share(study: Study) -> PackSharing:
    from regplan.plan.pairs import share_packs

    return share_packs(study.inventory, study.declarations)


async def _plan_draft(base: Base, edits: Edits, report: Report) -> Study:
    from regplan.verbs.drafting import plan_draft

    return await plan_draft(base, edits, report)


async def _plan_other(target: str, options: Options | None, report: Report) -> Study:
    from regplan.verbs.study import study_site

    return await study_site(site_at(target), options_at(target, options), report)


async def _inputs(base: Base, edits: Edits, study: Study) -> tuple[SiteInput, ...]:
    from regplan.verbs.drafting import site_inputs_of

    return site_inputs_of(base, edits, study)


async def _recent(options: Options | None) -> Recent:
    from regplan.verbs.recent import recent_sites

    return recent_sites(options)


async def _remember(target: str, plan: Plan, at: datetime) -> None:
    from regplan.verbs.recent import remember_site

    remember_site(target, plan, at)


async def _carry(study: Study, base: Base | None) -> Bandwidth:
    from regplan.verbs.bandwidth import reckon_bandwidth

    return reckon_bandwidth(study, base)


def _draft_seed(target: str, study: Study, to: str, mapping: str) -> SeedDraft:
    from regplan.verbs.conducting import draft_seed

    return draft_seed(site_at(target), study, to, mapping)


def _conduct(job: SeedJob, options: Options, limits: SeedLimits, dry_run: bool) -> Conductor:  # noqa: FBT001
    from regplan.verbs.conducting import Conductor

    return Conductor(job, options, limits, dry_run=dry_run)


def _write_seed_report(outcome: SeedOutcome, target: str, file: str) -> None:
    from regplan.verbs.conducting import write_seed_report

    write_seed_report(outcome, target, file)


async def _verify(job: SeedJob, options: Options, report: Report) -> Verification:
    from regplan.verbs.verifying import VerifyWishes, verify_in_loop

    return await verify_in_loop(job, VerifyWishes("blobs"), options, report)


async def _look_at(text: str, site: Site | None, options: Options, report: Report) -> RegistryLook:
    from regplan.verbs.looking import look_at, target_of

    return await look_at(target_of(text, site), site, options, report)


@dataclass(frozen=True, slots=True)
class Services:
    """How registries are reached, and one function for each long work; every one is awaited in a thread of its own.

    A function stands here under the verb's name, with one of this module that calls the verb as its default; verbs are
    imported inside, so that the app's first picture waits for none of them.
    """

    options: Options | None = None
    compare: Comparing = _compare
    compare_draft: Callable[[Base, Edits, str, Report], Coroutine[Any, Any, SiteUpgrade]] = _compare_draft
    share: Sharing = _share
    carry: Carrying = _carry
    fleet: Planning = _fleet
    row_target: Callable[[str, int], str] = _row_target
    plan_draft: Callable[[Base, Edits, Report], Coroutine[Any, Any, Study]] = _plan_draft
    plan_other: Callable[[str, Options | None, Report], Coroutine[Any, Any, Study]] = _plan_other
    inputs: Callable[[Base, Edits, Study], Coroutine[Any, Any, tuple[SiteInput, ...]]] = _inputs
    recent: Callable[[Options | None], Coroutine[Any, Any, Recent]] = _recent
    remember: Callable[[str, Plan, datetime], Coroutine[Any, Any, None]] = _remember
    draft_seed: Callable[[str, Study, str, str], SeedDraft] = _draft_seed
    conduct: Callable[[SeedJob, Options, SeedLimits, bool], Conductor] = _conduct
    write_seed_report: Callable[[SeedOutcome, str, str], None] = _write_seed_report
    verify: Callable[[SeedJob, Options, Report], Coroutine[Any, Any, Verification]] = _verify
    look_at: Callable[[str, Site | None, Options, Report], Coroutine[Any, Any, RegistryLook]] = _look_at


class Working(Protocol):
    """What screens see of the app that begins their jobs."""

    session: Session
    services: Services

    def begin(
        self,
        name: str,
        work: Callable[[Callable[[Any], None]], Coroutine[Any, Any, object]],
        subject: object,
        *,
        lasting: bool = False,
        halt: Callable[[], bool] = lambda: False,
    ) -> None:
        """Begin a job."""

    def write_with(self, do: Callable[[], object], path: str, what: str) -> None:
        """Have a file written in a thread."""

    def open_site(self, target: str) -> None:
        """Resolve and plan a site."""

    def go(self, mode: str) -> object:
        """Go to a place."""
