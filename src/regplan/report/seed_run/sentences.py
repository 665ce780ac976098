"""What a seeding may take and when it should end, in sentences before it begins."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from regplan.model.windows import wall_clock
from regplan.report.seed_run.foresight import NO_PHASES
from regplan.report.words import readable
from regplan.units import format_bytes, format_count, format_duration, format_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.preflight import Prospect
    from regplan.model.run import SeedLimits

__all__ = ["forecast_sentences", "limit_sentence", "limit_sentences", "phase_sentence", "plan_sentences", "when"]

_ORDINALS: Final = {1: "first", 2: "second", 3: "third"}


def when(at_s: float, zone: str | None) -> str:
    """Write a moment by the clock of a place: the time of day, with the date where that is not today's there.

    >>> when(4_000_000_000, "Europe/Berlin")
    '2096-10-02 09:06'
    """
    shown, now = wall_clock(at_s, zone), wall_clock(time.time(), zone)
    return f"{shown:%H:%M}" if shown.date() == now.date() else f"{shown:%Y-%m-%d %H:%M}"


def plan_sentences(prospect: Prospect) -> Iterator[str]:
    """Tell the numbers of a plan in short, and the phase that the site is in."""
    counts = prospect.plan.counts
    sums = f"{_size(counts.blob_bytes)}; image by image {_size(counts.naive_bytes)}"
    blobs = f"{format_count(counts.blobs, 'blob')} ({sums}) at {format_count(counts.pairs, 'place')}"
    manifests = format_count(counts.manifests, "manifest")
    yield f"{prospect.plan.target}: {blobs}, {manifests}, {_size(counts.unique_bytes)} in all"
    there = prospect.there
    if there.manifests or there.blobs:
        blobs = f"{format_count(there.blobs, 'blob')} ({_size(there.blob_bytes)})"
        yield f"there already: {blobs}, {format_count(there.manifests, 'manifest')}"
    fewer = prospect.requests_if_single
    single = "" if fewer is None else f" ({fewer} if a blob may come with one, which the first will show)"
    left = f"{'at most ' if prospect.left_is_upper_bound else ''}{_size(prospect.left_bytes)}"
    least = f"{format_count(counts.requests_min, 'request')}{single} and {left} for what is left to do"
    yield f"at minimum {least}, after {format_count(counts.requests_probe, 'request')} to find out what is there"
    yield phase_sentence(prospect)


def phase_sentence(prospect: Prospect) -> str:
    """Tell in one line which phase is how far, or why none is told."""
    if not prospect.phases:
        return NO_PHASES
    return f"phases: {', '.join(f'{each.number} {each.title} ({each.state})' for each in prospect.phases)}"


def limit_sentences(prospect: Prospect) -> Iterator[str]:
    """Tell the limits that hold, in one line; nothing where there is none."""
    told = "" if prospect.limits is None else limit_sentence(prospect.limits)
    if told:
        yield told


def limit_sentence(limits: SeedLimits) -> str:
    """Tell limits in one line; "" where there is none."""
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
    return f"limits: {'; '.join(told)}" if told else ""


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


def _size(size_bytes: int) -> str:
    return readable(size_bytes, "bytes")
