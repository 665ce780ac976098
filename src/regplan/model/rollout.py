"""A rollout: many sites that get their images over one uplink, night by night, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.windows import Windows
from regplan.values import dataclass

if TYPE_CHECKING:
    from datetime import date

__all__ = [
    "BOUNDS",
    "HubShare",
    "NightHours",
    "Rollout",
    "RolloutNight",
    "RolloutRules",
    "RolloutSite",
    "RolloutSlip",
    "RolloutWave",
    "SiteNeed",
    "SitePart",
]

# What may hold up a night, in the order in which one of them is named.
BOUNDS: Final = ("uplink", "hub", "at_once", "per_night", "link", "window", "wave")
_ALWAYS: Final = Windows(((0, 86_400),), "UTC")


@dataclass(frozen=True, slots=True)
class HubShare:
    """So many pulls of a hub in each window of a night; `is_shared`: all sites together, else each site for itself."""

    pulls: int
    window_s: int = 21_600
    is_shared: bool = True


@dataclass(frozen=True, slots=True)
class RolloutWave:
    """A wave: the next one begins `wait_days` days after the night in which this one was done, or later."""

    name: str
    wait_days: int = 1


@dataclass(frozen=True, slots=True)
class RolloutRules:
    """What a rollout is bound by.

    `start` is the first night by the clock of `hours`, which are those of head office's uplink of `uplink_bps`; `until` is
    the night by which it should be over. `overhead` is what packets add to content. At most `at_once` sites are sent to in
    the same minute, and `per_night` in one night. `blackouts` are days on which no night begins, from one to another;
    `weekdays` are those on which one may, 0 being Monday.
    """

    start: date
    uplink_bps: int
    hours: Windows = _ALWAYS
    until: date | None = None
    overhead: float = 0.036
    at_once: int | None = None
    per_night: int | None = None
    hub: HubShare | None = None
    waves: tuple[RolloutWave, ...] = (RolloutWave("all"),)
    blackouts: tuple[tuple[date, date], ...] = ()
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)

    @property
    def zone(self) -> str:
        """The time zone of head office."""
        return self.hours.zone or "UTC"

    def is_allowed(self, day: date) -> bool:
        """Tell whether anything may be sent in the night that begins on a day."""
        return day.weekday() in self.weekdays and not any(first <= day <= last for first, last in self.blackouts)


@dataclass(frozen=True, slots=True)
class SiteNeed:
    """What a site needs over the uplink: bytes of content, and pulls of a hub that come before them.

    `link_bps` is its own link, None where nobody told; `hours` are its windows by its own clock; `wave` is the place of its
    wave. `is_lower_bound`: images of it could not be resolved. `way` is how it gets them.
    """

    name: str
    size_bytes: int
    pulls: int = 0
    link_bps: int | None = None
    hours: Windows = _ALWAYS
    wave: int = 0
    way: str = "primary"
    is_lower_bound: bool = False


@dataclass(frozen=True, slots=True)
class SitePart:
    """What a site gets in one night: content, pulls, and when; moments are Unix times, and `minutes` those with content."""

    night: date
    size_bytes: int
    pulls: int
    begins_s: int
    ends_s: int
    minutes: int


@dataclass(frozen=True, slots=True)
class RolloutSite:
    """A site's rollout, part by part. Alone, with all the uplink, it would take `alone_nights` whole nights at `alone_bps`.

    A site that needs nothing over the uplink has one part without bytes, in the first night of its wave.
    """

    need: SiteNeed
    parts: tuple[SitePart, ...]
    alone_nights: int
    alone_bps: int

    @property
    def first_night(self) -> date:
        """The night in which it begins."""
        return self.parts[0].night

    @property
    def last_night(self) -> date:
        """The night in which it is done."""
        return self.parts[-1].night

    @property
    def minutes(self) -> int:
        """How many minutes it is sent to."""
        return sum(part.minutes for part in self.parts)


@dataclass(frozen=True, slots=True)
class NightHours:
    """A night: the day on which it begins, and when it begins and ends, in minutes since 1970."""

    day: date
    begins_min: int
    ends_min: int


@dataclass(frozen=True, slots=True)
class RolloutNight:
    """What happens in a night: the sites that something is sent to, those that are done in it, content, pulls.

    `open_minutes` are those of head office's windows, `most_bytes` what the uplink carries in them. `held` are minutes by
    what held the sites up that were left, the longest first; `bound_by` is that one. `hub_pulls` are those of each window
    of the hub, by its first minute.
    """

    night: date
    sites: tuple[str, ...]
    done: tuple[str, ...]
    size_bytes: int
    pulls: int
    open_minutes: int
    most_bytes: int
    held: tuple[tuple[str, int], ...] = ()
    hub_pulls: tuple[tuple[int, int], ...] = ()

    @property
    def bound_by(self) -> str:
        """What held it up for the longest, "" where nothing did."""
        return self.held[0][0] if self.held else ""

    @property
    def busy_ratio(self) -> float:
        """The share of what the uplink could have carried."""
        return self.size_bytes / self.most_bytes if self.most_bytes else 0.0


@dataclass(frozen=True, slots=True)
class RolloutSlip:
    """What slips where one night fails and nothing is sent in it: sites that are done later, from which night to which."""

    night: date
    moved: tuple[tuple[str, date, date], ...]
    last_night: date
    days: int


@dataclass(frozen=True, slots=True)
class Rollout:
    """A rollout, night by night and site by site; sites are in the order in which they are sent to.

    `slips` are those of the nights that were asked about.
    """

    rules: RolloutRules
    nights: tuple[RolloutNight, ...]
    sites: tuple[RolloutSite, ...]
    slips: tuple[RolloutSlip, ...] = ()

    @property
    def last_night(self) -> date | None:
        """The night in which the last site is done, None without sites."""
        return max((site.last_night for site in self.sites), default=None)

    @property
    def is_late(self) -> bool:
        """Tell whether it is over later than it should be."""
        last, until = self.last_night, self.rules.until
        return until is not None and last is not None and last > until

    def __repr__(self) -> str:
        """Tell the counts, which is what one wants to see in a notebook or a failing test."""
        return f"<Rollout {len(self.sites)} sites in {len(self.nights)} nights, the last {self.last_night}>"
