"""What a rollout goes by, and what is left of it at the beginning of a night."""

from __future__ import annotations

from dataclasses import field
from fractions import Fraction
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.units import format_rate
from regplan.values import dataclass

if TYPE_CHECKING:
    from datetime import date

    from regplan.model.rollout import RolloutRules, SiteNeed
    from regplan.sim.rollout.calendar import Calendar

__all__ = ["Ground", "Left", "minute_bytes"]


def minute_bytes(rate_bps: int, overhead: float) -> int:
    """Tell how many whole bytes of content a link carries in a minute, beside what packets add.

    >>> minute_bytes(8_000_000, 0.25)
    48000000

    Raises `InputError` where that is none.
    """
    found = int(Fraction(rate_bps * 60, 8) / (1 + Fraction(str(overhead))))
    if not found:
        raise InputError(f"{format_rate(rate_bps)} carry not one byte in a minute")
    return found


@dataclass(frozen=True, slots=True)
class Ground:
    """What stays the same from night to night: the sites in the order in which they are sent to, wave by wave.

    `uplink` and `links` are bytes of content in a minute; a link that nobody told is as fast as the uplink.
    """

    rules: RolloutRules
    needs: tuple[SiteNeed, ...]
    calendar: Calendar
    uplink: int
    links: tuple[int, ...]
    waves: tuple[range, ...]

    @classmethod
    def of(cls, rules: RolloutRules, needs: tuple[SiteNeed, ...], calendar: Calendar) -> Ground:
        """Put together what a rollout goes by; `needs` are sorted by wave."""
        uplink = minute_bytes(rules.uplink_bps, rules.overhead)
        links = (min(each.link_bps or rules.uplink_bps, rules.uplink_bps) for each in needs)
        waves, first = [], 0
        for number in range(len(rules.waves)):
            count = sum(each.wave == number for each in needs)
            waves.append(range(first, first + count))
            first += count
        return cls(
            rules, needs, calendar, uplink, tuple(minute_bytes(each, rules.overhead) for each in links), tuple(waves)
        )


@dataclass(slots=True)
class Left:
    """What is left: content and pulls of each site, the wave that is sent to, and the day from which on it may be."""

    sizes: list[int]
    pulls: list[int]
    ready: date
    wave: int = 0
    is_begun: bool = field(default=False)

    def copy(self) -> Left:
        """Tell the same, which goes on by itself."""
        return Left(list(self.sizes), list(self.pulls), self.ready, self.wave, self.is_begun)
