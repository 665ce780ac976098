"""What may be begun before a window closes, and when all of it should have ended; pure: the moment is an argument."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from regplan.model.run import Forecast
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.windows import Windows

__all__ = ["Admission", "Pace", "forecast", "longest_bytes"]

_MOST_WINDOWS: Final = 3650


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a seeding may be: the link's rate, the cap, and the round trip that each request waits for.

    `at_once` is how many requests wait at the same time.
    """

    link_bps: int | None = None
    max_bps: int | None = None
    round_trip_s: float = 0.0
    at_once: int = 8

    @property
    def rate_bps(self) -> int | None:
        """The lower of cap and link; None where neither is known."""
        known = [rate for rate in (self.link_bps, self.max_bps) if rate]
        return min(known) if known else None

    @property
    def bound(self) -> str:
        """Which of the two it is: "cap" or "link"."""
        return "cap" if self.max_bps and self.rate_bps == self.max_bps else "link"


@dataclass(frozen=True, slots=True)
class Admission:
    """Decides what may begin now; without windows everything may."""

    windows: Windows | None = None
    max_bps: int | None = None

    def may_begin(self, now_s: float) -> bool:
        """Tell whether anything new may be begun at a moment."""
        return self.windows is None or self.windows.is_open(now_s)

    def fits(self, size_bytes: int, now_s: float, rate_bps: float | None = None, ahead_bytes: int = 0) -> bool:
        """Tell whether a blob ends before the window closes, after the `ahead_bytes` that are under way.

        `rate_bps` is what was measured; the cap holds where it is lower, and with neither everything fits.
        """
        rates = [rate for rate in (rate_bps, self.max_bps) if rate]
        if self.windows is None or not rates:
            return self.may_begin(now_s)
        return (size_bytes + ahead_bytes) * 8 <= min(rates) * self.windows.closes_in_s(now_s)


def longest_bytes(windows: Windows, rate_bps: int) -> float:
    """Tell how large a blob can be that one window lets through whole at a rate; infinite where windows never close."""
    return windows.longest_s * rate_bps / 8


def forecast(
    left_bytes: int, requests: int, pace: Pace, now_s: float, windows: Windows | None = None
) -> Forecast | None:
    """Tell when what is left should have been sent; None where no rate is known, or windows would take ten years.

    The lower bound of the plan: bytes at the rate, or requests at the round trip, whichever takes longer.
    """
    rate_bps = pace.rate_bps
    if rate_bps is None:
        return None
    moving_s = max(left_bytes * 8 / rate_bps, math.ceil(requests / pace.at_once) * pace.round_trip_s)
    if windows is None:
        return Forecast(left_bytes, rate_bps, moving_s, now_s, now_s + moving_s, 0, pace.bound)
    begins_s = place_s = now_s + windows.opens_in_s(now_s)
    left_s, used = moving_s, 1
    while used < _MOST_WINDOWS and math.isfinite(place_s):
        room_s = windows.closes_in_s(place_s)
        if left_s <= room_s:
            return Forecast(left_bytes, rate_bps, moving_s, begins_s, place_s + left_s, used, pace.bound)
        left_s, used = left_s - room_s, used + 1
        place_s += room_s
        place_s += windows.opens_in_s(place_s)
    return None
