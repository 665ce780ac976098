"""Scenarios side by side in the command line's tables: for `compare`, and for a gate with a base."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.cli.output import Column, Table
from regplan.cli.shown import size
from regplan.report.words import ABSENT, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["scenario_sentences", "scenario_tables"]

_FINDINGS: Final = (
    Column("site", "SITE"),
    Column("change", "FINDING"),
    Column("verdict", "VERDICT", marked),
    Column("rule", "RULE", keep=True),
    Column("where", "WHERE"),
    Column("message", "WHAT", in_table=False),
)


def scenario_sentences(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what each scenario but the first changes of it."""
    return tuple(each["sentence"] for each in document["scenarios"][1:])


def scenario_tables(document: Mapping[str, Any], form: str) -> tuple[Table, ...]:
    """Lay out a comparison's document: the scenarios, and the findings that come and go."""
    findings = tuple(
        {"site": each["label"], "change": change, **finding}
        for each in document["scenarios"]
        for change, those in (("comes", each["comes"]), ("goes", each["goes"]))
        for finding in those
    )
    return (
        _scenarios(document["scenarios"], form),
        Table(_FINDINGS, findings, title="Findings that come and go:"),
    )


def _scenarios(scenarios: list[dict[str, Any]], form: str) -> Table:
    """Lay out a row for each scenario; in CSV the differences stand in columns of their own."""
    records = tuple(
        {**each, **{f"delta_{key}": value for key, value in (each["delta"] or {}).items()}} for each in scenarios
    )
    columns = (
        Column("label", "SITE"),
        Column("verdict", "VERDICT", marked),
        Column("binding_constraint", "BOUND BY", _bound, keep=True, of_record=True),
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


def _bound(record: Mapping[str, Any]) -> str:
    """Name what binds; of a plan that passes nothing does."""
    return ABSENT if record["verdict"] == "PASS" else record["binding_constraint"] or ABSENT


def _share(ratio: float) -> str:
    return f"{ratio * 100:.3g} %"


def _points(ratio: float) -> str:
    return f"{ratio * 100:.3g} points"
