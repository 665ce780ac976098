"""The clock as a document and back: when hosts are ready, and how they were taken to pull."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.model.clock import Boot, Clock, Pulling
from regplan.profile.site_pull_keys import PULLS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.profile.site_key import Key

__all__ = ["boot_document", "clock_document", "clock_from", "pulling_document"]

# What `regplan probe` finds of a machine.
_MEASURED: Final = frozenset({"unpack_bytes_per_s", "inflate_bytes_per_s"})


def clock_document(clock: Clock) -> dict[str, object]:
    """Write when hosts are ready, way by way, and every parameter of that."""
    ways = [{"name": boot.name, **boot_document(boot)} for boot in clock.boots]
    return {"ways": ways, "pulls": pulling_document(clock)}


def clock_from(document: Mapping[str, Any]) -> Clock | None:
    """Read it back from a plan document, None where it has none; a newer regplan may have more parameters."""
    told = document.get("clock")
    if told is None:
        return None
    known = {key.field for key in PULLS}
    pulling = {each["field"]: each["value"] for each in told["pulls"] if each["field"] in known}
    return Clock(tuple(_boot_from(each) for each in told["ways"]), Pulling(**pulling))


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


def _boot_from(told: Mapping[str, Any]) -> Boot:
    ready_s = told["ready_s"]
    return Boot(
        told["name"],
        int(told["tier"]),
        ready_s["p50"],
        ready_s["p95"],
        ready_s["max"],
        told["peak_bps"],
        told["busiest_bytes"],
        told["requests"],
        told["least_s"],
        told["tier_ratio"],
        told["tier_reason"],
    )


def pulling_document(clock: Clock) -> list[dict[str, object]]:
    """Write every parameter of the clock with its meaning, and whether it was measured, is declared in the site file, or assumed."""
    return [
        {
            "key": key.name,
            "field": key.field,
            "value": getattr(clock.pulling, key.field),
            "doc": key.meaning,
            **_known_by(clock.pulling, key),
        }
        for key in PULLS
        # A day that nobody told is no parameter.
        if getattr(clock.pulling, key.field) != ""
    ]


def _known_by(pulling: Pulling, key: Key) -> dict[str, str]:
    changed = pulling.changed()
    # A day without a rate tells nothing; one that is inflated in no time was measured too.
    if pulling.measured and key.field in _MEASURED and not changed.isdisjoint(_MEASURED):
        return {"provenance": "measured", "source": f"regplan probe, {pulling.measured} (site file, {key.path})"}
    if key.field in changed:
        return {"provenance": "declared", "source": f"site file, {key.path}"}
    return {"provenance": "assumed", "source": key.source}
