"""A seeding for somebody who watches it and has a hand on it: looked at, agreed to, run, steered, and told as values."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, RegplanError, Unauthorized
from regplan.report.seed_run.images import SeedImage, SeedImages
from regplan.seed.lines import RunLine, RunLines
from regplan.seed.runlog import RunLog, Snapshot
from regplan.seed.stopping import Stop
from regplan.values import dataclass
from regplan.verbs.limiting import Outlook, limits_at, steering_of, windows_of
from regplan.verbs.seed_reports import failed_document, seeding_document, write_reports
from regplan.verbs.seeding import Seeding, SeedJob, seed_in_loop
from regplan.verbs.targets import Target, parse_targets
from regplan.verbs.wishes import JournalWish, SeedWishes

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from regplan.model.plan import Study
    from regplan.model.preflight import Prospect
    from regplan.model.progress import Progress
    from regplan.model.run import Forecast, RunItem, RunRecord, SeedLimits
    from regplan.model.seed import SeedPlan
    from regplan.model.site import Site
    from regplan.verbs.options import Options

__all__ = ["Conductor", "SeedDraft", "SeedNow", "SeedOutcome", "draft_seed", "write_seed_report"]

_TELLS_EACH_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class SeedDraft:
    """A seeding as far as it is known without asking anybody: its job, its plan, and its images; `error` says why there is none."""

    job: SeedJob | None
    plan: SeedPlan | None = None
    images: tuple[SeedImage, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class SeedNow:
    """A seeding at one moment.

    `stage` is looking, asking (what was found waits for a yes) or running. `limits` are those that hold now, `zone` is the clock
    that windows go by. `is_stopping` tells that nothing new is begun, `is_cut` that what is under way is cut off.
    """

    stage: str
    limits: SeedLimits
    before: Progress | None = None
    prospect: Prospect | None = None
    told: Snapshot = Snapshot()
    forecast: Forecast | None = None
    items: tuple[RunItem, ...] = ()
    images: tuple[SeedImage, ...] = ()
    lines: tuple[RunLine, ...] = ()
    lines_left_out: int = 0
    is_held: bool = False
    is_stopping: bool = False
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class SeedOutcome:
    """What came of it: `seeding` is None where it broke off with `error`; `last` is its last moment.

    `wants_login` is the host that refuses who asks, "" where none does.
    """

    last: SeedNow
    record: RunRecord
    seeding: Seeding | None = None
    error: str = ""
    wants_login: str = ""
    dry_run: bool = False


def draft_seed(site: Site, study: Study, to: str = "", mapping: str = "host") -> SeedDraft:
    """Plan the seeding of an open site without asking anybody; `to` is a target that was typed, else it is the site's own."""
    from regplan.plan.seeding import plan_verify
    from regplan.verbs.naming import own_addresses, read_mapping

    try:
        job = _job_of(site, to, mapping)
        rules = own_addresses(read_mapping(mapping, study.declarations), job.site, *job.target.hosts)
        plan = plan_verify(study.inventory, str(job.target), job.target.project, rules)
    except RegplanError as error:
        return SeedDraft(None, error=error.message)
    return SeedDraft(job, plan, SeedImages(plan).rows())


def _job_of(site: Site, target: str, mapping: str) -> SeedJob:
    """Gather the job of an open site as it stands in memory; raises `InputError` where no target is named, or it cannot be."""
    if target:
        return SeedJob((site.file,), parse_targets((target,)), mapping, site)
    if site.registry is None or not site.registry.addresses:
        raise InputError("the site file names no registry.address to seed to")
    first, *others = site.registry.addresses
    return SeedJob((site.file,), Target(first, site.registry.project, nodes=tuple(others)), mapping, site)


