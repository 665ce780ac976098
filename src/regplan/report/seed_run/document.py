"""A seeding's run as JSON: the contract's seed document, with what it took, what became of each item, and what to do next."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from regplan.model.run import RunItem
from regplan.report.seed_run.advice import next_steps
from regplan.report.seeding import prospect_document, seed_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.model.preflight import Prospect
    from regplan.model.run import Forecast, RunRecord
    from regplan.model.seed import SeedPlan, SeedResult

__all__ = ["run_document"]

# A night of seconds is drawn as well with six hundred of its minutes.
_MOST_STEPS: Final = 600
_THERE: Final = ("sent", "mounted", "present", "skipped")


def run_document(
    prospect: Prospect, result: SeedResult | None, record: RunRecord, unresolved: Sequence[str] = ()
) -> dict[str, object]:
    """Write a seeding as it was planned, run and ended; of one that was only looked at, what is known of it."""
    document: dict[str, object] = {
        **seed_document(result or prospect.plan),
        **prospect_document(prospect),
        "unresolved": list(unresolved),
        "limits": None if record.limits is None else asdict(record.limits),
        "forecast": None if prospect.forecast is None else _forecast(prospect.forecast),
        "run": None if not record.items else _run(record),
        "repositories": _repositories(prospect.plan, record.items or _planned(prospect.plan)),
        "items": [asdict(item) for item in record.items],
        "error": record.error,
    }
    return {**document, "next": list(next_steps(document))}


def _forecast(told: Forecast) -> dict[str, object]:
    return {
        "left_bytes": told.left_bytes,
        "rate_bps": told.rate_bps,
        "bound": told.bound,
        "moving_s": round(told.moving_s, 1),
        "begins_at": _moment(told.begins_at_s),
        "ends_at": _moment(told.ends_at_s),
        "windows": told.windows,
    }


def _run(record: RunRecord) -> dict[str, object]:
    step_s = -(-max(1, len(record.timeline)) // _MOST_STEPS)
    return {
        "began_at": _moment(record.began_at_s),
        "seconds": round(record.seconds, 3),
        "total_bytes": record.total_bytes,
        "confirmed_bytes": record.confirmed_bytes,
        "wire_bytes": record.wire_bytes,
        "retries": record.retries,
        "states": {kind: _states(record.items, kind) for kind in ("blob", "manifest")},
        "waits": [asdict(wait) for wait in record.waits],
        "timeline": {
            "step_s": step_s,
            "bytes": [sum(record.timeline[at : at + step_s]) for at in range(0, len(record.timeline), step_s)],
        },
    }


def _states(items: Iterable[RunItem], kind: str) -> dict[str, int]:
    return dict(sorted(Counter(item.state for item in items if item.kind == kind).items()))


def _planned(plan: SeedPlan) -> list[RunItem]:
    """List what is to be done where nothing was begun."""
    blobs = [
        RunItem("blob", repository, str(blob.descriptor.digest), blob.descriptor.size, "waiting")
        for blob in plan.blobs
        for repository in blob.repositories
    ]
    manifests = [
        RunItem("manifest", put.repository, name, len(put.raw), "waiting")
        for put in plan.manifests
        for name in put.tags or (str(put.digest),)
    ]
    return [*blobs, *manifests]


def _repositories(plan: SeedPlan, items: Iterable[RunItem]) -> list[dict[str, object]]:
    """Sum up each repository's items, in the plan's order."""
    rows: dict[str, dict[str, int]] = {}
    for put in plan.manifests:
        rows.setdefault(put.repository, Counter())
    for item in items:
        row = rows.setdefault(item.repository, Counter())
        kind = "blobs" if item.kind == "blob" else "manifests"
        row[kind] += 1
        row[f"{kind}_{item.state}"] += 1
        row["wire_bytes"] += item.wire_bytes
        row["size_bytes"] += item.size_bytes
    return [
        {
            "repository": repository,
            "manifests": row["manifests"],
            "put": row["manifests_put"] + row["manifests_skipped"],
            "blobs": row["blobs"],
            **{state: row[f"blobs_{state}"] for state in _THERE},
            "failed": row["blobs_failed"] + row["manifests_failed"],
            "size_bytes": row["size_bytes"],
            "wire_bytes": row["wire_bytes"],
        }
        for repository, row in rows.items()
    ]


def _moment(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="seconds")
