"""What a registry says of how often it may still be asked."""

from __future__ import annotations

from dataclasses import field

from regplan.values import dataclass

__all__ = ["RateLimit"]


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Pulls that `host` allows in `window_s` seconds, and those that remain; None is what it did not say.

    `source` is whom it counts them for: an IP address, or an account's id. `used` are the pulls that this run has made.
    """

    host: str
    limit: int | None
    remaining: int | None
    window_s: int | None
    source: str = ""
    used: int = field(default=0, compare=False)
