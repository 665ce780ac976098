"""Scenarios side by side: their document, and the sentence that a pull request wants."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.report.mentions import finding_document
from regplan.report.words import tidy
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.comparison import ComparedSite, Comparison
    from regplan.model.finding import Finding

__all__ = ["comparison_document", "comparison_sentence"]

_THIRD: Final = {"come": "comes", "go": "goes"}


def comparison_document(comparison: Comparison) -> dict[str, object]:
    """Write scenarios with what each changes of the first; sizes are integers of bytes."""
    first = comparison.scenarios[0]
    return {"kind": "comparison", "scenarios": [_scenario(each, first) for each in comparison.scenarios]}


def comparison_sentence(scenario: ComparedSite, first: ComparedSite) -> str:
    """Say what a scenario changes of the first in one sentence: bytes, share of the PVC, verdict, findings.

    "" for the first itself.
    """
    change = scenario.difference
    if change is None:
        return ""
    said = [_bytes_said(change.figures.unique_bytes, "unique")]
    before, after = (_percent(each.figures.claim_ratio) for each in (first, scenario))
    said.append(f"PVC {before} -> {after}" if before != after else f"PVC {after} as before")
    if scenario.verdict is not first.verdict:
        said.append(f"{first.verdict} -> {scenario.verdict}")
    for how, those in (("come", _counting(change.comes)), ("go", _counting(change.goes))):
        if those:
            said.append(
                f"{', '.join(dict.fromkeys(each.rule for each in those))} {how if len(those) > 1 else _THIRD[how]}"
            )
    return tidy(f"{scenario.label} {', '.join(said)}")


def _counting(findings: Iterable[Finding]) -> list[Finding]:
    return [each for each in findings if each.verdict is not Verdict.INFO]


def _bytes_said(change: int, what: str) -> str:
    if not change:
        return f"adds nothing {what}"
    return f"{'adds' if change > 0 else 'frees'} {format_bytes(abs(change))} {what}"


def _percent(ratio: float | None) -> str:
    return "not stated" if ratio is None else f"{ratio * 100:.3g} %"


def _scenario(each: ComparedSite, first: ComparedSite) -> dict[str, object]:
    change = each.difference
    return {
        "label": each.label,
        "site": each.site,
        "file": each.file,
        "verdict": each.verdict.value,
        "binding_constraint": each.binding_constraint,
        "sentence": comparison_sentence(each, first),
        **asdict(each.figures),
        "delta": None if change is None else asdict(change.figures),
        "comes": [] if change is None else [finding_document(finding) for finding in change.comes],
        "goes": [] if change is None else [finding_document(finding) for finding in change.goes],
    }
