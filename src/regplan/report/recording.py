"""What `regplan record` did, as the document that others script against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.oci.mediatype import INDEXES, MANIFESTS, is_image_config
from regplan.report.document import rate_limits_document, unresolved_documents

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from regplan.model.image import ResolvedReference
    from regplan.model.recording import Recorded
    from regplan.oci.digest import Digest

__all__ = ["record_document"]


def record_document(recorded: Recorded) -> dict[str, object]:
    """Write what a recording keeps of the references that were asked for, and what changed in it; sizes are bytes.

    `manifests`, `indexes`, `configs` and `bytes` are of what this run keeps, `written` counts the files that it changed.
    """
    draft, written = recorded.draft, recorded.written
    added, moved = set(written.added), {each.reference: each for each in written.moved}
    entries = recorded.inventory.entries
    rows = [_row(entry) for entry in entries]
    for row in rows:
        name = row["reference"]
        row["state"] = "moved" if name in moved else "added" if name in added else "known"
    kept = {content.digest for content in draft.contents}
    indexes = sum(content.media_type in INDEXES for content in draft.contents)
    manifests = sum(content.media_type in MANIFESTS for content in draft.contents)
    return {
        "kind": "record",
        "recording": f"recording:{recorded.folder}",
        "images": rows,
        "manifests": manifests,
        "indexes": indexes,
        "configs": len(draft.contents) - manifests - indexes,
        "without_config": [str(entry.reference) for entry in entries if _lacks_config(entry, kept)],
        "facts": len(draft.facts),
        "unpacked_layers": len(draft.unpacked),
        "referrers": len({each.digest for entry in entries if entry.referrers for each in entry.referrers.found}),
        "referrers_unknown": [
            {"reference": str(entry.reference), "reason": entry.referrers.problem}
            for entry in entries
            if entry.referrers and entry.referrers.problem
        ],
        "bytes": draft.size_bytes,
        "written": {"files": written.files, "bytes": written.size_bytes},
        "moved": [{"reference": each.reference, "was": str(each.was), "now": str(each.now)} for each in written.moved],
        "unresolved": unresolved_documents(recorded.inventory.unresolved),
        "rate_limits": rate_limits_document(recorded.inventory.rate_limits),
    }


def _lacks_config(entry: ResolvedReference, kept: AbstractSet[Digest]) -> bool:
    """Tell whether an image is recorded and its config is not, since nobody could hand it over."""
    return any(
        image.config is not None and image.config.digest not in kept
        for image in entry.images
        if image.raw is not None and image.platform.is_known and is_image_config(image.config_type)
    )


def _row(entry: ResolvedReference) -> dict[str, object]:
    """Tell one reference: the digest that it names, and the platforms that can be planned with."""
    return {
        "reference": str(entry.reference),
        "digest": str(entry.named.digest),
        "platforms": list(dict.fromkeys(str(image.platform) for image in entry.images if image.platform.is_known)),
        "only_facts": entry.named.raw is None,
    }
