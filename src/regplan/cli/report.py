"""`report`: a planning report in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from regplan.cli.exitcodes import exit_code_of
from regplan.cli.options import Common, common, resolving, unpacked_option, verb
from regplan.cli.progress import progress_line

if TYPE_CHECKING:
    from regplan.verbs.options import Options

__all__ = ["report_command"]


@verb(
    "report",
    "regplan report site.yaml -O plan.html",
    "regplan report site.yaml -O plan.md",
)
@click.argument("site", metavar="SITE")
@click.option(
    "-O", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.{html,md,json}"
)
@unpacked_option
@common
@resolving
def report_command(site: str, out: Path, common: Common, options: Options) -> int:
    """Plan a site and write the report; the ending tells the format. The file loads nothing from elsewhere."""
    from regplan.verbs.reports import check_report_file, write_report
    from regplan.verbs.study import plan_site

    if common.read_only:
        raise click.UsageError("read-only: a report writes a file; plan -o json writes to standard output")
    check_report_file(out)
    with progress_line(quiet=common.quiet) as report:
        study = plan_site(site, options, report)
    write_report(study, out)
    if not common.quiet:
        click.echo(f"{out} written: {study.plan.verdict}", err=True)
    return exit_code_of(study.plan.verdict)