class Conductor:
    """One seeding: `run` does it in a loop, and any thread may answer, hold, let go, limit and stop it."""

    def __init__(
        self, job: SeedJob, options: Options, limits: SeedLimits, *, dry_run: bool, check: str = "tags"
    ) -> None:
        """Take what to seed and how; a dry run asks everything and writes nothing. Raises `InputError` for wrong hours."""
        self.job, self.dry_run, self.stop = job, dry_run, Stop()
        self._options, self._check = options, check
        self._limits = limits_at(limits, job.site)
        self._steering = steering_of(self._limits)
        self._log, self._lines = RunLog(), RunLines()
        self._stage = "looking"
        self._before: Progress | None = None
        self._prospect: Prospect | None = None
        self._images: SeedImages | None = None
        self._answer: asyncio.Future[bool] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def has_begun(self) -> bool:
        """Whether anything may have been written."""
        return self._log.has_begun

    def answer(self, *, agreed: bool) -> None:
        """Say yes or no to what was found."""
        if self._loop is not None and self._answer is not None:
            self._loop.call_soon_threadsafe(_settle, self._answer, agreed)

    def hold(self, *, held: bool) -> None:
        """Let nothing move, or go on."""
        (self._steering.hold if held else self._steering.go_on)()
        self._lines.note("held" if held else "let go", "note")

    def limit(self, limits: SeedLimits) -> None:
        """Hold another rate and other hours from now on; raises `InputError` for hours that cannot be."""
        limits = limits_at(limits, self.job.site)
        self._steering.keep_to(windows_of(limits))
        self._steering.limit(limits.max_bps)
        self._limits = limits

    def halt(self) -> bool:
        """End it: first what is under way ends, then it is cut off; False where nothing has begun that needs an end."""
        if not self.has_begun:
            return False
        self._lines.note("cutting off what is under way" if self.stop.asked else "stopping: what is under way ends")
        self.stop.ask()
        return True

    def now(self) -> SeedNow:
        """Tell how it stands."""
        told = self._log.snapshot()
        items = self._log.items()
        outlook = Outlook.of(self.job.site, self._limits, to_disk=bool(self.job.target.folder))
        return SeedNow(
            self._stage,
            self._limits,
            self._before,
            self._prospect,
            told,
            outlook.live(told, time.time()) if self.has_begun else None,
            items,
            () if self._images is None else self._images.rows(items),
            self._lines.lines(),
            self._lines.left_out,
            self._steering.is_held,
            self.stop.asked,
            self.stop.now,
        )

    async def run(self, tell: Callable[[SeedNow], None]) -> SeedOutcome:
        """Do it, and tell how it stands twice a second."""
        self._loop = asyncio.get_running_loop()
        telling = asyncio.create_task(self._keep_telling(tell))
        try:
            return await self._seed(tell)
        finally:
            telling.cancel()

    async def _keep_telling(self, tell: Callable[[SeedNow], None]) -> None:
        while True:
            tell(self.now())
            await asyncio.sleep(_TELLS_EACH_S)

    async def _seed(self, tell: Callable[[SeedNow], None]) -> SeedOutcome:
        wishes = SeedWishes(
            listeners=(self._lines, self._log),
            stop=self.stop,
            look_only=self.dry_run,
            journal=JournalWish(only_read=self.dry_run),
            limits=self._limits,
            tell=self._lines.note,
            steering=self._steering,
            check=self._check,
        )

        async def agree(prospect: Prospect) -> bool:
            self._prospect, self._images = prospect, SeedImages(prospect.plan)
            if self.dry_run or prospect.is_stopped:
                return False
            self._answer = asyncio.get_running_loop().create_future()
            self._stage = "asking"
            tell(self.now())
            self._stage = "running" if await self._answer else "refused"
            tell(self.now())  # whoever said yes may hold it at once
            return self._stage == "running"

        try:
            seeding = await seed_in_loop(self.job, self._options, wishes, agree=agree, report=self._heard)
        except RegplanError as error:
            self._lines.note(error.message, "failed")
            record = self._log.record(self._limits, error=error.message)
            return SeedOutcome(self.now(), record, None, error.message, self._who_refuses(error), self.dry_run)
        forecast = seeding.prospect.forecast
        record = self._log.record(self._limits, forecast)
        wants = "" if seeding.error is None else self._who_refuses(seeding.error)
        return SeedOutcome(self.now(), record, seeding, "", wants, self.dry_run)

    def _heard(self, progress: Progress) -> None:
        self._before = progress

    def _who_refuses(self, error: RegplanError) -> str:
        """Name the target's host where it is the one that refuses who asks."""
        is_ours = isinstance(error, Unauthorized) and any(host in error.message for host in self.job.target.hosts)
        return self.job.target.host if is_ours else ""


def _settle(answer: asyncio.Future[bool], agreed: bool) -> None:  # noqa: FBT001  as the loop calls it
    if not answer.done():
        answer.set_result(agreed)


def _document(outcome: SeedOutcome, target: str) -> dict[str, Any]:
    """Write what came of a seeding as `regplan seed -o json` does."""
    if outcome.seeding is not None:
        return seeding_document(outcome.seeding, outcome.record)
    return failed_document(target, outcome.last.prospect, outcome.record)


def write_seed_report(outcome: SeedOutcome, target: str, file: str) -> None:
    """Write the report of a seeding as JSON, Markdown or HTML, as the file's ending says; raises `InputError`."""
    write_reports((file,), _document(outcome, target))
