"""The keys of the site file's links."""

from __future__ import annotations

from regplan.profile import site_kinds as kinds
from regplan.profile.site_key import Key

__all__ = ["link_keys"]


def link_keys(path: str, rate: str, latency: str) -> tuple[Key, ...]:
    """Make the keys of the link at `path`, with examples for its rate and its round trip.

    >>> [key.name for key in link_keys("links.lan", "1Gbit/s", "1ms")]
    ['rate', 'latency', 'connection_rate', 'measured']
    """
    return (
        Key(f"{path}.rate", "rate_bps", kinds.RATE, "bits per second", example=rate, is_shown=True, is_required=True),
        Key(f"{path}.latency", "latency_s", kinds.DURATION, "the round trip", default="0s", example=latency),
        Key(
            f"{path}.connection_rate",
            "connection_bps",
            kinds.RATE,
            "what one connection gets at most, where that is less",
            example=rate,
        ),
        Key(
            f"{path}.measured",
            "measured",
            kinds.DATE,
            "the day on which `regplan probe` found this",
            example="2026-11-29",
        ),
    )
