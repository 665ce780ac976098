"""The images that profiles name, findings, and what is unresolved, as documents.

One row stands for all mentions of an image. Its status is the first of these that any mention has: `listed`, since one
list is enough; `unused`; `missing`; `unknown`, since what nobody can tell may be needed; `only-if-enabled`. An image
that one list has and uses for nothing, and that another pack runs without listing it, is `listed`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.profile import UseStatus
from regplan.profile.mention import TAG_UNSAID
from regplan.report.portable import declared_files, portable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.model.finding import Finding
    from regplan.model.image import Unresolved
    from regplan.model.profile import Declarations, ImageUse

__all__ = ["finding_document", "images_document", "images_summary", "named_in", "unresolved_documents"]

# One row stands for all mentions of an image: what makes it certain to be in the registry comes first.
_STATUS_ORDER: Final = (
    UseStatus.LISTED,
    UseStatus.UNUSED,
    UseStatus.MISSING,
    UseStatus.UNKNOWN,
    UseStatus.ONLY_IF_ENABLED,
)
_LISTED_AND_RUN: Final = frozenset({UseStatus.UNUSED, UseStatus.MISSING})
_WORDS: Final = {
    "listed": "listed",
    "missing": "missing from the lists",
    "only-if-enabled": "only if enabled",
    "unknown": "unknown",
    "unused": "listed and unused",
}


def images_document(declarations: Declarations) -> dict[str, object]:
    """Write the references that profiles need, one row for each distinct one, with every mention of it.

    `provenance` has one text a mention, `mentions` the same as data. A text that is no reference is a row of its own, with
    `normalized` None and `problem` saying why. `counted` tells whether the site needs the image as far as is known.
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


def images_summary(rows: Sequence[Mapping[str, object]]) -> str:
    """Count the rows of an images document by their status, in one line.

    >>> images_summary([{"status": "listed"}, {"status": "unused"}, {"status": "listed"}])
    '3 images: 2 listed, 1 listed and unused'
    """
    counts = {status: sum(row["status"] == status for row in rows) for status in _WORDS}
    told = ", ".join(f"{count} {_WORDS[status]}" for status, count in counts.items() if count)
    if lost := sum(row.get("problem") not in {None, TAG_UNSAID} for row in rows):
        told += f"; {lost} not understood"
    head = f"{len(rows)} image{'' if len(rows) == 1 else 's'}"
    return f"{head}: {told}" if told else head


def named_in(row: Mapping[str, object]) -> str:
    """Write where an image is named first, and how often more: the file and its line, else the pack and its key.

    An image that something must switch on first is told with what does.
    """
    mentions = row.get("mentions")
    found = [each for each in mentions if isinstance(each, dict)] if isinstance(mentions, list) else []
    if not found:
        return ""
    first = _place(found[0])
    told = f"{first} (and {len(found) - 1} more)" if len(found) > 1 else first
    gates = row["enabled_by"] if row["status"] == UseStatus.ONLY_IF_ENABLED.value else None
    return f"{told}, only with {gates[0]}" if isinstance(gates, list) and gates else told


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
        "op": finding.op,
        "checked": finding.is_checked and finding.verdict is not Verdict.INCOMPLETE,
    }


def unresolved_documents(found: Iterable[Unresolved]) -> list[dict[str, object]]:
    """Write the references that nobody could answer for, and why."""
    return [{"reference": each.reference, "reason": each.reason, "provenance": list(each.provenance)} for each in found]


def _row(uses: list[ImageUse]) -> dict[str, object]:
    first = uses[0]
    row: dict[str, object] = {
        "reference": first.text,
        "normalized": None if first.reference is None else str(first.reference),
        "provenance": [str(use.provenance) for use in uses],
        "status": _status({use.status for use in uses}).value,
        "counted": any(use.is_counted for use in uses),
        "enabled_by": list(dict.fromkeys(use.enabled_by for use in uses if use.enabled_by)),
        "mentions": [_mention(use) for use in uses],
    }
    return row if first.reference is not None else {**row, "problem": first.problem}


def _mention(use: ImageUse) -> dict[str, object]:
    where = use.provenance
    mention: dict[str, object] = {
        "file": where.file,
        "line": where.line,
        "profile": where.profile,
        "pack": where.pack,
        "version": where.version,
        "layer": where.layer,
        "key": where.key,
        "found_by": None if where.found_by is None else where.found_by.value,
        "status": use.status.value,
        "counted": use.is_counted,
    }
    optional = {"enabled_by": use.enabled_by, "note": use.note, "problem": use.problem}
    return mention | {key: text for key, text in optional.items() if text}


def _place(mention: Mapping[str, object]) -> str:
    pack, layer, line = mention["pack"], mention["layer"], mention["line"]
    # All of a profile on its first line is JSON as programs write it, where a line tells nothing.
    if line and not (pack and line == 1):
        return f"{mention['file']}:{line}"
    parts = (mention["profile"] or mention["file"], f"{layer}/{pack}" if layer and pack else pack, mention["key"])
    return " > ".join(str(part) for part in parts if part)


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
