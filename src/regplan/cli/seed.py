"""`seed`: a plan that is shown first, then done when it is agreed to."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.asking import confirmed
from regplan.cli.emitting import emit_options, show_job
from regplan.cli.exitcodes import ExitCode, worst
from regplan.cli.foretold import counts_of, plan_table
from regplan.cli.journaling import journal_options
from regplan.cli.limiting import limit_options
from regplan.cli.options import Common, common, mapping_option, referrers_option, resolving, verb, versions_option
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.preflight import preflight_options, preflight_tables
from regplan.cli.reporting import report_option
from regplan.cli.running import Ran, run_seeding
from regplan.cli.saying import say
from regplan.cli.shown import size
from regplan.cli.wishing import wishing
from regplan.model.finding import Verdict
from regplan.report.seed_run.sentences import forecast_sentences, limit_sentences, phase_sentence, plan_sentences
from regplan.units import format_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from regplan.model.finding import Finding
    from regplan.model.preflight import Prospect
    from regplan.verbs.emitting import JobWish
    from regplan.verbs.options import Options
    from regplan.verbs.seeding import Seeding
    from regplan.verbs.wishes import SeedWishes

__all__ = ["seed_command"]


@verb(
    "seed",
    "regplan seed profile.json --to docker://10.0.0.5:30003/spectro-images --dry-run",
    "regplan seed profile.json --from docker://mirror.corp --to docker://10.0.0.5:30003/spectro-images --yes",
    "regplan seed profile.json --to oci:/media/usb/images --yes",
    "regplan seed site.yaml --for next --yes",
    "regplan seed site.yaml --emit job --job-image registry.corp/tools/regplan:1 | kubectl apply -f -",
)
@click.argument("things", nargs=-1, required=True, metavar="SITE|PROFILE|IMAGE...")
@click.option(
    "--to",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="docker://HOST:PORT/PROJECT (repeated: nodes of one registry) or oci:DIR; default: the site's.",
)
@versions_option("The version to seed; next is the site's upgrade_to.")
@mapping_option
@click.option("--dry-run", is_flag=True, help="Show the plan and stop.")
@click.option("--yes", is_flag=True, help="Agree to the plan beforehand.")
@common
@referrers_option
@resolving
@preflight_options
@journal_options
@limit_options
@emit_options
@report_option
@wishing
def seed_command(  # noqa: PLR0913, PLR0917  one parameter for each option of the contract
    things: tuple[str, ...], targets: tuple[str, ...], versions: str, mapping: str, common: Common, options: Options,
    *, wishes: SeedWishes, emit: JobWish | None, dry_run: bool, yes: bool,
) -> int:  # fmt: skip
    """Copy every image that is needed and not there: each unique blob is sent once and mounted elsewhere.

    The plan is shown before anything is written.
    """
    from regplan.verbs.seeding import seed_job

    job = seed_job(things, targets, mapping, versions)
    if emit is not None:
        return show_job(job, replace(emit, limits=wishes.limits, create_project=wishes.create_project), options, common)
    if common.read_only and not dry_run:
        raise click.UsageError("read-only: seeding writes; look with --dry-run")
    agree = _never if dry_run else _asked if not yes else _told if not common.quiet else _always
    if agree is _asked and (sys.stdin is None or not sys.stdin.isatty()):
        raise click.UsageError("seeding writes: look with --dry-run, then agree with --yes")
    return _say_seeding(run_seeding(job, options, wishes, agree, common), common, dry_run=dry_run)


def _say_seeding(ran: Ran, common_: Common, *, dry_run: bool) -> int:
    seeding, record, document = ran.seeding, ran.record, ran.document
    failed = (*document["failed"], *document["blocked"])
    tables = (
        *preflight_tables(document, common_.output),
        plan_table(counts_of(document), is_run=seeding.result is not None),
        *_undone_tables(document),
        _listed("UNRESOLVED", seeding.unresolved),
    )
    untold = () if seeding.prospect.phases else (phase_sentence(seeding.prospect),)
    undone = (*untold, *limit_sentences(seeding.prospect), *forecast_sentences(seeding.prospect))
    undone += _undone_lines(seeding, dry_run=dry_run)
    foot = _done_lines(document) if seeding.result is not None else undone
    nodes = document["nodes"] or {"passed_over": ()}
    emit(Answer(document, tables, (f"seeding {seeding.plan.target}", *nodes["passed_over"]), foot), common_.output)
    if seeding.error is not None:
        say(f"regplan: {seeding.error}")
    if document["interrupted"]:
        there = f"{size(record.confirmed_bytes)} of {size(record.total_bytes)} are there"
        say(f"regplan: interrupted: {there}; the same command goes on from there")
    codes = list(ran.codes)
    codes += [ExitCode.UNRESOLVED] if seeding.unresolved else []
    codes += [ExitCode.UNUSABLE] if seeding.error is not None else []
    codes += [ExitCode.FAILED] if seeding.error is None and seeding.prospect.is_stopped else []
    codes += [ExitCode.PARTLY] if failed else []
    codes += [ExitCode.INTERRUPTED] if document["interrupted"] else []
    return worst(codes)


def _undone_tables(document: Mapping[str, Any]) -> tuple[Table, ...]:
    """List what failed, one sentence each, and apart from it the images that lack something by it."""
    if document["interrupted"]:
        return (_listed("NOT THERE YET", (*document["failed"], *document["blocked"])),)
    return _listed("FAILED", document["failed"]), _listed("IMAGES THAT LACK SOMETHING", document["blocked"])


def _listed(heading: str, texts: Iterable[str]) -> Table:
    return Table((Column("what", heading),), tuple({"what": each} for each in texts))


def _done_lines(document: Mapping[str, Any]) -> tuple[str, ...]:
    done = document["done"]
    sent = f"{format_count(done['uploaded_blobs'], 'blob')} sent ({size(done['uploaded_bytes'])}), {done['mounted']} mounted"
    rest = f"{done['present']} present, {format_count(done['manifests'], 'manifest')} put, {format_count(done['requests'], 'request')}"
    proof = ("verified",) if document["verified"] else ("NOT verified; what is done stays done", *document["next"])
    return (f"{sent}, {rest}", *proof)


def _undone_lines(seeding: Seeding, *, dry_run: bool) -> tuple[str, ...]:
    if dry_run:
        return ("nothing was written (--dry-run)",)
    return ("nothing was written: mend what FAILs first",) if seeding.prospect.is_stopped else ("nothing was written",)


def _always(_: Prospect, __: Callable[[], bool]) -> bool:
    return True


def _never(_: Prospect, __: Callable[[], bool]) -> bool:
    return False


def _told(prospect: Prospect, _: Callable[[], bool]) -> bool:
    """Show the plan before anything moves, although it was agreed to."""
    for line in (*plan_sentences(prospect), *limit_sentences(prospect), *forecast_sentences(prospect)):
        say(line)
    for finding in prospect.findings:
        if _is_told(finding):
            say(f"{finding.verdict}: {finding.message} {finding.fix}".rstrip())
    return True


def _is_told(finding: Finding) -> bool:
    """Tell whether a finding is news: pulls that are left are, and why a target cannot be used is told as the error that it is."""
    if finding.rule == "seed.reach":
        return False
    return finding.verdict is not Verdict.PASS or finding.rule == "seed.pulls"


def _asked(prospect: Prospect, is_given_up: Callable[[], bool]) -> bool:
    return _told(prospect, is_given_up) and not prospect.is_stopped and confirmed("Seed now?", is_given_up)
