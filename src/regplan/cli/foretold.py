"""What a seeding may take and when it should end, in sentences before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.cli.live import when
from regplan.cli.output import Column, Table
from regplan.cli.shown import size
from regplan.units import format_bytes, format_count, format_duration, format_rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.model.preflight import Prospect

__all__ = ["counts_of", "forecast_sentences", "limit_sentences", "phase_sentence", "plan_sentences", "plan_table"]

# What is said of each number before the run, and after it where that is no longer so.
_WORDS: Final = {
    "manifests": ("manifests to put", "manifests"),
    "tags": ("further tags", ""),
    "blobs": ("unique blobs", ""),
    "pairs": ("(repository, blob) pairs", ""),
    "blob_bytes": ("bytes of blobs, each once", ""),
    "unique_bytes": ("the same with manifests", ""),
    "naive_bytes": ("bytes that an image by image copy sends", ""),
    "there_manifests": ("manifests there already", "manifests that were there already"),
    "there_blobs": ("blobs there already", "blobs that were there already"),
    "there_bytes": ("bytes there already", "bytes that were there already"),
    "left_bytes": ("bytes left to send", "bytes that were left to send"),
    "left_most_bytes": ("bytes left to send, at most", "bytes that were left to send, at most"),
    "requests_min": ("requests at minimum", "requests at minimum, for what was left"),
    "requests_probe": ("requests to find out what is there", "requests to find out what was there"),
}  # fmt: skip
_ORDINALS = {1: "first", 2: "second", 3: "third"}


def counts_of(document: Mapping[str, Any]) -> dict[str, int]:
    """Gather the numbers of a seed document's plan; what is there only where it is known to be, or everything was asked for."""
    there = document["there"]
    left = "left_most_bytes" if document["left_is_upper_bound"] else "left_bytes"
    counts = {**document["plan"], left: document["left_bytes"]}
    if there["complete"] or there["manifests"] or there["blobs"]:
        names = {"there_manifests": "manifests", "there_blobs": "blobs", "there_bytes": "blob_bytes"}
        counts |= {name: there[key] for name, key in names.items()}
    return counts


def plan_table(plan: Mapping[str, int], *, is_run: bool) -> Table:
    """Lay out the numbers of a plan in words that are true: before it is run, or after."""
    records = tuple(
        {"what": (is_run and then) or now, "key": key, "value": plan[key]}
        for key, (now, then) in _WORDS.items()
        if key in plan
    )
    heading = "WHAT WAS PLANNED" if is_run else "PLAN"
    return Table((Column("what", heading), Column("value", "", _count, right=True, of_record=True)), records)


def plan_sentences(prospect: Prospect) -> Iterator[str]:
    """Tell the numbers of a plan in short, and the phase that the site is in."""
    counts = prospect.plan.counts
    sums = f"{size(counts.blob_bytes)}; image by image {size(counts.naive_bytes)}"
    blobs = f"{format_count(counts.blobs, 'blob')} ({sums}) at {format_count(counts.pairs, 'place')}"
    manifests = format_count(counts.manifests, "manifest")
    yield f"{prospect.plan.target}: {blobs}, {manifests}, {size(counts.unique_bytes)} in all"
    there = prospect.there
    if there.manifests or there.blobs:
        blobs = f"{format_count(there.blobs, 'blob')} ({size(there.blob_bytes)})"
        yield f"there already: {blobs}, {format_count(there.manifests, 'manifest')}"
    fewer = prospect.requests_if_single
    single = "" if fewer is None else f" ({fewer} if a blob may come with one, which the first will show)"
    left = f"{'at most ' if prospect.left_is_upper_bound else ''}{size(prospect.left_bytes)}"
    least = f"{format_count(counts.requests_min, 'request')}{single} and {left} for what is left to do"
    yield f"at minimum {least}, after {format_count(counts.requests_probe, 'request')} to find out what is there"
    yield phase_sentence(prospect)


def phase_sentence(prospect: Prospect) -> str:
    """Tell in one line which phase is how far, or why none is told."""
    from regplan.report.seed_run.foresight import NO_PHASES

    if not prospect.phases:
        return NO_PHASES
    return f"phases: {', '.join(f'{each.number} {each.title} ({each.state})' for each in prospect.phases)}"


def limit_sentences(prospect: Prospect) -> Iterator[str]:
    """Tell the limits that hold, in one line; nothing where there is none."""
    limits = prospect.limits
    if limits is None:
        return
    clock = limits.zone or "this machine's clock"
    told = [
        *([f"at most {format_rate(limits.max_bps)}"] if limits.max_bps else []),
        *([f"only {', '.join(limits.windows)} ({clock})"] if limits.windows else []),
        *(
            [f"at most {format_count(limits.most_pulls, 'pull')} of Docker Hub in its window"]
            if limits.most_pulls
            else []
        ),
    ]
    if told:
        yield f"limits: {'; '.join(told)}"


def forecast_sentences(prospect: Prospect) -> Iterator[str]:
    """Tell how long it takes at the rate that is known, and by when it is done."""
    told = prospect.forecast
    if told is None or not told.left_bytes:
        return
    zone = None if prospect.limits is None else prospect.limits.zone
    bound = "the cap" if told.bound == "cap" else "the site's internet link"
    sent = f"{format_bytes(told.left_bytes)} take {format_duration(told.moving_s)} at {format_rate(told.rate_bps)}, {bound}"
    window = f" in the {_ORDINALS.get(told.windows, f'{told.windows}th')} window" if told.windows else ""
    yield f"{sent}: done by {when(told.ends_at_s, zone)}{window} at the earliest"


def _count(record: Mapping[str, Any]) -> str:
    return size(record["value"]) if str(record["key"]).endswith("_bytes") else str(record["value"])
