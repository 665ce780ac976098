"""The storage need as a document, and read back from one that may come from an older regplan."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from regplan.model.plan import MINIMUM_BYTES, StorageNeed, StorageTerm, UnresolvedNeed, VersionsNeed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["need_document", "need_of_document"]


def need_document(need: StorageNeed) -> dict[str, object]:
    """Write what the PVC must hold, what it offers and what it would hold; sizes are integers of bytes."""
    return {
        "required_bytes": need.required_bytes,
        "claimed_bytes": need.claimed_bytes,
        "minimum_bytes": need.minimum_bytes,
        "pvc_bytes": need.pvc_bytes,
        "holds_bytes": need.holds_bytes,
        "use_ratio": need.use_ratio,
        "terms": [
            {"key": term.key, "bytes": term.size_bytes, "provenance": term.provenance, "source": term.source}
            for term in need.terms
        ],
        "versions": None if need.versions is None else asdict(need.versions),
        "unresolved": None if need.unresolved is None else _unresolved_document(need.unresolved),
    }


def need_of_document(told: Mapping[str, Any]) -> StorageNeed:
    """Read the storage need back; what an older regplan did not tell is not known."""
    terms = tuple(
        StorageTerm(each["key"], int(each["bytes"]), each["provenance"], each["source"]) for each in told["terms"]
    )
    return StorageNeed(
        terms,
        _whole(told["claimed_bytes"]),
        _unresolved(told.get("unresolved")),
        _versions(told.get("versions")),
        _whole(told.get("holds_bytes")),
        minimum_bytes=int(told.get("minimum_bytes", MINIMUM_BYTES)),
    )


def _versions(told: Mapping[str, Any] | None) -> VersionsNeed | None:
    if told is None:
        return None
    return VersionsNeed(
        count=int(told["count"]),
        measured=int(told["measured"]),
        deletes=told["deletes"],
        releases_per_year=float(told["releases_per_year"]),
        years=float(told["years"]),
        next_bytes=int(told["next_bytes"]),
        is_measured=told["is_measured"],
        why=told["why"],
    )


def _unresolved_document(need: UnresolvedNeed) -> dict[str, object]:
    return {each.name: getattr(need, each.name) for each in fields(need) if each.name != "formulas"}


def _unresolved(told: Mapping[str, Any] | None) -> UnresolvedNeed | None:
    if told is None:
        return None
    return UnresolvedNeed(
        int(told["count"]),
        _whole(told["break_even_bytes"]),
        int(told.get("p50_bytes", 0)),
        int(told.get("p90_bytes", 0)),
        int(told["need_p50_bytes"]),
        int(told["need_p90_bytes"]),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
