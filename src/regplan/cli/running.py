"""A seeding run from the command line: shown while it runs, and stopped by Ctrl-C."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.cli.interrupting import stoppable

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.cli.options import Common
    from regplan.model.preflight import Prospect
    from regplan.model.run import RunRecord
    from regplan.verbs.options import Options
    from regplan.verbs.seeding import Seeding, SeedJob
    from regplan.verbs.wishes import SeedWishes

__all__ = ["run_seeding"]


def run_seeding(
    job: SeedJob, options: Options, wishes: SeedWishes, agreeing: Callable[[Prospect], bool], common: Common
) -> tuple[Seeding, RunRecord]:
    """Seed, and tell what came of it with the record of the run."""
    from regplan.cli.live import SeedView
    from regplan.seed.runlog import RunLog
    from regplan.verbs.limiting import Outlook
    from regplan.verbs.seeding import seed_images

    log, outlook = RunLog(), Outlook.of(job.site, wishes.limits, to_disk=bool(job.target.folder))
    with stoppable(lambda: log.has_begun) as stop:
        view = SeedView(log, outlook, stop)

        def agree(prospect: Prospect) -> bool:
            view.pause()
            try:
                return agreeing(prospect)
            finally:
                view.resume()

        if not common.quiet:
            view.start()
        wished = replace(wishes, listeners=(*wishes.listeners, log), stop=stop)
        try:
            seeding = seed_images(job, options, wished, agree=agree, report=None if common.quiet else view.report)
        finally:
            view.close()
    return seeding, log.record(seeding.prospect.limits, seeding.prospect.forecast)
