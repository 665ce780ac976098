"""The clock as a document: when hosts are ready, and how they were taken to pull."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.profile.site_pull_keys import PULLS

if TYPE_CHECKING:
    from regplan.model.clock import Boot, Clock

__all__ = ["boot_document", "pulling_document"]


def boot_document(boot: Boot) -> dict[str, object]:
    """Write when hosts have unpacked their images one way; what is not known is None."""
    return {
        "tier": boot.tier,
        "ready_s": {"p50": boot.ready_p50_s, "p95": boot.ready_p95_s, "max": boot.ready_max_s},
        "least_s": boot.least_s,
        "peak_bps": boot.peak_bps,
        "busiest_bytes": boot.busiest_bytes,
        "requests": boot.requests,
        "tier_ratio": boot.ratio,
        "tier_reason": boot.reason,
    }


def pulling_document(clock: Clock) -> list[dict[str, object]]:
    """Write every parameter of the clock with its meaning, source, and whether the site file says it."""
    changed = clock.pulling.changed()
    return [
        {
            "key": key.name,
            "field": key.field,
            "value": getattr(clock.pulling, key.field),
            "doc": key.meaning,
            "provenance": "declared" if key.field in changed else "assumed",
            "source": f"site file, {key.path}" if key.field in changed else key.source,
        }
        for key in PULLS
    ]
