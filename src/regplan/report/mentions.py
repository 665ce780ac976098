"""The images that profiles name, and findings, as documents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from regplan.model.profile import UseStatus
from regplan.report.portable import declared_files, portable

if TYPE_CHECKING:
    from regplan.model.finding import Finding
    from regplan.model.profile import Declarations, ImageUse

__all__ = ["finding_document", "images_document"]

# One row stands for all mentions of an image: what makes it certain to be in the registry comes first.
_STATUS_ORDER: Final = (
    UseStatus.LISTED,
    UseStatus.UNUSED,
    UseStatus.MISSING,
    UseStatus.ONLY_IF_ENABLED,
    UseStatus.UNKNOWN,
)
_LISTED_AND_RUN: Final = frozenset({UseStatus.UNUSED, UseStatus.MISSING})


def images_document(declarations: Declarations) -> dict[str, object]:
    """Write the references that profiles need, one row for each distinct one, `provenance` with one entry a mention.

    A text that is no reference is a row of its own, with `normalized` None and `problem` saying why.
    """
    known = portable(declarations, declared_files(declarations))
    mentions: dict[str, list[ImageUse]] = {}
    for use in known.uses:
        mentions.setdefault(use.text if use.reference is None else str(use.reference), []).append(use)
    return {
        "kind": "images",
        "images": [_row(uses) for uses in mentions.values()],
        "findings": [finding_document(finding) for finding in known.findings],
    }


def finding_document(finding: Finding) -> dict[str, object]:
    """Write a finding; `measured` and `required` are numbers, texts for versions, else None."""
    return {
        "rule": finding.rule,
        "verdict": finding.verdict.value,
        "measured": _value(finding.measured),
        "required": _value(finding.required),
        "unit": finding.unit,
        "where": finding.where,
        "message": finding.message,
        "fix": finding.fix,
        "source": finding.source,
    }


def _row(uses: list[ImageUse]) -> dict[str, object]:
    first = uses[0]
    row: dict[str, object] = {
        "reference": first.text,
        "normalized": None if first.reference is None else str(first.reference),
        "provenance": [str(use.provenance) for use in uses],
        "status": _status({use.status for use in uses}).value,
    }
    return row if first.reference is not None else {**row, "problem": first.problem}


def _status(statuses: set[UseStatus]) -> UseStatus:
    # One pack's list has it and runs nothing of it, another pack runs it and lists it not: together it is listed.
    if statuses >= _LISTED_AND_RUN:
        return UseStatus.LISTED
    return next(status for status in _STATUS_ORDER if status in statuses)


def _value(value: float | str | None) -> float | str | None:
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() else value
