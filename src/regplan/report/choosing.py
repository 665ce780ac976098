"""What refers to images, and what a choice of platforms does, as parts of the documents that others script against."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from regplan.plan.referring import measure_referrers
from regplan.report.mentions import unresolved_documents

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.choice import ChoiceReport, ComparedPlatform
    from regplan.model.image import Inventory
    from regplan.model.layers import ReferrerReport

__all__ = ["choice_document", "compared_document", "diff_referrers", "referrers_document"]


def referrers_document(report: ReferrerReport | None) -> dict[str, object] | None:
    """Write what refers to the images and is in the sums; None where nobody asked for it; sizes are bytes."""
    if report is None:
        return None
    return {
        "count": report.count,
        "bytes": report.size_bytes,
        "each": [
            {
                "reference": each.reference,
                "subject": str(each.subject),
                "digest": str(each.digest),
                "artifact_type": each.artifact_type,
                "size_bytes": each.size_bytes,
                "subject_kept": each.subject_kept,
            }
            for each in report.each
        ],
        "unknown": unresolved_documents(report.unknown),
    }


def choice_document(choice: ChoiceReport) -> dict[str, object]:
    """Write what the choice of platforms does, and what each platform takes; an unknown size is None."""
    return {
        "choice": {
            "platforms": list(choice.platforms),
            "kept": choice.kept,
            "index_signatures": choice.index_signatures,
            "indexes": choice.indexes,
            "broken": choice.broken,
            "note": choice.note,
            "elsewhere": list(choice.elsewhere),
        },
        "platforms": [{**asdict(each), "kept": each.is_kept} for each in choice.shares],
        "attestations": {
            "count": choice.attestations.count,
            "bytes": choice.attestations.size_bytes,
            "left_out": choice.attestations.left_out,
        },
    }


def compared_document(compared: Iterable[ComparedPlatform]) -> list[dict[str, object]]:
    """Write what the same references take for each platform, and for all."""
    return [asdict(each) for each in compared]


def diff_referrers(old: Inventory, new: Inventory) -> dict[str, object] | None:
    """Write what refers to the images before and after an upgrade; None where nobody asked for it."""
    before, after = (referrers_document(measure_referrers(each)) for each in (old, new))
    return None if before is None and after is None else {"old": before, "new": after}
