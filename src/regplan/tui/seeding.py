"""What a seeding's screen says above its tables: values in, lines out."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from regplan.report.words import counted, readable, tidy
from regplan.tui.text import sent_bar
from regplan.units import format_rate
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.run import SeedLimits
    from regplan.tui.jobs import Job
    from regplan.verbs.conducting import SeedDraft, SeedNow, SeedOutcome
    from regplan.verbs.verifying import Verification

__all__ = ["SeedView", "head_lines", "seed_title"]

_BAR: Final = 24
_NEXT: Final = "D asks the registry what it lacks, and writes nothing · R seeds, after a yes"


@dataclass(frozen=True, slots=True)
class SeedView:
    """All that the lines are made of; a job that was never begun is there too."""

    draft: SeedDraft | None
    drafting: Job
    job: Job
    verify: Job
    limits: SeedLimits
    binary: bool = False

    @property
    def outcome(self) -> SeedOutcome | None:
        """What came of the last run; None while another is under way."""
        from regplan.verbs.conducting import SeedOutcome

        result = self.job.result
        return result if isinstance(result, SeedOutcome) and not self.job.busy else None

    @property
    def now(self) -> SeedNow | None:
        """How it stands, or how it stood when it ended."""
        from regplan.verbs.conducting import SeedNow

        if self.job.busy:
            return self.job.progress if isinstance(self.job.progress, SeedNow) else None
        return None if self.outcome is None else self.outcome.last


def seed_title(view: SeedView) -> str:
    """Tell in a word or two what state the seeding is in."""
    outcome, now = view.outcome, view.now
    if view.job.busy:
        if now is None or now.stage == "looking":
            return "LOOKING"
        if now.stage == "asking":
            return "WAITS FOR A YES"
        return "CUT OFF" if now.is_cut else "STOPPING" if now.is_stopping else "HELD" if now.is_held else "RUNNING"
    if outcome is None or outcome.seeding is None or outcome.seeding.result is None:
        return "DRY RUN"
    result = outcome.seeding.result
    return "DONE" if result.verified else "INTERRUPTED" if result.interrupted else "INCOMPLETE"


def head_lines(view: SeedView) -> tuple[str, ...]:
    """Tell the target and its limits, how far the seeding is, and what to do next."""
    from regplan.report.seed_run.sentences import limit_sentence

    draft = view.draft
    if draft is None and view.drafting.error is not None:
        return (f"✗ {view.drafting.error.message.splitlines()[0]}", view.drafting.error.next_step)
    if draft is None:
        return ("Planning what is to be sent…",)
    if draft.job is None:
        return (f"✗ {tidy(draft.error)}", "T types a target: docker://HOST:PORT/PROJECT or oci:DIR")
    now = view.now
    limits = limit_sentence(view.limits if now is None else now.limits) or "no limits: l rate, W hours"
    lines = [f"{tidy(str(draft.job.target))} · {limits}", *_plan_lines(view)]
    if view.job.busy:
        lines += _running(view, now)
    else:
        lines += _at_rest(view)
    return (*lines, *_verified(view.verify))


def _plan_lines(view: SeedView) -> tuple[str, ...]:
    """Tell the numbers of the plan, with what is left to do where somebody was asked."""
    now, draft = view.now, view.draft
    prospect = None if now is None else now.prospect
    plan = prospect.plan if prospect is not None else None if draft is None else draft.plan
    if plan is None:
        return ()
    counts = plan.counts
    words = (
        f"{counted(counts.blobs, 'blob')} ({_size(counts.blob_bytes, view)}), {counted(counts.manifests, 'manifest')}"
    )
    if prospect is None:
        return (f"{words}; what of it is there nobody was asked yet",)
    most = "at most " if prospect.left_is_upper_bound else ""
    there, left = _size(prospect.there.blob_bytes, view), f"{most}{_size(prospect.left_bytes, view)}"
    outcome = view.outcome
    if outcome is not None and outcome.seeding is not None and outcome.seeding.result is not None:
        return (f"{words}; before this run {there} of it there, {left} left",)
    return (f"{words}; there {there}, left {left}",)


def _running(view: SeedView, now: SeedNow | None) -> list[str]:
    from regplan.verbs.run_words import counts_words, eta_words, share_percent, standing

    if now is None or now.stage == "looking":
        before = None if now is None else now.before
        words = "" if before is None else f": {before.done:,} of {before.total:,} {before.unit} {tidy(before.what)}"
        return [f"looking{words} · esc cancels"]
    if now.stage == "asking":
        return ["waits for your yes"]
    told = now.told
    sizes = f"{_size(told.confirmed_bytes, view)} of {_size(told.total_bytes, view)} there"
    drawn = sent_bar(told.confirmed_bytes, told.moving_bytes, told.total_bytes, _BAR)
    wire = f"{_size(told.wire_bytes, view)} sent at {format_rate(int(told.rate_bps))}"
    eta = eta_words(told, now.forecast, now.limits.zone)
    return [
        f"{drawn} {share_percent(told)} % · {sizes} · {wire}",
        f"blobs {counts_words(told)} of {told.blobs}; manifests {standing(told)} of {told.manifests}{eta}",
        *_notes(now),
    ]


def _notes(now: SeedNow) -> list[str]:
    from regplan.report.seed_run.sentences import when

    if now.is_cut:
        return ["cutting off what is under way"]
    if now.is_stopping:
        return ["stopping: what is under way ends, the journal is kept · esc again cuts it off"]
    if now.told.waits:
        until_s = time.time() + now.told.waits_until_s - time.monotonic()
        until = f", until {when(until_s, now.limits.zone)}" if math.isfinite(until_s) else " · p lets it go on"
        return [f"waits: {now.told.waits}{until}"]
    return ["p holds · l limits · W hours · esc stops"]


def _at_rest(view: SeedView) -> list[str]:
    outcome = view.outcome
    if view.job.error is not None:
        return [f"✗ {view.job.error.message.splitlines()[0]}", view.job.error.next_step]
    if outcome is None:
        cancelled = "cancelled before anything was written · " if view.job.cancelled else ""
        return [f"{cancelled}{_NEXT}"]
    if outcome.error:
        return [f"✗ {tidy(outcome.error)}", _NEXT]
    seeding = outcome.seeding
    if seeding is None or seeding.result is None:
        return _not_run(outcome)
    result = seeding.result
    done = result.done
    sent = f"{counted(done.uploaded_blobs, 'blob')} sent ({_size(done.uploaded_bytes, view)}), {done.mounted} mounted"
    rest = f"{done.present} present, {counted(done.manifests, 'manifest')} put, {counted(done.requests, 'request')}"
    if result.verified:
        how = "✓ everything stands there under its digest · v proves the bytes · E writes the report"
    elif result.interrupted:
        how = "interrupted: what is there stays there · R goes on from the journal"
    else:
        how = (
            f"✗ something is missing of {counted(len(result.rerun), 'image')}: the log says why · R goes on from there"
        )
    return [f"{sent}, {rest}", how, *(f"✗ {tidy(each)}" for each in result.failed[:2])]


def _not_run(outcome: SeedOutcome) -> list[str]:
    """Tell what a dry run found, or why a run wrote nothing."""
    from regplan.report.seed_run.sentences import forecast_sentences

    seeding = outcome.seeding
    if seeding is None:
        return [_NEXT]
    if seeding.error is not None:
        return [f"✗ {tidy(str(seeding.error))}", _NEXT]
    lines = list(forecast_sentences(seeding.prospect))
    if seeding.unresolved:
        lines.append(f"? {counted(len(seeding.unresolved), 'image')} could not be resolved, and cannot be seeded")
    if seeding.prospect.is_stopped:
        return [*lines, "✗ nothing is written before what FAILs among the checks is mended · D looks again"]
    return [*lines, "nothing was written · R seeds, after a yes · D looks again"]


def _verified(job: Job) -> list[str]:
    if job.busy:
        return ["verifying: every tag and the length of every blob · esc cancels"]
    if job.error is not None:
        return [f"✗ not verified: {job.error.message.splitlines()[0]}"]
    found: Verification | None = job.result  # type: ignore[assignment]  # what this job's work gives
    if found is None:
        return []
    result = found.result
    if result.complete:
        return [f"✓ verified: {counted(result.checked, 'image')} stand there whole (level {result.level})"]
    return [f"✗ verified: {len(result.missing)} missing, {len(result.wrong)} wrong of {result.checked}"]


def _size(size_bytes: int, view: SeedView) -> str:
    return readable(size_bytes, "bytes", binary=view.binary)
