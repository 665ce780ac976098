"""What a seeding may take and when it should end, in sentences before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.cli.live import when
from regplan.units import format_bytes, format_count, format_duration, format_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.preflight import Prospect

__all__ = ["forecast_sentences", "limit_sentences"]

_ORDINALS = {1: "first", 2: "second", 3: "third"}


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
