"""`compare`: scenarios side by side, with what each changes of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, declared_option, resolving, rules_option, unpacked_option, verb
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.progress import progress_line
from regplan.cli.shown import size
from regplan.report.words import ABSENT, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.verbs.options import Options

__all__ = ["compare_command"]

_FINDINGS: Final = (
    Column("site", "SITE"),
    Column("change", "FINDING"),
    Column("verdict", "VERDICT", marked),
    Column("rule", "RULE", keep=True),
    Column("where", "WHERE"),
    Column("message", "WHAT", in_table=False),
)


@verb(
    "compare",
    "regplan compare store.yaml store-next.yaml",
    "regplan compare main/site.yaml site.yaml -o md",
    "regplan compare small.yaml medium.yaml large.yaml -o csv > scenarios.csv",
    "regplan compare store.yaml store-next.yaml -o json | jq '.scenarios[1].delta.unique_bytes'",
)
@click.argument("site", metavar="SITE")
@click.argument("others", nargs=-1, required=True, metavar="SITE...")
@declared_option
@unpacked_option
@rules_option
@common
@resolving
def compare_command(site: str, others: tuple[str, ...], common: Common, options: Options) -> int:
    """Plan sites and show them side by side, with what each changes of the first.

    Sites that name the same profiles and sources are resolved once. Ends with 0 whatever the verdicts are; `gate` is
    what a pipeline is held by.
    """
    from regplan.report.comparison import comparison_document, comparison_sentence
    from regplan.verbs.compare import compare_sites

    with progress_line(quiet=common.quiet) as report:
        comparison = compare_sites((site, *others), options, report)
    first, *rest = comparison.scenarios
    document: Any = comparison_document(comparison)
    head = tuple(comparison_sentence(each, first) for each in rest)
    findings = tuple(
        {"site": each["label"], "change": change, **finding}
        for each in document["scenarios"]
        for change, those in (("comes", each["comes"]), ("goes", each["goes"]))
        for finding in those
    )
    tables = (
        _scenarios(document["scenarios"], common.output),
        Table(_FINDINGS, findings, title="Findings that come and go:"),
    )
    emit(Answer(document, tables, head), common.output)
    return ExitCode.DONE


def _scenarios(scenarios: list[dict[str, Any]], form: str) -> Table:
    """Lay out a row for each scenario; in CSV the differences stand in columns of their own."""
    records = tuple(
        {**each, **{f"delta_{key}": value for key, value in (each["delta"] or {}).items()}} for each in scenarios
    )
    columns = (
        Column("label", "SITE"),
        Column("verdict", "VERDICT", marked),
        Column("binding_constraint", "BOUND BY", lambda rule: rule or ABSENT, keep=True),
        _figure("referenced_bytes", "REFERENCED", size),
        _figure("unique_bytes", "UNIQUE", size),
        _figure("required_bytes", "NEED", size),
        _figure("claimed_bytes", "PVC", size),
        _figure("claim_ratio", "OF PVC", _share, _points),
        _figure("hosts", "HOSTS", str),
        _figure("saved_bytes", "SAVED", size),
    )
    hidden = [Column(f"delta_{key}", f"DELTA {key}", in_table=False) for key in _DELTAS]
    return Table((*columns, *(hidden if form == "csv" else ())), records)


_DELTAS: Final = (
    "referenced_bytes",
    "unique_bytes",
    "required_bytes",
    "claimed_bytes",
    "claim_ratio",
    "hosts",
    "saved_bytes",
)


def _figure(
    key: str, heading: str, show: Callable[[Any], str], show_change: Callable[[Any], str] | None = None
) -> Column:
    def cell(record: Mapping[str, Any]) -> str:
        value, change = record[key], record.get(f"delta_{key}")
        if value is None:
            return ABSENT
        if not change:
            return show(value)
        return f"{show(value)} ({'+' if change > 0 else '-'}{(show_change or show)(abs(change))})"

    return Column(key, heading, cell, right=True, of_record=True)


def _share(ratio: float) -> str:
    return f"{ratio * 100:.3g} %"


def _points(ratio: float) -> str:
    return f"{ratio * 100:.3g} points"
