"""What a finding says, and the row of its rule: what is compared with what, by which page, and how GB was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.model.finding import Verdict
from regplan.plan.rules.own import row_of
from regplan.plan.rules.table import find_rule
from regplan.report.explained.lines import formula_lines
from regplan.report.own_rules import own_rules_from
from regplan.report.survival import survival_from, survived
from regplan.report.words import exact, marked, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.plan.rules.rule import Rule
    from regplan.report.explained.lines import Line
    from regplan.report.explained.steps import Book

__all__ = ["finding_lines", "finding_places", "rule_lines", "rule_row"]


def finding_places(book: Book, rule: str) -> list[int]:
    """Tell the places of a rule's findings."""
    return [number for number, each in enumerate(book.document["findings"]) if each["rule"] == rule]


def finding_lines(book: Book, number: int) -> tuple[Line, ...]:
    """Tell a finding: its verdict, have and need in its unit, what to do, its source, and the formulas behind both."""
    row: Mapping[str, Any] = book.document["findings"][number]
    lines = (
        ("verdict", marked(Verdict(row["verdict"]))),
        ("", "this is what binds the plan" if number == book.binding else ""),
        ("where", tidy(row["where"])),
        ("says", tidy(row["message"])),
        ("have", _amount(row, "measured")),
        ("need", _amount(row, "required")),
        ("unit", tidy(row["unit"])),
        ("fix", tidy(row["fix"])),
        ("source", tidy(row["source"])),
    )
    told = tuple(line for line in lines if line[1])
    formulas = (
        line
        for key in ("measured", "required")
        if row[key] is not None
        for line in formula_lines(book, book.steps(f"findings[{number}].{key}"))
    )
    hosts = survived(survival_from(book.document), row["rule"])
    return (*told, *((host, tidy(said)) for host, said in hosts), *formulas)


def rule_lines(book: Book, rule_id: str) -> tuple[Line, ...]:
    """Tell the row of a rule, regplan's or the user's own; nothing for one that is neither."""
    rule = _row(book, rule_id)
    if rule is None:
        return ()
    lines = (
        ("rule", rule.title),
        ("compares", rule.compares),
        ("threshold", "; ".join(_thresholds(rule))),
        ("tolerance", f"{rule.tolerance_percent} % below the threshold is MARGINAL" if rule.tolerance_percent else ""),
        ("since", rule.since),
        ("reading", rule.reading),
        ("by", rule.source),
    )
    return tuple((label, tidy(text)) for label, text in lines if text)


def rule_row(book: Book, rule_id: str) -> dict[str, object] | None:
    """Write the row of a rule, regplan's or the user's own; None for one that is neither."""
    rule = _row(book, rule_id)
    if rule is None:
        return None
    return {
        "id": rule.id,
        "title": rule.title,
        "compares": rule.compares,
        "thresholds": [{"value": each.value, "when": each.when} for each in rule.thresholds],
        "unit": rule.unit,
        "tolerance_percent": rule.tolerance_percent,
        "source": rule.source,
        "since": rule.since,
        "reading": rule.reading,
        "verdicts": [verdict.value for verdict in rule.verdicts],
    }


def _row(book: Book, rule_id: str) -> Rule | None:
    own = (row_of(each) for each in own_rules_from(book.document) if each.id == rule_id)
    return find_rule(rule_id) or next(own, None)


def _thresholds(rule: Rule) -> Iterator[str]:
    for each in rule.thresholds:
        yield f"{exact(each.value, rule.unit)}{f' ({each.when})' if each.when else ''}"


def _amount(row: Mapping[str, Any], key: str) -> str:
    return "" if row[key] is None else exact(row[key], row["unit"])
