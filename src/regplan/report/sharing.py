"""What a set of images shares as the documents that others script against."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.sharing import Alignment, Analysis, Family, GroupSize, ProjectSize, SharedBlob

__all__ = ["analysis_document", "blobs_document", "projects_document"]


def analysis_document(analysis: Analysis) -> dict[str, object]:
    """Write packs, profiles, families, alignments and what dominates; sizes are integers of bytes."""
    return {
        "packs": [_pack(each) for each in analysis.packs],
        "profiles": [_profile(each) for each in analysis.profiles],
        "families": [_family(each) for each in analysis.families],
        "alignments": [_alignment(each) for each in analysis.alignments],
        "dominating": [
            {
                "percent": each.percent,
                "by": each.by,
                "count": len(each.images),
                "bytes": each.size_bytes,
                "images": list(each.images),
            }
            for each in analysis.dominating
        ],
    }


def projects_document(projects: Iterable[ProjectSize]) -> list[dict[str, object]]:
    """Write what Harbor charges each project."""
    return [
        {
            "project": each.project,
            "quota_bytes": each.quota_bytes,
            "references": each.references,
            "images": each.images,
        }
        for each in projects
    ]


def blobs_document(blobs: Iterable[SharedBlob]) -> list[dict[str, object]]:
    """Write every distinct digest of a set and who holds it; `size_bytes` is None where nobody knows it."""
    return [
        {
            "digest": str(each.digest),
            "kind": each.kind,
            "media_type": each.media_type,
            "size_bytes": each.size_bytes,
            "images": each.images,
            "saved_bytes": each.saved_bytes,
            "references": list(each.references),
        }
        for each in blobs
    ]


def _profile(each: GroupSize) -> dict[str, object]:
    return {
        "profile": each.profile,
        "references": each.references,
        "images": each.images,
        "unresolved": each.unresolved,
        "referenced_bytes": each.referenced_bytes,
        "unique_bytes": each.unique_bytes,
        "exclusive_bytes": each.exclusive_bytes,
        "shared_bytes": each.shared_bytes,
        "sizes_unknown": each.sizes_unknown,
    }


def _pack(each: GroupSize) -> dict[str, object]:
    return {"pack": each.pack, "layer": each.layer, "version": each.version, **_profile(each)}


def _family(each: Family) -> dict[str, object]:
    return {
        "family": each.key,
        "parent": each.parent,
        "platform": str(each.platform),
        "layers": [str(digest) for digest in each.prefix],
        "prefix_bytes": each.prefix_bytes,
        "times_bytes": each.times_bytes,
        "saved_bytes": each.saved_bytes,
        "images": list(each.images),
    }


def _alignment(each: Alignment) -> dict[str, object]:
    return {
        "by": each.by,
        "name": each.name,
        "platform": str(each.platform),
        "families": list(each.families),
        "kept": each.kept,
        "saved_bytes": each.saved_bytes,
        "provenance": each.provenance,
    }
