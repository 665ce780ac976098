"""What a registry says of how often it may still be asked."""

from __future__ import annotations

from regplan.values import dataclass

__all__ = ["RateLimit"]


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Pulls that `host` allows in `window_s` seconds, and those that remain; None is what it did not say.

    `source` is whom it counts them for: an IP address, or an account's id.
    """

    host: str
    limit: int | None
    remaining: int | None
    window_s: int | None
    source: str = ""
