"""Seeding as a document."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from regplan.model.seed import SeedDone, SeedResult
from regplan.report.mentions import finding_document
from regplan.report.verifying import damage_document

if TYPE_CHECKING:
    from regplan.model.preflight import Phase, Prospect
    from regplan.model.seed import BlobCopy, ManifestPut, SeedPlan
    from regplan.oci.digest import Digest

__all__ = ["prospect_document", "seed_document"]


def seed_document(outcome: SeedResult | SeedPlan) -> dict[str, object]:
    """Write a seeding, or one that was only planned: then `dry_run` is true, nothing is done and nothing verified.

    `expected` holds what must stand at the target, so that a later `verify --plan` needs no source, and `blobs` what its
    manifests need: the plan as data.
    """
    done = outcome if isinstance(outcome, SeedResult) else None
    plan = outcome.plan if isinstance(outcome, SeedResult) else outcome
    return {
        "schema_version": 1,
        "kind": "seed",
        "dry_run": done is None,
        "target": plan.target,
        "plan": asdict(plan.counts),
        "done": asdict(SeedDone() if done is None else done.done),
        "failed": [] if done is None else list(done.failed),
        "blocked": [] if done is None else list(done.blocked),
        "verified": done is not None and done.verified,
        "interrupted": done is not None and done.interrupted,
        "rerun": [] if done is None else list(done.rerun),
        "journal": None if done is None or not done.journal else done.journal,
        "foreign": list(plan.foreign),
        "expected": _manifests(plan),
        "blobs": {str(blob.descriptor.digest): _blob(blob) for blob in plan.blobs},
    }


def prospect_document(prospect: Prospect) -> dict[str, object]:
    """Write what was seen before anything moved: findings, phases, the bytes left to send and those there, nodes, and what was harmed (`check`)."""
    return {
        "check": {"level": prospect.level, **damage_document(prospect.damage)},
        "left_bytes": prospect.left_bytes,
        "left_is_upper_bound": prospect.left_is_upper_bound,
        "there": asdict(prospect.there),
        "findings": [finding_document(finding) for finding in prospect.findings],
        "nodes": None if prospect.nodes is None else asdict(prospect.nodes),
        "phases": [_phase(phase) for phase in prospect.phases],
    }


def _phase(phase: Phase) -> dict[str, object]:
    return {**asdict(phase), "references": [str(each) for each in phase.references]}


def _manifests(plan: SeedPlan) -> list[dict[str, object]]:
    referrers: dict[tuple[str, Digest | None], list[str]] = {}
    for put in plan.manifests:
        referrers.setdefault((put.repository, put.subject), []).append(str(put.digest))
    return [{**_expected(put), "referrers": referrers.get((put.repository, put.digest), [])} for put in plan.manifests]


def _blob(blob: BlobCopy) -> dict[str, object]:
    return {
        "size_bytes": blob.descriptor.size,
        "media_type": blob.descriptor.media_type,
        "sources": list(blob.sources),
        "repositories": list(blob.repositories),
    }


def _expected(put: ManifestPut) -> dict[str, object]:
    return {
        "repository": put.repository,
        "digest": str(put.digest),
        "media_type": put.media_type,
        "tags": list(put.tags),
        "references": list(put.references),
        "size_bytes": len(put.raw),
        "children": [str(child) for child in put.children],
        "blobs": [str(blob) for blob in put.blobs],
        "subject": None if put.subject is None else str(put.subject),
    }
