"""What a content bundle or another archive of images holds, as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regplan.model.bundle import BlobCount, BundleReport

__all__ = ["bundle_document"]


def bundle_document(report: BundleReport) -> dict[str, object]:
    """Write what an archive of images holds; sizes are integers of bytes."""
    return {
        "kind": "bundle",
        "file": report.name,
        "parts": [{"file": part.name, "size_bytes": part.size_bytes} for part in report.parts],
        "compression": report.compression,
        "packed_bytes": report.packed_bytes,
        "unpacked_bytes": report.unpacked_bytes,
        "members": report.members,
        "layouts": [
            {"folder": layout.folder, "depth": layout.depth, "images": layout.images} for layout in report.layouts
        ],
        "images": [
            {
                "reference": str(image.reference),
                "digest": str(image.digest),
                "platforms": [str(platform) for platform in image.platforms],
                "size_bytes": image.size_bytes,
                "layout": image.folder,
            }
            for image in report.images
        ],
        "blobs": _count(report.blobs),
        "unreferenced": _count(report.unreferenced),
        "unresolved": [{"reference": each.reference, "reason": each.reason} for each in report.unresolved],
        "notes": list(report.notes),
        "not_understood": list(report.not_understood),
        "not_understood_count": report.not_understood_count,
        "problem": report.why,
        "wrong": None if report.wrong is None else list(report.wrong),
    }


def _count(blobs: BlobCount) -> dict[str, int]:
    return {"count": blobs.count, "bytes": blobs.size_bytes}
