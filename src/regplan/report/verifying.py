"""What was verified, as a document."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.model.coverage import Coverage, CoveredImage, CoveredVersion, Room
    from regplan.model.verifying import Damage, Drift, FoundMapping, VerifyResult
    from regplan.oci.digest import Digest

__all__ = ["damage_document", "drift_document", "verify_document"]


def verify_document(
    result: VerifyResult,
    coverage: Coverage | None = None,
    mapping: FoundMapping | None = None,
    beside: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Write what stands at a target, held against what should; `damage` is what `seed --check` brings again.

    `beside` are the documents of what was looked at on demand: drift and orphans.
    """
    return {
        "schema_version": 1,
        "kind": "verify",
        "target": result.target,
        "level": result.level,
        "mapping": None if mapping is None else asdict(mapping),
        "checked": result.checked,
        "complete": result.complete,
        "missing": list(result.missing),
        "wrong": list(result.wrong),
        "equivalent": list(result.equivalent),
        "unpinned": list(result.unpinned),
        "internet_fallback": list(result.internet_fallback),
        "details": list(result.details),
        "unproven_blobs": result.unproven,
        "read_bytes": result.read_bytes,
        "damage": damage_document(result.damage),
        **({} if coverage is None else _covered(coverage)),
        **(beside or {}),
    }


def drift_document(drift: Drift) -> dict[str, object]:
    """Write which tags have moved at their source."""
    return {
        "looked": not drift.why_not,
        "why_not": drift.why_not,
        "asked": drift.asked,
        "moved": [
            {
                "reference": each.reference,
                "seeded": str(each.seeded),
                "now": None if each.now is None else str(each.now),
            }
            for each in drift.moved
        ],
        "unknown": [{"reference": reference, "reason": why} for reference, why in drift.unknown],
    }


def damage_document(damage: Damage) -> dict[str, object]:
    """Write what is missing and what is harmed, by repository and digest."""
    return {
        "missing_blobs": _pairs(damage.missing),
        "wrong_blobs": _pairs(damage.wrong),
        "manifests": _pairs(damage.manifests),
    }


def _covered(coverage: Coverage) -> dict[str, object]:
    return {
        "asked": list(coverage.asked),
        "sync": coverage.sync,
        "can_start": coverage.can_start,
        "rollback": coverage.rollback,
        "versions": {version.name: _version(version) for version in coverage.versions},
        "room": None if coverage.room is None else _room(coverage.room),
        "images": [_image(image) for image in coverage.images],
        "fails": [image.reference for image in coverage.images if image.effect == "fails"],
    }


def _version(version: CoveredVersion) -> dict[str, object]:
    return {
        "complete": version.complete,
        "images": version.images,
        "missing": len(version.missing),
        "wrong": len(version.wrong),
        "equivalent": len(version.equivalent),
        "unpinned": len(version.unpinned),
        "unresolved": version.unresolved,
    }


def _room(room: Room) -> dict[str, object]:
    return {**asdict(room), "fits": room.fits}


def _image(image: CoveredImage) -> dict[str, object]:
    return {
        "reference": image.reference,
        "state": image.state,
        "versions": list(image.versions),
        "effect": image.effect,
        "hosts": list(image.hosts),
        "maybe_hosts": list(image.maybe_hosts),
        "workloads": list(image.workloads),
        "provenance": list(image.provenance),
    }


def _pairs(pairs: Iterable[tuple[str, Digest]]) -> list[dict[str, str]]:
    listed = sorted((repository, str(digest)) for repository, digest in pairs)
    return [{"repository": repository, "digest": digest} for repository, digest in listed]
