"""`compare`: scenarios side by side, with what each changes of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, declared_option, resolving, rules_option, unpacked_option, verb
from regplan.cli.output import Answer, emit
from regplan.cli.progress import progress_line
from regplan.cli.pulled import pulled_plan
from regplan.cli.scenarios import scenario_sentences, scenario_tables
from regplan.verbs.arguments import names_artefact

if TYPE_CHECKING:
    from regplan.verbs.options import Options

__all__ = ["compare_command"]


@verb(
    "compare",
    "regplan compare store.yaml store-next.yaml",
    "regplan compare main/site.yaml site.yaml -o md",
    "regplan compare small.yaml medium.yaml large.yaml -o csv > scenarios.csv",
    "regplan compare docker://10.0.0.5:30003/plans/store-0421:latest site.yaml",
    "regplan compare store.yaml store-next.yaml -o json | jq '.scenarios[1].delta.unique_bytes'",
)
@click.argument("site", metavar="SITE|docker://PLAN")
@click.argument("others", nargs=-1, required=True, metavar="SITE|docker://PLAN...")
@declared_option
@unpacked_option
@rules_option
@common
@resolving
def compare_command(site: str, others: tuple[str, ...], common: Common, options: Options) -> int:
    """Plan sites and show them side by side, with what each changes of the first.

    Sites that name the same profiles and sources are resolved once; a plan that was pushed to a registry stands as it was
    made. Ends with 0 whatever the verdicts are; `gate` is
    what a pipeline is held by.
    """
    from regplan.report.comparison import comparison_document
    from regplan.verbs.compare import compare_sites

    given = [pulled_plan(each, options, common) if names_artefact(each) else each for each in (site, *others)]
    with progress_line(quiet=common.quiet) as report:
        document: Any = comparison_document(compare_sites(given, options, report))
    emit(Answer(document, scenario_tables(document, common.output), scenario_sentences(document)), common.output)
    return ExitCode.DONE
