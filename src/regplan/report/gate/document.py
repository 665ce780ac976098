"""A judgement as JSON, and the words that all its forms share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.gate import Outcome
from regplan.report.mentions import finding_document
from regplan.report.words import full_stop, readable, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.gate import Judged, Judgement

__all__ = ["gate_document", "sentence", "summary"]


def gate_document(judgement: Judgement, changes: Mapping[str, object] | None = None) -> dict[str, object]:
    """Write a judgement: every check is a finding with its outcome, why, and the line that it points at.

    `changes` is the document of a comparison with a base, None where there is none.
    """
    return {
        "kind": "gate",
        "site": judgement.site,
        "verdict": judgement.verdict.value,
        "binding_constraint": judgement.binding_constraint,
        "outcome": judgement.outcome.value,
        "counts": {each.value: len(judgement.of(each)) for each in Outcome},
        "checks": [_check(each) for each in judgement.checks],
        "notes": list(judgement.notes),
        "changes": changes,
    }


def summary(judgement: Judgement) -> str:
    """Tell in one line how a gate stands."""
    counts = {each: len(judgement.of(each)) for each in Outcome}
    told = ", ".join(f"{count} {each.value}" for each, count in counts.items() if count)
    return f"gate {judgement.outcome.value}: {judgement.site}, {told or 'nothing was checked'}"


def sentence(judged: Judged) -> str:
    """Tell a check in one paragraph: what is the case, the two numbers, why it counts as it does, and what to do."""
    finding = judged.finding
    numbers = ""
    if finding.measured is not None and finding.required is not None:
        have, need = (readable(each, finding.unit) for each in (finding.measured, finding.required))
        numbers = f" Have {have}, need {need}."
    why = f" {full_stop(judged.why.capitalize())}" if judged.why else ""
    fix = f" {full_stop(finding.fix)}" if finding.fix else ""
    return tidy(f"{full_stop(finding.message)}{numbers}{why}{fix}")


def _check(judged: Judged) -> dict[str, object]:
    place = judged.place
    return {
        **finding_document(judged.finding),
        "outcome": judged.outcome.value,
        "why": judged.why,
        "file": None if place is None else place.file,
        "line": None if place is None else place.line,
    }
