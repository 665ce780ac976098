"""`fleet`: a table of sites in, a verdict for each out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.exitcodes import ExitCode, exit_code_of, worst
from regplan.cli.fleet_years import year_columns, years_lines, years_options, years_tables
from regplan.cli.fronting import front_options
from regplan.cli.options import (
    Common,
    common,
    declared_option,
    mapping_option,
    resolving,
    rules_option,
    unpacked_option,
    verb,
)
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.progress import progress_line
from regplan.cli.rollout import rollout_options, run_rollout
from regplan.cli.rows import say_rows
from regplan.cli.saying import say
from regplan.cli.shown import amount, size
from regplan.report.words import ABSENT, counted, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from regplan.model.fleet import Fleet
    from regplan.report.front import Front
    from regplan.verbs.fleet import FleetAsked
    from regplan.verbs.options import Options

    # A report's cover, and what is replaced in it.
    _Shown = tuple[Front, tuple[str, ...]]

__all__ = ["fleet_command", "report_fleet"]


def _bound(record: Mapping[str, Any]) -> str:
    """Tell what binds a site; what passes is bound by nothing, as everywhere else."""
    return ABSENT if record["verdict"] == "PASS" else record["binding_constraint"] or ABSENT


_SITES = (
    Column("verdict", "VERDICT", marked),
    Column("name", "SITE"),
    Column("binding_constraint", "BOUND BY", _bound, keep=True, of_record=True),
    Column("where", "WHERE"),
    Column("measured", "HAVE", lambda record: amount(record["measured"], record["unit"]), right=True, of_record=True),
    Column("required", "NEED", lambda record: amount(record["required"], record["unit"]), right=True, of_record=True),
    Column("hosts", "HOSTS", right=True),
    Column("required_bytes", "IMAGES NEED", size, right=True),
    Column("claimed_bytes", "PVC", size, right=True),
    Column("saved_bytes", "SAVED", size, right=True),
    *(
        Column(key, key.upper(), in_table=False)
        for key in ("line", "unit", "message", "fix", "failing", "unique_bytes", "unresolved", "direct_bytes")
    ),
    Column("primary_bytes", "PRIMARY", in_table=False),
)
_HARDWARE = (
    Column("cpu_milli", "CPU", lambda value: amount(value, "milli"), right=True),
    Column("memory_bytes", "MEMORY", size, right=True),
    Column("storage_bytes", "DRIVE", size, right=True),
    Column("arch", "ARCH"),
    Column("hosts", "HOSTS", right=True),
    Column("sites", "SITES", right=True),
    Column("failing_hosts", "FAILING", right=True),
    Column("failing_rules", "RULES", lambda rules: _counts(rules) or ABSENT),
)


def _asked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how a fleet is read and where it is planned."""
    options = (
        click.option("--map", "renamed", multiple=True, metavar="HEADING=KEY", help="Which key a column of another name is."),
        click.option(
            "--defaults", default="", metavar="FILE.yaml", help="Keys of the site file that hold unless a row says otherwise."
        ),
        click.option("--sheet", default="", metavar="NAME", help='Of an XLSX file. Default: "sites", else the first.'),
        click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes that plan and draw."),
        click.option("--scheduler", default="", metavar="ADDRESS", help="Plan and draw on a Dask cluster: tcp://HOST:PORT."),
        click.option(
            "-O", "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.{csv,xlsx}",
            help="Write the same rows with verdict, binding rule and fix appended.",
        ),
        click.option(
            "--report", "reports", multiple=True, metavar="FILE.{html,pdf,xlsx,docx,md,json}",
            help="Write a report, once or more often; the ending tells the format.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


@verb(
    "fleet",
    "regplan init --fleet sites.xlsx",
    "regplan fleet sites.xlsx -O verdicts.xlsx",
    "regplan fleet stores.csv --map 'Store No=name' --defaults common.yaml",
    "regplan fleet sites.csv --report fleet.pdf --report fleet.xlsx",
    "regplan fleet sites.yaml -o json | jq .totals",
    "regplan fleet sites.csv --workers 8",
    "regplan fleet sites.csv --rollout rollout.yaml -O nights.xlsx",
    "regplan fleet sites.csv --defaults scenario.yaml --draws 1000 --seed 1 --resume drawn -O years.xlsx",
)
@click.argument("sites", metavar="SITES.{csv,xlsx,yaml}")
@_asked
@front_options
@rollout_options
@declared_option
@unpacked_option
@mapping_option
@rules_option
@common
@years_options
@resolving
def fleet_command(sites: str, out: Path | None, common: Common, options: Options, **asked: Any) -> int:  # noqa: ANN401
    """Plan many sites that share profiles: a verdict for each, worst first, the hardware that they need, and totals.

    Columns are the site file's keys with dots: name, profiles, registry.storage, hosts.count, hosts.worker.cpu,
    links.internet.rate, var.NAME. Rows that cannot be read are named on stderr with line and column, and stop no other;
    the run then ends with 2. Else it ends as the worst site's plan would.

    With --rollout: which night each site gets its images over head office's uplink, and what slips where one fails.
    With --draws: what each site's scenario carries over its internet link in so many drawn lives, under each topology, and all together.
    """
    from regplan.verbs.fleet import FleetAsked, plan_fleet
    from regplan.verbs.fleet_output import check_fleet_file, write_fleet
    from regplan.verbs.seed_reports import check_reports

    options = replace(options, mapping=asked.pop("mapping"))
    rollout, failing = asked.pop("rollout"), asked.pop("failing")
    reports, shown = asked.pop("reports"), (asked.pop("front"), asked.pop("redact"))
    told = FleetAsked(**asked)
    _refuse(bool(out or reports), rollout, failing, told, common)
    if shown[1] and not reports:
        raise click.UsageError("--redact replaces names in reports: name one with --report")
    if rollout and reports:
        raise click.UsageError("--report goes without --rollout, whose nights -O writes")
    if rollout:
        return run_rollout(sites, (rollout, failing, told), out, common, options)
    if out is not None:
        check_fleet_file(out, sites)
    check_reports(reports)
    with progress_line(quiet=common.quiet) as report:
        fleet = plan_fleet(sites, told, options, report)
    say_rows(sites, () if common.quiet else fleet.notes, fleet.problems, "-o json lists all, and -O writes them")
    if out is not None:
        write_fleet(fleet, sites, out, told)
        if not common.quiet:
            missed = fleet.totals.rows_with_problems
            beside = f", and {counted(missed, 'row')} with what is wrong" if missed else ""
            say(f"{out} written: {counted(len(fleet.sites), 'site')}{beside}")
    _write(fleet, sites, reports, shown, common)
    _show(fleet, common)
    return _code(fleet)


def report_fleet(sites: str, out: Path, shown: _Shown, options: Options, common_: Common) -> int:
    """Plan the sites of a table and write what is said of all of them; `shown` is the cover, and what is replaced."""
    from regplan.verbs.fleet import plan_fleet

    with progress_line(quiet=common_.quiet) as report:
        fleet = plan_fleet(sites, None, options, report)
    say_rows(sites, () if common_.quiet else fleet.notes, fleet.problems, "the report lists all")
    _write(fleet, sites, (str(out),), shown, common_)
    return _code(fleet)


def _refuse(is_written: bool, rollout: str | None, failing: Any, told: FleetAsked, common_: Common) -> None:  # noqa: ANN401, FBT001
    if is_written and common_.read_only:
        raise click.UsageError("read-only: -O and --report write files; -o csv writes to standard output")
    if failing and not rollout:
        raise click.UsageError("--fail goes with --rollout")
    if rollout and told.draws:
        raise click.UsageError("--draws and --rollout tell different things: ask for one of them")


def _write(fleet: Fleet, sites: str, reports: Sequence[str], shown: _Shown, common_: Common) -> None:
    from regplan.verbs.reports import write_fleet_report

    for file in reports:
        write_fleet_report(fleet, sites, file, *shown)
        if not common_.quiet:
            say(f"{file} written: {counted(len(fleet.sites), 'site')}")


def _show(fleet: Fleet, common_: Common) -> None:
    from regplan.report.fleet import fleet_document, hardware_record, site_record

    document = fleet_document(fleet) if common_.output == "json" else {}
    columns, records = _SITES, tuple(map(site_record, fleet.sites))
    drawn: tuple[Table, ...] = ()
    if fleet.years is not None:
        from regplan.report.years import site_years_record

        by_line = {site.line: site for site in fleet.years.sites}
        columns = (*_SITES, *year_columns())
        records = tuple(
            each | site_years_record(fleet.years, by_line.get(site.line))
            for each, site in zip(records, fleet.sites, strict=True)
        )
        drawn = years_tables(fleet.years)
    tables = (
        Table(columns, records, empty="No site could be planned."),
        Table(_HARDWARE, tuple(map(hardware_record, fleet.hardware)), title="Hardware:"),
        *drawn,
    )
    foot = (*_foot(fleet), *years_lines(fleet))
    emit(Answer(document, tables, tuple(_head(fleet)), foot), common_.output)


def _head(fleet: Fleet) -> Iterator[str]:
    totals = fleet.totals
    told = ", ".join(f"{count:,} {marked(verdict)}" for verdict, count in totals.verdicts)
    yield f"{counted(totals.sites, 'site')}: {told or 'none planned'}"
    if totals.rows_with_problems:
        yield f"{counted(totals.rows_with_problems, 'row')} could not be planned"


def _foot(fleet: Fleet) -> Iterator[str]:
    totals = fleet.totals
    if not totals.sites:
        return
    if totals.binding:
        yield f"bound by: {_counts(dict(totals.binding))}"
    if totals.hosts:
        yield f"hosts: {totals.hosts:,}, of which {totals.failing_hosts:,} fail a check"
    yield f"storage: {size(totals.required_bytes)} needed of {size(totals.claimed_bytes)} claimed"
    direct, primary = size(totals.direct_bytes), size(totals.primary_bytes)
    yield f"internet, first bootstrap: {direct} without registries, {primary} with them, {size(totals.saved_bytes)} saved"
    sets = counted(len(fleet.profile_sets), "set")
    yield f"{sets} of profiles, each read and resolved once"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _code(fleet: Fleet) -> int:
    """Tell the exit code of the worst site, and of the rows that are none; several give the first in the order."""
    codes = {exit_code_of(site.verdict) for site in fleet.sites}
    return worst(codes | {ExitCode(problem.exit_code) for problem in fleet.problems})
