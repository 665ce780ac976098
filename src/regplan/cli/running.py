"""A seeding run from the command line: shown while it runs, stopped by Ctrl-C, and reported on however it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from regplan.cli.exitcodes import ExitCode
from regplan.cli.interrupting import stoppable
from regplan.cli.saying import say
from regplan.errors import InputError, RegplanError
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.cli.options import Common
    from regplan.model.preflight import Prospect
    from regplan.model.run import RunRecord
    from regplan.model.site import Site
    from regplan.verbs.options import Options
    from regplan.verbs.seeding import Seeding, SeedJob
    from regplan.verbs.wishes import SeedWishes

    # Shown the plan, and told whether an interrupt has made the answer needless.
    Agreeing = Callable[[Prospect, Callable[[], bool]], bool]

__all__ = ["Ran", "run_seeding"]


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a seeding, the record of its run, its document, and the exit codes of writing the reports."""

    seeding: Seeding
    record: RunRecord
    document: Mapping[str, Any]
    codes: tuple[ExitCode, ...] = ()


def run_seeding(job: SeedJob, options: Options, wishes: SeedWishes, agreeing: Agreeing, common: Common) -> Ran:
    """Seed, and tell what came of it; the reports that are wished for are written in any case."""
    from regplan.cli.live import SeedView
    from regplan.seed.runlog import RunLog
    from regplan.verbs.limiting import Outlook
    from regplan.verbs.seed_reports import check_reports, failed_document, seeding_document
    from regplan.verbs.seeding import seed_images

    check_reports(wishes.reports)
    log, outlook = RunLog(), Outlook.of(job.site, wishes.limits, to_disk=bool(job.target.folder))
    seen: list[Prospect | None] = [None]
    with stoppable(lambda: log.has_begun) as stop:
        view = SeedView(log, outlook, stop)

        def agree(prospect: Prospect) -> bool:
            seen.append(prospect)
            view.pause()
            try:
                return agreeing(prospect, lambda: stop.asked)
            finally:
                view.resume()

        if not common.quiet:
            view.start()
        wished = replace(wishes, listeners=(*wishes.listeners, log), stop=stop)
        try:
            seeding = seed_images(job, options, wished, agree=agree, report=None if common.quiet else view.report)
        except (RegplanError, KeyboardInterrupt) as error:
            view.close()
            why = str(error) if isinstance(error, RegplanError) else "it was interrupted before anything was written"
            _write(wishes, failed_document(str(job.target), seen[-1], log.record(outlook.limits, error=why)), job.site)
            raise
        finally:
            view.close()
    record = log.record(seeding.prospect.limits, seeding.prospect.forecast)
    document = seeding_document(seeding, record)
    return Ran(seeding, record, document, _write(wishes, document, job.site))


def _write(wishes: SeedWishes, document: Mapping[str, Any], site: Site | None) -> tuple[ExitCode, ...]:
    """Write the reports; one that cannot be written is told, and takes nothing of what was done from the user."""
    from regplan.verbs.seed_reports import write_reports

    try:
        write_reports(wishes.reports, document, wishes.front, wishes.redact, site)
    except InputError as error:
        say(f"regplan: {error}")
        return (ExitCode.INPUT,)
    return ()
