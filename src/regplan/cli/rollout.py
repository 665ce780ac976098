"""`fleet --rollout`: its options, its tables, and the code that it ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.exitcodes import ExitCode, worst
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.progress import progress_line
from regplan.cli.rows import say_rows
from regplan.cli.saying import say
from regplan.cli.shown import size
from regplan.report.words import ABSENT, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from regplan.cli.options import Common
    from regplan.model.rollout_file import RolloutStudy
    from regplan.verbs.fleet import FleetAsked
    from regplan.verbs.options import Options

__all__ = ["rollout_options", "run_rollout"]

_MOST_NAMED: Final = 3


def _rate(bps: int | None) -> str:
    from regplan.units import format_rate

    return ABSENT if bps is None else format_rate(bps)


def _nights(record: Mapping[str, Any]) -> str:
    first, last = record["first_night"], record["last_night"]
    return first if first == last else f"{first} to {last}"


def _bound(name: str | None) -> str:
    from regplan.report.rollout import BOUND_WORDS

    return BOUND_WORDS[name or ""] or ABSENT


def _least(record: Mapping[str, Any]) -> str:
    shown = size(record["size_bytes"])
    return f"at least {shown}" if record["lower_bound"] else shown


def _moved(moved: list[Mapping[str, str]]) -> str:
    told = ", ".join(f"{each['site']} to {each['to']}" for each in moved[:_MOST_NAMED])
    more = len(moved) - _MOST_NAMED
    return (f"{told} and {more:,} more" if more > 0 else told) or ABSENT


_SITES: Final = (
    Column("name", "SITE", keep=True),
    Column("wave", "WAVE"),
    Column("size_bytes", "BYTES", _least, right=True, of_record=True),
    Column("pulls", "PULLS", right=True),
    Column("link_bps", "LINK", _rate, right=True),
    Column("first_night", "NIGHT", _nights, of_record=True),
    Column("minutes", "MINUTES", right=True),
    Column("ready_at", "READY AT", lambda moment: moment[:16].replace("T", " ")),
    Column("needs", "ALONE"),
    *(Column(key, key.upper(), in_table=False) for key in ("way", "window", "last_night", "nights", "begins_at")),
    *(Column(key, key.upper(), in_table=False) for key in ("alone_nights", "alone_bps", "lower_bound")),
)
_NIGHTS: Final = (
    Column("night", "NIGHT"),
    Column("sites_count", "SITES", right=True),
    Column("done_count", "DONE", right=True),
    Column("size_bytes", "BYTES", size, right=True),
    Column("busy_ratio", "UPLINK", lambda ratio: f"{ratio:.0%}", right=True),
    Column("pulls", "PULLS", right=True),
    Column("bound_by", "BOUND BY", _bound),
)
_SLIPS: Final = (
    Column("night", "IF IT FAILS"),
    Column("moved_count", "SITES LATER", right=True),
    Column("last_night", "LAST NIGHT"),
    Column("days", "DAYS LATER", right=True),
    Column("moved", "WHICH", _moved),
)


def rollout_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a rollout."""
    fail = click.option(
        "--fail", "failing", multiple=True, metavar="DATE", help="With --rollout: what slips where this night fails. Default: each."
    )  # fmt: skip
    told = click.option(
        "--rollout", default="", metavar="FILE.yaml", help="Tell which night each site gets its images, by this file."
    )
    return told(fail(function))


def run_rollout(
    sites: str, asked: tuple[str, tuple[str, ...], FleetAsked], out: Path | None, common: Common, options: Options
) -> int:
    """Tell a rollout; `asked` are its file, the nights that fail, and how the table is read."""
    from regplan.verbs.rollout import RolloutAsked, plan_rollout
    from regplan.verbs.rollout_output import check_rollout_file, write_rollout

    file, failing, told = asked
    if told.workers > 1 or told.scheduler:
        raise click.UsageError("a rollout is reckoned in this process; --workers and --scheduler are for verdicts")
    if options.rules:
        raise click.UsageError("--rules are for verdicts, and a rollout gives none")
    if out is not None:
        check_rollout_file(out, sites)
    with progress_line(quiet=common.quiet) as report:
        study = plan_rollout(sites, RolloutAsked(file, failing), told, options, report)
    say_rows(sites, () if common.quiet else study.notes, study.problems, "-o json lists all")
    if out is not None:
        write_rollout(study, out)
        if not common.quiet:
            say(f"{out} written: {counted(len(study.rollout.sites), 'site')}")
    _show(study, common)
    return _code(study)


def _show(study: RolloutStudy, common_: Common) -> None:
    from regplan.report.rollout import night_record, rollout_document, rollout_site_record, slip_record

    rollout = study.rollout
    document = rollout_document(study) if common_.output == "json" else {}
    sites = tuple(rollout_site_record(rollout, each) for each in rollout.sites)
    tables = (
        Table(_SITES, sites, empty="No site has a part in this rollout."),
        Table(_NIGHTS, tuple(map(night_record, rollout.nights)), title="Nights:"),
        Table(_SLIPS, tuple(map(slip_record, rollout.slips)), title="What slips where one night fails:"),
    )
    emit(Answer(document, tables, tuple(_head(study)), tuple(_foot(study))), common_.output)


def _head(study: RolloutStudy) -> Iterator[str]:
    rollout, rules = study.rollout, study.rollout.rules
    last = rollout.last_night
    what = "The first bootstrap" if study.file.event == "bootstrap" else "The upgrade"
    sites = counted(len(rollout.sites), "site")
    yield f"{what} of {sites}: {counted(len(rollout.nights), 'night')}, from {rules.start} to {last or ABSENT}"
    yield f"uplink {_rate(rules.uplink_bps)}, {rules.hours}"


def _foot(study: RolloutStudy) -> Iterator[str]:
    from regplan.report.rollout import needs_words, wave_record

    rollout, until = study.rollout, study.rollout.rules.until
    several = [site for site in rollout.sites if site.alone_nights > 1]
    if several:
        slowest = max(several, key=lambda site: site.alone_nights)
        yield (
            f"{counted(len(several), 'site')} need more than one night by themselves,"
            f" the most {slowest.need.name}: {needs_words(slowest)}"
        )
    waves = [wave_record(rollout, number) for number in range(len(rollout.rules.waves))]
    if len(waves) > 1:
        for wave in waves:
            when = f"{wave['first_night']} to {wave['last_night']}" if wave["sites_count"] else ABSENT
            yield f"wave {wave['name']}: {counted(wave['sites_count'], 'site')}, {size(wave['size_bytes'])}, {when}"
    if study.lower_bounds:
        yield f"{counted(len(study.lower_bounds), 'site')} with images that could not be resolved: they need more than this"
    if until is not None and rollout.last_night is not None:
        late = [site for site in rollout.sites if site.last_night > until]
        yield (f"too late: {counted(len(late), 'site')} after {until}" if late else f"in time: all sites by {until}")


def _code(study: RolloutStudy) -> int:
    """Tell the exit code: rows that are wrong, else a rollout that is late, else sites of which not all is known."""
    codes = {ExitCode(problem.exit_code) for problem in study.problems}
    codes |= {ExitCode.FAILED} if study.rollout.is_late else set()
    codes |= {ExitCode.UNRESOLVED} if study.lower_bounds else set()
    return worst(codes)
