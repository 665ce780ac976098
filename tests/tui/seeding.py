"""A seeding in a test's hands: what would be sent is reckoned, and what comes of it is made by hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from regplan.model.finding import Finding, Verdict
from regplan.model.preflight import Prospect, There
from regplan.model.run import RunItem, RunRecord, SeedLimits
from regplan.model.seed import SeedDone, SeedResult
from regplan.model.verifying import VerifyResult
from regplan.report.seed_run.images import SeedImages
from regplan.seed.lines import RunLine
from regplan.seed.runlog import Snapshot
from regplan.tui.services import Services
from regplan.verbs.conducting import SeedDraft, SeedNow, SeedOutcome, draft_seed
from regplan.verbs.seeding import Seeding
from regplan.verbs.verifying import Verification
from tui.studies import SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.verbs.options import Options
    from regplan.verbs.seeding import SeedJob

__all__ = ["TARGET", "Conducting", "seed_services"]

TARGET = "docker://10.0.0.5:30003/spectro-images"


class FakeConductor:
    """Finds 40 MB to send at most, waits for a yes, and runs until it is halted."""

    def __init__(self, of: Conducting, job: SeedJob, limits: SeedLimits, *, dry_run: bool) -> None:
        self.of, self.job, self.limits, self.dry_run = of, job, limits, dry_run
        self.agreed: bool | None = None
        self.held = self.halted = False
        plan = of.drafted.plan
        assert plan is not None
        self.plan, self.images = plan, SeedImages(plan)

    def answer(self, *, agreed: bool) -> None:
        self.agreed = agreed

    def hold(self, *, held: bool) -> None:
        self.held = held

    def limit(self, limits: SeedLimits) -> None:
        self.limits = limits

    def halt(self) -> bool:
        self.halted = bool(self.agreed)
        return self.halted

    @property
    def prospect(self) -> Prospect:
        findings = (
            Finding("seed.reach", Verdict.PASS, "The target answers."),
            Finding("seed.space", Verdict.MARGINAL, "What is left nearly fills the claim.", fix="Enlarge the claim."),
        )
        return Prospect(
            self.plan, findings, left_bytes=40_000_000, there=There(1, 3, 12_000_000, complete=True), limits=self.limits
        )

    def now(self, stage: str) -> SeedNow:
        prospect = None if stage == "looking" else self.prospect
        if stage != "running":
            return SeedNow(stage, self.limits, prospect=prospect)
        states = ("sent", "moving", "failed", "waiting")
        items = tuple(
            RunItem(
                "blob", repository, str(blob.descriptor.digest), blob.descriptor.size, states[place % 4], 1, 1_000_000
            )
            for place, blob in enumerate(self.plan.blobs)
            for repository in blob.repositories
        )
        told = Snapshot(
            60.0, 52_000_000, 13_000_000, 1_000_000, 15_000_000, 9, 3,
            (("blob sent", 2), ("blob failed", 1), ("manifest put", 1)), 2, 2_000_000.0,
        )  # fmt: skip
        lines = (RunLine(1_788_249_600.0, "retry", "a blob: 503; again in 1 s"),)
        return SeedNow(
            stage,
            self.limits,
            None,
            prospect,
            told,
            None,
            items,
            self.images.rows(items),
            lines,
            0,
            self.held,
            self.halted,
        )

    async def run(self, tell: Callable[[SeedNow], None]) -> SeedOutcome:
        seeding = Seeding(self.prospect)
        if self.dry_run:
            wants = "10.0.0.5:30003" if self.of.wants_login else ""
            return SeedOutcome(self.now("looked"), RunRecord(), seeding, wants_login=wants, dry_run=True)
        while self.agreed is None:
            tell(self.now("asking"))
            await asyncio.sleep(0.01)
        if not self.agreed:
            return SeedOutcome(self.now("refused"), RunRecord(), seeding)
        while not self.halted:
            tell(self.now("running"))
            await asyncio.sleep(0.01)
        done = SeedDone(2, 13_000_000, 1, 3, 1, 24)
        result = SeedResult(self.plan, done, interrupted=True, rerun=("a", "b"))
        return SeedOutcome(self.now("running"), RunRecord(), replace(seeding, result=result))


@dataclass
class Conducting:
    """Stands where seedings are begun, and remembers them."""

    begun: list[FakeConductor] = field(default_factory=list)
    wants_login: bool = False
    to: str = TARGET
    drafted: SeedDraft = field(default_factory=lambda: SeedDraft(None))

    def draft(self, target: str, study: Study, to: str, mapping: str) -> SeedDraft:
        del target
        self.drafted = draft_seed(SITE, study, to or self.to, mapping)
        return self.drafted

    def __call__(self, job: SeedJob, options: Options, limits: SeedLimits, dry_run: bool) -> FakeConductor:
        del options
        self.begun.append(FakeConductor(self, job, limits, dry_run=dry_run))
        return self.begun[-1]


async def verify(job: SeedJob, options: Options, report: Report) -> Verification:
    del options, report
    return Verification(VerifyResult(str(job.target), 3, missing=("a",), level="blobs"))


def seed_services(conducting: Conducting, services: Services | None = None) -> Services:
    """Services that seed by hand."""
    return replace(services or Services(), draft_seed=conducting.draft, conduct=conducting, verify=verify)  # type: ignore[arg-type]  # as good as a conductor
