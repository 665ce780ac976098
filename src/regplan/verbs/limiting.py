"""What a seeding may take, made of what was asked for and of what the site says: its clock, its link, its pulls."""

from __future__ import annotations

import time
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from regplan.model.run import Forecast, SeedLimits
    from regplan.model.site import Site
    from regplan.model.windows import Windows
    from regplan.registry.pulls import Pulls
    from regplan.seed.hours import Pace
    from regplan.seed.limits import RateLimiter
    from regplan.seed.listening import Listener
    from regplan.seed.runlog import Snapshot
    from regplan.seed.steering import Steering

__all__ = ["Outlook", "ahead_of", "limiter_of", "limits_at", "pace_of", "pulls_of", "steering_of", "windows_of"]

_MINUTE_S = 60.0


def limits_at(limits: SeedLimits, site: Site | None) -> SeedLimits:
    """Take over the site's clock where its file names one; else this machine's stays.

    Raises `InputError` for a window that cannot be.
    """
    if site is not None and "timezone" not in site.defaulted:
        limits = replace(limits, zone=site.timezone)
    windows_of(limits)
    return limits


def windows_of(limits: SeedLimits) -> Windows | None:
    """Read the windows; None where there are none."""
    from regplan.model.windows import Windows

    return Windows.parse(limits.windows, limits.zone) if limits.windows else None


def limiter_of(limits: SeedLimits) -> RateLimiter | None:
    """Make the bucket of a run; None where there is no cap."""
    from regplan.seed.limits import RateLimiter

    return None if limits.max_bps is None else RateLimiter(limits.max_bps)


def steering_of(limits: SeedLimits) -> Steering:
    """Make what steers a run that begins with these limits; raises `InputError` for a window that cannot be."""
    from regplan.seed.steering import Steering

    return Steering(limits.max_bps, windows_of(limits))


def pace_of(limits: SeedLimits) -> Callable[[int], Awaitable[None]] | None:
    """Make what reading waits for before each so many bytes; None where there is no cap."""
    limiter = limiter_of(limits)
    if limiter is None:
        return None
    import anyio

    async def wait(size_bytes: int) -> None:
        await anyio.sleep(limiter.reserve(size_bytes, time.monotonic()))

    return wait


def ahead_of(limits: SeedLimits) -> int | None:
    """Tell how many bytes may come before they are read, None where that does not matter."""
    limiter = limiter_of(limits)
    return None if limiter is None else limiter.ahead_bytes


def pulls_of(limits: SeedLimits, listeners: Sequence[Listener]) -> Pulls | None:
    """Make what holds pulls to their number; `listeners` hear why nothing is pulled. None where there is no limit."""
    from regplan.registry.pulls import Pulls

    if limits.most_pulls is None:
        return None

    def waiting(why: str, wait_s: float) -> None:
        for listener in listeners:
            listener.waiting(why, time.monotonic() + wait_s)

    return Pulls(limits.most_pulls, waiting)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Tells when a seeding ends: before it begins by the site's link and the cap, later by what was measured.

    `link_bps` is the site's internet link where the bytes go to a registry there.
    """

    limits: SeedLimits
    windows: Windows | None = None
    link_bps: int | None = None
    round_trip_s: float = 0.0

    @classmethod
    def of(cls, site: Site | None, limits: SeedLimits, *, to_disk: bool = False) -> Outlook:
        """Look ahead for a site; a disk is behind no link."""
        limits = limits_at(limits, site)
        link = None if site is None or to_disk else site.internet_link
        if link is None:
            return cls(limits, windows_of(limits))
        return cls(limits, windows_of(limits), link.rate_bps, link.latency_s)

    @property
    def window_bytes(self) -> float:
        """How large a blob can be that the longest window lets through whole; infinite where nothing limits it."""
        from regplan.seed.hours import longest_bytes

        rate_bps = self._pace().rate_bps
        return inf if self.windows is None or rate_bps is None else longest_bytes(self.windows, rate_bps)

    def ahead(self, left_bytes: int, requests: int, now_s: float) -> Forecast | None:
        """Tell when what is left should have been sent; None where neither link nor cap is known."""
        from regplan.seed.hours import forecast

        return forecast(left_bytes, requests, self._pace(), now_s, self.windows)

    def live(self, told: Snapshot, now_s: float) -> Forecast | None:
        """Tell when a run ends at the rate of its last minute, and by link and cap before it has run for one."""
        from regplan.seed.hours import forecast

        ahead = self.ahead(told.left_bytes, 0, now_s)
        is_measured = told.rate_bps > 0 and (told.seconds >= _MINUTE_S or ahead is None)
        if not is_measured:
            return ahead
        measured = forecast(told.left_bytes, 0, replace(self._pace(), link_bps=int(told.rate_bps)), now_s, self.windows)
        return None if measured is None else replace(measured, bound="measured")

    def _pace(self) -> Pace:
        from regplan.seed.hours import Pace

        return Pace(self.link_bps, self.limits.max_bps, self.round_trip_s)
