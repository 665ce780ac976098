"""What a set shares, read back from a plan document that fits the schema; an older one tells nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.model.sharing import Alignment, Analysis, Dominance, Family, GroupSize, ProjectSize
from regplan.oci.digest import Digest
from regplan.oci.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["analysis_of", "platform_of", "projects_of"]


def analysis_of(document: Mapping[str, Any]) -> Analysis:
    """Read packs, profiles, families, alignments and what dominates."""
    return Analysis(
        packs=tuple(map(_group, document.get("packs", ()))),
        profiles=tuple(map(_group, document.get("profiles", ()))),
        families=tuple(map(_family, document.get("families", ()))),
        alignments=tuple(map(_alignment, document.get("alignments", ()))),
        dominating=tuple(
            Dominance(int(each["percent"]), each["by"], tuple(each["images"]), int(each["bytes"]))
            for each in document.get("dominating", ())
        ),
    )


def projects_of(storage: Mapping[str, Any]) -> tuple[ProjectSize, ...]:
    """Read what Harbor charges each project."""
    return tuple(
        ProjectSize(each["project"], int(each["quota_bytes"]), int(each["references"]), int(each["images"]))
        for each in storage.get("projects", ())
    )


def platform_of(text: str) -> Platform:
    """Take a platform as it is written there: it is only shown."""
    system, _, machine = text.partition("/")
    architecture, _, variant = machine.partition("/")
    return Platform(system, architecture, variant)


def _group(each: Mapping[str, Any]) -> GroupSize:
    return GroupSize(
        profile=each["profile"],
        pack=each.get("pack", ""),
        layer=each.get("layer", ""),
        version=each.get("version", ""),
        references=int(each["references"]),
        images=int(each["images"]),
        unresolved=int(each["unresolved"]),
        referenced_bytes=int(each["referenced_bytes"]),
        unique_bytes=int(each["unique_bytes"]),
        exclusive_bytes=int(each["exclusive_bytes"]),
        shared_bytes=int(each["shared_bytes"]),
        sizes_unknown=int(each["sizes_unknown"]),
    )


def _family(each: Mapping[str, Any]) -> Family:
    return Family(
        key=each["family"],
        parent=each["parent"],
        platform=platform_of(each["platform"]),
        prefix=tuple(map(Digest.parse, each["layers"])),
        prefix_bytes=int(each["prefix_bytes"]),
        times_bytes=int(each["times_bytes"]),
        images=tuple(each["images"]),
    )


def _alignment(each: Mapping[str, Any]) -> Alignment:
    return Alignment(
        by=each["by"],
        name=each["name"],
        platform=platform_of(each["platform"]),
        families=tuple(each["families"]),
        kept=each["kept"],
        saved_bytes=int(each["saved_bytes"]),
        provenance=each["provenance"],
    )
